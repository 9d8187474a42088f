import LearningRate
import XCTest

/// Every schedule keeps every law.
final class ScheduleLawsTests: XCTestCase {
    private let bounds = RateBounds(minimum: 0.0003, maximum: 0.07)

    private var forms: [(String, MutualInformationDecay.Form)] {
        [
            ("gain", .gain()), ("gain to nothing", .gain(target: 0.9, factor: 0)), ("gain, factor 1", .gain(factor: 1)),
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
