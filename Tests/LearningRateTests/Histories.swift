import LearningRate

/// Courses that training can take, as the metrics of its cycles.
enum Histories {
    /// The entropy of ten equally frequent labels.
    static let labelEntropy = 2.302585092994046

    /// Metrics of a cycle in which I(Y;Ŷ) reached `information`.
    static func metrics(
        cycle: Int, information: Double, labelEntropy: Double = labelEntropy, cycleLength: Double = 1,
        cycleSteps: Int = 10
    ) -> GlobalMetrics {
        let residual = labelEntropy == 0 ? 0 : min(1, max(0, (labelEntropy - information) / labelEntropy))
        return GlobalMetrics(
            cycle: cycle, step: (cycle + 1) * cycleSteps, cycleLength: cycleLength, sampleCount: 1000,
            loss: labelEntropy - information + 0.1, accuracy: 1 - residual, labelEntropy: labelEntropy,
            mutualInformation: information, standardError: 0.01,
            residual: residual)
    }

    static func run(_ information: [Double], labelEntropy: Double = labelEntropy, cycleSteps: Int) -> [GlobalMetrics] {
        information.enumerated().map { cycle, value in
            metrics(cycle: cycle, information: value, labelEntropy: labelEntropy, cycleSteps: cycleSteps)
        }
    }

    static func all(cycleSteps: Int) -> [(String, [GlobalMetrics])] {
        var random = SeededGenerator(seed: 11)
        let noisy = (0..<60).map { _ in Double.random(in: 0...labelEntropy, using: &random) }
        let mixed = (0..<40).map { cycle in
            metrics(
                cycle: cycle, information: cycle % 3 == 1 ? 0 : Double.random(in: 0...2, using: &random),
                labelEntropy: cycle % 3 == 1 ? 0 : labelEntropy,
                cycleLength: Double.random(in: 0.01...5, using: &random), cycleSteps: cycleSteps)
        }
        return [
            ("learning", run((1...30).map { labelEntropy * (1 - 1 / Double($0)) }, cycleSteps: cycleSteps)),
            ("noise", run(noisy, cycleSteps: cycleSteps)),
            ("nothing learnt", run([Double](repeating: 0, count: 20), cycleSteps: cycleSteps)),
            ("everything known", run([Double](repeating: labelEntropy, count: 20), cycleSteps: cycleSteps)),
            ("forgetting", run((0...20).map { 2 - 0.1 * Double($0) }, cycleSteps: cycleSteps)),
            ("one label", run([Double](repeating: 0, count: 9), labelEntropy: 0, cycleSteps: cycleSteps)),
            ("stuck", run([Double](repeating: 1.5, count: 80), cycleSteps: cycleSteps)),
            ("labels come and go", mixed),
        ]
    }
}
