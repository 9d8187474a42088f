import DataParallel
import Foundation
import MPI
import NeuralNetwork
import Training

/// A profile as text: milliseconds a step by layer and pass, then what lies beside the layers, and how near to the machine's
/// peak the arithmetic came.
public struct ProfileReport: Sendable, CustomStringConvertible {
    public let description: String

    /// - Parameters:
    ///   - steps: training steps that were measured.
    ///   - peak: floating-point operations per second of this rank in sgemm.
    public init(_ profile: TrainingProfile, steps: Int, peak: Double) {
        precondition(steps > 0, "a profile of \(steps) steps")
        let entries = profile.steps.entries
        func milliseconds(_ seconds: Double) -> Double { seconds / Double(steps) * 1e3 }
        func line(_ columns: [String], _ seconds: Double, _ operations: Double = 0) -> String {
            let share = operations > 0 ? String(format: "%7.1f", operations / seconds / peak * 100) : ""
            return zip(columns, [24, 18, 28]).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined()
                + String(format: "%9.3f", milliseconds(seconds)) + share
        }
        func operations(_ entry: StepProfile.Entry) -> Double {
            2 * Double(entry.label.multiplyAdds) * Double(entry.count)
        }
        var lines = [
            "layer                   pass              computed by                   ms/step  % peak"
        ]
        for entry in entries {
            lines.append(
                line(
                    [entry.label.layer, entry.label.pass.rawValue, entry.label.implementation], entry.seconds,
                    operations(entry)))
        }
        lines.append("")
        for pass in StepLabel.Pass.allCases {
            let chosen = entries.filter { $0.label.pass == pass }
            guard !chosen.isEmpty else { continue }
            lines.append(
                line(
                    ["all layers", pass.rawValue, ""], chosen.reduce(0) { $0 + $1.seconds },
                    chosen.reduce(0) { $0 + operations($1) }))
        }
        let (phases, update) = (profile.phases, profile.update)
        let data = phases[.data] ?? 0
        let loss = phases[.loss] ?? 0
        let whole = phases[.update] ?? 0
        let parts = update.waiting + update.reduction + update.optimizer
        lines += [
            line(["data", "", ""], data), line(["loss", "", ""], loss),
            line(["reduction", "gradients", ""], update.reduction),
            line(["reduction", "in backward pass", ""], update.inBackwardPass),
            line(["reduction", "waiting for ranks", ""], update.waiting),
            line(["optimizer", "", ""], update.optimizer), line(["update", "the rest", ""], whole - parts),
        ]
        let seconds = entries.reduce(0) { $0 + $1.seconds } + data + loss + whole + update.inBackwardPass
        lines.append(line(["sum", "", ""], seconds, entries.reduce(0) { $0 + operations($1) }))
        lines.append(
            String(format: "peak: %.1f GFLOP/s, measured as float32 sgemm on one rank alone", peak * 1e-9))
        description = lines.joined(separator: "\n")
    }
}

extension ProfileReport {
    /// Collective. Does `steps` training steps and tells where this rank's time goes.
    public static func measure(
        _ replica: Replica, fromStep first: Int, steps: Int, rate: Double
    ) throws -> ProfileReport {
        let profile = TrainingProfile()
        replica.profile = profile
        defer { replica.profile = nil }
        var statistics = replica.makeStatistics()
        for step in first..<first + steps { try replica.measuredStep(step, rate: rate, statistics: &statistics) }
        replica.profile = nil
        return ProfileReport(profile, steps: steps, peak: try peak(over: replica.communicator))
    }

    /// Collective. The first rank's peak, measured while the others wait.
    static func peak(over communicator: any Communicator) throws -> Double {
        try communicator.barrier()
        let peak = communicator.rank == 0 ? try Processor.measurePeak() : 0
        return try communicator.allReduce(peak, .max)
    }
}
