import Foundation
import NeuralNetwork
import XCTest

/// Labels that go through all classes.
func cyclicLabels(_ count: Int, classes: Int, first: Int = 0) -> [Int32] {
    (first..<first + count).map { Int32((7 * $0 + 3) % classes) }
}

/// max |found − expected| / max |expected|, the error in relation to the largest value of the tensor. Infinite where
/// the counts differ or a value is not a number.
func relativeError(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
    let difference = zip(found, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    let largest = expected.reduce(0) { max($0, abs($1)) }
    return difference == 0 ? 0 : difference / largest
}

func bits(_ values: [Float]) -> [UInt32] {
    values.map(\.bitPattern)
}

func bits(_ tensors: [Tensor]) -> [String: [UInt32]] {
    Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, bits($0.values)) })
}

/// A file that `Golden/make_golden.py` wrote.
struct Golden<Case: Decodable>: Decodable {
    let cases: [Case]

    static func cases(of name: String) throws -> [Case] {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let found = try JSONDecoder().decode(Self.self, from: Data(contentsOf: directory.appending(path: name))).cases
        XCTAssertFalse(found.isEmpty, "\(name) has no cases")
        return found
    }
}

/// The inputs of the golden files: offset + amplitude · sin(frequency · index + curvature · index² + phase), rounded to
/// Float.
struct Wave: Decodable {
    let amplitude, frequency, phase: Double
    let curvature, offset: Double?

    func values(_ count: Int) -> [Float] {
        let (curvature, offset) = (curvature ?? 0, offset ?? 0)
        return (0..<count).map { index in
            let index = Double(index)
            return Float(offset + amplitude * sin(frequency * index + curvature * index * index + phase))
        }
    }
}
