/// Tells a file that training and test samples are both taken from: by digests of its first rows.
///
/// Rows are their numbers as the file has them, in the order of the features, and their classes; the name of the file, the order of
/// its columns and what is ignored do not count.
public struct SplitRows: Sendable, Equatable, Codable {
    /// The first rows of a file.
    struct Prefix: Sendable, Equatable, Codable {
        let rows: Int
        /// Digest of all numbers of all rows, in hexadecimal; empty where that was not taken of rows that stay in their files.
        let digest: String
        /// Digest of the rows' digests, in hexadecimal; nil where there are none.
        var ofRows: String?
    }

    /// All rows.
    let whole: Prefix
    /// Those for training, where they are the first ones of the file.
    let training: Prefix?

    /// - Parameter trainingRows: the first rows, which are for training; nil where training rows lie among the others.
    init(_ samples: some RowSamples, trainingRows: Int?) {
        let prefixes = samples.prefixes([trainingRows ?? samples.count, samples.count])
        whole = prefixes[1]
        training = trainingRows.map { _ in prefixes[0] }
    }
}

/// Which rows are evaluated of a file that training and test samples are both taken from.
public struct EvaluatedRows: Sendable, Equatable, Codable {
    public enum Choice: String, Sendable, Codable {
        /// Those held out of training, of the file that the weights were trained on.
        case heldOut
        /// The same and rows added since.
        case heldOutAndAdded
        /// Those after the rows trained on, of a file that has others there than it had.
        case afterTraining
        /// All: another file.
        case all
        /// Those that the split leaves for testing; nothing tells what the weights were trained on.
        case unknown
    }

    public let choice: Choice
    public let path: String
    /// Rows of the file.
    public let rows: Int
    /// Rows that are evaluated.
    public let evaluated: Int
    let words: RowWords
}

/// Names of samples, and the word for all of them.
struct RowWords: Sendable, Equatable, Codable {
    let rows: String
    let file: String

    static let table = Self(rows: "rows", file: "file")
    static let images = Self(rows: "images", file: "set of images")
}

extension EvaluatedRows: CustomStringConvertible {
    /// One line.
    public var description: String {
        let share = "\(evaluated) of \(rows) \(words.rows) are evaluated"
        let text =
            switch choice {
            case .heldOut: "\(share), those held out of training"
            case .heldOutAndAdded:
                "has \(words.rows) that the \(words.file) the weights were trained on had not: \(share), those not "
                    + "trained on"
            case .afterTraining:
                "begins with the \(words.rows) that the weights were trained on and goes on with others: \(share), those not trained on"
            case .all:
                "is not the \(words.file) that the weights were trained on: all \(rows) \(words.rows) are evaluated"
            case .unknown:
                "\(share), those that the split leaves for testing; the weights do not tell whether this is the \(words.file) they were "
                    + "trained on; give --test FILE to evaluate all \(words.rows) of a \(words.file)"
            }
        return "\(path): \(text)"
    }
}

extension CSVFiles.Test {
    /// The rows of a table that training and test samples are both taken from, divided as weights that were trained on such a
    /// table are to be evaluated: none counts that was trained on.
    ///
    /// - Parameter kept: what tells the table that the weights were trained on; nil where they do not keep it.
    func evaluated<Samples: RowSamples>(
        _ samples: Samples, _ path: String, seed: UInt64, keptWithWeights kept: SplitRows?
    ) throws(DatasetError) -> DataParts<Samples> {
        let count = samples.count
        func parts(_ choice: EvaluatedRows.Choice, train: Selection, test: Selection) -> DataParts<Samples> {
            var parts = DataParts(samples, train: train, test: test)
            parts.evaluated = EvaluatedRows(
                choice: choice, path: path, rows: count, evaluated: test.count, words: samples.words)
            return parts
        }
        func begins(with prefix: SplitRows.Prefix) -> Bool {
            (1...count).contains(prefix.rows) && samples.prefixes([prefix.rows])[0].isLike(prefix)
        }
        // Rows that stay in their files do not have the digest that weights of older versions keep.
        guard let kept, samples.bits(0, 0) != nil || kept.whole.ofRows != nil else {
            let (train, held) = try selections(samples, path, ofFirst: count, seed: seed)
            return parts(.unknown, train: train, test: held)
        }
        if begins(with: kept.whole) {
            let (train, held) = try selections(samples, path, ofFirst: kept.whole.rows, seed: seed)
            let added = kept.whole.rows..<count
            return parts(added.isEmpty ? .heldOut : .heldOutAndAdded, train: train, test: held.and(added))
        }
        if let training = kept.training, training.rows < count, begins(with: training) {
            return parts(
                .afterTraining, train: .range(0..<training.rows), test: .range(training.rows..<count))
        }
        return parts(.all, train: .range(0..<count), test: .range(0..<count))
    }

