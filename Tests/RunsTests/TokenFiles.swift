import Foundation
import RandomNumbers
import TrainingTestSupport

/// NPY files of a small language: sequences of the tokens 1 to 11, filled up by 0, and whether 3 and 7 stand side by side in them.
struct TokenFiles {
    static let length = 12
    private let folder: TemporaryDirectory

    init(in folder: TemporaryDirectory) { self.folder = folder }

    /// - Parameters:
    ///   - change: what is done to the tokens of the training set.
    ///   - changeTest: what is done to those of the test set.
    func write<Token: FixedWidthInteger>(
        as type: Token.Type, _ name: String, change: (inout [Token]) -> Void = { _ in },
        changeTest: (inout [Token]) -> Void = { _ in }
    ) throws {
        for (part, count) in [("train", 203), ("test", 50)] {
            var (tokens, labels): ([Token], [Int64]) = ([], [])
            for sample in 0..<count {
                let stream = RandomStream(
                    seed: part == "train" ? 1 : 2, purpose: .syntheticSample, stream: UInt64(sample))
                func draw(_ index: Int, _ bound: Int) -> Int {
                    Int(stream.integer(UInt64(index), below: UInt64(bound)))
                }
                var row = (0..<Self.length).map { 1 + draw($0, 11) }
                let end = 6 + draw(20, 7)
                if draw(21, 2) == 0 { row.replaceSubrange(draw(22, end - 1)..., with: [3, 7] + row) }
                row = (0..<Self.length).map { $0 < end ? row[$0] : 0 }
                labels.append(zip(row, row.dropFirst()).contains { $0 == (3, 7) } ? 1 : 0)
                tokens += row.map { Token($0) }
            }
            if part == "train" { change(&tokens) } else { changeTest(&tokens) }
            try write(tokens, [count, Self.length], type: name, to: "\(part)-tokens.npy")
            try write(labels, [count], type: "<i8", to: "\(part)-labels.npy")
        }
    }

    /// A file of version 1.0 of the format (numpy.org, "numpy.lib.format").
    private func write<Number: FixedWidthInteger>(
        _ numbers: [Number], _ shape: [Int], type: String, to file: String
    ) throws {
        let sizes = shape.map { "\($0)," }.joined(separator: " ")
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
        header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
        var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
        data.append(contentsOf: [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
        data.append(contentsOf: header.utf8)
        data.append(numbers.withUnsafeBytes { Data($0) })
        try data.write(to: URL(fileURLWithPath: folder.file(file)))
    }

    static let source = """
        data:
          format: npy
          train: {features: train-tokens.npy, labels: train-labels.npy}
          test: {features: test-tokens.npy, labels: test-labels.npy}
        """
}
