import DataFilesTestSupport
import Foundation
import MPITestSupport
import XCTest

/// Each mistake in the configuration or the data is refused before training, in one line.
final class BadInputTests: XCTestCase {
    private let digits = ["train", EntrainCommand.digits, "--output", "run"]

    func testConfigurations() throws {
        let command = try EntrainCommand()
        try command.assertRefused(
            ["train", "none.yaml", "--output", "run"], "none.yaml: cannot read: No such file or directory")
        try command.write("syntax.yaml", "data: {format: digits\nmodel: [\n")
        try command.assertRefused(
            ["train", "syntax.yaml", "--output", "run"],
            "syntax.yaml:2:6: invalid YAML: while parsing a flow mapping from line 1, did not find expected ',' or '}'")
        for (setting, problem) in [
            ("training.epoch=2", "training.epoch: unknown key; did you mean training.epochs?"),
            ("training.epochs=many", "training.epochs: expected an integer from 1 to 1000000, found \"many\""),
            ("training.epochs=0", "training.epochs: expected an integer from 1 to 1000000, found 0"),
        ] {
            try command.assertRefused(digits + ["--set", setting], "--set \(setting): \(problem)")
        }
        try command.write(
            "layers.yaml",
            "data: {format: digits}\nmodel:\n  layers:\n    - dense: {units: 7}\ntraining: {batch: 8, epochs: 1}\n")
        try command.assertRefused(
            ["train", "layers.yaml", "--output", "run"],
            "layers.yaml:4:22: model.layers[0].dense.units: expected one unit for each of the 10 classes, found 7")
    }

    func testMoreRanksThanSamples() throws {
        let command = try EntrainCommand()
        try command.assertRefused(
            digits + ["--set", "training.batch=1"], alone: false,
            "training.batch: expected at least one sample for each of the 2 ranks, found a global batch of 1; "
                + "raise it to 2 or start fewer ranks")
        try command.write("t.csv", "1,2,a\n3,4,b\n5,6,a\n7,8,b\n")
        try command.write("t.yaml", table("t.csv", trainingRows: 2))
        try command.assertRefused(
            ["train", "t.yaml", "--data", ".", "--output", "run"], ranks: 3, alone: false,
            "ranks: expected at most as many ranks as samples (2), found 3 ranks; start at most 2")
    }

    func testImages() throws {
        let command = try EntrainCommand()
        let (images, labels) = (BrightRows.images, BrightRows.labels)
        let packed = gzip(images)
        var corrupt = packed
        corrupt[packed.count - 5] ^= 0xff
        for (name, bytes) in [
            ("images", images), ("labels", labels), ("cut", Array(images[..<500])), ("corrupt.gz", corrupt),
            ("cut.gz", Array(packed[..<60])), ("other", Array("not an IDX file".utf8)),
            ("fewer", idx([50], [UInt8](repeating: 0, count: 50))),
        ] { try command.write(name, bytes) }

        func assertRefused(
            images: String = "images", labels: String = "labels", classNames: String = "", _ message: String,
            line: UInt = #line
        ) throws {
            try command.write(
                "c.yaml", BrightRows.configuration(images: images, labels: labels, classNames: classNames))
            try command.assertRefused(
                ["train", "c.yaml", "--data", ".", "--output", "run"], "./\(message)", line: line)
        }
        try assertRefused(
            images: "none",
            "none: expected a file, found none; check the name, and the data root given by --data DIR or ENTRAIN_DATA")
        try assertRefused(
            images: "cut",
            "cut: expected 960 elements (60 x 4 x 4), found a file of 500 stored bytes; download it again")
        try assertRefused(
            images: "labels", labels: "images",
            "images: expected labels (1 dimension), found a file of images (3 dimensions); exchange the files of images "
                + "and labels")
        try assertRefused(
            images: "labels",
            "labels: expected images (2 to 4 dimensions), found a file of labels (1 dimension); exchange the files of "
                + "images and labels")
        try assertRefused(
            images: "other",
            "other: expected an IDX file of unsigned bytes (magic number 0x0000080N), found magic number 0x6e6f7420; "
                + "give an IDX file, plain or compressed with gzip, xz or zstd")
        try assertRefused(
            images: "cut.gz",
            "cut.gz: expected a whole gzip stream, found its end after 60 stored bytes; download it again")
        try assertRefused(
            images: "corrupt.gz",
            "corrupt.gz: expected an intact gzip stream, found incorrect data check at byte \(packed.count - 4) of it; "
                + "download it again")
        try assertRefused(
            labels: "fewer",
            "fewer: expected 60 labels, one for each sample of ./images, found 50; give images and labels of one part of "
                + "one data set")
        try assertRefused(
            classNames: "  classNames: [top, second]\n",
            "labels: expected labels below the number of classes, 2, found label 2 of sample 2; give the labels of the "
                + "same data set, or name all its classes")

        let arguments = ["train", "c.yaml", "--output", "run"]
        try command.write("c.yaml", BrightRows.configuration())
        try command.assertRefused(
            arguments + ["--data", "none"],
            "none: expected the data root, the folder that holds images, found no such folder; correct --data DIR or "
                + "ENTRAIN_DATA")
        try command.assertRefused(
            arguments,
            "images: expected a data root, which this relative path starts from, found none; give one by --data DIR or "
                + "ENTRAIN_DATA")
        // It was the mistakes that were refused.
        try command.succeed(ranks: 2, arguments + ["--data", "."])
    }

