/// Some of a data set's samples, in an order of their own.
enum Selection: Sendable, Equatable {
    case range(Range<Int>)
    /// Sets of more than 2³¹ samples are only ever cut into ranges.
    case indices([Int32])

    var count: Int {
        switch self {
        case .range(let range): range.count
        case .indices(let indices): indices.count
        }
    }

    /// Index in the data set of sample `position` of the selection.
    subscript(position: Int) -> Int {
        switch self {
        case .range(let range):
            precondition(position >= 0 && position < range.count, "sample \(position) of \(range.count)")
            return range.lowerBound + position
        case .indices(let indices):
            return Int(indices[position])
        }
    }

    /// The samples that `inner` selects from this selection.
    func selecting(_ inner: Selection) -> Selection {
        switch (self, inner) {
        case (.range(let outer), .range(let range)):
            .range(outer.lowerBound + range.lowerBound..<outer.lowerBound + range.upperBound)
        default:
            .indices((0..<inner.count).map { Int32(self[inner[$0]]) })
        }
    }
}
