extension ByteDataset: StandardizableSamples {
    var groupCount: Int { sampleShape.count > 1 ? sampleShape[0] : featureCount }

    /// From integer sums, hence the same bits in any order.
    func measured(over selection: Selection) -> Standardization {
        let groupSize = featureCount / groupCount
        var sums = [UInt64](repeating: 0, count: groupCount)
        var squares = sums
        if case .stored(let storage) = samples, groupSize == 1 {
            for position in 0..<selection.count {
                let first = selection[position] * featureCount
                for feature in 0..<featureCount {
                    let value = UInt32(storage.bytes[first + feature])
                    sums[feature] += UInt64(value)
                    squares[feature] += UInt64(value * value)
                }
            }
            return standardization(sums, squares, of: selection.count)
        }
        for position in 0..<selection.count {
            for group in 0..<groupCount {
                let (sum, square) = self.sums(selection[position], group, groupSize)
                sums[group] += sum
                squares[group] += square
            }
        }
        return standardization(sums, squares, of: selection.count * groupSize)
    }

    /// - Parameter count: bytes of each group.
    private func standardization(_ sums: [UInt64], _ squares: [UInt64], of count: Int) -> Standardization {
        let total = Int128(count)
        return Standardization(
            mean: sums.map { Double($0) / (Double(total) * fullScale) },
            standardDeviation: zip(sums, squares).map { sum, square in
                // N·Σx² − (Σx)², exact.
                let spread = total * Int128(square) - Int128(sum) * Int128(sum)
                return Double(spread).squareRoot() / (Double(total) * fullScale)
            })
    }

    @inline(__always)
    private func sums(_ index: Int, _ group: Int, _ groupSize: Int) -> (sum: UInt64, square: UInt64) {
        switch samples {
        case .stored(let storage):
            let first = index * featureCount + group * groupSize
            return SampleMeasures.sums(of: UnsafeRawBufferPointer(rebasing: storage.bytes[first..<first + groupSize]))
        case .decoded(_, let measures):
            guard let measures else { preconditionFailure("samples without their measures") }
            return (measures.sum(index, group), measures.square(index, group))
        }
    }

    func presented(by standardization: Standardization?) -> ByteDataset { with(classNames, standardization) }
}
