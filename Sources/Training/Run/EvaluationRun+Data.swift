import Foundation

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

    /// Whether samples are presented by statistics, which weights then have to keep.
    var needsStandardization: Bool {
        if case .synthetic = data.source { return false }
        return data.standardize
    }
}