    /// The rows for training and those for testing, of the first `count` rows.
    func selections(
        _ samples: some RowSamples, _ path: String, ofFirst count: Int, seed: UInt64
    ) throws(DatasetError) -> (train: Selection, test: Selection) {
        switch self {
        case .file: preconditionFailure("the test samples have a file of their own")
        case .after(let trainingRows):
            guard trainingRows > 0, trainingRows < count else {
                throw DatasetError(
                    .invalidOption, path, expected: "training rows in 1 ..< \(count), the rows of the file",
                    found: "\(trainingRows)",
                    remedy: "correct data.split.trainingRows: leave rows for training and for testing")
            }
            return (.range(0..<trainingRows), .range(trainingRows..<count))
        case .fraction(let fraction):
            let (rest, held) = try samples.holdingOut(fraction, of: .range(0..<count), seed: seed)
            return (rest, held)
        }
    }

    /// The rows at the beginning that are for training; nil where these lie among the others, or in another file.
    var trainingRows: Int? {
        if case .after(let rows) = self { return rows }
        return nil
    }
}

extension Selection {
    /// These samples, and then those of a range behind them.
    fileprivate func and(_ more: Range<Int>) -> Selection {
        if more.isEmpty { return self }
        if case .range(let range) = self, range.upperBound == more.lowerBound {
            return .range(range.lowerBound..<more.upperBound)
        }
        return .indices((0..<count).map { Int32(self[$0]) } + more.map { Int32($0) })
    }
}

/// Samples of one file or folder that is divided into training and test samples.
protocol RowSamples: StandardizableSamples {
    var featureCount: Int { get }
    var words: RowWords { get }

    /// A feature as the source has it; nil where features stay in their files.
    func bits(_ index: Int, _ feature: Int) -> UInt64?
    /// A digest of all features of a sample; nil where there is none.
    func bits(ofSample index: Int) -> UInt64?
    /// The class, or the real target, as the source has it.
    func bits(ofLabel index: Int) -> UInt64
}

extension RealSamples: RowSamples {
    var words: RowWords { .table }

    func bits(_ index: Int, _ feature: Int) -> UInt64? {
        let value = self[index, feature]
        return cells?.digest(value, feature) ?? value.bitPattern
    }

    func bits(ofLabel index: Int) -> UInt64 {
        guard let targets else { return UInt64(UInt32(bitPattern: label(at: index))) }
        let width = targets.count / max(count, 1)
        return targets[index * width..<(index + 1) * width].reduce(0) { ($0 &* 0x100_0000_01B3) ^ $1.bitPattern }
    }
}

extension RowSamples {
    func bits(ofSample index: Int) -> UInt64? { nil }
    func bits(ofLabel index: Int) -> UInt64 { UInt64(UInt32(bitPattern: label(at: index))) }

    /// The first samples, `counts` of them, which rise, by digests of the bits of their numbers and their labels.
    fileprivate func prefixes(_ counts: [Int]) -> [SplitRows.Prefix] {
        var prefixes: [SplitRows.Prefix] = []
        var (numbers, rows) = (RowHash(), RowHash())
        let hasNumbers = count > 0 && bits(0, 0) != nil
        let hasRows = count > 0 && bits(ofSample: 0) != nil
        for index in 0...(counts.last ?? 0) {
            while prefixes.count < counts.count, counts[prefixes.count] == index {
                prefixes.append(
                    SplitRows.Prefix(
                        rows: index, digest: hasNumbers ? numbers.text : "", ofRows: hasRows ? rows.text : nil))
            }
            if index == counts.last { break }
            if hasNumbers {
                for feature in 0..<featureCount { numbers.mix(bits(index, feature)!) }
                numbers.mix(bits(ofLabel: index))
            }
            if hasRows {
                rows.mix(bits(ofSample: index)!)
                rows.mix(bits(ofLabel: index))
            }
        }
        return prefixes
    }
}

extension SplitRows.Prefix {
    /// True where both are of the same rows, by what both have.
    fileprivate func isLike(_ other: Self) -> Bool {
        if !digest.isEmpty, !other.digest.isEmpty { return digest == other.digest }
        return ofRows != nil && ofRows == other.ofRows
    }
}

/// FNV-1a on whole words; the shift lets high bits, too, count in all bits of what follows.
private struct RowHash {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    mutating func mix(_ bits: UInt64) {
        hash = (hash ^ bits) &* 0x100_0000_01B3
        hash ^= hash >> 32
    }

    var text: String { String(hash, radix: 16) }
}
