import ArgumentParser
import MPI

/// The command line.
struct Entrain: ParsableCommand {
    /// By semantic versioning.
    private static let number = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "entrain",
        abstract: "Trains neural networks on many processes; the learning rate follows the global mutual information.",
        discussion: "Started by mpirun it uses all ranks, by itself one.",
        version: "\(number) (\(MPIRuntime.binaryInterface))",
        subcommands: [
            Train.self, Check.self, Keys.self, RangeTest.self, Evaluate.self, Predict.self, Report.self, Export.self,
            Compare.self, Scale.self, Info.self, Benchmark.self,
        ])
}

/// A command that runs on every rank.
protocol RankCommand: ParsableCommand {
    /// Collective.
    func run(in runtime: MPIRuntime) throws -> ExitStatus
}

extension RankCommand {
    /// Never called: `main` runs commands with the MPI runtime.
    func run() throws {
        preconditionFailure("\(Self.self) is run by run(in:)")
    }
}
