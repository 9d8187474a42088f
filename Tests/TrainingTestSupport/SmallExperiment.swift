import Datasets
import LearningRate
import LearningRateTestSupport
import MPI
import NeuralNetwork
import Optimizers
import Training

/// A small training with dropout, of sample counts that no number of ranks divides.
package struct SmallExperiment: Sendable {
    /// 16 leaves 7 of 103 samples for the last step, 17 leaves 1: fewer than there are ranks.
    package var batch: Int
    package var sampleCount = 103
    package var testCount = 45
    package var epochs = 3
    package var cycle = 1.0
    package var schedule = RunningSchedule.mutualInformation(
        bounds: RateBounds(minimum: 1e-4, maximum: 0.1), form: .gain)
    package var clipNorm: Double?
    package var sharesMemory = true
    /// Whether gradients are rounded on their way to other nodes.
    package var compresses = false
    package var layers: LayerwiseSettings?
    package var numerics = Network.Options()

    package init(batch: Int = 16) {
        self.batch = batch
    }

    package var classCount: Int { 4 }

    package func data() throws -> (train: SyntheticDataset, test: SyntheticDataset) {
        try SyntheticDataset.load(
            SyntheticSet(
                sampleShape: [11], classCount: classCount, trainCount: sampleCount, testCount: testCount, noise: 0.8),
            seed: 3)
    }

    /// Collective.
    package func replica(_ communicator: any Communicator) throws -> Replica {
        Processor.setThreadCount(1)
        var settings = Replica.Settings(seed: 9, globalBatch: batch)
        settings.labelSmoothing = 0.05
        settings.clipNorm = clipNorm
        settings.sharesMemory = sharesMemory
        settings.numerics = numerics
        settings.reduction.compresses = compresses
        return try Replica(
            .mlp(inputShape: [11], hidden: [24, 19], classes: classCount, dropout: 0.25), training: data().train,
            optimizer: SGD(momentum: 0.9, weightDecay: 1e-3), settings: settings, over: communicator)
    }

    /// Trains on threads; what each rank saw, by rank.
    package func traces(ranks: Int) throws -> [Trace] {
        try InProcessCommunicator.run(ranks: ranks) { communicator in
            let test = try data().test
            let trainer = Trainer(
                try replica(communicator), schedule: schedule,
                plan: Trainer.Plan(epochs: epochs, cycle: cycle, layers: layers), validation: nil, test: test)
            var trace = Trace()
            try trainer.train(onStep: { trace.steps.append($0) }, onCycle: { trace.cycles.append($0) })
            trace.parameters = try trainer.replica.network.exportParameters()
            // The arenas are shared: nobody leaves before all have read.
            try communicator.barrier()
            return trace
        }
    }
}

/// What one rank saw of a training, and the parameters it ended with.
package struct Trace: Sendable {
    package var steps: [StepRecord] = []
    package var cycles: [CycleRecord] = []
    package var parameters: [Tensor] = []

    package init() {}

    package var losses: [Double] { steps.map(\.loss) }
    package var rateBits: [UInt64] { steps.map(\.rate.bitPattern) }
    package var lossBits: [UInt64] { steps.map(\.loss.bitPattern) }
    package var parameterBits: [[UInt32]] { parameters.map { $0.values.map(\.bitPattern) } }
}
