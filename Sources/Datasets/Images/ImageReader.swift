#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Samples of the images of one source, with what was met on the way.
package struct ImageSet {
    /// Not standardized.
    let samples: ByteDataset
    let warnings: [DataWarning]
    /// Files that were decoded, by the size of their images.
    let sizes: [ImageDecoder.Size: Int]
    /// Names of files that could not be decoded and are left out.
    let skipped: [String]

    /// Decodes all images of a source, one after another, into the block that the set keeps.
    ///
    /// - Parameters:
    ///   - known: classes that images have to be of; nil for those that the source has.
    /// - Throws: what is wrong with a file, by its name.
    init(
        _ stream: some ImageStream, _ form: ImageForm, of known: [String]?
    ) throws(DatasetError) {
        var stream = stream
        let source = stream.path
        let (decoder, sampleShape) = (ImageDecoder(form), form.sampleShape)
        let byteCount = sampleShape.reduce(1, *)
        try Self.checkMemory(stream.count ?? 1, byteCount, source)
        var classes = ImageClasses(known ?? stream.classNames, isClosed: known != nil)
        var labels: [Int32] = []
        var sizes: [ImageDecoder.Size: Int] = [:]
        var skipped: [String] = []
        let storage = try ByteStorage(pieceCount: byteCount, for: source) { (pixels) throws(DatasetError) in
            while let image = try stream.next() {
                let label = try classes.label(of: image)
                do throws(ImageDecoder.Failure) {
                    sizes[try decoder.decode(image.bytes, into: pixels), default: 0] += 1
                } catch {
                    guard form.corrupt == .skip else { throw error.error(image.name) }
                    skipped.append(image.name)
                    continue
                }
                labels.append(label)
                if stream.count == nil { try Self.checkMemory(labels.count, byteCount, source) }
                return true
            }
            return false
        }
        if labels.isEmpty {
            throw DatasetError(
                .empty, source, expected: "at least one image that can be decoded",
                found: skipped.isEmpty ? "no image" : "none of \(skipped.count)", remedy: "check the files")
        }
        let (names, places) = classes.sorted()
        samples = ByteDataset(
            storage: storage, sampleShape: sampleShape,
            labels: ByteStorage(copying: labels.map { places[Int($0)] }), classCount: names.count, classNames: names,
            fullScale: 255)
        warnings = stream.warnings
        self.sizes = sizes
        self.skipped = skipped.map { $0.hasPrefix(source + "/") ? String($0.dropFirst(source.count + 1)) : $0 }
    }

    /// Throws where samples cannot fit the memory of the machine, before hours are spent on decoding them.
    ///
    /// - Parameter memory: bytes; 0 where they are not known.
    package static func checkMemory(
        _ count: Int, _ byteCount: Int, _ source: String,
        memory: Double = Double(sysconf(CInt(_SC_PHYS_PAGES))) * Double(sysconf(CInt(_SC_PAGESIZE)))
    ) throws(DatasetError) {
        let needed = Double(count) * Double(byteCount)
        guard memory > 0, needed > memory else { return }
        func gibibytes(_ bytes: Double) -> String { "\((bytes / 0x1p30 * 10).rounded() / 10) GiB" }
        throw DatasetError(
            .invalidOption, source, expected: "samples that fit the memory of this machine, \(gibibytes(memory))",
            found: "\(count) images or more of \(byteCount) bytes, \(gibibytes(needed))",
            remedy: "make data.images.size smaller, take fewer images, or use a machine with more memory")
    }
}

extension ImageSet {
    /// The samples of one archive in the layout of WebDataset, not standardized.
    package static func read(shard: ByteInput, _ form: ImageForm) throws(DatasetError) -> ByteDataset {
        try Self(ImageShards(TarArchive(shard)), form, of: nil).samples
    }

    /// One line: files, their sizes, and what was left out.
    func note(_ set: String) -> String {
        let order = sizes.keys.sorted { ($0.width * $0.height, $0.width) < ($1.width * $1.height, $1.width) }
        func text(_ size: ImageDecoder.Size) -> String { "\(size.width) x \(size.height)" }
        let range =
            order.count == 1
            ? "all \(text(order[0])) pixels"
            : "\(text(order[0])) to \(text(order[order.count - 1])) pixels in \(order.count) sizes"
        let count = samples.count + skipped.count
        let rest =
            skipped.isEmpty
            ? "" : "; \(skipped.count) of \(count) cannot be decoded and are skipped: \(NameList(skipped, most: 6))"
        return "images (\(set)): \(samples.count), \(range)\(rest)"
    }
}

extension ImageDecoder.Failure {
    /// The failure as one of a file.
    func error(_ name: String) -> DatasetError {
        DatasetError(
            .corruptImage, name, expected: expected, found: found,
            remedy: "replace or remove it, or set data.images.corrupt to skip")
    }
}
