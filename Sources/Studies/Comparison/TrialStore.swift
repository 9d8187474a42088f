import Foundation
import Runs

/// The results of a comparison on disk, which several groups of ranks, and later jobs, fill together.
///
/// A group claims a trial before it runs it; a claim is a file that only one process can make. Claims last as long as the
/// job; results stay.
struct TrialStore: Sendable {
    let directory: String

    private var trials: String { "\(directory)/trials" }
    private var claims: String { "\(directory)/claims" }

    /// Makes the directories, and takes away what a job that ended has left: claims and temporary files. To be called by one rank,
    /// before the others claim.
    func prepare() throws(FileError) {
        try removeClaims()
        for directory in [directory, trials]
            + ((try? FileManager.default.subpathsOfDirectory(atPath: trials)) ?? [])
            .map({ "\(trials)/\($0)" })
        { OutputFile.removeLeftovers(in: directory) }
        try make(trials)
        try make(claims)
    }

    /// To be called by one rank when all are done.
    func removeClaims() throws(FileError) {
        guard FileManager.default.fileExists(atPath: claims) else { return }
        do {
            try FileManager.default.removeItem(atPath: claims)
        } catch {
            throw FileError(path: claims, problem: "cannot remove: \(error.localizedDescription)")
        }
    }

    /// The result of a trial; nil where there is none.
    ///
    /// - Throws: also where it is of another configuration.
    func result(of trial: Trial) throws(FileError) -> TrialResult? {
        let path = "\(trials)/\(trial.path)"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let result: TrialResult
        do {
            result = try JSONDecoder().decode(TrialResult.self, from: Data(try contents(ofFile: path)))
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(path: path, problem: "expected the result of a trial, found another file; remove it")
        }
        // Not as texts: a later version may have keys that this one had not.
        guard let configuration = try? Configuration(yaml: result.configuration, name: path),
            configuration == trial.configuration
        else {
            throw FileError(
                path: path,
                problem: "holds the result of another configuration; remove it, or give another directory with --output"
            )
        }
        return result
    }

    func path(of trial: Trial) -> String { "\(trials)/\(trial.path)" }

    func hasResult(of trial: Trial) -> Bool {
        FileManager.default.fileExists(atPath: path(of: trial))
    }

    /// Whether the caller is to run the trial: it has no result and nobody else has claimed it.
    func claim(_ trial: Trial) throws(FileError) -> Bool {
        guard try result(of: trial) == nil else { return false }
        let path = "\(claims)/\(trial.path.replacing("/", with: ","))"
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw FileError(path: path, cannot: "create")
        }
        close(descriptor)
        return true
    }

    func write(_ result: TrialResult, of trial: Trial) throws(FileError) {
        let path = "\(trials)/\(trial.path)"
        try make(FilePlace.directory(of: path))
        let line = JSONText.line(of: result) + "\n"
        try OutputFile.replace(path) { file throws(FileError) in try file.write(line) }
    }

    private func make(_ path: String) throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: path, problem: "cannot create the directory: \(error.localizedDescription)")
        }
    }
}
