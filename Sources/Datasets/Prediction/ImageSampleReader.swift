/// Images to be predicted: one file, those of a folder and of the folders in it, or those of a tar archive. Classes do not count.
struct ImageSampleReader: SampleReader {
    private(set) var names: [String]?
    private let path: String
    private var files: ArraySlice<String> = []
    private var archive: TarArchive?
    private let form: ImageForm
    private let decoder: ImageDecoder
    /// Names of files that could not be decoded and are left out.
    private var skipped: [String] = []
    private let options: LoadOptions
    private let meaning: DataMeaning

    private static let fullScale = 255.0

    init(_ path: String, _ form: ImageForm, _ options: LoadOptions) throws(DatasetError) {
        self.path = path
        self.options = options
        meaning = options.meaningOfWeights()
        self.form = form
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

    var warnings: [DataWarning] {
        guard !skipped.isEmpty else { return [] }
        return [
            DataWarning(
                .ignoredFiles, path,
                found: "\(skipped.count) of the images cannot be decoded and are left out: "
                    + "\(NameList(skipped, most: 6))",
                remedy: "replace or remove them")
        ]
    }

    mutating func next(_ count: Int) throws(DatasetError) -> (any Dataset)? {
        var names: [String] = []
        let byteCount = meaning.sampleShape.reduce(1, *)
        let bytes = try ByteStorage(pieceCount: byteCount, for: path) { (pixels) throws(DatasetError) in
            while names.count < count, let image = try nextFile() {
                do throws(ImageDecoder.Failure) {
                    _ = try decoder.decode(image.bytes, into: pixels)
                    names.append(image.name)
                    return true
                } catch {
                    guard form.corrupt == .skip else {
                        throw DatasetError(
                            .corruptImage, image.name, expected: error.expected, found: error.found,
                            remedy: "replace or remove it")
                    }
                    skipped.append(image.name)
                }
            }
            return false
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
