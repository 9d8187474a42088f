/// The valid key or choice that a mistyped one most likely stands for.
struct KeySuggestion {
    /// The candidate nearest to `word`, or nil when none is near: at most a third of the letters differ, or one
    /// continues the other (`batchSize` and `batch`). Case, `_` and `-` do not count, so `learning_rate` is
    /// `learningRate`.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let wanted = letters(of: word)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let other = letters(of: candidate)
            var distance = distance(wanted, other)
            let isLong = min(wanted.count, other.count) >= 4
            let isPrefix = isLong && (wanted.starts(with: other) || other.starts(with: wanted))
            if isPrefix { distance = min(distance, 2) }
            let isNear = isPrefix || distance <= max(1, max(wanted.count, other.count) / 3)
            if isNear, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// The question that a message ends with; nil where no candidate is near.
    static func question(for word: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: word, among: candidates).map { "did you mean \($0)?" }
    }

    /// True for words that differ in case, `_` and `-` alone.
    static func areAlike(_ one: String, _ other: String) -> Bool { letters(of: one) == letters(of: other) }

    private static func letters(of word: String) -> [Character] {
        word.lowercased().filter { $0 != "_" && $0 != "-" }
    }

    /// The least number of insertions, deletions, substitutions and swaps of neighbours that make one word the other
    /// (optimal string alignment).
    static func distance<Letter: Equatable>(_ first: [Letter], _ second: [Letter]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            for column in second.indices {
                let substitution = previous[column] + (first[row] == second[column] ? 0 : 1)
                var cost = min(substitution, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[second.count]
    }
}
