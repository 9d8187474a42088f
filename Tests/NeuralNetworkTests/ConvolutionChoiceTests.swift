import NeuralNetwork
import OneDNN
import XCTest

/// Which algorithm computes a convolution: a rule on its shape, not on the batch.
final class ConvolutionChoiceTests: XCTestCase {

    private func winogradPasses(
        _ convolution: Convolution, inputs: Int, size: [Int], _ options: Network.Options
    ) -> String {
        let passes: [(ConvolutionAlgorithm.Pass, String)] = [
            (.forward, "f"), (.backwardData, "d"), (.backwardWeights, "w"),
        ]
        return passes.filter {
            ConvolutionAlgorithm.chosen(
                for: convolution, inputChannels: inputs, outputSize: size, pass: $0.0, options: options) == .winograd
        }.map(\.1).joined()
    }

    /// The passes by Winograd's algorithm: forward, data, weights.
    func testTableOfTheRule() {
        let square = { (channels: Int) in Convolution(channels: channels, kernel: 3, padding: 1) }
        // float32; bfloat16; bfloat16 on processors that multiply faster so.
        for (convolution, inputs, size, float32, bfloat16, fast) in [
            (square(32), 32, [16, 16], "fdw", "fdw", ""), (square(256), 256, [8, 8], "fdw", "fdw", "fdw"),
            (square(32), 32, [4, 4], "fdw", "fdw", ""), (square(32), 32, [4, 3], "", "", ""),
            (square(32), 32, [3, 9], "", "", ""), (square(16), 16, [32, 32], "", "", ""),
            (square(17), 16, [32, 32], "w", "", ""),
            (square(15), 15, [32, 32], "", "", ""),
            // The smaller of the two numbers of channels decides.
            (square(64), 16, [8, 8], "w", "", ""), (square(16), 64, [8, 8], "w", "", ""),
            (square(31), 64, [8, 8], "w", "", ""), (square(64), 3, [32, 32], "", "", ""),
            (square(64), 32, [8, 8], "fdw", "fdw", ""), (square(128), 64, [8, 8], "fdw", "fdw", "fdw"),
            // Whole tiles and others.
            (square(64), 64, [8, 12], "fdw", "fdw", "fdw"), (square(64), 64, [14, 16], "fdw", "fdw", ""),
            (square(127), 128, [14, 14], "fdw", "fdw", ""), (square(128), 128, [14, 7], "fdw", "fdw", ""),
            (square(512), 512, [4, 4], "fdw", "fdw", ""),
            // Other shapes than those of F(4 × 4, 3 × 3).
            (Convolution(channels: 64, kernel: 3, padding: 2), 64, [8, 8], "", "", ""),
            (Convolution(channels: 64, kernel: 3, stride: 2, padding: 1), 64, [8, 8], "", "", ""),
            (Convolution(channels: 64, kernel: 5, padding: 1), 64, [8, 8], "", "", ""),
            (Convolution(channels: 64, kernel: 3, padding: 1, groups: 2), 64, [8, 8], "", "", ""),
            (Convolution(channels: 64, kernel: [3, 1]), 64, [8, 8], "", "", ""),
        ] as [(Convolution, Int, [Int], String, String, String)] {
            let name = "\(inputs) → \(convolution), \(size)"
            XCTAssertEqual(winogradPasses(convolution, inputs: inputs, size: size, Network.Options()), float32, name)
            for (isFast, expected) in [(false, bfloat16), (true, fast)] {
                XCTAssertEqual(
                    winogradPasses(convolution, inputs: inputs, size: size, .automaticBFloat16(isFast: isFast)),
                    expected,
                    "\(name), fast bfloat16: \(isFast)")
            }
            XCTAssertEqual(winogradPasses(convolution, inputs: inputs, size: size, .direct), "", name)
            let isEligible =
                convolution.kernel == 3 && convolution.stride == 1 && convolution.groups == 1
                && [0, 1].contains(convolution.padding)
            XCTAssertEqual(
                winogradPasses(convolution, inputs: inputs, size: size, .winograd), isEligible ? "fdw" : "", name)
        }
    }

