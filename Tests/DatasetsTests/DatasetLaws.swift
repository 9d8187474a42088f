import Datasets
import XCTest

/// Features [N, features] and labels [N] of the samples `indices`.
func batch(_ dataset: any Dataset, _ indices: [Int]) -> (features: [Float], labels: [Int32]) {
    var features = [Float](repeating: .nan, count: indices.count * dataset.featureCount)
    var labels = [Int32](repeating: -1, count: indices.count)
    var featureSpan = features.mutableSpan
    var labelSpan = labels.mutableSpan
    dataset.copyBatch(indices.span, into: &featureSpan, labels: &labelSpan)
    return (features, labels)
}

/// What every data set must do.
func checkLaws(_ dataset: any Dataset, _ name: String, file: StaticString = #filePath, line: UInt = #line) {
    XCTAssertEqual(dataset.featureCount, dataset.sampleShape.reduce(1, *), name, file: file, line: line)
    XCTAssertGreaterThan(dataset.count, 0, name, file: file, line: line)
    if let names = dataset.classNames { XCTAssertEqual(names.count, dataset.classCount, name, file: file, line: line) }
    if let standardization = dataset.standardization {
        let groups = dataset.sampleShape.count > 1 ? dataset.sampleShape[0] : dataset.featureCount
        XCTAssertEqual(standardization.mean.count, groups, name, file: file, line: line)
    }

    // Backwards, from both ends, with a repetition and more than any internal piece.
    let last = dataset.count - 1
    let indices = [last, 0, last / 2, 0] + (0..<150).map { last - ($0 * 7) % dataset.count }
    let (features, labels) = batch(dataset, indices)
    for (position, index) in indices.enumerated() {
        let single = batch(dataset, [index])
        let row = features[position * dataset.featureCount..<(position + 1) * dataset.featureCount]
        XCTAssertEqual(Array(row), single.features, "\(name), sample \(index)", file: file, line: line)
        XCTAssertEqual(labels[position], dataset.label(at: index), "\(name), sample \(index)", file: file, line: line)
        XCTAssertEqual(single.labels, [labels[position]], "\(name), sample \(index)", file: file, line: line)
    }
    XCTAssert(labels.allSatisfy { $0 >= 0 && $0 < dataset.classCount }, name, file: file, line: line)
    XCTAssert(features.allSatisfy(\.isFinite), name, file: file, line: line)
    XCTAssert(batch(dataset, []).features.isEmpty, name, file: file, line: line)
}

/// Mean and standard deviation (of the population) of every group of `groupSize` features over all samples.
func moments(_ dataset: any Dataset, groups: Int) -> [(mean: Double, deviation: Double)] {
    let features = batch(dataset, Array(0..<dataset.count)).features
    let groupSize = dataset.featureCount / groups
    return (0..<groups).map { group in
        let values = features.indices.lazy
            .filter { $0 % dataset.featureCount / groupSize == group }
            .map { Double(features[$0]) }
        let mean = values.reduce(0, +) / Double(dataset.count * groupSize)
        let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(dataset.count * groupSize)
        return (mean, square.squareRoot())
    }
}

/// The error that `body` ends with; a failure when there is none.
func datasetError(
    file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void
) -> DatasetError? {
    do {
        try body()
        XCTFail("no error", file: file, line: line)
    } catch let error as DatasetError {
        XCTAssertFalse(error.description.contains("\n"), error.description, file: file, line: line)
        return error
    } catch {
        XCTFail("\(error)", file: file, line: line)
    }
    return nil
}
