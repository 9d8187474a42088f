import Runs

/// A small experiment whose network has running statistics: a convolution with batch normalization on computed samples of four
/// classes.
package enum NormalizedNetwork {
    /// - Parameters:
    ///   - samples: for training.
    ///   - training: the section of that name, as `learningRate`.
    package static func configuration(
        samples: Int, training: String, learningRate: String, _ overrides: [String]
    ) throws -> Configuration {
        try Configuration(
            yaml: """
                seed: 3
                data: {format: synthetic, synthetic: {samples: \(samples), testSamples: 45, shape: [1, 5, 5], classes: 4, noise: 0.8}}
                model:
                  layers:
                    - {convolution: {channels: 8, kernel: 3}}
                    - batchNormalization
                    - relu
                    - flatten
                    - {dense: {units: 4}}
                training: \(training)
                learningRate: \(learningRate)
                """, name: "x.yaml", overrides: overrides)
    }
}
