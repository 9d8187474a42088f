import CZlib
import DataParallel
import Foundation
import NeuralNetwork
import Settings
import Training

/// What a training continues from: a directory of three files.
///
/// - `tensors.safetensors`: the parameters by their names, the optimizer's state as `optimizer.N.NAME`, the running
///   statistics as `statistics.NAME`, `[shards, C]`; in the plain layout, independent of the number of ranks. What compressed
///   gradients have left over on a rank as `leftOvers.RANK`, which only the same ranks can use. Where the best cycle is chosen,
///   its parameters as `selected.NAME` and its running statistics as `selectedStatistics.all`.
/// - `state.json`: where the training was, its schedule and counts, the optimizer's numbers that hold for all parameters, what
///   computed it on what data.
/// - `checksums`: CRC-32 and length of the two. A directory whose files are not exactly those is no checkpoint.
package struct Checkpoint {
    package var trainer: Trainer.State
    /// Whether gradients were exchanged while the backward pass went on.
    package var overlapsReduction: Bool?
    package var fingerprint: Fingerprint
    package var parameters: [Tensor]
    package var state: [[Tensor]]
    /// The optimizer's, which hold for all parameters.
    package var numbers: [Double]
    /// By shard: one a rank, or as many as fixed.
    package var statistics: [[Float]]
    /// Left-overs of compressed gradients, by rank; empty where none are compressed.
    package var leftOvers: [LeftOvers]
    /// Parameters and running statistics that were set aside; nil for none.
    package var selected: (parameters: [Tensor], statistics: [Float])?

    /// What is in `state.json`.
    package struct Position: Codable, Sendable {
        /// Version of these files.
        static let version = 4
        var version = Self.version
        package var trainer: Trainer.State
        /// Nil where there was nothing to overlap.
        var overlapsReduction: Bool?
        var fingerprint: Fingerprint
        /// The places of what ranks have left over.
        var leftOvers: [[Int]] = []
        /// The optimizer's, which hold for all parameters; nil where it has none.
        var numbers: [Double]?

        package init(
            trainer: Trainer.State, overlapsReduction: Bool? = nil, fingerprint: Fingerprint
        ) {
            self.trainer = trainer
            self.fingerprint = fingerprint
            self.overlapsReduction = overlapsReduction
        }
    }

    package static let tensors = "tensors.safetensors"
    package static let position = "state.json"
    package static let checksums = "checksums"

    // MARK: - Writing

    /// Writes a checkpoint; its name means a whole one or none. Of it and those of earlier steps the last `kept` stay. One of a
    /// later step is damaged, since the training went on from an earlier one: it does not count.
    ///
    /// - Parameter isBest: whether it is called ``best`` and takes the place of the one before.
    package static func write(
        _ snapshot: ReplicaSnapshot, _ position: Position, in directory: String, kept: Int, isBest: Bool = false
    ) throws {
        let name = isBest ? best : fileName(step: position.trainer.stepsDone)
        let path = "\(directory)/\(name)"
        let temporary = "\(directory)/\(name).\(UInt32.random(in: 0 ... .max)).partial"
        do {
            try make(directory: temporary)
            try file(of: snapshot).write(to: "\(temporary)/\(tensors)")
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            encoder.nonConformingFloatEncodingStrategy = notFinite
            var position = position
            position.leftOvers = snapshot.leftOvers.map(\.place)
            position.numbers = snapshot.numbers.isEmpty ? nil : snapshot.numbers
            let text = try encoder.encode(position)
            try OutputFile.replace("\(temporary)/\(Self.position)") { file throws(FileError) in
                try file.write(text.bytes)
            }
            let sums = try checksums(of: temporary)
            try OutputFile.replace("\(temporary)/\(checksums)") { file throws(FileError) in try file.write(sums) }
            try replace(path, by: temporary, in: directory)
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        }
        let upToThis = try steps(in: directory).filter { $0 <= position.trainer.stepsDone }
        for old in upToThis.dropLast(kept) { try remove("\(directory)/\(fileName(step: old))") }
    }

    private static func file(of snapshot: ReplicaSnapshot) throws -> SafetensorsFile {
        func tensors(_ arena: [Float], prefix: String) throws -> [SafetensorsFile.Tensor] {
            try arena.withUnsafeBufferPointer { arena in
                try snapshot.packing.tensors(in: arena).map {
                    SafetensorsFile.Tensor(name: prefix + $0.name, shape: $0.shape, values: $0.values)
                }
            }
        }
        var all = try tensors(snapshot.parameters, prefix: "")
        for (number, arena) in snapshot.state.enumerated() { all += try tensors(arena, prefix: statePrefix(number)) }
        var start = 0
        for (name, count) in snapshot.statisticShapes {
            all.append(
                SafetensorsFile.Tensor(
                    name: statisticPrefix + name, shape: [snapshot.statistics.count, count],
                    values: snapshot.statistics.flatMap { $0[start..<start + count] }))
            start += count
        }
        for (rank, leftOver) in snapshot.leftOvers.enumerated() where !leftOver.values.isEmpty {
            all.append(
                SafetensorsFile.Tensor(
                    name: leftOverPrefix + "\(rank)", shape: [leftOver.values.count], values: leftOver.values))
        }
        if let selected = snapshot.selected {
            all += try tensors(selected.parameters, prefix: selectedPrefix)
            all.append(
                SafetensorsFile.Tensor(
                    name: selectedStatisticsPrefix + "all", shape: [selected.statistics.count],
                    values: selected.statistics))
        }
        return SafetensorsFile(tensors: all)
    }

    private static func statePrefix(_ number: Int) -> String { "optimizer.\(number)." }
    private static let statisticPrefix = "statistics."
    private static let leftOverPrefix = "leftOvers."
    private static let selectedPrefix = "selected."
    private static let selectedStatisticsPrefix = "selectedStatistics."
    private static let notFinite = JSONEncoder.NonConformingFloatEncodingStrategy.convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")

    // MARK: - Reading

    /// Reads a checkpoint of a network whose statistics are called so.
    ///
    /// - Parameter additions: components of another package that the training may have been made with.
    /// - Throws: a `FileError` that names the file where anything differs from what was written.
    package init(
        readingFrom path: String, stateArenas: Int, numbers numberCount: Int = 0,
        statistics shapes: [(name: String, count: Int)], additions: [any Component.Type] = []
    ) throws {
        let found = try contents(ofFile: "\(path)/\(Self.checksums)")
        guard try Self.checksums(of: path).utf8.elementsEqual(found) else {
            throw FileError(
                path: path,
                problem: "expected the files that a checkpoint was written as, found others or parts of them")
        }
        let place = "\(path)/\(Self.position)"
        let position = try Self.position(decoding: contents(ofFile: place), path: place, additions: additions)
        trainer = position.trainer
        overlapsReduction = position.overlapsReduction
        fingerprint = position.fingerprint
        numbers = position.numbers ?? []
        guard numbers.count == numberCount else {
            throw FileError(
                path: place, problem: "expected \(numberCount) numbers of the optimizer, found \(numbers.count)")
        }
        let file = try SafetensorsFile(path: "\(path)/\(Self.tensors)")
        var parts = try file.tensors.map { tensor in
            guard case .float32(let values) = tensor.values else {
                throw FileError(path: path, problem: "expected \(tensor.name) as F32, found another type")
            }
            return Tensor(name: tensor.name, shape: tensor.shape, values: values)
        }
        func take(_ prefix: String) -> [Tensor] {
            let taken = parts.filter { $0.name.hasPrefix(prefix) }
            parts.removeAll { $0.name.hasPrefix(prefix) }
            return taken.map {
                Tensor(name: String($0.name.dropFirst(prefix.count)), shape: $0.shape, values: $0.values)
            }
        }
        state = (0..<stateArenas).map { take(Self.statePrefix($0)) }
        let kept = take(Self.statisticPrefix)
        let values = Dictionary(take(Self.leftOverPrefix).map { ($0.name, $0.values) }) { $1 }
        leftOvers = position.leftOvers.enumerated().map { LeftOvers(place: $1, values: values["\($0)"] ?? []) }
        let chosen = (take(Self.selectedPrefix), take(Self.selectedStatisticsPrefix).first?.values ?? [])
        if !chosen.0.isEmpty { selected = chosen }
        parameters = parts
        let shards = kept.first?.shape.first ?? 1
        statistics = Array(repeating: [], count: shards)
        for (name, count) in shapes {
            guard let tensor = kept.first(where: { $0.name == name }), tensor.shape == [shards, count], shards > 0
            else {
                throw FileError(path: path, problem: "expected the statistics \(name) [shards, \(count)], found others")
            }
            for shard in 0..<shards { statistics[shard] += tensor.values[shard * count..<(shard + 1) * count] }
        }
        let statisticCount = shapes.reduce(0) { $0 + $1.count }
        if let selected, selected.statistics.count != statisticCount {
            throw FileError(
                path: path,
                problem: "expected \(statisticCount) statistics of the best cycle, found \(selected.statistics.count)")
        }
    }

    /// What the contents of `state.json` say.
    package static func position(
        decoding bytes: [UInt8], path: String, additions: [any Component.Type] = []
    ) throws(FileError) -> Position {
        let decoder = JSONDecoder()
        decoder.userInfo[.additions] = additions
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        struct Versioned: Decodable { var version: Int }
        do {
            let version = try decoder.decode(Versioned.self, from: Data(bytes)).version
            guard version == Position.version else {
                throw FileError(
                    path: path,
                    problem:
                        "expected version \(Position.version), found \(version), of another version of entrain; go on "
                        + "with that one")
            }
            return try decoder.decode(Position.self, from: Data(bytes))
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(path: path, problem: "expected where a training was, found other JSON")
        }
    }

    /// A line a file: CRC-32 in hexadecimal, bytes, name.
    private static func checksums(of directory: String) throws(FileError) -> String {
        var text = ""
        for name in [position, tensors] {
            let bytes = try contents(ofFile: "\(directory)/\(name)")
            var sum = crc32(0, nil, 0)
            var start = 0
            // zlib counts in 32 bits.
            while start < bytes.count {
                let end = min(start + 1 << 30, bytes.count)
                sum = bytes.withUnsafeBufferPointer { crc32(sum, $0.baseAddress! + start, uInt(end - start)) }
                start = end
            }
            let digits = String(sum, radix: 16)
            text += String(repeating: "0", count: 8 - digits.count) + "\(digits) \(bytes.count) \(name)\n"
        }
        return text
    }
}
