import NeuralNetwork

extension BatchLoss {
    static let termCount = SIMD8<Int64>.scalarCount + 1

    /// Integers whose sums over ranks are those of the sum of their losses.
    var terms: [Int64] { digits.indices.map { digits[$0] } + [nonFiniteCount] }

    /// - Parameter terms: as many as ``termCount``.
    init(terms: some Sequence<Int64>) {
        let terms = Array(terms)
        self.init(digits: SIMD8(terms.dropLast()), nonFiniteCount: terms[Self.termCount - 1])
    }
}
