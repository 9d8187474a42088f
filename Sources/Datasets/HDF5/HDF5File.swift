/// An open HDF5 file.
final class HDF5File: Sendable {
    let path: String
    let library: HDF5Library
    let identifier: HDF5Library.Identifier

    static let magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    /// Deeper groups are those of a link into itself.
    private static let largestDepth = 16
    private static let mostNames = 1000

    init(path: String) throws(DatasetError) {
        let beginning = try ByteInput(path: path).read(upTo: FileKind.length)
        guard beginning.starts(with: Self.magic) else {
            throw DatasetError(
                .wrongFormat, path, expected: "an HDF5 file", found: FileKind.name(of: beginning) ?? "other bytes",
                remedy: "give a file of HDF5, not compressed as a whole")
        }
        self.path = path
        let library = try HDF5Library.library(for: path)
        self.library = library
        identifier = library.lock.withLock { _ in library.open(path, 0, 0) }
        if identifier < 0 {
            throw DatasetError(
                .truncated, path, expected: "a whole HDF5 file", found: "one that the HDF5 library cannot open",
                remedy: "write or download it again; where it is whole, end the program that writes it, or set "
                    + "HDF5_USE_FILE_LOCKING=FALSE on file systems without locks")
        }
    }

    deinit { _ = library.lock.withLock { _ in library.close(identifier) } }

    /// Names of the data sets, in groups with those before them.
    var names: [String] {
        library.lock.withLock { _ in
            var found: [String] = []
            collect("/", 0, &found)
            return found
        }
    }

    private func collect(_ group: String, _ depth: Int, _ found: inout [String]) {
        let opened = library.openGroup(identifier, group, 0)
        guard opened >= 0 else { return }
        defer { _ = library.closeGroup(opened) }
        var count: UInt64 = 0
        guard library.linkCount(opened, &count) >= 0 else { return }
        for index in 0..<count where found.count < Self.mostNames {
            let length = library.linkName(opened, index, nil, 0)
            guard length > 0, length < 1 << 16 else { continue }
            var name = [CChar](repeating: 0, count: length + 1)
            _ = library.linkName(opened, index, &name, length + 1)
            let text = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let path = group == "/" ? text : "\(group)/\(text)"
            // Kinds of links: 0 a group, 1 a data set.
            switch library.linkKind(opened, index) {
            case 0 where depth < Self.largestDepth: collect(path, depth + 1, &found)
            case 1: found.append(path)
            default: break
            }
        }
    }

    /// The data set called `name`, as an array that is read once.
    ///
    /// - Throws: with the names that there are, where there is none.
    func array(_ name: String, layout: ArrayLayout? = nil) throws(DatasetError) -> NPYFile {
        let dataset = library.lock.withLock { _ in library.openDataset(identifier, name, 0) }
        guard dataset >= 0 else {
            let names = names
            throw DatasetError(
                .missing, path, expected: "a data set called \(name)",
                found: names.isEmpty ? "no data set" : "\(NameList(names))", remedy: "correct the name")
        }
        let stream = try HDF5Stream(dataset, name, of: self)
        return try NPYFile(stream, stream.header, layout: layout)
    }
}
