import Foundation
import MPI

/// What a message costs, α + β · bytes (Hockney, Parallel Computing 20:389, 1994), and what an all-reduce makes of it.
public struct NetworkModel: Sendable, Equatable {
    public let name: String
    /// Seconds a message.
    public let latency: Double
    /// Seconds a byte.
    public let secondsPerByte: Double

    public init(name: String, latency: Double, secondsPerByte: Double) {
        self.name = name
        self.latency = latency
        self.secondsPerByte = secondsPerByte
    }

    /// Networks by name: latency of MPI messages and the rate of the line, both as their makers and common benchmarks give
    /// them, not measured here.
    public static let presets: [NetworkModel] = [
        NetworkModel(name: "shared-memory", latency: 0.5e-6, secondsPerByte: 1 / 10e9),
        NetworkModel(name: "10gbe", latency: 20e-6, secondsPerByte: 8 / 10e9),
        NetworkModel(name: "25gbe", latency: 12e-6, secondsPerByte: 8 / 25e9),
        NetworkModel(name: "100gbe", latency: 5e-6, secondsPerByte: 8 / 100e9),
        NetworkModel(name: "hdr-infiniband", latency: 1.2e-6, secondsPerByte: 8 / 200e9),
        NetworkModel(name: "slingshot", latency: 2e-6, secondsPerByte: 8 / 200e9),
    ]

    public enum Algorithm: String, CaseIterable, Sendable {
        case ring
        case recursiveDoubling = "recursive doubling"
        /// Recursive halving, then doubling (Rabenseifner, ICCS 2004).
        case halvingDoubling = "halving and doubling"
    }

    /// Seconds of an all-reduce (Thakur, Rabenseifner, Gropp, IJHPCA 19:49, 2005).
    public func allReduceSeconds(bytes: Double, ranks: Int, _ algorithm: Algorithm) -> Double {
        guard ranks > 1 else { return 0 }
        let count = Double(ranks)
        let rounds = log2(count).rounded(.up)
        let volume = 2 * (count - 1) / count * bytes * secondsPerByte
        switch algorithm {
        case .ring: return 2 * (count - 1) * latency + volume
        case .recursiveDoubling: return rounds * (latency + bytes * secondsPerByte)
        case .halvingDoubling: return 2 * rounds * latency + volume
        }
    }

    /// That of the fastest of them, which is what MPI libraries try to take.
    public func allReduceSeconds(bytes: Double, ranks: Int) -> Double {
        Algorithm.allCases.map { allReduceSeconds(bytes: bytes, ranks: ranks, $0) }.min()!
    }

    /// Collective. Measures all-reduces of 1 KiB to 4 MiB over the communicator and fits α and β of halving and doubling,
    /// weighted so that each size counts alike; nil for one rank.
    public static func measure(over communicator: any Communicator) throws -> NetworkModel? {
        guard communicator.size > 1 else { return nil }
        var points: [(bytes: Double, seconds: Double)] = []
        for exponent in stride(from: 8, through: 20, by: 2) {
            var values = [Float](repeating: 0, count: 1 << exponent)
            var seconds: [Double] = []
            for repetition in 0..<25 {
                try communicator.barrier()
                let start = ContinuousClock.now
                try communicator.allReduce(&values, .sum)
                let own = (ContinuousClock.now - start) / .seconds(1)
                let slowest = try communicator.allReduce(own, .max)
                if repetition >= 5 { seconds.append(slowest) }
            }
            points.append((Double(4 * values.count), seconds.sorted()[seconds.count / 2]))
        }
        // seconds = a + b · bytes, each divided by its seconds.
        var (s00, s01, s11, t0, t1) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for point in points {
            let (x, y) = (1 / point.seconds, point.bytes / point.seconds)
            s00 += x * x
            s01 += x * y
            s11 += y * y
            t0 += x
            t1 += y
        }
        let determinant = s00 * s11 - s01 * s01
        let (a, b) = ((t0 * s11 - t1 * s01) / determinant, (t1 * s00 - t0 * s01) / determinant)
        let count = Double(communicator.size)
        return NetworkModel(
            name: "as here", latency: max(a, 0) / (2 * log2(count).rounded(.up)),
            secondsPerByte: max(b, 0) / (2 * (count - 1) / count))
    }
}
