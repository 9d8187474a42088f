import NeuralNetwork
import Optimizers
import Settings
import Training

extension Configuration {
    /// One line on the rates of layers where they fall with depth; nil where all have the same share of the rate.
    func layerDecay(in network: Network) -> String? {
        let decay = learningRate.layerDecay
        guard decay != 1 else { return nil }
        let (depths, layers) = (network.depths, network.layout.layers)
        guard let deepest = depths.first, let last = layers.last, deepest > 0 else {
            return "learningRate.layerDecay \(decay) changes nothing: the network has one layer or block with weights"
        }
        let share = network.rateShares(layerDecay: decay)[0]
        return
            "learning rates fall with depth: the whole rate in \(last), \(decay) of it with each layer or block in front of it, "
            + "\(NumberText.significant(share, digits: 3)) in \(layers[0]), \(deepest) of them away (learningRate.layerDecay)"
    }

    /// A decay with a rule that has one length of step for all parameters.
    var layerDecayContradiction: Contradiction? {
        guard learningRate.layerDecay != 1, optimizer.rule.sumCount > 0 else { return nil }
        return Contradiction(
            "learningRate.layerDecay",
            "expected 1.0 with optimizer \(type(of: optimizer.rule).name), which measures one length of step over all layers, "
                + "found \(learningRate.layerDecay)")
    }
}
