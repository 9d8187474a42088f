import MPI
import NeuralNetwork

extension Configuration {
    /// How the network computes.
    ///
    /// - Parameter emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    public func numerics(emulated: Bool = false) -> Network.Options {
        var options = Network.Options(
            precision: training.precision == .f32 ? .float32 : .bfloat16,
            convolution: model.convolution, emulatesBFloat16: emulated, threads: training.threads)
        options.frozen = model.freeze ?? []
        options.recomputes = training.recompute
        return options
    }

    /// Collective. The same for all ranks, which compute with the instructions that all their processors have: layouts and
    /// rounding depend on them. For the first time before anything has been computed.
    ///
    /// - Throws: `AgreedError` of `UnsupportedPrecision`; `MPIError`.
    func agreedNumerics(emulated: Bool, over communicator: any Communicator) throws -> Network.Options {
        let own = Int64(Processor.instructionSets)
        let common = try communicator.allReduce(own, .bitwiseAnd)
        if common != (try communicator.allReduce(own, .bitwiseOr)) {
            Processor.limitInstructionSets(to: UInt32(common))
        }
        Processor.setThreadCount(training.threads)
        var numerics = numerics(emulated: emulated)
        numerics.hasFastBFloat16 = try communicator.allReduce(numerics.hasFastBFloat16 ? 1 : 0, .min) == 1
        try communicator.agree { [numerics] in try numerics.precision.checkSupport(emulated: emulated) }
        return numerics
    }
}
