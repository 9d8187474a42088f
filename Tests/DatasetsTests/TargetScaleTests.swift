import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Real targets in place of classes.
final class TargetScaleTests: XCTestCase {
    private func table(_ targets: [String], named: String = "y") -> String {
        "x,\(named)\n" + targets.enumerated().map { "\(($0.offset * 37) % 101),\($0.element)" }.joined(separator: "\n")
    }

    private func load(
        _ text: String, bins: Int? = nil, held: Double = 0, meaning: DataMeaning? = nil, test: String? = nil
    ) throws -> LoadedData {
        let folder = try TemporaryFolder()
        try folder.write("t.csv", text)
        if let test { try folder.write("other.csv", test) }
        let source = CSVFiles(train: "t.csv", test: test == nil ? .fraction(0.2) : .file("other.csv"))
        return try source.load(
            root: folder.path,
            options: LoadOptions(
                standardization: .off, validationFraction: held, seed: 2, meaning: meaning,
                task: .regression(bins: bins)))
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)".replacing(/^.*\/(?=[a-z]+\.csv|[a-z]+\.npy)/, with: "")
        }
    }

    func testBinsHoldEqualNumbersOfTrainingTargets() throws {
        let targets = (0..<500).map { "\(Double(($0 * 211) % 997) / 8 - 30)" }
        for (bins, count) in [(8, 50), (16, 25), (10, 40)] {
            let data = try load(table(targets), bins: bins)
            XCTAssertEqual(data.train.count, 400)
            let counts = (0..<400).reduce(into: [Int32: Int]()) { $0[data.train.label(at: $1), default: 0] += 1 }
            XCTAssertEqual(counts, Dictionary(uniqueKeysWithValues: (0..<Int32(bins)).map { ($0, count) }))
            XCTAssertEqual([data.train.classCount, data.test.classCount, data.train.outputCount], [bins, bins, 1])
        }
        // Half the root of 400 samples.
        XCTAssertEqual(try load(table(targets)).train.classCount, 10)
    }

    /// The population's mean and deviation, and edges half-way between neighbours.
    func testExactNumbers() throws {
        let scale = try XCTUnwrap(
            try load(table(["1", "2", "3", "6"]), bins: 2, test: table(["6", "1"])).train.targetScale)
        XCTAssertEqual([scale.mean, scale.lowest, scale.highest], [3, 1, 6])
        XCTAssertEqual(scale.standardDeviation, 3.5.squareRoot())
        XCTAssertEqual(scale.edges.count, 1)
        XCTAssertEqual(scale.value(of: scale.edges[0]), 2.5, accuracy: 1e-6)
        XCTAssertEqual(scale.binNames, ["< 2.5", "≥ 2.5"])
        XCTAssertEqual([1, 2.49, 2.51, 6].map { scale.bin(of: scale.standardized($0)) }, [0, 0, 1, 1])
        // An edge is of the bin above, as where no number lies between two targets.
        XCTAssertEqual([scale.edges[0].nextDown, scale.edges[0]].map(scale.bin(of:)), [0, 1])
        XCTAssertEqual([scale.bin(of: .nan), scale.bin(of: -.infinity), scale.bin(of: .infinity)], [0, 0, 1])
        XCTAssertEqual("\(scale)", "y: 1 to 6, mean 3, standard deviation 1.87083")
    }

    /// Equal targets are never parted, and distinct ones are bins of their own where there are few.
    func testEqualTargets() throws {
        let ratings = (0..<200).map { "\([1, 2, 2, 3, 3, 3, 5][$0 % 7])" }
        XCTAssertEqual(try load(table(ratings), bins: 32).train.targetScale?.binCount, 4)
        // Half of them are 0.
        let skewed = (0..<1000).map { $0 % 2 == 0 ? "0" : "\($0)" }
        let data = try load(table(skewed), bins: 10)
        let counts = (0..<data.train.count).reduce(into: [Int32: Int]()) {
            $0[data.train.label(at: $1), default: 0] += 1
        }
        let zeros = (0..<data.train.count).count {
            data.train.target(at: $0) == data.train.targetScale!.standardized(0)
        }
        XCTAssertEqual(counts[0], zeros)
        XCTAssertEqual(counts.count, 10)
        for (bin, count) in counts where bin > 0 {
            XCTAssertEqual(count, (data.train.count - zeros) / 9, accuracy: 1, "bin \(bin)")
        }
    }

    /// Targets reach a batch, views, and a copy of the bytes in another process.
    func testTargetsOfViewsAndCopies() throws {
        let targets = (0..<100).map { Double(($0 * 31) % 97) }
        let data = try load(table(targets.map { "\($0)" }), held: 0.25)
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: try XCTUnwrap(data.contents).byteCount, alignment: 64)
        defer { memory.deallocate() }
        data.copySamples(to: memory)
        let contents = try JSONDecoder().decode(DataContents.self, from: JSONEncoder().encode(data.contents))
        let copy = try contents.data(in: UnsafeRawBufferPointer(memory), of: self)
        for (one, other) in [(data.train, copy.train), (data.test, copy.test), (data.validation!, copy.validation!)] {
            let scale = try XCTUnwrap(one.targetScale)
            XCTAssertEqual(other.targetScale, scale)
            XCTAssertEqual(other.classNames, scale.binNames)
            for index in 0..<one.count {
                let (features, labels) = batch(one, [index])
                // The row tells its target: x is 37 times its number.
                let row = (0..<100).first { Float(($0 * 37) % 101) == features[0] }!
                XCTAssertEqual(one.target(at: index), scale.standardized(targets[row]))
                XCTAssertEqual(labels[0], scale.bin(of: one.target(at: index)))
                XCTAssertEqual(other.target(at: index).bitPattern, one.target(at: index).bitPattern)
                XCTAssertEqual(other.label(at: index), labels[0])
            }
        }
        XCTAssertEqual(data.meaning.targetScale, data.train.targetScale)
    }

    /// Data that weights are used on keep the scale of the weights, also where they have one target alone.
    func testTheScaleOfWeights() throws {
        let meaning = try load(table((0..<100).map { "\($0)" })).meaning
        let data = try load(
            table(["250", "250"]), meaning: meaning, test: table(["250", "-3"]))
        XCTAssertEqual(data.train.targetScale, meaning.targetScale)
        XCTAssertEqual(data.test.label(at: 1), 0)
        XCTAssertEqual(data.test.label(at: 0), Int32(data.test.classCount - 1))
    }

    func testNumPyTargets() throws {
        let values = (0..<40).map { Double($0 % 13) * 0.75 - 2 }
        let targets = littleEndian(values.map(\.bitPattern))
        func load(_ features: [UInt8], _ labels: [UInt8]) throws -> LoadedData {
            let folder = try TemporaryFolder()
            try folder.write("x.npy", features)
            try folder.write("y.npy", labels)
            return try NPYFiles(
                trainFeatures: "x.npy", trainLabels: "y.npy", testFeatures: "x.npy", testLabels: "y.npy"
            ).load(root: folder.path, options: LoadOptions(task: .regression()))
        }
        let images = npy("|u1", [40, 2, 2], (0..<160).map { UInt8($0) })
        let table = npy("<f8", [40, 4], littleEndian((0..<160).map { Double($0).bitPattern }))
        for features in [images, table] {
            for shape in [[40], [40, 1]] {
                let data = try load(features, npy("<f8", shape, targets))
                let scale = try XCTUnwrap(data.train.targetScale)
                XCTAssertEqual((0..<40).map(data.train.target(at:)), values.map(scale.standardized))
            }
        }
        // Integers are numbers too.
        XCTAssertEqual(try load(images, npy("|i1", [40], (0..<40).map { UInt8($0) })).train.targetScale?.highest, 39)
        XCTAssertEqual(
            message { _ = try load(table, npy("<f8", [20, 2, 1], targets)) },
            "y.npy: expected targets of the samples, [N] or [N, targets] with at most 4096 (task: regression), found 20 x 2 x 1; "
                + "exchange the files of features and labels")
        for features in [
            npy("|u1", [20, 2, 2], (0..<80).map { UInt8($0) }), npy("|i1", [20, 3], (0..<60).map { UInt8($0) }),
        ] {
            let several = try load(features, npy("<f8", [20, 2], targets))
            XCTAssertEqual(several.train.outputCount, 2)
            for output in 0..<2 {
                let scale = several.train.targetScales[output]
                XCTAssertEqual(
                    (0..<20).map { several.train.target(at: $0, output: output) },
                    (0..<20).map { scale.standardized(values[2 * $0 + output]) })
            }
        }
    }

    /// Each of several columns has its own scale and name, in views and in data that weights are used on, whatever the order of the
    /// columns.
    func testSeveralColumns() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String, _ header: String, _ row: (Int) -> String) throws {
            try folder.write(name, header + "\n" + (0..<50).map(row).joined(separator: "\n"))
        }
        try write("t.csv", "x,price,note,rent") { "\($0 * 37 % 101),\(1000 + $0),word,\(5 - 0.25 * Double($0))" }
        try write("other.csv", "rent,x,price") { "\(5 - 0.25 * Double($0)),\($0 * 37 % 101),\(1000 + $0)" }
        var format = CSVFormat(ignored: [.name("note")])
        format.labels = .init([.name("price"), .name("rent")])
        func load(_ source: CSVFiles, _ meaning: DataMeaning? = nil, _ task: DataTask = .regression()) throws
            -> LoadedData
        {
            try source.load(
                root: folder.path,
                options: LoadOptions(
                    standardization: .off, validationFraction: meaning == nil ? 0.2 : 0, seed: 2, meaning: meaning,
                    task: task))
        }
        let data = try load(CSVFiles(train: "t.csv", format: format))
        let scales = data.train.targetScales
        XCTAssertEqual(scales.map(\.name), ["price", "rent"])
        XCTAssertEqual(data.columns, TableColumns(features: ["x"], labels: ["price", "rent"], ignored: ["note"]))
        XCTAssertEqual(
            try JSONDecoder().decode(TableColumns.self, from: JSONEncoder().encode(data.columns)), data.columns)
        XCTAssertEqual(data.meaning.targetNames, ["price", "rent"])
        XCTAssertTrue(data.meaning.isConsistent)
        XCTAssertEqual([data.train.outputCount, data.train.classCount], [2, scales[0].binCount])
        let whole = try load(
            CSVFiles(train: "other.csv", test: .file("other.csv"), format: format), data.meaning)
        XCTAssertEqual(whole.test.targetScales, scales)
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: try XCTUnwrap(data.contents).byteCount, alignment: 64)
        defer { memory.deallocate() }
        data.copySamples(to: memory)
        let copy = try XCTUnwrap(data.contents).data(in: UnsafeRawBufferPointer(memory), of: self)
        for set in [data.train, data.validation!, data.test, whole.test, copy.train, copy.test] {
            for index in 0..<set.count {
                let row = (0..<50).first { Float($0 * 37 % 101) == batch(set, [index]).features[0] }!
                XCTAssertEqual(set.target(at: index), scales[0].standardized(Double(1000 + row)))
                XCTAssertEqual(set.target(at: index, output: 1), scales[1].standardized(5 - 0.25 * Double(row)))
                XCTAssertEqual(set.label(at: index), scales[0].bin(of: set.target(at: index)))
            }
        }
        XCTAssertTrue(
            message { _ = try load(CSVFiles(train: "t.csv", format: format), nil, .classification) }.hasSuffix(
                "expected one column of classes, found price, rent; set task: regression to predict several numbers, or "
                    + "multi-label for labels of 0 and 1"))
        format.labels = .init([.name("rent"), .name("price")])
        XCTAssertNotNil(try load(CSVFiles(train: "t.csv", format: format)).meaning.difference(from: data.meaning))
        format.labels = .init([.name("price"), .name("price")])
        XCTAssertNotNil(format.contradiction)
    }

    func testTargetsThatAreNone() {
        let numbers = (0..<50).map { "\($0)" }
        XCTAssertEqual(
            message { _ = try load(table(Array(repeating: "4.5", count: 50), named: "price")) },
            "t.csv: expected targets that differ from sample to sample (task: regression), found 4.5 in the column price "
                + "for all 40 training samples; there is nothing to learn; check which column or file has the target")
        for text in ["nan", "inf", "1e39", ""] {
            XCTAssertEqual(
                message { _ = try load(table(numbers.prefix(7) + [text] + numbers.dropFirst(8))) },
                "t.csv:9:2: expected a finite 32-bit number as the target (task: regression), found "
                    + "\(text.debugDescription) in the column y; correct the field, or leave the row out")
        }
        XCTAssertEqual(
            message { _ = try load(table((0..<50).map { ["fig", "kiwi"][$0 % 2] })) },
            "t.csv:2:2: expected a finite 32-bit number as the target (task: regression), found \"fig\" in the column y; set "
                + "data.csv.label to the column that is to be predicted, or leave out task: regression for classes")
    }
}
