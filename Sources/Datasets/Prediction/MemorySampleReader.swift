/// Samples in memory that are to be predicted.
public struct MemorySampleReader: SampleReader {
    private let features: [Float]
    private let options: LoadOptions
    private let meaning: DataMeaning
    private let subject: String
    private var done = 0

    /// - Parameters:
    ///   - features: [N, …shape of a sample], as a file of that kind has them: bytes of images in 0 ... 255, nothing standardized.
    ///   - options: the meaning and the standardization that are kept with the weights.
    ///   - subject: what the samples are, for errors: the name of a file.
    /// - Throws: where they are not whole samples of that shape, or a number is not finite.
    public init(_ features: [Float], _ options: LoadOptions, subject: String) throws(DatasetError) {
        meaning = options.meaningOfWeights()
        let size = meaning.sampleShape.reduce(1, *)
        guard features.count % size == 0 else {
            throw DatasetError(
                .wrongShape, subject,
                expected: "samples of \(size) numbers, \(meaning.sampleShape) as \(meaning.layout)",
                found: "\(features.count) numbers", remedy: "give every feature of every sample")
        }
        if let place = features.firstIndex(where: { !$0.isFinite }) {
            throw DatasetError(
                .invalidNumber, subject, expected: "finite numbers",
                found: "\(features[place]) as feature \(place % size) of sample \(place / size)",
                remedy: "correct the number, or leave the sample out")
        }
        self.features = features
        self.options = options
        self.subject = subject
    }

    public mutating func next(_ count: Int) throws(DatasetError) -> (any Dataset)? {
        let size = meaning.sampleShape.reduce(1, *)
        let piece = features[done * size..<min((done + count) * size, features.count)]
        if piece.isEmpty { return nil }
        defer { done += piece.count / size }
        let fullScale = meaning.fullScale ?? 1
        let numbers = try RealNumbers(.double, capacity: piece.count, for: subject)
        for feature in piece { numbers.append(Double(feature) / fullScale) }
        return try options.present(numbers, of: meaning, first: done, subject: subject)
    }
}
