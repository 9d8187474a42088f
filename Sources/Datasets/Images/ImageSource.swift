import Settings

/// Where images with their classes come from: one of a folder of folders, a list, and shards.
public struct ImageSource: Configurable, Equatable {
    /// Has a folder for each class, called like it: `DIRECTORY/CLASS/FILE`.
    public var directory: String?
    /// A table of two columns, path and class, separated by commas; paths start from the folder of the list.
    public var list: String?
    /// Tar archives as WebDataset has them: `KEY.jpg` or `KEY.png`, beside `KEY.cls` or `KEY.json`.
    public var shards: [String]?

    public init() {}

    public init(directory: String) { self.directory = directory }
    public init(list: String) { self.list = list }
    public init(shards: [String]) { self.shards = shards }

    /// The kind that paths look like, by their endings; nil for several that are no archives.
    init?(paths: [String]) {
        func areAll(_ endings: [String]) -> Bool {
            paths.allSatisfy { path in endings.contains { path.lowercased().hasSuffix($0) } }
        }
        if paths.allSatisfy(TarArchive.isOne) {
            self.init(shards: paths)
        } else if paths.count != 1 {
            return nil
        } else if areAll([".csv", ".csv.gz", ".csv.xz", ".csv.zst"]) {
            self.init(list: paths[0])
        } else {
            self.init(directory: paths[0])
        }
    }

    public static let settings: [Setting<Self>] = [
        .init(
            "directory", \.directory, form: .text("the name of a folder", plural: "folders"),
            "folder with a folder of images for each class, called like it", writesNull: false),
        .init(
            "list", \.list, form: .fileName,
            "table of two columns, path and class, separated by commas; paths start from the folder of the table",
            writesNull: false),
        .init(
            set: "shards", \.shards, form: .fileName,
            check: { $0.isEmpty ? "expected at least 1 archive, found none" : nil },
            "tar archives with pairs of KEY.jpg or KEY.png and KEY.cls or KEY.json, plain or compressed with gzip, xz or zstd"
        ),
    ]

    public var contradiction: Contradiction? {
        let given = [directory != nil, list != nil, shards != nil].count { $0 }
        if given == 1 { return nil }
        return Contradiction(
            "", "expected one of directory, list and shards, found \(given == 0 ? "none" : "\(given) of them")")
    }

    /// As the configuration has them.
    var paths: [String] { shards ?? [directory ?? list].compactMap(\.self) }

    /// - Throws: what is wrong with the folder, or with the beginning of a file.
    func open(from root: DataRoot) throws(DatasetError) -> any ImageListing {
        if let directory { return try ImageFolder(path: try root.path(directory)) }
        if let list { return try ImageList(path: try root.path(list)) }
        var paths: [String] = []
        for shard in shards ?? [] { paths.append(try root.path(shard)) }
        return try ImageShards(paths: paths)
    }
}

/// A file with an image, and its class.
struct ListedImage {
    /// Path of the file; in an archive behind that of the archive.
    let name: String
    let className: String
    /// Where the file lies in an archive; nil for one of its own.
    var place: (archive: String, offset: Int, byteCount: Int)?
}

/// An archive with files of images.
struct ImageArchive: Equatable {
    let path: String
    /// Bytes of the archive as stored.
    let storedCount: Int
    let isCompressed: Bool
}

/// The images of a source, one after another, without their contents.
protocol ImageListing {
    /// Name of the source in messages.
    var path: String { get }
    /// Classes that the source has apart from those of its images.
    var classNames: [String] { get }
    /// Archives that have been opened.
    var archives: [ImageArchive] { get }
    var warnings: [DataWarning] { get }

    /// Nil at the end.
    mutating func next() throws(DatasetError) -> ListedImage?
}

extension ImageListing {
    var classNames: [String] { [] }
    var archives: [ImageArchive] { [] }
    var warnings: [DataWarning] { [] }
}

/// Endings of the files that are read.
enum ImageEnding {
    static let all = [".jpg", ".jpeg", ".jpe", ".jfif", ".png"]

    static func isOf(_ name: String) -> Bool {
        let name = name.lowercased()
        return all.contains { name.hasSuffix($0) }
    }
}
