import DataFilesTestSupport
import Foundation
import MPITestSupport
import Runs
import XCTest

/// Folders of images, as a user has them, by the command.
final class ImagesCommandTests: XCTestCase {
    private static func configuration(_ data: String) -> String {
        """
        data:
        \(data)
        model: {preset: mlp, hidden: [8]}
        training: {batch: 8, epochs: 2}
        learningRate: {schedule: constant, rate: 0.1}
        output: {plot: false, stepsLog: true}

        """
    }

    private static let images = configuration(
        """
          format: images
          train: {directory: photos/train}
          test: {directory: photos/test}
          images: {size: [3, 4]}
        """)

    private static let arrays = configuration(
        """
          format: npy
          train: {features: x.npy, labels: y.npy}
          test: {features: xt.npy, labels: yt.npy}
          classNames: [red apple, wolf]
        """)

    /// [N, C, H, W]; dark ones of the first class.
    private static func pixels(_ samples: Range<Int>) -> [UInt8] {
        samples.flatMap { sample in
            (0..<36).map { place in UInt8(20 + sample % 2 * 90 + (sample * 37 + place * 11) % 101) }
        }
    }

    /// Writes each sample as a PNG into the folder of its class, named so that they come in the order of the classes.
    private func write(_ command: EntrainCommand, _ folder: String, _ samples: [Int], _ classes: [String]) throws {
        for sample in samples {
            let parent = "\(folder)/\(classes[sample % 2])"
            try FileManager.default.createDirectory(
                atPath: command.path(parent), withIntermediateDirectories: true)
            let planes = Self.pixels(sample..<sample + 1)
            let pixels = (0..<12).flatMap { place in (0..<3).map { planes[$0 * 12 + place] } }
            try command.write("\(parent)/\(100 + sample).png", png(pixels, width: 4, height: 3))
        }
    }

    /// A container's shared memory that is too small for the samples, which need not lie there.
    func testTooLittleSharedMemoryNamesTheWayOut() throws {
        let command = try EntrainCommand()
        try command.write("images.yaml", Self.images)
        try write(command, "photos/train", Array(0..<80), ["red apple", "wolf"])
        try write(command, "photos/test", Array(80..<84), ["red apple", "wolf"])
        // 84 samples of 0.96 MB.
        let outcome = try command.runWithLittleSharedMemory(
            ranks: 2,
            ["train", "images.yaml", "--data", ".", "--output", "run", "--set", "data.images.size=[400, 800]"])
        XCTAssertEqual(outcome.status, 1, outcome.standardError)
        let errors = command.errors(outcome)
        XCTAssertEqual(errors.count, 1, outcome.standardError)
        XCTAssertTrue(
            errors.first?.contains(
                "set data.images.memory to stream, with which images stay in their files, or set data.sharedMemory to false"
            ) == true,
            outcome.standardError)
    }

    /// The images of one class and then those of the other, as the folders have them.
    private static func order(_ samples: Range<Int>) -> [Int] {
        samples.filter { $0 % 2 == 0 } + samples.filter { $0 % 2 == 1 }
    }

    private func prepared() throws -> EntrainCommand {
        let command = try EntrainCommand()
        let classes = ["red apple", "wolf"]
        for (folder, range, suffix) in [("photos/train", 0..<24, ""), ("photos/test", 24..<34, "t")] {
            try write(command, folder, Array(range), classes)
            let order = Self.order(range)
            let all = order.flatMap { Self.pixels($0..<$0 + 1) }
            try command.write("x\(suffix).npy", npy("|u1", [order.count, 3, 3, 4], all))
            try command.write("y\(suffix).npy", npy("|u1", [order.count], order.map { UInt8($0 % 2) }))
        }
        try command.write("images.yaml", Self.images)
        try command.write("arrays.yaml", Self.arrays)
        return command
    }

