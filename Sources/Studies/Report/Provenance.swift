import Foundation
import NeuralNetwork
import Runs

/// What ran a trial and when, kept with its result: a report may be written later, by another program, from results of
/// several jobs.
public struct Provenance: Sendable, Codable, Equatable {
    /// Version, and the commit of the working directory.
    let program: String
    /// The processor's name, and how many there are.
    let machine: String
    let libraries: String
    /// The day in UTC: `2026-11-25`.
    var date: String

    /// Here and now.
    ///
    /// - Parameters:
    ///   - version: of this program.
    ///   - library: MPI's, in its own words.
    init(version: String, library: String) {
        program = "\(version)\(Self.commit.map { ", commit \($0)" } ?? "")"
        machine = "\(Self.processor), \(ProcessInfo.processInfo.processorCount) processors"
        libraries = "\(library); oneDNN \(Processor.libraryVersion), \(Processor.instructionSet)"
        date = Self.today
    }

    static var today: String {
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

    /// With a plus where files differ from it; nil outside a repository.
    private static var commit: String? {
        guard let hash = git(["rev-parse", "--short", "HEAD"]) else { return nil }
        let changes = git(["status", "--porcelain", "--untracked-files=no"]) ?? ""
        return changes.isEmpty ? hash : "\(hash)+"
    }

    private static func git(_ arguments: [String]) -> String? {
        let environment = ProcessInfo.processInfo.environment
        guard
            let outcome = try? ChildProcess.run(
                "/usr/bin/env", ["git"] + arguments, environment: environment, seconds: 30),
            outcome.end == .status(0)
        else { return nil }
        return String(decoding: outcome.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
