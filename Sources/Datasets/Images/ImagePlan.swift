/// Files of images that were listed, before one is decoded.
package struct ImagePlan {
    /// The images of all sets, in the order of the sets.
    package var task: ImageTask
    /// The training set, or all images; and the test set where it has images of its own.
    let sets: [ListedSet]
    /// One line on where samples are, and the memory that takes.
    let note: String

    /// A set without its images.
    struct ListedSet {
        /// Name of the source in messages.
        let path: String
        /// Label of each image, in 0 ..< the number of classes.
        let labels: [Int32]
        let classNames: [String]
        let warnings: [DataWarning]
    }

    /// - Parameters:
    ///   - copies: of the samples that a machine would hold in memory.
    ///   - isMeasured: true where images have to be looked at before they are trained on, even if they stay in their files.
    init(
        _ listings: [(set: ListedSet, images: [ListedImage], archives: [ImageArchive])], _ form: ImageForm,
        copies: Int, isMeasured: Bool
    ) throws(DatasetError) {
        sets = listings.map(\.set)
        let index = ImageIndex(listings.flatMap(\.images), listings.flatMap(\.archives))
        task = ImageTask(
            index, form,
            ImageTask.Outline(
                counts: sets.map(\.labels.count), streams: false, isMeasured: isMeasured))
        let byteCount = task.pixelByteCount
        task.outline.streams = form.memory.streams(byteCount, copies: copies)
        if task.outline.streams, let path = index.compressedArchive {
            guard form.memory == .auto else {
                throw DatasetError(
                    .invalidOption, path, expected: "an archive that is not compressed (data.images.memory: stream)",
                    found: "a compressed one, of which no part can be read by itself",
                    remedy: "decompress it, or set data.images.memory to read")
            }
            task.outline.streams = false
        }
        if !task.outline.streams { try ImageSet.checkMemory(index.count, task.sampleByteCount, sets[0].path) }
        func mebibytes(_ count: Int) -> String { "\((Double(count) / 0x1p20 * 10).rounded() / 10) MiB" }
        let (memory, list) = (mebibytes(byteCount), mebibytes(index.storage.bytes.count))
        let copy = copies > 1 ? "a rank (\(copies) ranks on this machine)" : "a node"
        note =
            task.outline.streams
            ? "images stay in their files and are decoded while they are trained on: their list takes \(list) a node, and "
                + "each rank keeps those of three batches; in memory (data.images.memory: read) they would take \(memory) \(copy)"
            : "images are decoded once, into \(memory) of memory \(copy); while they are trained on (data.images.memory: "
                + "stream) their list would take \(list) a node, and each rank would keep those of three batches"
    }

    /// The sets, each with the images that could be decoded.
    ///
    /// - Parameters:
    ///   - report: of all images; nil where they were not looked at.
    ///   - pixels: all samples where they are in memory, from which those of skipped images are taken out; of `owner`.
    func imageSets(
        _ report: ImageReport?, _ pixels: UnsafeMutableRawBufferPointer?, of owner: AnyObject?
    ) throws(DatasetError) -> [ImageSet] {
        let corrupt = Set(report?.corrupt ?? [])
        let size = task.sampleByteCount
        var found: [ImageSet] = []
        var (first, measured) = (0, 0)
        for (number, set) in sets.enumerated() {
            let images = first..<first + set.labels.count
            let kept = images.filter { !corrupt.contains($0) }
            if kept.isEmpty {
                throw DatasetError(
                    .empty, set.path, expected: "at least one image that can be decoded",
                    found: images.isEmpty ? "no image" : "none of \(images.count)", remedy: "check the files")
            }
            let labels = ByteStorage(copying: kept.map { set.labels[$0 - first] })
            let samples: ByteDataset
            if let pixels, let owner {
                for (place, image) in kept.enumerated() where first + place != image {
                    UnsafeMutableRawBufferPointer(rebasing: pixels[(first + place) * size..<(first + place + 1) * size])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: pixels[image * size..<(image + 1) * size]))
                }
                let bytes = UnsafeRawBufferPointer(rebasing: pixels[first * size..<(first + kept.count) * size])
                samples = ByteDataset(
                    storage: ByteStorage(bytes, of: owner), sampleShape: task.form.sampleShape, labels: labels,
                    classCount: set.classNames.count, classNames: set.classNames, fullScale: 255)
            } else {
                let measures = report?.measures.part(measured..<measured + kept.count)
                measured += kept.count
                samples = ByteDataset(
                    DecodedImages(task.index.keeping(kept), task.form), labels: labels,
                    classCount: set.classNames.count, classNames: set.classNames, measures: measures)
            }
            found.append(
                ImageSet(
                    samples: samples, warnings: set.warnings, sizes: report?.sizes[number],
                    skipped: images.filter(corrupt.contains).map { name(of: $0, in: set) }))
            first = images.upperBound
        }
        return found
    }

    /// Without the path of the source.
    private func name(of image: Int, in set: ListedSet) -> String {
        let name = task.index.name(of: image)
        return name.hasPrefix(set.path + "/") ? String(name.dropFirst(set.path.count + 1)) : name
    }
}
