import Entrain
import Foundation

/// Samples as lines of JSON: `{"features": [0.5, 2], "label": 1}`.
struct JSONLines: DataFormat {
    static let name = "json-lines"

    var trainFile = ""
    var testFile = ""
    var classCount: Int? = 2

    static let settings: [Setting<Self>] = [
        .init(required: "trainFile", \.trainFile, expected: "a file name", "file of the training samples"),
        .init(required: "testFile", \.testFile, expected: "a file name", "file of the test samples"),
        .init("classCount", \.classCount, .atLeast(2), "number of classes"),
    ]

    static var hasFiles: Bool { true }
    static var isStandardized: Bool { true }

    func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        try options.prepare(
            train: try samples(try root.path(trainFile)), test: try samples(try root.path(testFile)),
            subject: trainFile)
    }

    private struct Sample: Decodable {
        let features: [Float]
        let label: Int32
    }

    private func samples(_ path: String) throws(DatasetError) -> SampleArrays {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw DatasetError(
                .unreadable, path, expected: "a text in UTF-8", found: "none that can be read",
                remedy: "correct the path")
        }
        var features: [Float] = []
        var labels: [Int32] = []
        for (index, line) in text.split(separator: "\n").enumerated() {
            guard let sample = try? JSONDecoder().decode(Sample.self, from: Data(line.utf8)) else {
                throw DatasetError(
                    .malformedRow, path, line: index + 1, expected: #"{"features": […], "label": N}"#,
                    found: "\(line.prefix(40))", remedy: "correct the line")
            }
            features += sample.features
            labels.append(sample.label)
        }
        return SampleArrays(
            features: features, shape: [features.count / max(labels.count, 1)], labels: labels,
            classCount: classCount ?? 2)
    }
}
