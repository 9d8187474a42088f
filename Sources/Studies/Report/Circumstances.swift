import Foundation
import MPI

/// Where a report's figures come from, for those who repeat them.
public enum Circumstances {
    /// Name and value of each, of this process: command, program, machine, libraries, date.
    ///
    /// - Parameters:
    ///   - arguments: the command as it was given.
    ///   - version: of this program.
    public static func list(
        arguments: [String], version: String, runtime: MPIRuntime
    ) -> [(String, String)] {
        let here = Provenance(version: version, library: runtime.libraryVersion)
        return [
            ("command", command(arguments, ranks: runtime.isLaunched ? runtime.world.size : nil)),
            ("entrain", here.program), ("machine", here.machine), ("libraries", here.libraries), ("date", here.date),
        ]
    }

    /// The command as a shell takes it, in Markdown. A program that was given by its full path is told by its name.
    ///
    /// - Parameter ranks: of the launcher; nil without one.
    public static func command(_ arguments: [String], ranks: Int?) -> String {
        let program = arguments.first ?? "entrain"
        let name = program.hasPrefix("/") ? (program as NSString).lastPathComponent : program
        let words = (ranks.map { ["mpirun", "-n", "\($0)"] } ?? []) + [name] + arguments.dropFirst()
        return "`\(words.map(quoted).joined(separator: " "))`"
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./,=:+@%".contains($0)) }
        return plain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }
}
