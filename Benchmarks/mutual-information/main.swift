import DataParallel
import Foundation
import InformationTheory
import MPI
import RandomNumbers

/// Mutual information of many classes: what counting, merging over ranks and each estimate take.
///
///     mutual-information CLASSES SAMPLES SHARE
///
/// The samples of all ranks; a prediction is the label with probability SHARE, else any class. Rank 0 prints a table row for
/// each estimate; seconds are those of the slowest rank, memory that of the largest.
MPIRuntime.main { runtime in
    let world = runtime.world
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 3, let classes = Int(arguments[1]), let samples = Int(arguments[2]),
        let share = Double(arguments[3]), classes > 0, samples > 0, (0...1).contains(share)
    else { throw AgreedError(everywhere: Usage()) }

    let mine = samples * world.rank / world.size..<samples * (world.rank + 1) / world.size
    let stream = RandomStream(seed: 1, purpose: .syntheticNoise, stream: 0)
    func draw(_ sample: Int, _ place: Int) -> UInt64 { UInt64(sample * 3 + place) }
    let labels = mine.map { Int32(stream.integer(draw($0, 0), below: UInt64(classes))) }
    let predictions = zip(mine, labels).map { sample, label in
        Double(stream.uniformFloat(draw(sample, 1))) < share
            ? label : Int32(stream.integer(draw(sample, 2), below: UInt64(classes)))
    }

    func timed<Result>(_ body: () throws -> Result) throws -> (Result, Double) {
        try world.barrier()
        let start = ContinuousClock.now
        let result = try body()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return (result, try world.allReduce(seconds, .max))
    }
    var matrix = ConfusionMatrix(classCount: classes)
    let (_, counting) = try timed { matrix.add(labels: labels, predictions: predictions) }
    let (_, merging) = try timed {
        try matrix.withTable { table throws(MPIError) in try table.reduce(over: world) }
    }
    var rows: [String] = []
    for estimator in EntropyEstimator.allCases {
        let (measures, seconds) = try timed { matrix.information(estimator) }
        let all = [counting, merging, seconds, counting + merging + seconds].map { String(format: "%.3f", $0) }
        let information = String(format: "%.4f ± %.4f", measures.mutualInformation, measures.standardError)
        rows.append(([estimator.rawValue, information] + all).joined(separator: " | "))
    }
    let memory = try world.allReduce(peakMemory(), .max)
    guard world.rank == 0 else { return }
    let (count, known) = (Double(classes), share + (1 - share) / Double(classes))
    let other = (1 - known) / max(count - 1, 1)
    let truth = known * log(known * count) + (other > 0 ? (count - 1) * other * log(other * count) : 0)
    for row in rows {
        print("| \(world.size) | \(String(format: "%.4f", truth)) | \(row) | \(memory >> 20) |")
    }
}

struct Usage: Error, CustomStringConvertible {
    var description: String { "expected CLASSES SAMPLES SHARE, for example 20000 1000000 0.9" }
}

/// Bytes, of this process.
func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return 1024 * (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0)
}
