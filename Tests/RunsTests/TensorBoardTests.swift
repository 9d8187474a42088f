import Foundation
import Logging
import MPI
import Runs
import TrainingTestSupport
import XCTest

/// Events for TensorBoard.
final class TensorBoardTests: XCTestCase {
    /// RFC 3720, appendix B.4.
    func testChecksumsAreThoseOfTheStandard() {
        XCTAssertEqual(CRC32C.of([UInt8](repeating: 0, count: 32)), 0x8A91_36AA)
        XCTAssertEqual(CRC32C.of([UInt8](repeating: 0xFF, count: 32)), 0x62A8_AB43)
        XCTAssertEqual(CRC32C.of((0..<32).map(UInt8.init)), 0x46DD_794E)
        XCTAssertEqual(CRC32C.of([]), 0)
    }

    /// The examples of protobuf.dev, "Encoding".
    func testMessagesAreThoseOfTheStandard() {
        XCTAssertEqual(ProtobufMessage.with { $0.add(1, 150) }.bytes, [0x08, 0x96, 0x01])
        XCTAssertEqual(
            ProtobufMessage.with { $0.add(2, "testing") }.bytes,
            [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
        XCTAssertEqual(
            ProtobufMessage.with { $0.add(3, .with { $0.add(1, 150) }) }.bytes, [0x1a, 0x03, 0x08, 0x96, 0x01])
        XCTAssertEqual(
            ProtobufMessage.with { $0.add(1, -2) }.bytes, [0x08, 0xfe] + [UInt8](repeating: 0xff, count: 8) + [0x01])
    }

    /// TensorBoard itself sees each step and cycle once, with the figures of the run's other files, also where the training went
    /// back and was interrupted.
    func testTensorBoardSeesWhatTheOtherFilesSay() throws {
        try XCTSkipUnless(
            try Python.run("import tensorboard").status == 0,
            "\(Python.name) cannot import tensorboard; ENTRAIN_PYTHON may name an interpreter that can")
        let folder = try TemporaryDirectory()
        let output = folder.file("run")
        // The rate is too high: the training goes back.
        let configuration = try Configuration(
            yaml: """
                seed: 1
                data: {format: digits}
                model: {preset: mlp, hidden: [64, 32]}
                training: {batch: 32, epochs: 8, watch: on}
                learningRate: {schedule: constant, rate: 0.7}
                output: {tensorboard: true, stepsLog: true}
                """, name: "digits")
        var records = 0
        for (isLast, end) in [(false, 100), (true, 0)] {
            records += try InProcessCommunicator.run(ranks: 2) { communicator in
                var records = 0
                let observer = ClosureObserver(
                    requests: { $0?.step == end ? .interruption : [] }, onRollBack: { _ in records += 1 })
                let run = try TrainingRun(
                    configuration, file: "digits.yaml", dataRoot: nil, output: output, resumes: true,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
                do {
                    try run.run(showsProgress: false, observedBy: [observer])
                    XCTAssertTrue(isLast)
                } catch let error as AgreedError {
                    XCTAssertEqual(error.exitStatus.rawValue, 75)
                    XCTAssertFalse(isLast)
                }
                return records
            }[0]
        }
        XCTAssertGreaterThan(records, 0)

        let seen = try Python.run(
            """
            import json, sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
            events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "tensors": 0})
            events.Reload()
            def scalars(tag):
                return [[event.step, event.value] for event in events.Scalars(tag)]
            data = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
            settings = HParamsPluginData.FromString(data).session_start_info.hparams
            json.dump({"losses": scalars("step/loss"), "information": scalars("mutual information/test"),
                "rates": scalars("step/rate"), "images": [image.step for image in events.Images("training")],
                "batch": settings["training.batch"].number_value, "preset": settings["model.preset"].string_value,
                }, open(sys.argv[2], "w"))
            """, output, folder.file("seen.json"))
        XCTAssertEqual(seen.status, 0, seen.output)
        struct Seen: Decodable {
            let losses: [[Double]], information: [[Double]], rates: [[Double]], images: [Double]
            let batch: Double, preset: String
        }
        let board = try JSONDecoder().decode(
            Seen.self, from: Data(contentsOf: URL(fileURLWithPath: folder.file("seen.json"))))
        let rows = try String(contentsOfFile: "\(output)/steps.csv", encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",").compactMap { Double($0) } }
        XCTAssertEqual(rows.map { $0[0] }, (1...360).map(Double.init))
        XCTAssertEqual(board.losses, rows.map { [$0[0], Double(Float($0[3]))] })
        XCTAssertEqual(board.rates, rows.map { [$0[0], Double(Float($0[2]))] })
        let cycles = try MetricsLog.read(path: "\(output)/metrics.jsonl")
        XCTAssertEqual(
            board.information, cycles.map { [Double($0.step), Double(Float($0.test!.mutualInformation))] })
        XCTAssertEqual(board.images, FileManager.default.fileExists(atPath: "\(output)/training.png") ? [360] : [])
        XCTAssertEqual(board.batch, 32)
        XCTAssertEqual(board.preset, "mlp")
    }
}