    /// Which convolutions the kernels for tiles of Winograd's algorithm compute, of the second of two layers.
    func testTableOfTheRuleForTiles() throws {
        try XCTSkipUnless(Processor.hasFusedMultiplyAdd, "the kernels for tiles need fused multiply-adds")
        for (inputs, convolution, size, isTiled) in [
            (16, Convolution(channels: 16, kernel: 3, padding: 1), [4, 4], true),
            (64, Convolution(channels: 48, kernel: 3, padding: 1, bias: false), [32, 7], true),
            (32, Convolution(channels: 32, kernel: 3, padding: 1), [4, 3], false),
            (32, Convolution(channels: 32, kernel: 3, padding: 1), [5, 6], true),
            (32, Convolution(channels: 32, kernel: 3, padding: 1), [5, 5], hasAVX512),
            (80, Convolution(channels: 64, kernel: 3, padding: 1), [8, 8], !hasAVX512),
            (64, Convolution(channels: 80, kernel: 3, padding: 1), [8, 8], !hasAVX512),
            (512, Convolution(channels: 16, kernel: 3, padding: 1), [4, 4], !hasAVX512),
            (16, Convolution(channels: 528, kernel: 3, padding: 1), [4, 4], false),
            (24, Convolution(channels: 16, kernel: 3, padding: 1), [8, 8], false),
            (16, Convolution(channels: 24, kernel: 3, padding: 1), [8, 8], false),
            (16, Convolution(channels: 16, kernel: 3), [8, 8], false),
            (16, Convolution(channels: 16, kernel: 3, padding: 2), [8, 8], false),
            (16, Convolution(channels: 16, kernel: 3, stride: 2, padding: 1), [8, 8], false),
            (16, Convolution(channels: 16, kernel: 5, padding: 2), [8, 8], false),
            (32, Convolution(channels: 32, kernel: 3, padding: 1, groups: 2), [8, 8], false),
        ] as [(Int, Convolution, [Int], Bool)] {
            for (behind, fits) in [([], true), ([ReLU()], true), ([Tanh()], false)]
                as [([any LayerSpecification], Bool)]
            {
                let specification = NetworkSpecification(
                    inputShape: [3] + size,
                    layers: [Convolution(channels: inputs, kernel: 3, padding: 1), convolution]
                        + behind + [GlobalAveragePooling(), Flatten(), Dense(units: 3)])
                for (options, expected) in [
                    (Network.Options(), isTiled && fits), (Network.Options(threads: 2), false), (.direct, false),
                    (.winograd, false),
                ] {
                    for batch in [1, 40] {
                        let network = try Network(
                            specification, options: options, nominalBatch: batch, maximumBatch: batch, seed: 1)
                        let passes = try XCTUnwrap(network.primitives["1"])
                        for pass in ["forward", "backward data", "backward weights"] {
                            XCTAssertEqual(
                                passes[pass] == "winograd tiles", expected,
                                "\(inputs) → \(convolution), \(size), \(behind), \(options): \(passes)")
                        }
                    }
                }
            }
        }
    }

    /// Which gradients of weights the kernel for pairs of pixels computes, of the second of two layers.
    func testTableOfTheRuleForPairsOfPixels() throws {
        try XCTSkipUnless(Processor.instructionSet == "AVX-512 bf16", "for AVX-512's bfloat16 instructions")
        for (inputs, convolution, size, isPaired) in [
            (16, Convolution(channels: 16, kernel: 3, padding: 1), 32, true),
            (16, Convolution(channels: 48, kernel: 3, padding: 1, bias: false), 9, true),
            (32, Convolution(channels: 16, kernel: 3, padding: 1), 33, false),
            (32, Convolution(channels: 32, kernel: 3, padding: 1), 8, false),
            (80, Convolution(channels: 80, kernel: 3, padding: 1), 9, true),
            (64, Convolution(channels: 80, kernel: 3, padding: 1), 8, false),
            (24, Convolution(channels: 16, kernel: 3, padding: 1), 9, false),
            (16, Convolution(channels: 24, kernel: 3, padding: 1), 9, false),
            (16, Convolution(channels: 16, kernel: 3), 9, false),
            (16, Convolution(channels: 16, kernel: 3, stride: 2, padding: 1), 9, false),
            (16, Convolution(channels: 16, kernel: 5, padding: 1), 9, false),
            (32, Convolution(channels: 32, kernel: 3, padding: 1, groups: 2), 9, false),
        ] as [(Int, Convolution, Int, Bool)] {
            let specification = NetworkSpecification(
                inputShape: [3, size, size],
                layers: [
                    Convolution(channels: inputs, kernel: 3, padding: 1), convolution,
                    GlobalAveragePooling(), Flatten(), Dense(units: 3),
                ])
            for (options, expected) in [
                (Network.Options.automaticBFloat16(isFast: true), isPaired), (.bfloat16, false),
                (Network.Options(), false),
            ] {
                let network = try Network(specification, options: options, nominalBatch: 3, maximumBatch: 3, seed: 1)
                XCTAssertEqual(
                    network.primitives["1"]?["backward weights"] == "pairs of pixels", expected,
                    "\(inputs) → \(convolution), \(size): \(network.primitives["1"] ?? [:])")
            }
        }
    }

