import Foundation
import MPI
import RandomNumbers
import Runs
import Studies
import XCTest

final class ScalingModelTests: XCTestCase {
    /// Made of a rank's own 1 ms + 0.1 ms a sample, half of it the backward pass.
    private func measurement(
        _ kind: ScalingMeasurement.Kind, ranks: Int, batch: Int, spread: Double, seconds factor: Double = 1,
        optimizer: Double = 0, outliers: Int = 0
    ) throws -> ScalingMeasurement {
        // Decoded, as a report does.
        let compute = 1e-3 + 1e-4 * Double(batch / ranks)
        let stream = RandomStream(seed: 3, purpose: .syntheticNoise, stream: 0)
        let steps = (0..<400).map { step in
            factor * compute * (1 + spread * Double(stream.uniformFloat(UInt64(step)))) * (step < outliers ? 100 : 1)
        }
        let memory = String(decoding: try JSONEncoder().encode(MemoryUse()), as: UTF8.self)
        let text = """
            {"kind":"\(kind.rawValue)","ranks":\(ranks),"batch":\(batch),"stepSeconds":\(steps),"data":0,"compute":\(compute),\
            "backward":\(compute / 2),"reduction":0,"hidden":0,"waiting":0,"optimizer":\(optimizer),"mutualInformation":0,"layers":0,\
            "overlaps":false,"memory":\(memory)}
            """
        return try JSONDecoder().decode(ScalingMeasurement.self, from: Data(text.utf8))
    }

    private func model(
        spread: Double, network: String = "100gbe", ranksPerNode: Int = 1, gradientBytes: Int = 4_000_000,
        _ adjust: (inout ScalingModel.Exchange) -> Void = { _ in }
    ) throws -> ScalingModel {
        var exchange = ScalingModel.Exchange()
        exchange.overlap = .off
        adjust(&exchange)
        return ScalingModel(
            try [
                measurement(.strong, ranks: 1, batch: 256, spread: spread),
                // What more ranks take is no part of the model.
                measurement(.strong, ranks: 2, batch: 256, spread: spread, seconds: 7),
                measurement(.weak, ranks: 1, batch: 64, spread: spread),
            ], gradientBytes: gradientBytes, network: NetworkModel.presets.first { $0.name == network }!,
            ranksPerNode: ranksPerNode, exchange: exchange)
    }

    func testTheModelKnowsWhatItWasMadeOf() throws {
        let model = try model(spread: 0)
        XCTAssertEqual(model.arithmetic.constant, 1e-3, accuracy: 1e-9)
        XCTAssertEqual(model.arithmetic.perSample, 1e-4, accuracy: 1e-10)
        XCTAssertEqual(model.backwardShare, 0.5, accuracy: 1e-12)
        XCTAssertEqual(model.straggling(ranks: 4096), 1, accuracy: 1e-12)
        XCTAssertEqual(model.step(ranks: 1, batch: 100).seconds, 11e-3, accuracy: 1e-8)
        XCTAssertEqual(model.efficiency(.strong, ranks: 1, batch: 256), 1, accuracy: 1e-12)
        // Where it says that the efficiency falls under 80 %, it does.
        guard case .efficiency(let ranks, let share, let remedies) = model.limit(.strong, batch: 4096) else {
            return XCTFail("no limit")
        }
        XCTAssertEqual(share, model.efficiency(.strong, ranks: ranks, batch: 4096))
        XCTAssertLessThan(share, 0.8)
        XCTAssertGreaterThanOrEqual(model.efficiency(.strong, ranks: ranks / 2, batch: 4096), 0.8)
        XCTAssertFalse(remedies.isEmpty)
    }

