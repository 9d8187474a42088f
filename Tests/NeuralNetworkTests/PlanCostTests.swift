import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// What a step does beside the layers' arithmetic, and what it does not.
final class PlanCostTests: XCTestCase {
    private let presets: [(name: String, specification: NetworkSpecification)] = [
        ("lenet5", LeNet5().network(inputShape: [1, 28, 28], classes: 10)),
        ("cnn", ConvolutionalNetwork().network(inputShape: [1, 28, 28], classes: 10)),
        ("resnet20", .resnet(depth: 20, inputShape: [3, 32, 32], classes: 10, shortcut: .a)),
    ]

    /// Copies from one layout or number format to another, in bfloat16 those of the weights too: a change of layouts that
    /// brings one more into the step is seen here.
    func testReordersInAStep() throws {
        try requireAVX512()
        let float32 = try presets.map { try NetworkSummary($0.specification, batch: 64).reorderCount }
        XCTAssertEqual(float32, [3, 2, 4])
        try XCTSkipUnless(Processor.instructionSet == "AVX-512 bf16", "other primitives take other layouts")
        for isFast in [false, true] {
            let bfloat16 = try presets.map {
                try NetworkSummary($0.specification, options: .automaticBFloat16(isFast: isFast), batch: 64)
                    .reorderCount
            }
            XCTAssertEqual(bfloat16, [12, 10, 12], "fast bfloat16: \(isFast)")
        }
    }

    /// Nobody needs the gradient of the network's input, but tests.
    func testTheFirstLayerHasNoInputGradient() throws {
        for (name, specification) in presets + [("mlp", .mlp(inputShape: [9], hidden: [5], classes: 3))] {
            for precision in [Precision.float32, .bfloat16] {
                if precision == .bfloat16, !Processor.supportsBFloat16 { continue }
                for wantsGradient in [false, true] {
                    var options = Network.Options(precision: precision)
                    options.computesInputGradient = wantsGradient
                    let network = try TestNetwork(specification, options: options, nominalBatch: 4, maximumBatch: 4)
                    let labels = try network.network.plan(batch: 4, mode: .training).backwardLabels
                    XCTAssertEqual(
                        labels.contains { $0.layer == "0" && $0.pass == .backwardData }, wantsGradient,
                        "\(name), \(precision)")
                    XCTAssertTrue(labels.contains { $0.layer == "0" && $0.pass == .backwardWeights })
                }
            }
        }
    }

    /// A byte a value: of maxima for whole registers of 16, of dropout for what is stored of the map.
    func testMemoryKeptBesideThePlan() throws {
        let specification = NetworkSpecification(
            inputShape: [3, 8, 6],
            layers: [
                Convolution(channels: 32, kernel: 3, padding: 1), MaxPooling(kernel: 2), Flatten(),
                Dropout(rate: 0.5), Dense(units: 4),
            ])
        let (maxima, masks) = (7 * 32 * 4 * 3, 7 * 32 * 4 * 3)
        XCTAssertEqual(try NetworkSummary(specification, batch: 7).keptByteCount, maxima + masks)
        XCTAssertEqual(
            try NetworkSummary(.mlp(inputShape: [9], hidden: [5], classes: 3), batch: 7).keptByteCount, 0)
    }

    /// Batches of another size count with their own arithmetic.
    func testAProfileAddsTheMultiplyAddsOfEachBatch() throws {
        let network = try TestNetwork(.mlp(inputShape: [13], hidden: [7], classes: 5), maximumBatch: 8)
        let profile = StepProfile()
        for batch in [8, 8, 3] {
            let plan = try network.network.plan(batch: batch, mode: .training)
            plan.input.update(repeating: 0.5)
            try plan.forward(profile: profile)
            _ = plan.loss()
            try plan.backward(profile: profile)
        }
        for (layer, weights) in [("0", 13 * 7), ("2", 7 * 5)] {
            for pass in [StepLabel.Pass.forward, .backwardWeights] {
                let found = profile.entries.filter { $0.label.layer == layer && $0.label.pass == pass }
                let expected = Double((8 + 8 + 3) * weights)
                XCTAssertEqual(found.reduce(0) { $0 + $1.multiplyAdds }, expected, "\(layer), \(pass)")
                XCTAssertEqual(found.reduce(0) { $0 + $1.count }, 3)
            }
        }
    }
}
