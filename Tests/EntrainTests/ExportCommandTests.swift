import Foundation
import XCTest

/// `entrain export` writes a model, or says in one line why there is none.
final class ExportCommandTests: XCTestCase {
    func testTheWeightsOfARunAndOfACheckpoint() throws {
        let command = try EntrainCommand()
        let settings = ["training.epochs=1", "checkpoint.cycle=true", "output.plot=false"]
        try command.succeed(
            ranks: 2, ["train", EntrainCommand.digits, "--output", "run"] + settings.flatMap { ["--set", $0] })
        let export = try command.succeed(ranks: 2, ["export", "run", "--onnx", "final.onnx"])
        XCTAssertEqual(export.standardOutput, "final.onnx: [C, H, W], 10 classes\n")
        try command.succeed(ranks: 2, ["export", "run", "--onnx", "last.onnx", "--checkpoint", "last"])
        let models = try ["final", "last"].map {
            try Data(contentsOf: URL(fileURLWithPath: command.path("\($0).onnx")))
        }
        XCTAssertEqual(models[0], models[1])
        XCTAssertNotNil(models[0].firstRange(of: Data("entrain.configuration".utf8)))

        try command.assertRefused(
            ["export", "run", "--onnx", "none/model.onnx"], "none/model.onnx: cannot create: No such file or directory")
        try command.assertRefused(
            ["export", "none", "--onnx", "model.onnx"], "none: cannot read: No such file or directory")
        try command.assertRefused(
            ["export", "run", "--onnx", "model.onnx", "--checkpoint", "7"],
            "run/checkpoints: expected the checkpoint 7, found 45")
        XCTAssertFalse(FileManager.default.fileExists(atPath: command.path("model.onnx")))
    }
}