    /// What a remedy promises is what the model gives for the configuration that it names.
    func testRemediesAreTheModelsOwnFigures() throws {
        let model = try model(spread: 0.1)
        guard case .efficiency(let ranks, let share, let remedies) = model.limit(.weak, batch: 8) else {
            return XCTFail("no limit")
        }
        let shares = Dictionary(uniqueKeysWithValues: remedies.map { ($0.change, $0.share) })
        XCTAssertEqual(
            shares["training.batch \(16 * ranks)"], model.efficiency(.weak, ranks: ranks, batch: 16))
        let overlapped = try self.model(spread: 0.1) { $0.overlap = .on }
        XCTAssertEqual(shares["reduction.overlap on"], overlapped.efficiency(.weak, ranks: ranks, batch: 8))
        XCTAssertTrue(remedies.allSatisfy { $0.share > share })
        XCTAssertEqual(remedies.map(\.share), remedies.map(\.share).sorted(by: >))
        // A bucket as large as the gradient overlaps nothing: smaller ones would, larger ones would not.
        let buckets = try self.model(spread: 0) {
            $0.overlap = .on
            $0.bucketBytes = 4_000_000
        }
        guard case .efficiency(_, _, let others) = buckets.limit(.weak, batch: 8) else { return XCTFail("no limit") }
        XCTAssertTrue(others.contains { $0.change == "reduction.bucket 1000000" }, "\(others)")
        XCTAssertFalse(others.contains { $0.change == "reduction.bucket 16000000" }, "\(others)")
    }

    func testStrongScalingEndsWithTheSamples() throws {
        // A gradient of nothing: the constant of the arithmetic is what limits.
        let model = ScalingModel(
            try [measurement(.strong, ranks: 1, batch: 256, spread: 0)], gradientBytes: 4,
            network: NetworkModel(name: "x", latency: 0, secondsPerByte: 0), ranksPerNode: 4)
        guard case .samples(let ranks) = model.limit(.strong, batch: 32) else { return XCTFail("not the samples") }
        XCTAssertEqual(ranks, 32)
        XCTAssertNil(model.limit(.weak, batch: 32))
        // One sample a rank at most: nothing is said of more ranks than samples.
        let slow = try self.model(spread: 0, network: "10gbe")
        for batch in [1, 3, 64, 4096] {
            switch slow.limit(.strong, batch: batch) {
            case .efficiency(let ranks, _, _): XCTAssertLessThanOrEqual(ranks, batch)
            case .samples(let ranks): XCTAssertEqual(ranks, batch)
            case nil: XCTFail("no limit for \(batch) samples")
            }
        }
    }

    /// The largest of P even draws in 0 ..< s is s · P / (P + 1) on average.
    func testStragglersAreTheLargestOfTheDraws() throws {
        let model = try model(spread: 0.2)
        for ranks in [2, 16, 128] {
            let middle = 1 + 0.2 * 0.5
            let expected = (1 + 0.2 * Double(ranks) / Double(ranks + 1)) / middle
            XCTAssertEqual(model.straggling(ranks: ranks), expected, accuracy: 0.01)
        }
    }

