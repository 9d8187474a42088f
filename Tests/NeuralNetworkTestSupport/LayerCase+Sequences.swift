import NeuralNetwork
import RandomNumbers

/// Layers on sequences `[L, E]`.
extension LayerCase {
    package static let sequences: [LayerCase] =
        embeddings + columns + positionwise + pooled + attending + blocks + joined

    private static func sequence(
        _ name: String, _ shape: [Int], _ layers: [any LayerSpecification], batches: [Int] = [3]
    ) -> LayerCase {
        LayerCase(name: "\(name), \(shape)", inputShape: shape, layers: layers, batches: batches)
    }

    private static let embeddings = [
        sequence("embedding", [7], [Embedding(tokens: 9, features: 5)]),
        sequence("embedding with padding", [6], [Embedding(tokens: 5, features: 16, padding: 2)], batches: [1, 5]),
        sequence("embedding of one token", [3], [Embedding(tokens: 1, features: 3)], batches: [1]),
    ]

    private static let columns = [
        sequence(
            "columns of levels", [5], [ColumnEmbeddings(positions: [1, 3], levels: [4, 9], widths: [3, 17])],
            batches: [1, 5, 16]),
        sequence("columns of levels alone", [2], [ColumnEmbeddings(positions: [0, 1], levels: [70, 2])]),
        sequence(
            "a last column of levels, named, and layers behind", [4],
            [
                Named("columns", ColumnEmbeddings(positions: [3], levels: [6], widths: [8])), Dense(units: 9),
                ReLU(),
            ], batches: [1, 16]),
    ]

    private static let positionwise = [
        sequence("position-wise dense", [5, 17], [PositionwiseDense(units: 9)], batches: [1, 5, 16]),
        sequence("position-wise dense, ReLU", [4, 6], [PositionwiseDense(units: 20, bias: false), ReLU()]),
        sequence(
            "position-wise dense, GELU, dropout", [4, 6], [PositionwiseDense(units: 33), GELU(), Dropout(rate: 0.3)]),
        sequence("layer normalization of positions", [5, 7], [LayerNormalization()]),
        sequence("tanh of positions", [5, 3], [Dropout(rate: 0), Tanh()]),
        sequence(
            "residual of positions", [5, 6],
            [
                Residual([LayerNormalization(), PositionwiseDense(units: 9), Tanh(), PositionwiseDense(units: 6)]),
                Sigmoid(),
            ]),
        sequence("learned positions", [4, 5], [PositionalEncoding(.learned)]),
        sequence("sinusoidal positions", [9, 6], [PositionalEncoding(.sinusoidal)]),
        sequence("transposition", [4, 7], [Transposition(), PositionwiseDense(units: 5), Transposition()]),
    ]

    private static let pooled = [
        sequence("mean over positions", [5, 7], [MeanPooling()]),
        sequence(
            "mean over positions without padding", [6],
            [Embedding(tokens: 4, features: 5, padding: 1), PositionwiseDense(units: 6), MeanPooling()]),
        sequence("attention over positions", [5, 17], [AttentionPooling()]),
        sequence(
            "attention over positions without padding", [6],
            [Embedding(tokens: 4, features: 5, padding: 0), AttentionPooling()]),
        sequence("class token", [4, 5], [ClassToken(), TokenSelection(position: 0)]),
        sequence("the last position", [4, 5], [TokenSelection(position: 3)]),
        sequence(
            "mean of a transposed square without padding", [3],
            [
                Embedding(tokens: 4, features: 3, padding: 0), Transposition(), MeanPooling(),
            ]),
    ]

    private static let attending = [
        sequence("attention of two heads", [5, 8], [Attention(heads: 2)], batches: [1, 5]),
        sequence("attention without bias", [3, 6], [Attention(heads: 1, bias: false)]),
        // More positions than a tile of queries and of keys has, and heads of more features than two registers.
        sequence("attention over tiles", [66, 3], [Attention(heads: 1)], batches: [1]),
        sequence("causal attention over tiles", [67, 2], [Attention(heads: 2, causal: true)], batches: [1]),
        sequence("attention of wide heads", [3, 34], [Attention(heads: 1)], batches: [2]),
        sequence("rotary attention", [9, 8], [Attention(heads: 2, rotary: true)]),
        sequence(
            "attention of more features", [7, 6], [Attention(heads: 3, features: 12, causal: true, rotary: true)]),
        sequence(
            "attention without padding", [6],
            [Embedding(tokens: 4, features: 8, padding: 1), Attention(heads: 2), MeanPooling()]),
        sequence(
            "attention behind a class token", [6],
            [
                Embedding(tokens: 4, features: 8, padding: 1), ClassToken(), Attention(heads: 2),
                TokenSelection(position: 0),
            ]),
    ]

