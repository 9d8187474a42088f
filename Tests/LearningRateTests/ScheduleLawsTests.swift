import LearningRate
import LearningRateTestSupport
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
            schedule: RunningSchedule(schedule), bounds: 0.1...0.1, name: "running constant"
        ).checkAll()
    }

    /// The histories have up to 80 cycles of 10 steps.
    private var others: [(name: String, schedule: any RateRule, bounds: ClosedRange<Double>, mayRise: Bool)] {
        let floor = 0.001
        let plateau = Plateau(rate: 0.1, factor: 0.5, patience: 2, threshold: 0.02, cooldown: 1, floor: floor)
        let gain = MutualInformation(bounds: bounds, warmUpSteps: 4)
        let cosine = CosineDecay(rate: 0.1, floor: floor, length: 333)
        let parts = [
            Joined.Part(Constant(rate: 0.03), epochs: 7), Joined.Part(plateau, epochs: 40),
            Joined.Part(gain, epochs: 60), Joined.Part(cosine),
        ]
        return [
            ("step", StepDecay(rate: 0.1, length: 37), 0...0.1, false),
            ("multi-step", MultiStepDecay(rate: 0.1, falls: [1, 50, 50, 222]), 0...0.1, false),
            ("no fall", MultiStepDecay(rate: 0.1, falls: []), 0.1...0.1, false),
            ("exponential", ExponentialDecay(rate: 0.1, factor: 0.9, length: 10), 0...0.1, false),
            ("inverse time", InverseTimeDecay(rate: 0.1, decay: 0.3, length: 10), 0...0.1, false),
            ("inverse square root", InverseSquareRootDecay(rate: 0.1, hold: 13), 0...0.1, false),
            (
                "polynomial", PolynomialDecay(rate: 0.1, floor: floor, power: 0.9, length: 123),
                floor...0.1, false
            ),
            ("cosine", cosine, floor...0.1, false),
            (
                "constant, cooldown", ConstantCooldown(rate: 0.1, floor: floor, share: 0.3, length: 333), floor...0.1,
                false
            ),
            (
                "restarts", CosineWarmRestarts(rate: 0.1, floor: floor, period: 9, periodFactor: 2),
                floor...0.1, true
            ),
            ("one cycle", OneCycle(rate: 0.1, length: 200), 0...0.1, true),
            ("one cycle of a step", OneCycle(rate: 0.1, length: 1), 0...0.1, false),
            ("one cycle that only rises", OneCycle(rate: 0.1, rise: 1, length: 5), 0...0.1, true),
            ("triangular", CyclicalRate(bounds: bounds, halfCycle: 7), 0.0003...0.07, true),
            (
                "triangular2", CyclicalRate(bounds: bounds, halfCycle: 1, mode: .triangular2), 0.0003...0.07,
                true
            ),
            (
                "range", CyclicalRate(bounds: bounds, halfCycle: 7, mode: .exponentialRange, factor: 0.99),
                0.0003...0.07, true
            ),
            ("plateau", plateau, floor...0.1, false),
            ("plateau of accuracy", Plateau(rate: 0.1, metric: .accuracy, patience: 0), 0...0.1, false),
            (
                "layer-wise, layers not measured",
                LayerwiseMutualInformationDecay(layerCount: 3, bounds: self.bounds),
                0.07...0.07, false
            ),
            ("warm-up, cosine", RunningSchedule(cosine, warmUpSteps: 13), floor...0.1, true),
            ("warm-up, plateau", RunningSchedule(plateau, warmUpSteps: 10), floor...0.1, true),
            ("warm-up, gain", RunningSchedule(gain, warmUpSteps: 5, startShare: 0), 0...0.07, true),
            ("joined", Joined(parts).begun(horizon: 440), 0.0003...0.1, true),
            (
                "warm-up, joined", RunningSchedule(Joined(parts).begun(horizon: 440), warmUpSteps: 25), 0.0003...0.1,
                true
            ),
        ]
    }

    func testEveryOtherSchedule() throws {
        for (name, schedule, bounds, mayRise) in others {
            func check(_ schedule: some RateRule) throws {
                try ScheduleLaws(schedule: schedule, bounds: bounds, name: name, mayRise: mayRise).checkAll()
            }
            try check(schedule)
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
            schedule: RunningSchedule(plateau, warmUpSteps: 3), bounds: 0...0.1, name: "warm-up", mayRise: true
        ).checkAll()
        try ScheduleLaws(
            schedule: Joined([.init(plateau, epochs: 30), .init(Constant(rate: .fixed(0.1)))]).begun(horizon: 31),
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
                    schedule: RunningSchedule(MutualInformation(bounds: bounds, warmUpSteps: warmUpSteps)),
                    bounds: bounds.minimum...bounds.maximum, name: "running \(name)"
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