    /// Where everything is even, the parts can be worked out by hand.
    func testTheReductionIsThatOfTheConfiguration() throws {
        func step(_ adjust: (inout ScalingModel.Exchange) -> Void) throws -> ScalingModel.Step {
            // 100 Gb/s: 80 ps a byte, 5 µs a message; 4 nodes of 2 ranks; 4 MB.
            try model(spread: 0, ranksPerNode: 2, gradientBytes: 4_000_000, adjust).step(ranks: 8, batch: 8)
        }
        let line = 1.5 * 4e6 * 0.08e-9
        // Two slices at once: while one waits for a message the line carries that of the other.
        let whole = try step { $0.overlap = .off }
        XCTAssertEqual(whole.reduction, line, accuracy: 1e-9)
        XCTAssertEqual(whole.hidden, 0)
        // 8 buckets of 500 kB; the backward pass of 0.55 ms hides all but the last.
        let overlapped = try step {
            $0.overlap = .on
            $0.bucketBytes = 500_000
        }
        let bucket = 4 * 5e-6 + line / 8
        XCTAssertEqual(overlapped.reduction, bucket, accuracy: 1e-9)
        XCTAssertEqual(overlapped.reduction + overlapped.hidden, 4 * 5e-6 + line, accuracy: 1e-9)
        let buckets = try step { $0.overlap = .on }
        XCTAssertEqual(try step { $0.overlap = .auto }.reduction, min(whole.reduction, buckets.reduction))
        // By direct exchange: a quarter of the slice to each other node, twice; compressed half as many bytes.
        XCTAssertEqual(try step { $0.isOrdered = true }.reduction, line, accuracy: 1e-9)
        XCTAssertEqual(try step { $0.compresses = true }.reduction, line / 2, accuracy: 1e-9)
        // Messages so short that the latency is all.
        let short = try model(spread: 0, ranksPerNode: 2, gradientBytes: 4000) { $0.isOrdered = true }
        XCTAssertEqual(short.step(ranks: 8, batch: 8).reduction, 6 * (5e-6 + 500 * 0.08e-9), accuracy: 1e-9)
    }

    /// The closed form is that of a step whose ranks, buckets and messages are gone through one by one.
    func testTheModelIsWithinTenPercentOfASimulationOfItsSchedule() throws {
        typealias Case = (network: String, ranksPerNode: Int, spread: Double, sizes: [(ranks: Int, each: Int)])
        let afterwards: [Case] = [
            ("100gbe", 1, 0, [(16, 64), (256, 8), (4096, 64), (4096, 1)]),
            ("100gbe", 1, 0.05, [(16, 64), (256, 8), (4096, 64), (4096, 1)]),
            ("100gbe", 1, 0.5, [(16, 64), (256, 8), (4096, 64), (4096, 1)]),
            ("100gbe", 32, 0.5, [(4096, 64), (4096, 1)]),
        ]
        for one in afterwards { try check(one, overlap: .off) }
        // Buckets, in several sizes, of which the backward pass hides all, some or next to none.
        try check(("10gbe", 1, 0.5, [(256, 8)]), overlap: .on, bucketBytes: 1 << 18)
        try check(("10gbe", 1, 0.5, [(256, 8), (4096, 64), (4096, 1)]), overlap: .on, bucketBytes: 1 << 21)
        try check(("100gbe", 32, 0.5, [(4096, 64), (4096, 1)]), overlap: .on, bucketBytes: 1 << 18)
        try check(("hdr-infiniband", 8, 0.1, [(4096, 64), (4096, 1)]), overlap: .auto, bucketBytes: 1 << 18)
        // By direct exchange.
        try check(("10gbe", 1, 0.5, [(256, 8)]), overlap: .auto, compresses: true)
        try check(("hdr-infiniband", 8, 0.1, [(1024, 64)]), overlap: .auto, compresses: true)
    }

    private func check(
        _ one: (network: String, ranksPerNode: Int, spread: Double, sizes: [(ranks: Int, each: Int)]),
        overlap: Configuration.Reduction.Overlap, bucketBytes: Int = 1 << 18, compresses: Bool = false
    ) throws {
        let model = try model(spread: one.spread, network: one.network, ranksPerNode: one.ranksPerNode) {
            $0.overlap = overlap
            $0.bucketBytes = bucketBytes
            $0.compresses = compresses
        }
        for (ranks, each) in one.sizes {
            try check(model, ranks: ranks, each: each, "\(overlap), buckets of \(bucketBytes), spread \(one.spread)")
        }
    }

