import LearningRate
import MPI
import Runs
import Training
import XCTest

/// What observers are told while bounds are searched.
final class SearchProgressTests: XCTestCase {
    private final class Listener: TrainingObserver {
        var told: [SearchProgress] = []
        func searchStep(_ progress: SearchProgress) { told.append(progress) }
    }

    private func told(_ learningRate: String) throws -> (told: [SearchProgress], search: BoundsSearch) {
        let configuration = try Configuration(
            yaml: """
                data: {format: digits}
                model: {preset: mlp, hidden: [8]}
                training: {batch: 64, epochs: 2}
                learningRate: \(learningRate)
                """, name: "digits")
        let outcomes = try InProcessCommunicator.run(ranks: 2) { communicator in
            let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
            let listener = Listener()
            let search = try experiment.searchBounds(observedBy: [listener])
            return (listener.told, search)
        }
        XCTAssertEqual(outcomes[0].0, outcomes[1].0)
        return outcomes[0]
    }

    func testEachStepOfARangeTestIsTold() throws {
        let (told, search) = try told("{search: range-test, rangeTest: {steps: 30, to: 0.1}}")
        guard case .rangeTest(let test) = search else { return XCTFail("\(search)") }
        XCTAssertEqual(test.records.count, 30)
        // The last one ends the test.
        XCTAssertEqual(
            told,
            test.records.dropLast().enumerated().map { index, record in
                .rangeTest(step: index + 1, steps: 30, rate: record.rate, loss: record.loss)
            })
        XCTAssertTrue("\(told[8])".hasPrefix("range test: step 9 of at most 30, rate "), "\(told[8])")
    }

    func testEachStepOfTrialsIsTold() throws {
        let (told, search) = try told("{}")
        guard case .trials(let trials) = search else { return XCTFail("\(search)") }
        var count = 0
        for progress in told {
            guard case .trials(let trial, let rate, let step, let steps) = progress else {
                return XCTFail("\(progress)")
            }
            XCTAssertEqual(steps, trials.steps)
            if step == 1 {
                count += 1
                XCTAssertTrue(trials.trials.contains { $0.rate == rate }, "\(rate)")
            }
            XCTAssertEqual(trial, count)
        }
        XCTAssertEqual(count, trials.trials.count)
        XCTAssertEqual("\(told[3])", "trials of rates: trial 1, rate 0.08, step 4 of 40")
    }

    func testAPaceLetsThroughNowAndThen() {
        var pace = Pace(seconds: 30)
        XCTAssertEqual(
            [0, 29.9, 30, 31, 59, 60.5, 90, 91].map { pace.isDue(at: $0) },
            [false, false, true, false, false, true, false, true])
    }
}
