import Foundation

/// Numbers that a script beside them has made, of cases that have the same tensors and gradients.
struct Golden<Case: Decodable>: Decodable {
    let parameters: Int
    let initial, gradient: Wave
    let gradientScales: [Double]
    /// Loss of each step; nil where no rule needs them.
    let losses: [Double]?
    let tensors: [GoldenTensor]
    let cases: [Case]

    /// - Parameter name: of a file in the folder `Golden`.
    static func read(_ name: String) throws -> Self {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }
}

struct GoldenTensor: Decodable {
    let start, end: Int
    let isDecayed: Bool
}
