import LearningRate
import XCTest

/// Every schedule keeps every law.
final class ScheduleLawsTests: XCTestCase {
    private let bounds = RateBounds(minimum: 0.0003, maximum: 0.07)

    private var forms: [(String, MutualInformationDecay.Form)] {
        [
            ("hold", .hold), ("gain", .gain()), ("gain to nothing", .gain(target: 0.9, factor: 0)),
            ("gain, factor 1", .gain(factor: 1)),
            ("threshold", .threshold()), ("threshold 0.5", .threshold(0.5)),
            ("level", .level()), ("level 0.5", .level(exponent: 0.5)), ("level 3", .level(exponent: 3)),
        ]
    }

    func testConstant() throws {
        let schedule = Constant(rate: 0.1)
        try ScheduleLaws(schedule: schedule, bounds: 0.1...0.1, name: "constant").checkAll()
        try ScheduleLaws(
            schedule: ConfiguredSchedule.constant(schedule), bounds: 0.1...0.1, name: "configured constant"
        ).checkAll()
    }

    /// The histories have up to 80 cycles of 10 steps.
    private var others: [(name: String, schedule: ConfiguredSchedule, bounds: ClosedRange<Double>, mayRise: Bool)] {
        let floor = 0.001
        let plateau = Plateau(rate: 0.1, factor: 0.5, patience: 2, threshold: 0.02, cooldown: 1, floor: floor)
        let gain = ConfiguredSchedule.mutualInformationDecay(MutualInformationDecay(bounds: bounds, warmUpSteps: 4))
        let cosine = ConfiguredSchedule.cosine(CosineDecay(rate: 0.1, floor: floor, length: 333))
        let parts = [
            Joined.Part(.constant(Constant(rate: 0.03)), steps: 7), Joined.Part(.plateau(plateau), steps: 40),
            Joined.Part(gain, steps: 60), Joined.Part(cosine, steps: 1),
        ]
        return [
            ("step", .step(StepDecay(rate: 0.1, length: 37)), 0...0.1, false),
            ("multi-step", .multiStep(MultiStepDecay(rate: 0.1, falls: [1, 50, 50, 222])), 0...0.1, false),
            ("no fall", .multiStep(MultiStepDecay(rate: 0.1, falls: [])), 0.1...0.1, false),
            ("exponential", .exponential(ExponentialDecay(rate: 0.1, factor: 0.9, length: 10)), 0...0.1, false),
            ("inverse time", .inverseTime(InverseTimeDecay(rate: 0.1, decay: 0.3, length: 10)), 0...0.1, false),
            (
                "polynomial", .polynomial(PolynomialDecay(rate: 0.1, floor: floor, power: 0.9, length: 123)),
                floor...0.1, false
            ),
            ("cosine", cosine, floor...0.1, false),
            (
                "constant, cooldown",
                .constantCooldown(ConstantCooldown(rate: 0.1, floor: floor, share: 0.3, length: 333)), floor...0.1,
                false
            ),
            (
                "restarts", .cosineRestarts(CosineWarmRestarts(rate: 0.1, floor: floor, period: 9, periodFactor: 2)),
                floor...0.1, true
            ),
            ("one cycle", .oneCycle(OneCycle(rate: 0.1, length: 200)), 0...0.1, true),
            ("one cycle of a step", .oneCycle(OneCycle(rate: 0.1, length: 1)), 0...0.1, false),
            ("one cycle that only rises", .oneCycle(OneCycle(rate: 0.1, rise: 1, length: 5)), 0...0.1, true),
            ("triangular", .cyclical(CyclicalRate(bounds: bounds, halfCycle: 7)), 0.0003...0.07, true),
            (
                "triangular2", .cyclical(CyclicalRate(bounds: bounds, halfCycle: 1, mode: .triangular2)), 0.0003...0.07,
                true
            ),
            (
                "range", .cyclical(CyclicalRate(bounds: bounds, halfCycle: 7, mode: .exponentialRange(factor: 0.99))),
                0.0003...0.07, true
            ),
            ("plateau", .plateau(plateau), floor...0.1, false),
            ("plateau of accuracy", .plateau(Plateau(rate: 0.1, metric: .accuracy, patience: 0)), 0...0.1, false),
            (
                "layer-wise, layers not measured",
                .layerwiseMutualInformationDecay(LayerwiseMutualInformationDecay(layerCount: 3, bounds: self.bounds)),
                0.07...0.07, false
            ),
            ("warm-up, cosine", .warmUp(WarmUp(steps: 13, before: cosine)), floor...0.1, true),
            ("warm-up, plateau", .warmUp(WarmUp(steps: 10, before: .plateau(plateau))), floor...0.1, true),
            ("warm-up, gain", .warmUp(WarmUp(steps: 5, startShare: 0, before: gain)), 0...0.07, true),
            ("joined", .joined(Joined(parts)), 0.0003...0.1, true),
            ("warm-up, joined", .warmUp(WarmUp(steps: 25, before: .joined(Joined(parts)))), 0.0003...0.1, true),
        ]
    }

    func testEveryOtherSchedule() throws {
        for (name, schedule, bounds, mayRise) in others {
            try ScheduleLaws(schedule: schedule, bounds: bounds, name: name, mayRise: mayRise).checkAll()
        }
    }

    /// Coded without the name that a configured schedule adds.
    func testSchedulesByThemselves() throws {
        let plateau = Plateau(rate: 0.1, metric: .accuracy, factor: 0.5, patience: 1)
        try ScheduleLaws(schedule: plateau, bounds: 0...0.1, name: "plateau").checkAll()
        try ScheduleLaws(
            schedule: CosineDecay(rate: 0.1, length: 100), bounds: 0...0.1, name: "cosine"
        ).checkAll()
        try ScheduleLaws(
            schedule: WarmUp(steps: 3, before: .plateau(plateau)), bounds: 0...0.1, name: "warm-up", mayRise: true
        ).checkAll()
        try ScheduleLaws(
            schedule: Joined([.init(.plateau(plateau), steps: 30), .init(.constant(Constant(rate: 0.1)), steps: 1)]),
            bounds: 0...0.1, name: "joined", mayRise: true
        ).checkAll()
    }

    /// Without warm-up, with one that ends within the first cycle, with it, and after it.
    func testMutualInformationDecay() throws {
        for (name, form) in forms {
            for warmUpSteps in [0, 1, 7, 10, 25] {
                let schedule = MutualInformationDecay(bounds: bounds, warmUpSteps: warmUpSteps, form: form)
                let name = "\(name), warm-up of \(warmUpSteps)"
                try ScheduleLaws(schedule: schedule, bounds: bounds.minimum...bounds.maximum, name: name).checkAll()
                try ScheduleLaws(
                    schedule: ConfiguredSchedule.mutualInformationDecay(schedule),
                    bounds: bounds.minimum...bounds.maximum, name: "configured \(name)"
                ).checkAll()
            }
        }
    }

    func testBoundsWithoutRoomAndWithoutFloor() throws {
        for (name, form) in forms {
            let fixed = RateBounds(minimum: 0.1, maximum: 0.1)
            try ScheduleLaws(
                schedule: MutualInformationDecay(bounds: fixed, warmUpSteps: 5, form: form), bounds: 0.1...0.1,
                name: "\(name) without room"
            ).checkAll()
            let open = RateBounds(minimum: 0, maximum: 0.1)
            try ScheduleLaws(
                schedule: MutualInformationDecay(bounds: open, form: form), bounds: 0...0.1,
                name: "\(name) without floor"
            ).checkAll()
        }
    }
}
