import Settings

extension Configuration.Data {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        self.init(source: try Source(reading: reader))
        standardize = try reader.boolean("standardize") ?? standardize
        validation = try reader.double("validation", .from(0, below: 1)) ?? validation
        sharedMemory = try reader.boolean("sharedMemory") ?? sharedMemory
        broadcast = try reader.boolean("broadcast") ?? broadcast
        warnings = try reader.choice("warnings", Warnings.self) ?? warnings
        augmentation = try reader.section("augmentation", Augmentation.init(reading:)) ?? augmentation
    }
}

extension Configuration.Data.Source {
    /// The keys of each format; those of the others are rejected.
    private static let keys = [
        "digits": [], "idx": ["train", "test", "classNames"], "cifar10": ["train", "test", "classNames"],
        "cifar100": ["train", "test", "classNames", "labels"], "csv": ["train", "test", "csv", "split"],
        "npy": ["train", "test", "classNames"], "synthetic": ["synthetic"],
    ]

    init(reading reader: SectionReader) throws(ConfigurationError) {
        let formats = ["digits", "idx", "cifar10", "cifar100", "csv", "npy", "synthetic"]
        let format = try reader.required(
            "format", reader.choice("format", formats), expected: "one of \(formats.joined(separator: ", "))")
        let own = Self.keys[format] ?? []
        for other in formats where other != format {
            let foreign = (Self.keys[other] ?? []).filter { !own.contains($0) }
            try reader.reject(foreign, because: "belongs to format: \(other), but the format is \(format)")
        }
        switch format {
        case "digits": self = .digits
        case "idx": self = .idx(try Configuration.Data.PairedFiles(reading: reader, samples: "images"))
        case "cifar10": self = .cifar(try Configuration.Data.CIFAR(reading: reader, .ten))
        case "cifar100":
            self = .cifar(
                try Configuration.Data.CIFAR(
                    reading: reader, try Configuration.Data.CIFAR.Variant(readingHundred: reader)))
        case "csv": self = .csv(try Configuration.Data.CSV(reading: reader))
        case "npy": self = .npy(try Configuration.Data.PairedFiles(reading: reader, samples: "features"))
        default:
            let synthetic = try reader.section("synthetic", Configuration.Data.Synthetic.init(reading:))
            self = .synthetic(synthetic ?? Configuration.Data.Synthetic())
        }
    }
}

extension Configuration.Data.PairedFiles {
    /// - Parameter key: what the file of the samples is called.
    init(reading reader: SectionReader, samples key: String) throws(ConfigurationError) {
        func pair(_ part: String) throws(ConfigurationError) -> Configuration.Data.FilePair {
            try reader.required(
                part,
                reader.section(part) { reader throws(ConfigurationError) in
                    func file(_ key: String) throws(ConfigurationError) -> String {
                        try reader.required(key, reader.string(key, expected: "a file name"), expected: "a file name")
                    }
                    return Configuration.Data.FilePair(samples: try file(key), labels: try file("labels"))
                }, expected: "{\(key): FILE, labels: FILE}")
        }
        self.init(train: try pair("train"), test: try pair("test"))
        classNames = try reader.classNames("classNames")
    }
}

extension Configuration.Data.CSV {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let train = try reader.section("train") { reader throws(ConfigurationError) in
            try reader.required("file", reader.string("file", expected: "a file name"), expected: "a file name")
        }
        self.init(train: try reader.required("train", train, expected: "{file: FILE}"))
        let file = try reader.section("test") { reader throws(ConfigurationError) in
            try reader.required("file", reader.string("file", expected: "a file name"), expected: "a file name")
        }
        let split = try reader.section("split", Test.init(readingSplit:))
        if file != nil, split != nil {
            throw ConfigurationError(
                place: reader.node.place(of: ["split"]), keyPath: reader.path(of: "split"),
                problem: "expected a test file or a split, found both")
        }
        test = file.map(Test.file) ?? split ?? test
        try reader.section("csv") { reader throws(ConfigurationError) in try read(format: reader) }
    }

    private mutating func read(format reader: SectionReader) throws(ConfigurationError) {
        header = try reader.choice("header", Header.self) ?? header
        let expected = "a column number or name"
        if let node = reader.value("separator") {
            // As shells and tables of other programs write it.
            let text = try reader.string("separator", expected: "one character").map {
                ["\\t", "tab"].contains($0) ? "\t" : $0
            }
            guard let text, text.count == 1, let character = text.first, character.isASCII, character != "\n" else {
                throw reader.mismatch("separator", expected: "one ASCII character, or tab", found: node)
            }
            separator = character
        }
        encoding = try reader.string("encoding", expected: "the name of an encoding") ?? encoding
        if let node = reader.value("label") {
            guard let column = Column(node) else { throw reader.mismatch("label", expected: expected, found: node) }
            label = column
        }
        if let nodes = try reader.elements("ignore", expected: "a list of columns") {
            ignore = []
            for (index, node) in nodes.enumerated() {
                // Columns without a name, as data frames leave their index.
                guard let column = node.isEmptyText ? .name("") : Column(node) else {
                    throw reader.mismatch("ignore[\(index)]", expected: expected, found: node)
                }
                ignore.append(column)
            }
        }
    }
}

extension Configuration.Data.CSV.Test {
    init(readingSplit reader: SectionReader) throws(ConfigurationError) {
        let rows = try reader.integer("trainingRows", .atLeast(1))
        let fraction = try reader.double("testFraction", .between(0, 1))
        switch (rows, fraction) {
        case (let rows?, nil): self = .after(trainingRows: rows)
        case (nil, let fraction?): self = .fraction(fraction)
        default:
            throw ConfigurationError(
                place: reader.node.place, keyPath: reader.path,
                problem: "expected trainingRows or testFraction, found \(rows == nil ? "neither" : "both")")
        }
    }
}

extension ConfigurationNode {
    fileprivate var isEmptyText: Bool {
        guard case .scalar(let text, _) = content else { return false }
        return text.isEmpty && !isNull
    }
}

extension Configuration.Data.CSV.Column {
    /// An unquoted integer is a position, other text a name; so "7" in quotes is a column named 7.
    init?(_ node: ConfigurationNode) {
        guard case .scalar(let text, _) = node.content, !text.isEmpty, !node.isNull else { return nil }
        self = node.plainText.flatMap { Int($0) }.map(Self.index) ?? .name(text)
    }
}

extension Configuration.Data.Synthetic {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        // Far beyond any memory, and yet their number over a million epochs is a number.
        samples = try reader.integer("samples", .from(1, through: 1 << 40)) ?? samples
        testSamples = try reader.integer("testSamples", .from(1, through: 1 << 40)) ?? testSamples
        shape = try reader.integers("shape", .atLeast(1)) ?? shape
        classes = try reader.integer("classes", .atLeast(2)) ?? classes
        noise = try reader.single("noise", .atLeast(0)) ?? noise
    }
}
