import Settings

/// A kind of data, chosen by its name: its settings, how it is loaded, and what is known of it before it is.
///
/// A format of a user's own is one type; it is found by its name where it is handed to `Configuration.load` with the key
/// `data.format`.
public protocol DataFormat: Component {
    /// Reads or computes the samples. Every rank that calls it gets the same.
    ///
    /// - Parameter root: the folder that relative paths start from.
    /// - Throws: what is wrong with a file or an option.
    func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData

    /// Opens a file of samples that are to be predicted: without labels, or with labels that are passed over. Default: refuses
    /// it; NPY files, which ``reader(of:_:)`` opens for every format, are not asked for.
    ///
    /// - Parameters:
    ///   - file: its path.
    ///   - options: the meaning and the standardization that are kept with the weights.
    /// - Throws: what is wrong with the file, or why it does not go with the weights.
    func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader

    /// True for samples read from files, whose folder differs from machine to machine, and kept in memory that the ranks of a
    /// node share. Others are computed or come with the program, and each rank loads them for itself. Default false.
    static var hasFiles: Bool { get }
    /// True where ``LoadOptions/standardization`` is followed. Default false.
    static var isStandardized: Bool { get }

    /// True where ``LoadOptions/task`` is followed: samples can have a real target in place of a class. Default false.
    static var hasTargets: Bool { get }

    /// Number of targets of a sample in a regression where it is known without a look at the files. Default nil.
    var targetCount: Int? { get }

    /// Shape of a sample where it is known without a look at the files. Default nil.
    var sampleShape: [Int]? { get }
    /// Number of classes where it is known without a look at the files. Default nil.
    var classCount: Int? { get }
    /// The column of the class of a table, in words; nil for what is no table. Default nil.
    var labelColumn: String? { get }
    /// Order of the dimensions in arrays to be predicted; nil to tell by their number. Default nil.
    var arrayLayout: ArrayLayout? { get }
    /// True where another seed makes other samples, or another choice of them. Default false.
    var dependsOnSeed: Bool { get }

    /// The same samples wherever they lie: settings that change none of them are at their defaults. Default itself.
    var regardlessOfMemory: Self { get }

    /// Files of training samples alone; none where test samples come from the same file or from none. Default none.
    var trainingFiles: [String] { get }
    /// Puts the test files in the place of the training files; where ``trainingFiles`` is not empty.
    mutating func takeTestFilesAlone()
    /// Takes files in the place of the test files.
    mutating func take(testFiles: [String]) throws(UnsuitableFiles)
}

/// Files that do not go with a format.
public struct UnsuitableFiles: Error, Equatable {
    /// Files that would go with it: `one table`.
    public var expected: String

    public init(expected: String) { self.expected = expected }
}

extension DataFormat {
    public static var hasFiles: Bool { false }
    public static var isStandardized: Bool { false }
    public static var hasTargets: Bool { false }
    public var hasFiles: Bool { Self.hasFiles }
    public var targetCount: Int? { nil }
    public var sampleShape: [Int]? { nil }
    public var classCount: Int? { nil }
    public var labelColumn: String? { nil }
    public var arrayLayout: ArrayLayout? { nil }
    public var dependsOnSeed: Bool { false }
    public var regardlessOfMemory: Self { self }
    public var trainingFiles: [String] { [] }
    public mutating func takeTestFilesAlone() {}
    public mutating func take(testFiles: [String]) throws(UnsuitableFiles) {
        throw UnsuitableFiles(expected: "none: the weights were trained on data without files")
    }

    /// Reads or computes the samples, holds a part of the training ones out, measures the statistics on the rest and
    /// applies them to all. Every rank calls it for itself and gets the same.
    ///
    /// - Parameter root: folder that relative paths start from; not needed for embedded and synthetic sets.
    /// - Throws: what is wrong with a file or an option.
    public func load(root: String?, options: LoadOptions = LoadOptions()) throws(DatasetError) -> LoadedData {
        do throws(DatasetError) {
            return try load(from: DataRoot(directory: root), options).holdingOut(options)
        } catch {
            throw options.meaning == nil ? error : error.ofClassesOfWeights
        }
    }
}

/// The formats that a configuration can name.
public enum DataFormats {
    public static let all = Registry<any DataFormat>([
        EmbeddedDigits.self, IDXFiles.self, CIFAR10.self, CIFAR100.self, CSVFiles.self, NPYFiles.self,
        HDF5Files.self, ImageFiles.self,
        SyntheticSet.self,
    ])
}

// MARK: - Settings of several formats

extension ValueForm {
    static var fileName: Self { .text("a file name", plural: "file names") }
}

extension Setting where Root: Configurable {
    /// A file of samples and one of their labels, under a key of their part of the data.
    static func files(
        _ part: String, _ key: String, _ samples: any WritableKeyPath<Root, String> & Sendable,
        labels: any WritableKeyPath<Root, String> & Sendable, _ meaning: String
    ) -> Self {
        .init(
            group: part, expected: "{\(key): FILE, labels: FILE}",
            "files, plain or compressed with gzip, xz or zstd; relative paths start from the data directory",
            [
                .init(required: key, samples, form: .fileName, expected: ValueForm.fileName.name, meaning),
                .init(
                    required: "labels", labels, form: .fileName, expected: ValueForm.fileName.name,
                    "file of the labels, [N] of integers from 0"),
            ])
    }

    static func classNames(
        _ path: any WritableKeyPath<Root, [String]?> & Sendable, _ meaning: String
    ) -> Self {
        .init(
            set: "classNames", path, form: .text("a name of its own", plural: "names"),
            check: { $0.count >= 2 ? nil : "expected at least 2 names, found \($0.count)" },
            "names of the classes in the order of the labels; \(meaning)")
    }
}
