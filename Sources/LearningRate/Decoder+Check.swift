/// What is said of a value out of its range; nil for one within. Used by `init` and decoding alike.
enum Limits {
    static func rate(_ rate: Double) -> String? {
        rate > 0 && rate.isFinite ? nil : "a rate is above 0 and finite, got \(rate)"
    }

    static func floor(_ floor: Double, under rate: Double) -> String? {
        floor >= 0 && floor <= rate ? nil : "a floor is at least 0 and at most the rate \(rate), got \(floor)"
    }

    static func factor(_ factor: Double) -> String? {
        factor > 0 && factor <= 1 ? nil : "a factor is above 0 and at most 1, got \(factor)"
    }

    static func steps(_ steps: Int) -> String? {
        steps >= 1 ? nil : "a length is at least 1 step, got \(steps)"
    }
}

extension Decoder {
    /// Throws `DecodingError.dataCorrupted` where there is a problem.
    func check(_ problem: String?) throws {
        guard let problem else { return }
        throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: problem))
    }
}
