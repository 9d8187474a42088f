import LearningRate
import XCTest

final class LayerwiseMutualInformationDecayTests: XCTestCase {
    private let bounds = RateBounds(minimum: 0.001, maximum: 0.1)
    private let entropy = Histories.labelEntropy

    /// What layers know, in shares of H(Y), cycle by cycle.
    private let course = [[0.2, 0.5, 0.6], [0.2, 0.55, 0.8], [0.19, 0.6, 0.9], [0.3, 0.6, 0.95]]

    /// As many as a held rate stands before it falls.
    private let cycleSteps = 40

    private func metrics(cycle: Int, _ shares: [Double]) -> GlobalMetrics {
        var metrics = Histories.metrics(cycle: cycle, information: 1.9, cycleSteps: cycleSteps)
        metrics.layers = shares.enumerated().map { index, share in
            LayerMetrics(
                layer: "\(2 * index)", labelEntropy: entropy, mutualInformation: share * entropy, standardError: 0.01,
                residual: (entropy - share * entropy) / entropy)
        }
        return metrics
    }

    /// Each layer goes as the whole network would with the layer's information.
    func testEachLayerDecaysByWhatItKnows() throws {
        for form in [MutualInformationDecay.Form.hold, .gain(), .threshold(), .level()] {
            var schedule = LayerwiseMutualInformationDecay(layerCount: 3, bounds: bounds, warmUpSteps: 4, form: form)
            var alone = (0..<3).map { _ in MutualInformationDecay(bounds: bounds, warmUpSteps: 4, form: form) }
            XCTAssertEqual(schedule.rate(at: 2), alone[0].rate(at: 2))
            for (cycle, shares) in course.enumerated() {
                let decision = schedule.observe(metrics(cycle: cycle, shares))
                let step = (cycle + 1) * cycleSteps
                var fallen = 0
                for (index, share) in shares.enumerated() {
                    let own = alone[index].observe(
                        Histories.metrics(cycle: cycle, information: share * entropy, cycleSteps: cycleSteps))
                    if own.after < own.before { fallen += 1 }
                }
                let rates = alone.map { $0.rate(at: step) }
                XCTAssertEqual(schedule.rates(at: step), .perLayer(rates), "\(form), cycle \(cycle)")
                XCTAssertEqual(schedule.rate(at: step), rates.max())
                XCTAssertEqual(decision.reason, .layers(fallen: fallen, count: 3))
                XCTAssertEqual(decision.after, rates.max())
                let restored = try JSONDecoder().decode(
                    LayerwiseMutualInformationDecay.self, from: JSONEncoder().encode(schedule))
                XCTAssertEqual(restored, schedule)
            }
            guard case .perLayer(let rates) = schedule.rates(at: 160) else { return XCTFail("one rate for all") }
            XCTAssertEqual(Set(rates).count, form == .hold ? 2 : 3, "\(form): \(rates)")
        }
    }

    func testACycleInWhichLayersWereNotMeasuredIsNotComparedWith() {
        var schedule = LayerwiseMutualInformationDecay(
            layerCount: 2, bounds: bounds, form: .gain(target: 0.2, factor: 0.5))
        XCTAssertEqual(schedule.observe(metrics(cycle: 0, [])).reason, .layersNotMeasured)
        schedule.observe(metrics(cycle: 1, [0.5, 0.5]))
        XCTAssertEqual(schedule.rates(at: 20), .perLayer([0.1, 0.1]))
        schedule.observe(metrics(cycle: 2, []))
        XCTAssertEqual(schedule.rates(at: 30), .perLayer([0.1, 0.1]))
        schedule.observe(metrics(cycle: 3, [0.5, 0.9]))
        XCTAssertEqual(schedule.rates(at: 40), .perLayer([0.05, 0.1]))
    }

    func testItIsAtItsMinimumWhenAllLayersAre() {
        var schedule = LayerwiseMutualInformationDecay(layerCount: 2, bounds: bounds, form: .gain(factor: 0))
        schedule.observe(metrics(cycle: 0, [0.5, 0.5]))
        schedule.observe(metrics(cycle: 1, [0.5, 0.8]))
        XCTAssertFalse(schedule.isAtMinimum)
        schedule.observe(metrics(cycle: 2, [0.5, 0.8]))
        XCTAssertTrue(schedule.isAtMinimum)
    }

    func testNoLayersAreRefused() {
        XCTAssertThrowsError(
            try JSONDecoder().decode(LayerwiseMutualInformationDecay.self, from: Data(#"{"layers":[]}"#.utf8)))
    }
}