    /// On two ranks, which share the decoding, the steps and weights are those of the same pixels in an array, bit for bit.
    func testTrainingIsThatOfTheSamePixels() throws {
        let command = try prepared()
        for name in ["images", "arrays"] {
            try command.succeed(ranks: 2, ["train", "\(name).yaml", "--data", ".", "--output", name])
        }
        func steps(_ run: String) throws -> String {
            try String(contentsOfFile: command.path("\(run)/steps.csv"), encoding: .utf8)
        }
        func weights(_ run: String) throws -> [String: SafetensorsFile.Values] {
            let tensors = try SafetensorsFile(path: command.path("\(run)/model.safetensors")).tensors
            return .init(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) })
        }
        // A heading, 6 steps, the end.
        XCTAssertEqual(try steps("images").split(separator: "\n", omittingEmptySubsequences: false).count, 8)
        XCTAssertEqual(try steps("images"), try steps("arrays"))
        XCTAssertEqual(try weights("images").count, 4)
        XCTAssertEqual(try weights("images"), try weights("arrays"))
    }

    /// Files that are decoded while they are trained on give the steps of samples in memory, also where a run is continued in the middle
    /// of an epoch, and the other way.
    func testStreamedTrainingGoesOn() throws {
        let command = try prepared()
        func train(_ name: String, _ run: String, _ settings: [String]) throws {
            try command.succeed(
                ranks: 2,
                ["train", "\(name).yaml", "--data", ".", "--output", run, "--resume", "auto"]
                    + settings.flatMap { ["--set", $0] })
        }
        func steps(_ run: String) throws -> String {
            try String(contentsOfFile: command.path("\(run)/steps.csv"), encoding: .utf8)
        }
        let stream = "data.images.memory=stream"
        try train("arrays", "arrays", [])
        try train("images", "whole", [stream, "data.images.readers=2"])
        XCTAssertEqual(try steps("whole"), try steps("arrays"))
        for (first, second) in [([stream], []), ([], [stream])] {
            try? FileManager.default.removeItem(atPath: command.path("parts"))
            try train("images", "parts", first + ["training.steps=4"])
            try train("images", "parts", second)
            XCTAssertEqual(try steps("parts"), try steps("arrays"))
        }
        let checked = try command.succeed(ranks: 2, ["check", "images.yaml", "--data", ".", "--set", stream])
        XCTAssertTrue(
            checked.standardOutput.contains("images stay in their files and are decoded while they are trained on"),
            checked.standardOutput)
        XCTAssertTrue(
            checked.standardOutput.contains("images (training): 24, all 4 x 3 pixels"), checked.standardOutput)
        // Threads end with a signal as with the last step.
        let process = command.process(
            ranks: 2,
            [
                "train", "images.yaml", "--data", ".", "--output", "long", "--set", stream, "--set",
                "training.epochs=1000000",
            ])
        let log = command.path("long/steps.csv")
        let outcome = try Launcher.run(process, limit: 60) { launcher in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { ResumeCommandTests.lastStep(in: log) ?? 0 > 10 }
                ResumeCommandTests.send(SIGTERM, toChild: 1, of: launcher)
            }
        }
        XCTAssertEqual(outcome.status, 75, outcome.standardError)
    }

    func testCheckAndEvaluate() throws {
        let command = try prepared()
        try command.write("photos/test/wolf/scan.JPG", [1, 2, 3])
        let refused = try command.run(ranks: 2, ["check", "images.yaml", "--data", "."])
        XCTAssertEqual(refused.status, 1)
        XCTAssertEqual(
            command.errors(refused),
            [
                "[rank 1/2 on \(command.host)] ./photos/test/wolf/scan.JPG: expected a JPEG or PNG image, found other bytes; "
                    + "replace or remove it, or set data.images.corrupt to skip"
            ])
        let skip = ["--set", "data.images.corrupt=skip"]
        let checked = try command.succeed(ranks: 2, ["check", "images.yaml", "--data", "."] + skip)
        for line in [
            "classes (training/test): red apple 12/5, wolf 12/5", "sample: [3, 3, 4] as [C, H, W]; bytes, of which 255",
            "images (training): 24, all 4 x 3 pixels",
            "images (test): 10, all 4 x 3 pixels; 1 of 11 cannot be decoded and are skipped: wolf/scan.JPG",
        ] {
            XCTAssertTrue(checked.standardOutput.contains(line), checked.standardOutput)
        }

        try command.succeed(ranks: nil, ["train", "images.yaml", "--data", ".", "--output", "run"] + skip)
        // A folder with one of the classes, which is the second one of the weights.
        try write(command, "new", [25, 27, 29], ["none", "wolf"])
        let scored = try command.succeed(ranks: 2, ["evaluate", "run", "--test", "new"])
        XCTAssertTrue(scored.standardOutput.hasPrefix("samples       3\n"), scored.standardOutput)
        XCTAssertTrue(scored.standardError.contains("no sample of the class red apple"), scored.standardError)
        try write(command, "new", [24], ["fox", "wolf"])
        let other = try command.run(ranks: nil, ["evaluate", "run", "--test", "new"])
        XCTAssertEqual(
            command.errors(other).map { $0.replacing(command.folder + "/", with: "") },
            [
                "[rank 0/1 on \(command.host)] new/fox/124.png: expected one of the 2 known classes (red apple, wolf), the classes of the weights, "
                    + "found the class fox; give data of the classes that the weights were trained on"
            ])
    }
}
