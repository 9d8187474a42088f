// The programmer's mistakes, refused before the library or another rank can see them.

extension Communicator {
    func preconditionRank(_ rank: Int, _ role: StaticString) {
        precondition(rank >= 0 && rank < size, "\(role) is rank \(rank), but there are \(size) ranks")
    }

    func preconditionCount(_ count: Int, _ expected: Int, _ role: StaticString) {
        precondition(count == expected, "\(role) has \(count) elements on rank \(self.rank), expected \(expected)")
    }

    func preconditionLayout(_ layout: BlockLayout, length: Int, exactly: Bool = false, _ role: StaticString) {
        precondition(
            layout.counts.count == size, "\(role) is laid out for \(layout.counts.count) ranks, but there are \(size)")
        precondition(
            exactly ? length == layout.extent : length >= layout.extent,
            "\(role) has \(length) elements on rank \(self.rank), but its blocks reach to \(layout.extent)")
    }

    func preconditionTag(_ tag: Int) {
        precondition(
            (0...MessageTag.upperBound).contains(tag), "message tag \(tag) is not in 0 ... \(MessageTag.upperBound)")
    }
}

extension Communicator {
    func preconditionShared<Element>(_ type: Element.Type, count: Int, alignment: Int) {
        precondition(count >= 0, "a shared segment of \(count) elements")
        precondition(
            alignment.nonzeroBitCount == 1 && alignment <= 4096 && alignment >= MemoryLayout<Element>.alignment,
            "alignment of a shared segment of \(Element.self) is \(alignment), expected a power of two in "
                + "\(MemoryLayout<Element>.alignment) ... 4096")
    }
}
