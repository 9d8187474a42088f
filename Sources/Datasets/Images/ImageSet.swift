/// Samples of the images of one source, with what was met on the way.
package struct ImageSet {
    /// Not standardized.
    let samples: ByteDataset
    let warnings: [DataWarning]
    /// Files that were decoded, by the size of their images; nil where none was.
    let sizes: [ImageDecoder.Size: Int]?
    /// Names of files that could not be decoded and are left out.
    let skipped: [String]

    /// Throws where samples cannot fit the memory of the machine, before hours are spent on decoding them.
    ///
    /// - Parameter memory: bytes; 0 where they are not known.
    package static func checkMemory(
        _ count: Int, _ byteCount: Int, _ source: String,
        memory: Double = Double(MachineMemory.physicalByteCount)
    ) throws(DatasetError) {
        let needed = Double(count) * Double(byteCount)
        guard memory > 0, needed > memory else { return }
        func gibibytes(_ bytes: Double) -> String { "\((bytes / 0x1p30 * 10).rounded() / 10) GiB" }
        throw DatasetError(
            .invalidOption, source, expected: "samples that fit the memory of this machine, \(gibibytes(memory))",
            found: "\(count) images of \(byteCount) bytes, \(gibibytes(needed))",
            remedy: "set data.images.memory to stream, make data.images.size smaller, or use a machine with more memory"
        )
    }

    /// One line: files, their sizes, and what was left out.
    func note(_ set: String) -> String {
        guard let sizes else { return "images (\(set)): \(samples.count)" }
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

extension ImageSet {
    /// The samples of one archive in the layout of WebDataset, not standardized.
    package static func read(shard: ByteInput, _ form: ImageForm) throws(DatasetError) -> ByteDataset {
        let contents = try shard.readToEnd()
        let listing = ImageShards(TarArchive(try ByteInput(bytes: contents, name: shard.path)))
        var form = form
        form.memory = .read
        let listed = try ImageFiles.list(listing, of: nil)
        let plan = try ImagePlan([listed], form, copies: 1, isMeasured: true)
        return try plan.decoded(contents: contents)[0].samples
    }
}

extension ImagePlan {
    /// The sets, decoded or measured by one rank.
    ///
    /// - Parameter contents: the archive, where there is one and it lies in memory.
    func decoded(contents: [UInt8]? = nil) throws(DatasetError) -> [ImageSet] {
        guard task.isDecodedFirst else { return try imageSets(nil, nil, of: nil) }
        if task.outline.streams {
            return try imageSets(task.decode(rank: 0, of: 1, into: nil, contents: contents), nil, of: nil)
        }
        var report: ImageReport?
        let memory = try ByteStorage(count: task.pixelByteCount, for: sets[0].path) { (pixels) throws(DatasetError) in
            report = try task.decode(rank: 0, of: 1, into: pixels, contents: contents)
        }
        // Nobody else has the memory yet.
        return try imageSets(report, UnsafeMutableRawBufferPointer(mutating: memory.bytes), of: memory)
    }
}