    private func check(_ model: ScalingModel, ranks: Int, each: Int, _ what: String) throws {
        let step = model.step(ranks: ranks, batch: ranks * each)
        // The largest of a few draws varies more than that of many.
        let runs = ranks < 100 ? 20 : 2
        var simulated = 0.0
        for run in 0..<runs {
            let stream = RandomStream(seed: 5, purpose: .syntheticNoise, stream: UInt64(run))
            simulated += model.simulate(ranks: ranks, batch: ranks * each) { Double(stream.uniformFloat(UInt64($0))) }
        }
        simulated /= Double(runs)
        let predicted = step.arithmetic + step.stragglers + step.reduction
        XCTAssertEqual(
            predicted / simulated, 1, accuracy: 0.1,
            "\(ranks) ranks on nodes of \(model.ranksPerNode), \(each) samples, \(model.network.name), \(what)")
    }

    /// One message at a time on a line.
    func testTheSimulationOfTwoNodesIsWorkedOutByHand() throws {
        // 4 MB over 100 Gb/s at once: two nodes need one round.
        let model = try model(spread: 0)
        let expected = (1e-3 + 1e-4) + 5e-6 + 4e6 * 0.08e-9
        XCTAssertEqual(model.simulate(ranks: 2, batch: 2) { _ in 0 }, expected, accuracy: 1e-9)
        // Two pieces of 2 MB, each a message of 160 µs on the line and 5 µs after it. The first is ready 275 µs before
        // the second, and done when that begins.
        let overlapped = try self.model(spread: 0) {
            $0.overlap = .on
            $0.bucketBytes = 2_000_000
        }
        XCTAssertEqual(
            overlapped.simulate(ranks: 2, batch: 2) { _ in 0 }, (1e-3 + 1e-4) + 160e-6 + 5e-6, accuracy: 1e-9)
        // The first piece of four times the bytes holds up the second: the line is busy from the moment when it is ready.
        let large = try self.model(spread: 0, gradientBytes: 16_000_000) {
            $0.overlap = .on
            $0.bucketBytes = 8_000_000
        }
        XCTAssertEqual(
            large.simulate(ranks: 2, batch: 2) { _ in 0 }, (1e-3 + 1e-4 - 275e-6) + 2 * 640e-6 + 5e-6, accuracy: 1e-9)
    }

    func testTheErrorIsThatOfTheRankCountsTheModelIsNotMadeOf() throws {
        let alone = try measurement(.strong, ranks: 1, batch: 256, spread: 0)
        let network = NetworkModel(name: "x", latency: 0, secondsPerByte: 0)
        func error(_ factors: [Double]) throws -> Double? {
            let others = try factors.enumerated().map { index, factor in
                try measurement(.strong, ranks: 2 << index, batch: 256, spread: 0, seconds: factor)
            }
            let model = ScalingModel(
                [alone] + others + [try measurement(.weak, ranks: 1, batch: 64, spread: 0)], gradientBytes: 4,
                network: network, ranksPerNode: 64)
            return model.largestError(against: [alone] + others)
        }
        XCTAssertNil(try error([]))
        XCTAssertEqual(try XCTUnwrap(error([1, 1, 1])), 0, accuracy: 1e-9)
        // A step that takes 1.25 times as long as predicted: the prediction is four fifths of it.
        XCTAssertEqual(try XCTUnwrap(error([1, 1.25, 1.1])), 0.2, accuracy: 1e-9)
        XCTAssertEqual(try XCTUnwrap(error([0.8, 1.1])), 0.25, accuracy: 1e-9)
    }

    /// Steps that others on the machine made long are no part of the figures, as long as they are fewer than a quarter.
    func testTheMiddleOfTheStepsCounts() throws {
        let usual = try measurement(.strong, ranks: 1, batch: 256, spread: 0)
        XCTAssertEqual(usual.seconds, 26.6e-3, accuracy: 1e-12)
        XCTAssertEqual(try measurement(.strong, ranks: 1, batch: 256, spread: 0, outliers: 99).seconds, usual.seconds)
        XCTAssertGreaterThan(
            try measurement(.strong, ranks: 1, batch: 256, spread: 0, outliers: 110).seconds, 1.5 * usual.seconds)
    }

