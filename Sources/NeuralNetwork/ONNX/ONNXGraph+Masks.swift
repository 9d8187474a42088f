/// Masks of what is made of several sequences.
extension ONNXGraph {
    /// The mask of values that are made of each position of `sequences`: one that is padding in a sequence is padding. Nil where
    /// none has a mask.
    mutating func commonMask(of sequences: [String], at place: LayerPlace) -> String? {
        var common: String?
        var used: Set<String> = []
        for mask in sequences.compactMap({ self.mask(of: $0) }) where used.insert(mask).inserted {
            common = common.map { add("Mul", [$0, mask], at: place) } ?? mask
        }
        return common
    }

    /// The mask of sequences `[L, E]` with their positions one behind the other. Nil where none has a mask; one without has no
    /// padding.
    mutating func joinedMask(of sequences: [(value: String, shape: [Int])], at place: LayerPlace) -> String? {
        let masks = sequences.map { mask(of: $0.value) }
        guard let some = masks.compactMap(\.self).first else { return nil }
        let zeros = masks.contains(nil) ? zeroColumn(besides: some, at: place) : ""
        let parts = masks.indices.map { index in
            if let mask = masks[index] { return mask }
            let count = sequences[index].shape[0]
            let ones = constant(
                "\(place.path).mask \(index)", [Float](repeating: 1, count: count), shape: [count])
            return add("Add", [zeros, ones], at: place)
        }
        return add("Concat", parts, [("axis", .integer(1))], at: place)
    }

    /// `[N, 1]` of zeros, for as many samples as a mask has.
    private mutating func zeroColumn(besides mask: String, at place: LayerPlace) -> String {
        let (start, end) = (constant("\(place.path).mask start", [0]), constant("\(place.path).mask end", [1]))
        let column = add("Slice", [mask, start, end, constant("\(place.path).mask axis", [1])], at: place)
        return add("Mul", [column, constant("\(place.path).mask zero", [Float(0)])], at: place)
    }
}
