import Datasets
import NeuralNetwork

extension Dataset {
    /// Meaning of a network's outputs where samples have real targets or labels; empty for classes.
    var targetOutputs: [TargetOutput] {
        targetScales.enumerated().map { index, scale in
            if scale.isLabel == true { return TargetOutput(label: scale.name ?? "\(index)") }
            return TargetOutput(
                name: scale.name ?? "\(index)", binCount: scale.binCount, standardDeviation: scale.standardDeviation,
                bin: scale.bin(of:))
        }
    }
}
