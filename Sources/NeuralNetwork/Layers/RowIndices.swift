/// Numbers of the samples by which the first layer of a network looks up rows of its weights.
public enum RowIndices: Sendable, Equatable {
    /// Every number of a sample is a token's, 0 ..< count.
    case tokens(Int)
    /// The features at rising positions are numbers of levels, from 1 to that of the position, or 0 for none; the others are measured
    /// values.
    case levels([Int], positions: [Int])

    /// Number of tokens; nil of levels.
    public var tokenCount: Int? {
        if case .tokens(let count) = self { count } else { nil }
    }

    /// The numbers, as messages call them.
    var name: String {
        switch self {
        case .tokens: "token numbers"
        case .levels: "numbers of levels"
        }
    }
}

extension NetworkSpecification {
    /// Nil where samples are measured values.
    public var rowIndices: RowIndices? { layers.first?.rowIndices }

    /// Token numbers that samples consist of, 0 ..< tokenCount; nil where they are others.
    public var tokenCount: Int? { rowIndices?.tokenCount }

    /// The layer that takes features of the samples as numbers of levels; nil where there is none.
    public var columnEmbeddings: ColumnEmbeddings? { layers.first?.unnamed as? ColumnEmbeddings }
}
