/// Images to be predicted: one file, those of a folder and of the folders in it, or those of a tar archive. Classes do not count.
struct ImageSampleReader: SampleReader {
    private(set) var names: [String]?
    private let path: String
    private var files: ArraySlice<String> = []
    private var archive: TarArchive?
    private let decoder: ImageDecoder
    private let options: LoadOptions
    private let meaning: DataMeaning

    private static let fullScale = 255.0

    init(_ path: String, _ form: ImageForm, _ options: LoadOptions) throws(DatasetError) {
        self.path = path
        self.options = options
        meaning = options.meaningOfWeights()
        decoder = ImageDecoder(form)
        try meaning.check(sampleShape: form.sampleShape, fullScale: Self.fullScale, in: path)
        if ImageFolder.isFolder(path) {
            try ImageFolder.forEachFile(in: path) { if ImageEnding.isOf($0) { files.append($0) } }
            if files.isEmpty {
                throw DatasetError(
                    .empty, path, expected: "images, files that end in \(ImageEnding.all.joined(separator: ", "))",
                    found: "none", remedy: "name another folder")
            }
        } else if TarArchive.isOne(path) {
            archive = TarArchive(try ByteInput(path: path))
        } else {
            files = [path]
        }
    }

    mutating func next(_ count: Int) throws(DatasetError) -> (any Dataset)? {
        var names: [String] = []
        let byteCount = meaning.sampleShape.reduce(1, *)
        let bytes = try ByteStorage(pieceCount: byteCount, for: path) { (pixels) throws(DatasetError) in
            guard names.count < count, let image = try nextFile() else { return false }
            do throws(ImageDecoder.Failure) {
                _ = try decoder.decode(image.bytes, into: pixels)
            } catch {
                throw DatasetError(
                    .corruptImage, image.name, expected: error.expected, found: error.found,
                    remedy: "replace or remove it")
            }
            names.append(image.name)
            return true
        }
        self.names = names
        return names.isEmpty ? nil : try options.present(bytes, fullScale: Self.fullScale, of: meaning)
    }

    private mutating func nextFile() throws(DatasetError) -> (name: String, bytes: [UInt8])? {
        if let file = files.popFirst() { return (file, try ByteInput.image(path: file)) }
        guard var archive else { return nil }
        defer { self.archive = archive }
        while let entry = try archive.next() {
            if ImageEnding.isOf(entry.name) { return ("\(path)/\(entry.name)", try archive.read()) }
        }
        return nil
    }
}
