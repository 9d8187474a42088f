import Foundation

/// Tar archives in the layout of WebDataset: files of one sample stand one after another and have the same name up to the first
/// dot. `KEY.jpg` or `KEY.png` is the image; `KEY.cls`, a text, or `KEY.json`, a mapping with `label`, `cls` or `class`, has the
/// class. Others do not count.
struct ImageShards: ImageListing {
    /// The first archive.
    let path: String
    private(set) var archives: [ImageArchive]
    private var paths: ArraySlice<String>
    private var archive: TarArchive
    /// A file of the next sample, which ended the one before.
    private var ahead: File?

    private typealias File = (key: String, ending: String, entry: TarArchive.Entry)

    /// Bytes of a class.
    private static let largestLabel = 1 << 20

    init(paths: [String]) throws(DatasetError) {
        precondition(!paths.isEmpty, "shards without an archive")
        // All are opened before the first is read, so that a missing one is told at once.
        for path in paths.dropFirst() { _ = try ByteInput(path: path) }
        try self.init(TarArchive(ByteInput(path: paths[0])), then: paths.dropFirst())
    }

    init(_ archive: TarArchive, then paths: ArraySlice<String> = []) {
        path = archive.path
        self.archive = archive
        self.paths = paths
        archives = [archive.opened]
    }

    mutating func next() throws(DatasetError) -> ListedImage? {
        while true {
            if let image = try nextOfArchive() { return image }
            guard let path = paths.popFirst() else { return nil }
            archive = TarArchive(try ByteInput(path: path))
            archives.append(archive.opened)
        }
    }

    private mutating func nextOfArchive() throws(DatasetError) -> ListedImage? {
        while let key = try nextFile()?.key {
            var image: (name: String, entry: TarArchive.Entry)?
            var className: String?
            while let file = try nextFile(), file.key == key {
                ahead = nil
                let name = "\(archive.path)/\(key).\(file.ending)"
                switch file.ending {
                case "cls": className = try label(name) { String(decoding: $0, as: UTF8.self) }
                case "json": className = try label(name, JSONLabel.text)
                case let ending where ImageEnding.all.contains("." + ending):
                    guard image == nil else {
                        throw DatasetError(
                            .countMismatch, name, expected: "one image of the name \(key)", found: "a second one",
                            remedy: "give each sample a name of its own")
                    }
                    image = (name, file.entry)
                default: break
                }
            }
            if image == nil, className == nil { continue }
            return try sample(key, image, className)
        }
        return nil
    }

    /// The next file, which stays the next one until ``ahead`` is taken away; nil at the end of the archive.
    private mutating func nextFile() throws(DatasetError) -> File? {
        if let ahead { return ahead }
        while let entry = try archive.next() {
            let parts = entry.name.split(separator: "/", omittingEmptySubsequences: true)
            guard let last = parts.last, !last.hasPrefix("."), let dot = last.firstIndex(of: ".") else { continue }
            let key = (parts.dropLast().filter { $0 != "." } + [last[..<dot]]).joined(separator: "/")
            ahead = (key, last[last.index(after: dot)...].lowercased(), entry)
            return ahead
        }
        return nil
    }

    private mutating func label(
        _ name: String, _ text: ([UInt8]) -> String?
    ) throws(DatasetError) -> String {
        let bytes = try archive.read()
        if bytes.count <= Self.largestLabel, let text = text(bytes) {
            let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
            if !name.isEmpty, name.count <= 200, !name.contains(where: \.isNewline) { return name }
        }
        throw DatasetError(
            .labelOutOfRange, name, expected: "a class: a text of one line, or JSON with label, cls or class",
            found: "none", remedy: "write the archive again, with a class for each image")
    }

    private func sample(
        _ key: String, _ image: (name: String, entry: TarArchive.Entry)?, _ className: String?
    ) throws(DatasetError) -> ListedImage {
        guard let image else {
            throw DatasetError(
                .countMismatch, archive.path, expected: "\(key).jpg or \(key).png beside the class of \(key)",
                found: "neither", remedy: "write the archive again, the files of a sample one after another")
        }
        guard let className else {
            throw DatasetError(
                .countMismatch, image.name, expected: "\(key).cls or \(key).json beside it", found: "neither",
                remedy: "write the archive again, the files of a sample one after another")
        }
        return ListedImage(
            name: image.name, className: className, place: (archive.path, image.entry.offset, image.entry.byteCount))
    }
}

extension TarArchive {
    fileprivate var opened: ImageArchive {
        ImageArchive(path: path, storedCount: storedCount, isCompressed: isCompressed)
    }
}

/// The class in a JSON file of a sample.
private struct JSONLabel: Decodable {
    private let label: Value?
    private let cls: Value?
    private let `class`: Value?

    private enum Value: Decodable {
        case integer(Int)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let integer = try? container.decode(Int.self) {
                self = .integer(integer)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        var text: String {
            switch self {
            case .integer(let integer): String(integer)
            case .text(let text): text
            }
        }
    }

    static func text(_ bytes: [UInt8]) -> String? {
        let read = try? JSONDecoder().decode(Self.self, from: Data(bytes))
        return (read?.label ?? read?.cls ?? read?.class)?.text
    }
}
