import Foundation
import Logging
import MPI
import Runs
import TrainingTestSupport
import XCTest

final class DigitsTrainingTests: XCTestCase {
    func testTwoRanksLearnTheDigitsWithBoundsFoundByTheRangeTest() throws {
        let directory = try TemporaryDirectory()
        let configuration = try Configuration(
            yaml: """
                data:
                  format: digits
                model:
                  preset: mlp
                  hidden: [64, 32]
                training:
                  batch: 32
                  epochs: 10
                output:
                  plot: false
                """, name: "digits")
        let output = directory.file("run")
        let metrics = try InProcessCommunicator.run(ranks: 2) { communicator in
            let run = try TrainingRun(
                configuration, file: "digits.yaml", dataRoot: nil, output: output, logger: Logger(label: "test"),
                over: communicator)
            return try run.run(showsProgress: false).cycles
        }
        XCTAssertEqual(metrics[0].count, 10)
        for cycles in metrics {
            XCTAssertGreaterThanOrEqual(try XCTUnwrap(cycles.last?.test?.accuracy), 0.9)
        }
        XCTAssertEqual(metrics[0].map(\.rate), metrics[1].map(\.rate))
    }
}