    func testRecords() throws {
        let command = try EntrainCommand()
        let records = cifar((0..<12).map { [UInt8($0 % 10)] }) { sample, _, row, _ in UInt8(sample * 20 + row) }
        let packed = xz(records)
        for (name, bytes) in [
            ("records", records), ("records.xz", packed), ("cut", Array(records.dropLast(3000))),
            ("cut.xz", Array(packed[..<90])), ("empty", []),
            ("label", cifar([[3], [10]]) { _, _, _, _ in 0 }),
        ] { try command.write(name, bytes) }

        func configuration(_ file: String) -> String {
            """
            data:
              format: cifar10
              train: {files: [records.xz, \(file)]}
              test: {files: [records]}
              augmentation: {crop: 4, flip: true, cutout: 8}
            model: {preset: mlp, hidden: [4]}
            training: {batch: 8, epochs: 1}
            learningRate: {schedule: constant, rate: 0.01}
            output: {plot: false}

            """
        }
        let arguments = ["train", "c.yaml", "--data", ".", "--output", "run"]
        for (file, message) in [
            (
                "none",
                "expected a file, found none; check the name, and the data root given by --data DIR or ENTRAIN_DATA"
            ),
            (
                "cut",
                "expected whole records of 3073 bytes, found 73 bytes of record 12; download it again, or give files of "
                    + "the binary version of CIFAR-10"
            ),
            ("cut.xz", "expected a whole xz stream, found its end after 90 stored bytes; download it again"),
            ("empty", "expected at least one record of 3073 bytes, found an empty file; download it again"),
            (
                "label",
                "expected records of 3073 bytes that begin with a label below 10, found 10 in record 2; give files of "
                    + "the binary version of CIFAR-10"
            ),
        ] {
            try command.write("c.yaml", configuration(file))
            try command.assertRefused(arguments, "./\(file): \(message)")
        }
        try command.write("c.yaml", configuration("records"))
        try command.assertRefused(
            arguments + ["--set", "data.augmentation.crop=32"],
            "--set data.augmentation.crop=32: data.augmentation.crop: expected less than 32 of images of 32 x 32, "
                + "found 32")
        // It was the mistakes that were refused.
        try command.succeed(ranks: 2, arguments)
    }

    func testAugmentationOfTables() throws {
        let command = try EntrainCommand()
        try command.write("images", idx([4, 3], [UInt8](0..<12)))
        try command.write("labels", idx([4], [0, 1, 0, 1]))
        try command.write("c.yaml", BrightRows.configuration())
        try command.assertRefused(
            ["train", "c.yaml", "--data", ".", "--output", "run", "--set", "data.augmentation.flip=true"],
            "data.augmentation: expected images, found samples of shape [3]; correct the configuration")
    }

    private func table(_ file: String, trainingRows: Int) -> String {
        """
        data:
          format: csv
          train: {file: \(file)}
          split: {trainingRows: \(trainingRows)}
          csv: {label: 2}
        model: {preset: mlp, hidden: [4]}
        training: {batch: 4, epochs: 1}

        """
    }