    private static let blocks = [
        sequence("transformer block", [6, 16], [TransformerBlock(heads: 4, hidden: 24)]),
        sequence("causal block", [5, 8], [TransformerBlock(heads: 2, hidden: 9, causal: true, rotary: true)]),
        sequence(
            "blocks on tokens", [7],
            [
                Embedding(tokens: 6, features: 8, padding: 0), PositionalEncoding(),
                TransformerBlock(heads: 2, hidden: 16),
                TransformerBlock(heads: 4, hidden: 8), LayerNormalization(), MeanPooling(),
            ]),
        sequence(
            "patches", [3, 6, 8],
            [PatchEmbedding(patch: [3, 2], features: 5), LayerNormalization(), MeanPooling()]),
        sequence(
            "patches behind a convolution", [3, 4, 4],
            [
                Convolution(channels: 20, kernel: 3, padding: 1), PatchEmbedding(patch: 2, features: 6), ClassToken(),
                PositionalEncoding(.learned), TransformerBlock(heads: 2, hidden: 12), TokenSelection(position: 0),
            ]),
    ]
}

extension LayerCase {
    /// Branches on sequences, and what becomes of their padding.
    private static let joined: [LayerCase] = {
        let tokens = Embedding(tokens: 4, features: 5, padding: 1)
        // The same length, and padding in other places.
        let (front, behind) = (
            Concatenation([Branch("x", [ClassToken()]), Branch("y")]),
            Concatenation([Branch("x"), Branch("y", [ClassToken()])])
        )
        return [
            sequence(
                "sequences joined along their features", [5, 6],
                [
                    Concatenation(
                        [Branch("a", [PositionwiseDense(units: 17)]), Branch("b", [Tanh()]), Branch("c")],
                        along: .features), LayerNormalization(),
                ], batches: [1, 3]),
            sequence(
                "features of one padding", [6],
                [
                    tokens, Concatenation([Branch("a", [Attention(heads: 1)]), Branch("b")], along: .features),
                    AttentionPooling(),
                ]),
            sequence(
                "features behind class tokens", [6],
                [
                    tokens,
                    Concatenation(
                        [Branch("a", [ClassToken()]), Branch("b", [ClassToken(), PositionwiseDense(units: 3)])],
                        along: .features), Attention(heads: 1), MeanPooling(),
                ]),
            sequence(
                "positions of parts with padding and without", [6],
                [
                    tokens,
                    Concatenation([
                        Branch("a", [ClassToken()]), Branch("b"), Branch("c", [Convolution(channels: 3, kernel: 1)]),
                        Branch("d", [Convolution(channels: 2, kernel: 1)]),
                    ]), AttentionPooling(),
                ]),
            sequence(
                "sum behind class tokens", [6],
                [tokens, Addition([Branch("a", [ClassToken()]), Branch("b", [ClassToken(), Tanh()])]), MeanPooling()]),
            sequence(
                "sum of sequences with other padding", [6],
                [tokens, Addition([Branch("a", [front]), Branch("b", [behind])]), MeanPooling()]),
            sequence(
                "residual behind class tokens", [6],
                [tokens, Residual([ClassToken(), Tanh()], shortcut: .layers([ClassToken()])), AttentionPooling()]),
            sequence(
                "residual of convolutions, which take positions for channels", [6],
                [
                    tokens,
                    Residual(
                        [Convolution(channels: 6, kernel: 3, padding: 1)],
                        shortcut: .layers([Dense(units: 6, over: .channels)])), MeanPooling(),
                ]),
            sequence("a dense layer over positions", [6], [tokens, Dense(units: 6, over: .channels), MeanPooling()]),
            sequence("the mean of each position", [6], [tokens, GlobalAveragePooling(), MeanPooling()]),
        ]
    }()
}

extension LayerCase {
    /// A batch of samples, `[N]` + the input's shape: values in ±`bound`, or numbers of tokens or levels where a network takes those;
    /// another `fill`, other ones.
    package static func samples(
        of network: NetworkSpecification, batch: Int, in bound: Float, fill: UInt64
    ) -> [Float] {
        let values = uniform(batch * network.inputShape.reduce(1, *), in: bound, fill: fill)
        if let columns = network.columnEmbeddings {
            return values.enumerated().map { index, value in
                let place = index % network.inputShape[0]
                guard let column = columns.positions.firstIndex(of: place) else { return value }
                // Of the first samples those of the last and of no level.
                let (levels, sample) = (columns.levels[column], index / network.inputShape[0])
                return sample < 2
                    ? Float(sample == 0 ? levels : 0)
                    : ((value / bound + 1) / 2 * Float(levels + 1)).rounded(.down)
            }
        }
        guard let tokens = network.tokenCount else { return values }
        // The first one is the last token's, so that the whole range is seen.
        return values.enumerated().map { index, value in
            index == 0 ? Float(tokens - 1) : ((value / bound + 1) / 2 * Float(tokens)).rounded(.down)
        }
    }
}
