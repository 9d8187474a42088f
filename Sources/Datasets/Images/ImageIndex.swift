/// The files of a set of images, in the order of the samples: where each lies and what it is called. One block of bytes, which the
/// ranks of a node share.
///
/// Integers of 64 bits: the number of images and of archives; of each image the place and length of its name, the number of its
/// archive or −1, its offset in that and its bytes; of each archive the place and length of its path, its bytes, and 1 where it is
/// compressed. The names follow.
package struct ImageIndex: Sendable {
    let storage: ByteStorage
    package let count: Int
    private let archiveCount: Int

    private static let headerWords = 2
    private static let imageWords = 5
    private static let archiveWords = 4

    init(_ images: [ListedImage], _ archives: [ImageArchive]) {
        var words = [images.count, archives.count]
        words.reserveCapacity(Self.headerWords + Self.imageWords * images.count + Self.archiveWords * archives.count)
        let numbers = [String: Int](
            archives.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
        var text: [UInt8] = []
        func add(_ name: String) {
            let start = text.count
            text += name.utf8
            words += [start, text.count - start]
        }
        for image in images {
            add(image.name)
            words += [
                image.place.map { numbers[$0.archive]! } ?? -1, image.place?.offset ?? 0, image.place?.byteCount ?? 0,
            ]
        }
        for archive in archives {
            add(archive.path)
            words += [archive.storedCount, archive.isCompressed ? 1 : 0]
        }
        self.init(words, text)
    }

    private init(_ words: [Int], _ text: [UInt8]) {
        let wordBytes = words.count * MemoryLayout<Int>.stride
        self.init(
            ByteStorage(of: UInt8.self, count: wordBytes + text.count) { bytes in
                let raw = UnsafeMutableRawBufferPointer(bytes)
                words.withUnsafeBytes { raw.copyMemory(from: $0) }
                text.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: raw[wordBytes...]).copyMemory(from: $0) }
            })
    }

    /// - Parameter storage: the block of another index; its beginning is aligned to 8 bytes.
    init(_ storage: ByteStorage) {
        self.storage = storage
        let words = storage.elements(Int.self)
        (count, archiveCount) = (words[0], words[1])
    }

    private func word(_ place: Int) -> Int { storage.elements(Int.self)[place] }

    private func text(_ place: Int) -> String {
        let words = Self.headerWords + Self.imageWords * count + Self.archiveWords * archiveCount
        let start = words * MemoryLayout<Int>.stride + word(place)
        return String(decoding: storage.bytes[start..<start + word(place + 1)], as: UTF8.self)
    }

    private func place(ofImage index: Int) -> Int {
        precondition(index >= 0 && index < count, "image \(index) of \(count)")
        return Self.headerWords + Self.imageWords * index
    }

    /// Path of the file; in an archive behind that of the archive.
    func name(of index: Int) -> String { text(place(ofImage: index)) }

    /// Where the file lies in its archive; nil for one of its own.
    func part(of index: Int) -> (archive: Int, offset: Int, byteCount: Int)? {
        let place = place(ofImage: index)
        return word(place + 2) < 0 ? nil : (word(place + 2), word(place + 3), word(place + 4))
    }

    func archive(_ number: Int) -> ImageArchive {
        precondition(number >= 0 && number < archiveCount, "archive \(number) of \(archiveCount)")
        let place = Self.headerWords + Self.imageWords * count + Self.archiveWords * number
        return ImageArchive(path: text(place), storedCount: word(place + 2), isCompressed: word(place + 3) == 1)
    }

    /// The first compressed archive, of which no part can be read by itself; nil for none.
    var compressedArchive: String? {
        (0..<archiveCount).lazy.map(archive).first(where: \.isCompressed)?.path
    }

    /// The images at `places` alone.
    func keeping(_ places: [Int]) -> ImageIndex {
        if places.count == count { return self }
        return ImageIndex(
            places.map { index in
                ListedImage(
                    name: name(of: index), className: "",
                    place: part(of: index).map { (archive($0.archive).path, $0.offset, $0.byteCount) })
            }, (0..<archiveCount).map(archive))
    }
}
