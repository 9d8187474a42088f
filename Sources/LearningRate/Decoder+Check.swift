extension Decoder {
    /// Throws `DecodingError.dataCorrupted` where there is a problem.
    func check(_ problem: String?) throws {
        guard let problem else { return }
        throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: problem))
    }
}
