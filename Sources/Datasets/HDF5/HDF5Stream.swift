/// The elements of a data set of an HDF5 file, read some rows at a time, whole chunks where it is stored in chunks.
final class HDF5Stream: ElementStream {
    let path: String
    let header: NPYHeader
    /// Chunks may be compressed.
    let isCompressed = true

    private let file: HDF5File
    private let dataset: HDF5Library.Identifier
    private let fileSpace: HDF5Library.Identifier
    private let rowByteCount: Int
    /// Rows that are read at once.
    private let slabRows: Int
    private var nextRow = 0
    private var slab: [UInt8] = []
    private var place = 0

    /// Bytes that are read at once, about.
    private static let slabByteCount = 4 << 20
    /// More than any one chunk that HDF5 allows.
    private static let largestSlab = 1 << 33

    /// - Parameter dataset: owned from here on.
    init(_ dataset: HDF5Library.Identifier, _ name: String, of file: HDF5File) throws(DatasetError) {
        self.file = file
        self.dataset = dataset
        path = "\(file.path):\(name)"
        let library = file.library
        let (space, shape, element, chunkRows) = library.lock.withLock { _ in
            let space = library.space(dataset)
            var sizes = [UInt64](repeating: 0, count: max(Int(library.rank(space)), 0))
            if !sizes.isEmpty { _ = library.sizes(space, &sizes, nil) }
            return (space, sizes, Self.element(of: dataset, library), Self.chunkRows(of: dataset, sizes.count, library))
        }
        fileSpace = space
        guard let element else {
            throw DatasetError(
                .wrongFormat, path, expected: "numbers: integers, or floats of 16, 32 or 64 bits",
                found: "another type",
                remedy: "convert the data set to numbers before it is saved")
        }
        guard !shape.isEmpty, shape.allSatisfy({ $0 < 1 << 62 }) else {
            throw DatasetError(
                .wrongShape, path, expected: "an array of samples", found: "a single value",
                remedy: "name another data set")
        }
        header = NPYHeader(element: element, shape: shape.map { Int($0) })
        var rowBytes = element.size
        for size in header.shape.dropFirst() {
            let (product, overflow) = rowBytes.multipliedReportingOverflow(by: size)
            rowBytes = overflow ? .max : product
        }
        rowByteCount = rowBytes
        let rows = max(Self.slabByteCount / max(rowBytes, 1), 1)
        slabRows = chunkRows > 0 ? (rows + chunkRows - 1) / chunkRows * chunkRows : rows
    }

    deinit {
        let library = file.library
        library.lock.withLock { _ in
            _ = library.closeSpace(fileSpace)
            _ = library.closeDataset(dataset)
        }
    }

    /// The type that the numbers have once they are read; nil for what is none.
    private static func element(of dataset: HDF5Library.Identifier, _ library: HDF5Library) -> NPYElement? {
        let type = library.type(dataset)
        defer { _ = library.closeType(type) }
        let size = library.typeSize(type)
        // Classes: 0 integers, 1 floats. Half floats are read as single ones, which hold them.
        switch library.typeClass(type) {
        case 0 where [1, 2, 4, 8].contains(size):
            return NPYElement("\(size == 1 ? "|" : "<")\(library.typeSign(type) == 0 ? "u" : "i")\(size)")
        case 1 where [2, 4, 8].contains(size): return NPYElement(size == 8 ? "<f8" : "<f4")
        default: return nil
        }
    }

    /// Rows of a chunk; 0 where the data set lies in one piece.
    private static func chunkRows(
        of dataset: HDF5Library.Identifier, _ rank: Int, _ library: HDF5Library
    ) -> Int {
        let properties = library.creation(dataset)
        defer { _ = library.closeProperties(properties) }
        // Layouts: 2 in chunks.
        guard rank > 0, library.layout(properties) == 2 else { return 0 }
        var sizes = [UInt64](repeating: 0, count: rank)
        guard library.chunk(properties, CInt(rank), &sizes) == CInt(rank) else { return 0 }
        return Int(clamping: sizes[0])
    }

    func read(into destination: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
        var written = 0
        while written < destination.count {
            if place == slab.count { try readSlab() }
            if place == slab.count { break }
            let count = min(slab.count - place, destination.count - written)
            slab.withUnsafeBytes { slab in
                UnsafeMutableRawBufferPointer(rebasing: destination[written..<written + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: slab[place..<place + count]))
            }
            place += count
            written += count
        }
        return written
    }

    /// Reads the next rows; none at the end.
    private func readSlab() throws(DatasetError) {
        let rows = min(slabRows, header.shape[0] - nextRow)
        place = 0
        guard rows > 0 else {
            slab = []
            return
        }
        let (byteCount, overflow) = rows.multipliedReportingOverflow(by: rowByteCount)
        guard !overflow, byteCount <= Self.largestSlab else {
            throw DatasetError(
                .wrongShape, path, expected: "chunks of rows that take at most \(Self.largestSlab >> 20) MiB",
                found: "\(rows) rows of \(rowByteCount) bytes in a chunk",
                remedy: "write the data set again with chunks of fewer rows and more columns")
        }
        if slab.count != byteCount { slab = [UInt8](repeating: 0, count: byteCount) }
        var start = [UInt64](repeating: 0, count: header.shape.count)
        start[0] = UInt64(nextRow)
        let count = [UInt64(rows)] + header.shape.dropFirst().map { UInt64($0) }
        let element = header.element
        let kind = element.kind == .float ? "f" : element.kind == .signed ? "i" : "u"
        let library = file.library
        let (dataset, fileSpace) = (dataset, fileSpace)
        let status = slab.withUnsafeMutableBytes { slab in
            library.lock.withLock { _ in
                let memorySpace = library.makeSpace(CInt(count.count), count, nil)
                defer { _ = library.closeSpace(memorySpace) }
                guard library.select(fileSpace, 0, start, nil, count, nil) >= 0 else { return CInt(-1) }
                return library.read(
                    dataset, library.numbers["\(kind)\(element.size)"]!, memorySpace, fileSpace, 0, slab.baseAddress!)
            }
        }
        guard status >= 0 else { throw failure }
        nextRow += rows
    }

    private var failure: DatasetError {
        DatasetError(
            .corruptCompression, path, expected: "rows \(nextRow) and following",
            found: "damage, or a filter that the HDF5 library does not have",
            remedy: "write it again, with gzip or without compression")
    }
}