    private func report(_ measurements: [ScalingMeasurement]) -> ScalingReport {
        let model = ScalingModel(
            measurements, gradientBytes: 4, network: NetworkModel(name: "x", latency: 0, secondsPerByte: 0),
            ranksPerNode: 32)
        return ScalingReport(
            measurements, reduction: ReductionMeasurement(), local: model, models: [model], batch: 256, threads: 1)
    }

    func testFiguresThatDoNotAddUpAreTold() throws {
        func study(_ optimizer: Double, seconds: Double = 1) throws -> ScalingReport {
            report([
                try measurement(.strong, ranks: 1, batch: 256, spread: 0, seconds: seconds, optimizer: optimizer),
                try measurement(.strong, ranks: 2, batch: 256, spread: 0, seconds: 2 * seconds),
                try measurement(.weak, ranks: 1, batch: 128, spread: 0, seconds: seconds, optimizer: optimizer),
                try measurement(.weak, ranks: 2, batch: 256, spread: 0, seconds: 2 * seconds),
            ])
        }
        let even = report([
            try measurement(.strong, ranks: 1, batch: 256, spread: 0),
            try measurement(.strong, ranks: 2, batch: 256, spread: 0),
            try measurement(.weak, ranks: 1, batch: 128, spread: 0),
            try measurement(.weak, ranks: 2, batch: 256, spread: 0),
        ])
        XCTAssertEqual(even.warnings, [])
        let page = even.markdown(title: "x", circumstances: [])
        XCTAssertTrue(
            page.contains(
                "On the steps of one rank it is off by at most 0.0 %. The steps of more than one rank are no part of it; on them it is "
                    + "off by at most 0.0 %.\n"), page)
        // Parts that are measured to be longer than the step, or to be half of it.
        let long = try study(30e-3)
        XCTAssertTrue(
            long.warnings.first?.hasPrefix(
                "the parts of a step do not add up to it: 212.8 % on 1 rank (strong), 50.0 % on 2 ranks (strong), ")
                == true,
            "\(long.warnings)")
        for steps in ["on the steps of one rank that it is made of", "on the steps of more ranks than one"] {
            XCTAssertTrue(
                long.warnings.contains { $0.hasPrefix("the model is off by ") && $0.contains(steps) },
                "\(long.warnings)")
        }
        XCTAssertTrue(
            long.warnings.contains {
                $0.hasPrefix("x: an efficiency of ")
                    && $0.contains("which the ranks of a node share out, is 100.0 % of a step")
            }, "\(long.warnings)")
        let marked = long.markdown(title: "x", circumstances: [])
        for warning in long.warnings { XCTAssertTrue(marked.contains("**Warning:** \(warning).\n"), marked) }
        XCTAssertTrue(marked.contains(", more than the 15 % it is meant to be within"), marked)
    }

    /// Ranks that share memory exchange no messages, so that there is nothing to fit a network to.
    func testTheReductionIsMeasuredOverOneRankOfANode() throws {
        let found = try InProcessCommunicator.run(ranks: 3) { world in
            [
                try ReductionMeasurement.measure(bytes: 40_000, bucketBytes: 4096, sharesMemory: true, over: world),
                try ReductionMeasurement.measure(bytes: 40_000, bucketBytes: 4096, sharesMemory: false, over: world),
            ]
        }
        for (shared, apart) in found.map({ ($0[0], $0[1]) }) {
            XCTAssertNil(shared.network)
            XCTAssertEqual([shared.nodes, shared.machines, apart.nodes, apart.machines], [1, 1, 3, 1])
            XCTAssertGreaterThan(shared.node.secondsPerByte, 0)
            XCTAssertEqual(apart.node, NodeModel())
            XCTAssertEqual(apart.network?.name, "messages within this machine")
            XCTAssertEqual(apart.network, found[0][1].network)
        }
    }
}
