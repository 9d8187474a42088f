import Runs
import XCTest

/// Damaged text is refused in one line that names the file, or is a configuration that reads back equal.
final class ConfigurationMutationTests: XCTestCase {
    func testEveryTruncationAndSomeMutationsGiveOneLine() throws {
        let text = try Configuration(
            yaml: "data: {format: csv, train: {file: 'a b'}}\nmodel: {layers: [relu, {maxPooling: {kernel: [2, 3]}}, "
                + "{residual: {branch: [flatten]}}, {dense: {units: 2}}]}", name: "x"
        ).yaml
        let bytes = Array(text.utf8)
        var random = SplitMix64(state: 1)
        var inputs = bytes.indices.map { Array(bytes[..<$0]) }
        for _ in 0..<2000 {
            var mutated = bytes
            for _ in 0...Int(random.next() % 3) {
                mutated[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() % 128)
            }
            inputs.append(mutated)
        }
        for input in inputs {
            do {
                let configuration = try Configuration(yaml: String(decoding: input, as: UTF8.self), name: "x")
                XCTAssertEqual(try Configuration(yaml: configuration.yaml, name: "resolved"), configuration)
            } catch {
                XCTAssertFalse("\(error)".contains { $0.isNewline }, "\(error)")
            }
        }
    }

    /// Damaged text is refused in one line that names the file, or is a configuration that reads back equal.
    func testDamagedConfigurationsNeverCrash() throws {
        let texts = [
            """
            seed: 3
            data: {format: csv, train: {file: a.csv}, split: {testFraction: 0.2}, csv: {separator: ";", label: 3}}
            model: {layers: [{convolution: {channels: 8, kernel: 3}}, relu, {residual: {branch: [batchNormalization]}}, {dense: {units: 3}}]}
            training: {batch: 64, epochs: 3, cycle: 0.5, stop: mutual-information}
            """,
            """
            data: &d {format: synthetic, synthetic: {samples: 10, shape: [3, 4], classes: 2, noise: 1.5e-1}}
            model:
              preset: mlp
              hidden: [12, 7] # two
            optimizer: {name: adamw, weightDecay: 1.0e-4, clipNorm: null}
            learningRate: {schedule: joined, parts: [{schedule: one-cycle, epochs: 2}, {schedule: cosine}]}
            """,
        ]
        var random = SplitMix64(state: 8)
        let letters = Array(texts.joined().utf8) + Array("\0\t\"'&*!|>%@`-?é".utf8)
        var refused = 0
        let count = 3000 * Mutations.factor
        for number in 0..<count {
            var bytes = Array(texts[number % 2].utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[place] = letters.randomElement(using: &random)!
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(letters.randomElement(using: &random)!, at: place)
                case 3: bytes.removeSubrange(place..<min(bytes.count, place + 20))
                default: bytes += bytes[place..<min(bytes.count, place + 20)]
                }
            }
            do {
                let read = try Configuration(yaml: String(decoding: bytes, as: UTF8.self), name: "x.yaml")
                XCTAssertEqual(try Configuration(yaml: read.yaml, name: "y.yaml"), read)
            } catch {
                refused += 1
                XCTAssertTrue("\(error)".hasPrefix("x.yaml"), "\(error)")
                XCTAssertFalse("\(error)".contains("\n"), "\(error)")
            }
        }
        if Mutations.factor > 1 { print("mutations: YAML: \(count) inputs, \(refused) refused") }
        XCTAssertTrue((count / 2..<count).contains(refused), "\(refused) of \(count)")
    }
}
