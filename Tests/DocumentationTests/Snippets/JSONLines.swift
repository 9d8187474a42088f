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

    func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        let lines: [Features] = try lines(of: file, expected: #"{"features": […]}"#)
        return try MemorySampleReader(lines.flatMap(\.features), options, subject: file)
    }

    private struct Features: Decodable {
        let features: [Float]
    }

    private struct Sample: Decodable {
        let features: [Float]
        let label: Int32
    }

    private func samples(_ path: String) throws(DatasetError) -> SampleArrays {
        let samples: [Sample] = try lines(of: path, expected: #"{"features": […], "label": N}"#)
        return SampleArrays(
            features: samples.flatMap(\.features), shape: [samples.first?.features.count ?? 0],
            labels: samples.map(\.label), classCount: classCount ?? 2)
    }

    private func lines<Line: Decodable>(of path: String, expected: String) throws(DatasetError) -> [Line] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw DatasetError(
                .unreadable, path, expected: "a text in UTF-8", found: "none that can be read",
                remedy: "correct the path")
        }
        var lines: [Line] = []
        for (index, line) in text.split(separator: "\n").enumerated() {
            guard let sample = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else {
                throw DatasetError(
                    .malformedRow, path, line: index + 1, expected: expected, found: "\(line.prefix(40))",
                    remedy: "correct the line")
            }
            lines.append(sample)
        }
        return lines
    }
}
