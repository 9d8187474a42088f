import Foundation
import MPI
import NeuralNetwork

/// Where a report's figures come from, for those who repeat them.
public enum Circumstances {
    /// Name and value of each: command, commit, machine, libraries, date.
    ///
    /// - Parameters:
    ///   - arguments: the command as it was given.
    ///   - version: of this program.
    public static func list(
        arguments: [String], version: String, runtime: MPIRuntime
    ) -> [(String, String)] {
        let program = ((arguments.first ?? "entrain") as NSString).lastPathComponent
        let command = ([program] + arguments.dropFirst()).joined(separator: " ")
        let launcher = runtime.isLaunched ? "mpirun -n \(runtime.world.size) " : ""
        var list = [
            ("command", "`\(launcher)\(command)`"), ("entrain", "\(version)\(commit.map { ", commit \($0)" } ?? "")"),
        ]
        list.append(("machine", "\(processor), \(ProcessInfo.processInfo.processorCount) processors"))
        list.append(
            ("libraries", "\(runtime.libraryVersion); oneDNN \(DNNLEngine.version), \(DNNLEngine.instructionSet)"))
        list.append(("date", date))
        return list
    }

    private static var date: String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return String(format: "%04d-%02d-%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
    }

    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line.flatMap { $0.split(separator: ":").last }.map { $0.trimmingCharacters(in: .whitespaces) }
            ?? "unknown processor"
    }

    /// Of the working directory, with a plus where files differ from it; nil outside a repository.
    private static var commit: String? {
        guard let hash = git(["rev-parse", "--short", "HEAD"]) else { return nil }
        let changes = git(["status", "--porcelain", "--untracked-files=no"]) ?? ""
        return changes.isEmpty ? hash : "\(hash)+"
    }

    private static func git(_ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil, let data = try? output.fileHandleForReading.readToEnd() ?? Data() else {
            return nil
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
