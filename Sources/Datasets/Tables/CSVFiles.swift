import Settings

/// One or two tables of text, with one sample a row.
public struct CSVFiles: DataFormat, Equatable {
    /// Where the test samples come from.
    public enum Test: Sendable, Equatable {
        /// A file of the same columns.
        case file(String)
        /// The rows after the first `trainingRows` ones.
        case after(trainingRows: Int)
        /// This share of the rows, of every class alike, chosen by the seed.
        case fraction(Double)
    }

    public var train = ""
    public var test = Test.fraction(0.2)
    public var format = CSVFormat()

    public init() {}

    public init(train: String, test: Test = Self().test, format: CSVFormat = CSVFormat()) {
        self.train = train
        self.test = test
        self.format = format
    }

    public static let name = "csv"
    public static let settings: [Setting<Self>] = [
        .init(
            group: "train", expected: "{file: FILE}", isInline: true,
            "file, plain or compressed with gzip, xz or zstd; a relative path starts from the data directory",
            [
                .init(
                    required: "file", \.train, form: .fileName, expected: ValueForm.fileName.name,
                    "table of the training samples, or of all with split")
            ]),
        .init(
            case: "test", \.test,
            from: { if case .file(let file) = $0 { TestFile(file: file) } else { nil } }, to: { .file($0.file) },
            isInline: true, "table of the test samples; or else split"),
        .init(
            case: "split", \.test, from: Split.init, to: \.test,
            insteadOf: ("test", both: "a test file or a split"), isInline: true,
            "division of the rows of one table; without test and split {testFraction: 0.2}"),
        .init(section: "csv", \.format, isInline: true, "look of the tables"),
    ]

    public var contradiction: Contradiction? { format.contradiction?.under("csv") }
    public static var hasFiles: Bool { true }
    public static var isStandardized: Bool { true }
    public static var hasTargets: Bool { true }
    public var targetCount: Int? { format.labels.columns.count }
    public var labelColumn: String? { format.labels.words }
    public var dependsOnSeed: Bool { if case .fraction = test { true } else { false } }
    public var trainingFiles: [String] { if case .file = test { [train] } else { [] } }

    public mutating func takeTestFilesAlone() {
        if case .file(let file) = test { train = file }
    }

    public mutating func take(testFiles: [String]) throws(UnsuitableFiles) {
        guard testFiles.count == 1 else { throw UnsuitableFiles(expected: "one table") }
        test = .file(testFiles[0])
    }

    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        try options.prepare(parts(from: root, options))
    }

    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try CSVSampleReader(try ByteInput(path: file), format, options)
    }
}

extension CSVFiles {
    private struct TestFile: Configurable {
        var file = ""

        static let settings: [Setting<Self>] = [
            .init(
                required: "file", \.file, form: .fileName, expected: ValueForm.fileName.name,
                "a table of the same columns")
        ]
    }

    private struct Split: Configurable {
        var trainingRows: Int?
        var testFraction: Double?

        init() {}

        /// Nil for a file of its own.
        init?(_ test: Test) {
            switch test {
            case .file: return nil
            case .after(let rows): trainingRows = rows
            case .fraction(let share): testFraction = share
            }
        }

        /// Value of a split without a contradiction.
        var test: Test { trainingRows.map(Test.after(trainingRows:)) ?? .fraction(testFraction ?? 0) }

        static let settings: [Setting<Self>] = [
            .init(
                "trainingRows", \.trainingRows, .atLeast(1), unit: "rows",
                "number of the first rows, which are for training; those after them are for testing", writesNull: false),
            .init(
                "testFraction", \.testFraction, .between(0, 1),
                "share of the rows for testing, of every class alike, chosen by the seed", writesNull: false),
        ]

        var contradiction: Contradiction? {
            if (trainingRows == nil) != (testFraction == nil) { return nil }
            return Contradiction(
                "", "expected trainingRows or testFraction, found \(trainingRows == nil ? "neither" : "both")")
        }
    }
}

extension CSVFiles {
    private func parts(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> DataParts<RealSamples> {
        let (meaning, seed) = (options.meaning, options.seed)
        let path = try root.path(train)
        var reference: TableReference?
        if let meaning { reference = try TableReference(meaning) }
        let table = try CSVTable(
            try ByteInput(path: path), format: format, task: options.task, matching: reference)
        var parts: DataParts<RealSamples>
        var warnings = table.warnings
        var missing = table.missing
        switch test {
        case .file(let name):
            let other = try CSVTable(
                try ByteInput(path: try root.path(name)), format: format, task: options.task,
                matching: reference ?? TableReference(table))
            parts = DataParts(train: table.samples, test: other.samples)
            warnings += other.warnings
            missing = zip(missing, other.missing).map(+)
        case .after, .fraction:
            if let meaning {
                parts = try test.evaluated(table.samples, path, seed: seed, keptWithWeights: meaning.split)
            } else {
                let (train, test) = try test.selections(table.samples, path, ofFirst: table.samples.count, seed: seed)
                parts = DataParts(table.samples, train: train, test: test)
                parts.split = SplitRows(table.samples, trainingRows: self.test.trainingRows)
            }
        }
        parts.columns = table.layout.columns
        parts.missing = missing
        parts.targets = table.samples.targets.map {
            RealTargets(
                train: $0, test: parts.test?.targets, count: format.labels.columns.count, names: parts.columns?.labels,
                subject: path)
        }
        parts.warnings = warnings
        return parts
    }
}
