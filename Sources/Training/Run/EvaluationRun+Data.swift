import Foundation
import MPI

extension Configuration.Data.Source {
    /// With the test files in the place of the training files; nil where both samples come from one file, or from none.
    fileprivate var ofTestFilesAlone: (source: Self, trainingFiles: [String])? {
        switch self {
        case .idx(var files):
            let train = files.train
            files.train = files.test
            return (.idx(files), [train.samples, train.labels])
        case .npy(var files):
            let train = files.train
            files.train = files.test
            return (.npy(files), [train.samples, train.labels])
        case .cifar(var files):
            let train = files.train
            files.train = files.test
            return (.cifar(files), train)
        case .csv(var table):
            guard case .file(let test) = table.test else { return nil }
            let train = table.train
            table.train = test
            return (.csv(table), [train])
        case .digits, .synthetic: return nil
        }
    }
}

extension Configuration {
    /// Whether there is a test file and no training file.
    ///
    /// - Parameter root: the directory that relative paths start from; nil where none was given.
    func lacksTrainingFiles(root: String?) -> Bool {
        guard let (_, trainingFiles) = data.source.ofTestFilesAlone else { return false }
        return trainingFiles.allSatisfy { file in
            let path = file.hasPrefix("/") ? file : "\(root ?? ".")/\(file)"
            return !FileManager.default.fileExists(atPath: path)
        }
    }

    /// Takes the test files as training files too: weights that keep what samples mean need no others to be evaluated.
    mutating func takeTestFilesAlone() {
        guard let (source, _) = data.source.ofTestFilesAlone else { return }
        data.source = source
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
        let areHere = try isFirstRank { root == nil || here.contains(where: manager.fileExists(atPath:)) }
        try communicator.agree { try take(testFiles: areHere ? here : testFiles) }
    }

    /// Takes files in the place of all those of the configuration.
    ///
    /// - Throws: where a format does not go with as many.
    private mutating func take(testFiles: [String]) throws(TestFilesError) {
        func pair(_ samples: String) throws(TestFilesError) -> Data.FilePair {
            guard testFiles.count == 2 else {
                throw TestFilesError(expected: "two files, of the \(samples) and of the labels", found: testFiles)
            }
            return Data.FilePair(samples: testFiles[0], labels: testFiles[1])
        }
        switch data.source {
        case .idx(var files):
            files.test = try pair("images")
            data.source = .idx(files)
        case .npy(var files):
            files.test = try pair("features")
            data.source = .npy(files)
        case .cifar(var files):
            files.test = testFiles
            data.source = .cifar(files)
        case .csv(var table):
            guard testFiles.count == 1 else { throw TestFilesError(expected: "one table", found: testFiles) }
            table.test = .file(testFiles[0])
            data.source = .csv(table)
        case .digits, .synthetic:
            throw TestFilesError(expected: "none: the weights were trained on data without files", found: testFiles)
        }
        takeTestFilesAlone()
    }

    /// Whether samples are presented by statistics, which weights then have to keep.
    var needsStandardization: Bool {
        if case .synthetic = data.source { return false }
        return data.standardize
    }
}

/// Test files that a user names and that do not go with the format of the weights' data.
struct TestFilesError: Error, CustomStringConvertible {
    let expected: String
    let found: [String]

    var description: String { "--test: expected \(expected), found \(found.joined(separator: ", "))" }
}
