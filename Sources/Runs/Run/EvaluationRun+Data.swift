import Datasets
import Foundation
import MPI

extension Configuration {
    /// Whether there is a test file and no training file.
    ///
    /// - Parameter root: the directory that relative paths start from; nil where none was given.
    func lacksTrainingFiles(root: String?) -> Bool {
        let files = data.source.trainingFiles
        return !files.isEmpty
            && files.allSatisfy { file in
                let path = file.hasPrefix("/") ? file : "\(root ?? ".")/\(file)"
                return !FileManager.default.fileExists(atPath: path)
            }
    }

    /// Takes the test files as training files too: weights that keep what samples mean need no others to be evaluated.
    mutating func takeTestFilesAlone() {
        if data.source.trainingFiles.isEmpty { return }
        data.source.takeTestFilesAlone()
        data.validation = 0
    }

    /// Collective. Takes the files to be evaluated: those that a user names; else those of the configuration, of which weights need
    /// no training files.
    ///
    /// - Throws: `AgreedError` of ``TestFilesError``; `MPIError`.
    mutating func take(
        testFiles: [String], for part: EvaluationRun.Part, root: String?, over communicator: any Communicator
    ) throws {
        // One rank looks: some nodes may lack files that others read.
        func isFirstRank(_ condition: () -> Bool) throws -> Bool {
            try communicator.broadcast(communicator.rank == 0 && condition() ? 1 : 0, root: 0) == 1
        }
        if testFiles.isEmpty {
            if part == .test, try isFirstRank({ lacksTrainingFiles(root: root) }) { takeTestFilesAlone() }
            return
        }
        let manager = FileManager.default
        let here = testFiles.map { $0.hasPrefix("/") ? $0 : "\(manager.currentDirectoryPath)/\($0)" }
        let areHere = try isFirstRank {
            root == nil || here.contains { manager.fileExists(atPath: ByteInput.fileOfArray($0)) }
        }
        try communicator.agree { try take(testFiles: areHere ? here : testFiles) }
    }

    /// Takes files in the place of all those of the configuration.
    ///
    /// - Throws: where a format does not go with as many.
    private mutating func take(testFiles: [String]) throws(TestFilesError) {
        do throws(UnsuitableFiles) {
            try data.source.take(testFiles: testFiles)
        } catch {
            throw TestFilesError(expected: error.expected, found: testFiles)
        }
        takeTestFilesAlone()
        data.validation = 0
    }

    /// True where samples are presented by statistics, which weights then have to keep.
    var needsStandardization: Bool {
        standardizes && type(of: data.source).isStandardized
    }
}

/// Test files that a user names and that do not go with the format of the weights' data.
struct TestFilesError: Error, CustomStringConvertible {
    let expected: String
    let found: [String]

    var description: String { "--test: expected \(expected), found \(found.joined(separator: ", "))" }
}