    func testTables() throws {
        let command = try EntrainCommand()
        try command.write("short.csv", "1,2,a\n3,4,b\n5,6\n7,8,b\n")
        try command.write("text.csv", "1,2,a\n3,4,b\n5,six,a\n7,8,b\n")
        try command.write("short.yaml", table("short.csv", trainingRows: 2))
        try command.write("text.yaml", table("text.csv", trainingRows: 2))
        try command.assertRefused(
            ["train", "short.yaml", "--data", ".", "--output", "run"],
            "./short.csv:3:3: expected 3 columns as in the first row, found 2; complete or remove the row, or correct the "
                + "separator")
        try command.assertRefused(
            ["train", "text.yaml", "--data", ".", "--output", "run"],
            "./text.csv:3:2: expected a finite 32-bit number, found \"six\"; correct the field or ignore the column, or list the word "
                + "in data.csv.missingWords if it means a missing value")
    }

    func testOutputDirectories() throws {
        let command = try EntrainCommand()
        try command.write("file", "in the way")
        let train = ["train", EntrainCommand.digits, "--set", "training.epochs=1", "--set", "output.plot=false"]
        try command.assertRefused(
            train + ["--output", "file"], "file: cannot create the run directory: a file of that name is in the way")
        try command.assertRefused(
            train + ["--output", "file/run"], "file/run: cannot create the run directory: file is a file")
        try command.succeed(ranks: 2, train + ["--output", "run"])
        let weights = try Data(contentsOf: URL(fileURLWithPath: command.path("run/model.safetensors")))
        try command.assertRefused(
            train + ["--output", "run"],
            "run: already holds a run (configuration.yaml); give another directory with --output or remove it")
        XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: command.path("run/model.safetensors"))), weights)
    }

    /// No bounds can be found for one class: told before anything is tried or written.
    func testOneClass() throws {
        let command = try EntrainCommand()
        try command.write("one.csv", (0..<40).map { "\($0 % 7),\($0 % 5),fig\n" }.joined())
        try command.write(
            "one.yaml",
            """
            data: {format: csv, train: {file: one.csv}, split: {trainingRows: 30}}
            model: {preset: mlp}
            training: {batch: 30, epochs: 1}

            """)
        for ranks in [nil, 2] {
            let outcome = try command.run(
                ranks: ranks, ["train", "one.yaml", "--data", ".", "--output", "run"])
            XCTAssertEqual(outcome.status, 1)
            XCTAssertEqual(
                command.errors(outcome),
                [
                    "[rank 0/\(ranks ?? 1) on \(command.host)] training set: expected samples of two classes or more, found 30 of one "
                        + "class, fig; there is nothing to learn, and no rate to be found for it; check which column or file has the labels"
                ])
            XCTAssertFalse(outcome.standardError.contains("plot"), outcome.standardError)
            XCTAssertEqual(command.files(), ["one.csv", "one.yaml"])
        }
        // One of each is called so.
        let check = try command.succeed(ranks: nil, ["check", "one.yaml", "--data", "."])
        XCTAssertTrue(check.standardOutput.contains(" in 1 class; "), check.standardOutput)
        XCTAssertTrue(check.standardOutput.contains("; 1 step an epoch of 30 samples\n"), check.standardOutput)
    }

    func testATabAsTheSeparator() throws {
        let command = try EntrainCommand()
        try command.write("tabs.csv", "\tw\tk\n" + (0..<40).map { "\($0)\t\($0 % 5)\t\($0 % 2)\n" }.joined())
        try command.write(
            "tabs.yaml", "data: {format: csv, train: {file: tabs.csv}}\nmodel: {preset: mlp}\n")
        for separator in ["tab", "\\t", "'\\t'", "\"\\t\"", "\t"] {
            let check = try command.succeed(
                ranks: nil,
                ["check", "tabs.yaml", "--data", "."]
                    + ["data.csv.separator=\(separator)", "data.csv.ignore=[\"\"]"].flatMap { ["--set", $0] })
            XCTAssertTrue(
                check.standardOutput.contains("columns: feature w; label k; ignored \"\"\n"), check.standardOutput)
        }
    }
}
