/// The images that the ranks of a node decode together, each its part of them.
package struct ImageTask: Sendable {
    let index: ImageIndex
    let form: ImageForm
    package var outline: Outline

    /// Facts that a rank needs beside names and places.
    package struct Outline: Codable, Sendable {
        /// Images of each set, one behind the other.
        package var counts: [Int]
        /// True where samples are decoded when they are asked for, and only measured here.
        package var streams: Bool
        /// True where all have to be decoded before, even if they are decoded again.
        package var isMeasured: Bool
    }

    init(_ index: ImageIndex, _ form: ImageForm, _ outline: Outline) {
        self.index = index
        self.form = form
        self.outline = outline
    }

    /// - Parameter bytes: those of ``bytes`` of the same task, of `owner`.
    package init(_ bytes: UnsafeRawBufferPointer, of owner: AnyObject, _ form: ImageForm, _ outline: Outline) {
        self.init(ImageIndex(ByteStorage(bytes, of: owner)), form, outline)
    }

    /// True where all images have to be decoded before samples are asked for.
    package var isDecodedFirst: Bool { !outline.streams || outline.isMeasured }

    /// Names and places of the files, by which another rank has the same task.
    package var bytes: UnsafeRawBufferPointer { index.storage.bytes }

    /// Bytes of all samples.
    package var pixelByteCount: Int { index.count * sampleByteCount }
    var sampleByteCount: Int { form.sampleShape.reduce(1, *) }

    /// Decodes part `rank` of `ranks` of the images, one after another.
    ///
    /// - Parameters:
    ///   - pixels: where all samples are to lie, [N, C, H, W]; nil to measure each and keep none.
    ///   - contents: the archive, where there is one and it lies in memory.
    ///   - isOver: asked before each image; true ends the work.
    /// - Throws: what is wrong with a file, by its name.
    package func decode(
        rank: Int, of ranks: Int, into pixels: UnsafeMutableRawBufferPointer?, contents: [UInt8]? = nil,
        until isOver: () -> Bool = { false }
    ) throws(DatasetError) -> ImageReport {
        let (decoder, reader) = (ImageDecoder(form), ImageFileReader(index, contents: contents))
        let size = sampleByteCount
        var report = ImageReport(sets: outline.counts.count, groups: form.channels.count)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: pixels == nil ? size : 0, alignment: 8)
        defer { scratch.deallocate() }
        for image in BatchPlan.slice(of: 0..<index.count, rank: rank, ranks: ranks) {
            if isOver() { break }
            let bytes = try reader.read(image)
            let target =
                pixels.map { UnsafeMutableRawBufferPointer(rebasing: $0[image * size..<(image + 1) * size]) } ?? scratch
            do throws(ImageDecoder.Failure) {
                report.sizes[set(of: image)][try decoder.decode(bytes, into: target), default: 0] += 1
                if pixels == nil { report.measures.add(UnsafeRawBufferPointer(target)) }
            } catch {
                guard form.corrupt == .skip else { throw error.error(index.name(of: image)) }
                report.corrupt.append(image)
            }
        }
        return report
    }

    private func set(of image: Int) -> Int {
        var end = 0
        return outline.counts.firstIndex {
            end += $0
            return image < end
        }!
    }
}

/// Findings of ranks in their parts of the images.
package struct ImageReport: Codable, Sendable {
    /// Numbers of images that could not be decoded, in order.
    var corrupt: [Int] = []
    /// Sizes of the other images of each set, and how many have them.
    var sizes: [[ImageDecoder.Size: Int]]
    /// Measures of the other images, where they were taken; sent by themselves, since they are many numbers.
    package var measures = SampleMeasures(groups: 0)

    private enum CodingKeys: CodingKey { case corrupt, sizes }

    /// - Parameter groups: of the measures.
    package init(sets: Int, groups: Int) {
        sizes = Array(repeating: [:], count: sets)
        measures = SampleMeasures(groups: groups)
    }

    /// Takes in the report of the rank behind.
    package mutating func add(_ other: ImageReport) {
        corrupt += other.corrupt
        for set in sizes.indices { sizes[set].merge(other.sizes[set], uniquingKeysWith: +) }
        measures.add(other.measures)
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
