import Settings

extension Configuration.Data.CIFAR {
    init(reading reader: SectionReader, _ variant: Variant) throws(ConfigurationError) {
        let expected = "{files: [FILE, …]}"
        self.init(
            variant,
            train: try reader.required("train", reader.section("train", Self.files(reading:)), expected: expected),
            test: try reader.required("test", reader.section("test", Self.files(reading:)), expected: expected))
        classNames = try reader.classNames("classNames")
    }

    private static func files(reading reader: SectionReader) throws(ConfigurationError) -> [String] {
        let list = "a list of file names"
        let files = try reader.required(
            "files", reader.strings("files", list: list, element: "a file name", repeats: true), expected: list)
        if files.isEmpty {
            throw ConfigurationError(
                place: reader.node.place(of: ["files"]), keyPath: reader.path(of: "files"),
                problem: "expected at least 1 file, found none")
        }
        return files
    }
}

extension Configuration.Data.CIFAR.Variant {
    init(readingHundred reader: SectionReader) throws(ConfigurationError) {
        self = .hundred(try reader.choice("labels", Configuration.Data.CIFAR.Labels.self) ?? .fine)
    }
}

extension Configuration.Data.Augmentation {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        // Far beyond the side of any image, and far from overflow.
        let limit = Limit.from(0, below: 1 << 15)
        crop = try reader.integer("crop", limit) ?? crop
        flip = try reader.boolean("flip") ?? flip
        cutout = try reader.integer("cutout", limit) ?? cutout
    }
}

extension SectionReader {
    /// What the classes are called: at least two names, none of them twice.
    func classNames(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let names = try strings(key, list: "a list of names", element: "a name of its own", repeats: false) else {
            return nil
        }
        guard names.count >= 2 else {
            throw ConfigurationError(
                place: node.place(of: [key]), keyPath: path(of: key),
                problem: "expected at least 2 names, found \(names.count)")
        }
        return names
    }
}