    /// Which convolutions the kernels for few channels compute: the second layer, behind one of `inputs` channels, or the
    /// first.
    func testTableOfTheRuleForFewChannels() throws {
        try XCTSkipUnless(Processor.hasFusedMultiplyAdd, "a processor without FMA")
        for (inputs, convolution, asFirst, asSecond) in [
            (1, Convolution(channels: 6, kernel: 5, padding: 2), true, true),
            (6, Convolution(channels: 16, kernel: 5), false, true),
            (3, Convolution(channels: 15, kernel: 3, padding: 1), true, true),
            (16, Convolution(channels: 16, kernel: 3, padding: 1), false, false),
            (16, Convolution(channels: 8, kernel: 3, padding: 1), true, true),
            (6, Convolution(channels: 17, kernel: 3, padding: 1), false, false),
            (17, Convolution(channels: 6, kernel: 3, padding: 1), false, false),
            (6, Convolution(channels: 6, kernel: 1), false, false),
            (6, Convolution(channels: 6, kernel: 7, padding: 3), false, false),
            (6, Convolution(channels: 6, kernel: [3, 5], padding: 1), false, false),
            (6, Convolution(channels: 6, kernel: 3, padding: 3), false, false),
            (6, Convolution(channels: 6, kernel: 3, stride: 2, padding: 1), false, false),
            (6, Convolution(channels: 6, kernel: 3, padding: 1, groups: 2), false, false),
        ] as [(Int, Convolution, Bool, Bool)] {
            let name = "\(inputs) → \(convolution)"
            let first: [any LayerSpecification] = [convolution]
            XCTAssertEqual(try isOfFewChannels("0", first, inputs, Network.Options()), asFirst, name)
            let second = [Convolution(channels: inputs, kernel: 1)] + first
            XCTAssertEqual(try isOfFewChannels("1", second, 3, Network.Options()), asSecond, name)
            XCTAssertEqual(
                try isOfFewChannels("1", second + [ReLU()], 3, Network.Options()), asSecond, name)
            XCTAssertFalse(try isOfFewChannels("1", second + [Tanh()], 3, Network.Options()), name)
            for options in [Network.Options.direct, .winograd, Network.Options(threads: 2)] {
                XCTAssertFalse(try isOfFewChannels("1", second, 3, options), name)
            }
            if Processor.supportsBFloat16 {
                for isFast in [false, true] {
                    XCTAssertEqual(
                        try isOfFewChannels("1", second, 3, .automaticBFloat16(isFast: isFast)), asSecond, name)
                }
            }
        }
    }

    /// What the first convolution reads stays the network's input, which dropout is not there for in inference.
    func testDropoutOfTheInputChangesNoChoice() throws {
        let convolution = Convolution(channels: 16, kernel: 3, padding: 1)
        let primitives = try [("0", [convolution]), ("1", [Dropout(rate: 0.2), convolution])].map {
            (path: String, layers: [any LayerSpecification]) in
            let specification = NetworkSpecification(
                inputShape: [3, 9, 8], layers: layers + [GlobalAveragePooling(), Flatten(), Dense(units: 3)])
            let network = try Network(specification, nominalBatch: 5, maximumBatch: 5, seed: 1)
            return try XCTUnwrap(network.primitives[path])
        }
        XCTAssertEqual(primitives[0], primitives[1])
    }

    private func isOfFewChannels(
        _ path: String, _ layers: [any LayerSpecification], _ inputs: Int, _ options: Network.Options
    ) throws -> Bool {
        let specification = NetworkSpecification(
            inputShape: [inputs, 9, 8], layers: layers + [GlobalAveragePooling(), Flatten(), Dense(units: 3)])
        let own = try [1, 40].map { batch in
            let network = try Network(
                specification, options: options, nominalBatch: batch, maximumBatch: batch, seed: 1)
            return Set(try XCTUnwrap(network.primitives[path]).values).contains("sample blocks")
        }
        XCTAssertEqual(own[0], own[1], "the batch decides")
        return own[0]
    }
}
