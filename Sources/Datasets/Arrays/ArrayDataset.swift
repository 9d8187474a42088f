/// Samples of real numbers as an array has them, presented when they are asked for: of a file too large for memory.
///
/// A batch has the bits of one of a ``FloatDataset`` that was read from the same array.
public struct ArrayDataset: Dataset {
    public let sampleShape: [Int]
    public let featureCount: Int
    public let classCount: Int
    public let classNames: [String]?
    public let standardization: Standardization?

    /// [N, …`sampleShape`] elements.
    private let storage: ByteStorage
    private let element: NPYElement
    /// [N] integers of 32 bits.
    private let labelStorage: ByteStorage

    /// - Parameters:
    ///   - elements: [N, …`sampleShape`] of the type `element`, finite, also once they are standardized.
    ///   - labels: [N] integers of 32 bits, all in 0 ..< `classCount`.
    init(
        elements: ByteStorage, of element: NPYElement, sampleShape: [Int], labels: ByteStorage, classCount: Int,
        classNames: [String]?, standardization: Standardization?
    ) {
        storage = elements
        self.element = element
        self.sampleShape = sampleShape
        labelStorage = labels
        self.classCount = classCount
        self.classNames = classNames
        self.standardization = standardization
        featureCount = sampleShape.reduce(1, *)
        precondition(
            elements.bytes.count == count * featureCount * element.size,
            "\(elements.bytes.count) bytes for \(count) samples of \(featureCount)")
    }

    public var count: Int { labels.count }
    private var labels: UnsafeBufferPointer<Int32> { labelStorage.elements(Int32.self) }

    public func label(at index: Int) -> Int32 {
        precondition(index >= 0 && index < count, "sample \(index) of \(count)")
        return labels[index]
    }

    public func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        checkBatch(indices.count, features.count, labels.count)
        let byteCount = featureCount * element.size
        features.withUnsafeMutableBufferPointer { features in
            for position in 0..<indices.count {
                let index = indices[position]
                labels[position] = label(at: index)
                let sample = UnsafeRawBufferPointer(
                    rebasing: storage.bytes[index * byteCount..<(index + 1) * byteCount])
                present(sample, features.baseAddress! + position * featureCount)
            }
        }
    }

    @inline(__always)
    private func present(_ sample: UnsafeRawBufferPointer, _ destination: UnsafeMutablePointer<Float>) {
        guard let standardization else {
            element.forEachNumber(sample) { place, number in destination[place] = Float(number) }
            return
        }
        let groupSize = featureCount / standardization.mean.count
        standardization.mean.withUnsafeBufferPointer { means in
            standardization.standardDeviation.withUnsafeBufferPointer { deviations in
                if groupSize == 1 {
                    element.forEachNumber(sample) { place, number in
                        destination[place] = Float((number - means[place]) / deviations[place])
                    }
                    return
                }
                let byteCount = groupSize * element.size
                for group in 0..<means.count {
                    let (mean, deviation) = (means[group], deviations[group])
                    let elements = UnsafeRawBufferPointer(
                        rebasing: sample[group * byteCount..<(group + 1) * byteCount])
                    let target = destination + group * groupSize
                    element.forEachNumber(elements) { place, number in
                        target[place] = Float((number - mean) / deviation)
                    }
                }
            }
        }
    }
}

extension ArrayDataset {
    public func expectRandomOrder() { storage.file?.expectRandomOrder() }
}

extension ArrayDataset: StoredDataset {
    var form: StoredForm {
        StoredForm(
            kind: .array, sampleShape: sampleShape, classCount: classCount, classNames: classNames,
            standardization: standardization, element: element)
    }

    var blocks: (features: ByteStorage, labels: ByteStorage) { (storage, labelStorage) }
}
