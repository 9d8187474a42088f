import XCTest

/// Settings of images and of other files of data.
final class ImageConfigurationTests: XCTestCase, ConfigurationErrors {
    private func data(_ text: String, model: String = "{preset: mlp}") -> String {
        error("data: {\(text)}\nmodel: \(model)")
    }

    func testValuesOfImages() {
        let files = "train: {files: [a]}, test: {files: [b]}"
        let cases = [
            (
                "format: cifar",
                "1:16: data.format: expected one of digits, idx, cifar10, cifar100, csv, npy, hdf5, images, synthetic, found \"cifar\"; "
                    + "did you mean cifar10?"
            ),
            (
                "format: cifar10, train: {files: [a]}",
                "1:7: data.test: missing; expected {files: [FILE, …]}"
            ),
            (
                "format: npy, train: {images: a, labels: b}, test: {features: a, labels: b}",
                "1:28: data.train.features: missing; expected a file name"
            ),
            (
                "format: npy, train: {features: a, labels: b}, test: {features: a}",
                "1:60: data.test.labels: missing; expected a file name"
            ),
            (
                "format: cifar10, train: {file: a}, test: {files: [b]}",
                "1:33: data.train.file: unknown key; did you mean data.train.files?"
            ),
            (
                "format: cifar10, train: {files: a}, test: {files: [b]}",
                "1:40: data.train.files: expected a list of file names, found \"a\""
            ),
            (
                "format: cifar10, train: {files: [a]}, test: {files: []}",
                "1:60: data.test.files: expected at least 1 file, found none"
            ),
            (
                "format: cifar10, train: {files: [a, [b]]}, test: {files: [b]}",
                "1:44: data.train.files[1]: expected a file name, found a list"
            ),
            (
                "format: cifar10, \(files), labels: fine",
                "1:66: data.labels: belongs to format: cifar100, but the format is cifar10"
            ),
            (
                "format: cifar100, \(files), labels: both",
                "1:75: data.labels: expected one of fine, coarse, found \"both\""
            ),
            (
                "format: cifar10, \(files), classNames: [a, a]",
                "1:82: data.classNames[1]: expected a name of its own, found \"a\""
            ),
            (
                "format: digits, augmentation: {crop: -1}",
                "1:45: data.augmentation.crop: expected an integer in [0, 32768), found -1"
            ),
            (
                "format: digits, augmentation: {flip: 1}",
                "1:45: data.augmentation.flip: expected true or false, found 1"
            ),
            (
                "format: digits, augmentation: {cutoff: 1}",
                "1:39: data.augmentation.cutoff: unknown key; did you mean data.augmentation.cutout?"
            ),
        ]
        for (text, expected) in cases { XCTAssertEqual(data(text), "x.yaml:" + expected) }
    }

    func testContradictionsOfImages() {
        let files = "train: {files: [a]}, test: {files: [b]}"
        XCTAssertEqual(
            data("format: cifar10, \(files), classNames: [a, b]"),
            "x.yaml:1:78: data.classNames: expected a name for each of the 10 classes, found 2")
        for (format, classes) in [("cifar10", 10), ("cifar100", 100), ("cifar100, labels: coarse", 20)] {
            XCTAssertEqual(
                data("format: \(format), \(files)", model: "{layers: [{dense: {units: 3}}]}"),
                "x.yaml:2:34: model.layers[0].dense.units: expected one unit for each of the \(classes) classes, found 3"
            )
        }
        let cases = [
            (
                "format: csv, train: {file: a}, augmentation: {flip: true}",
                "1:53: data.augmentation: expected images, found a table (data.format is csv)"
            ),
            (
                "format: synthetic, synthetic: {shape: [64]}, augmentation: {crop: 1}",
                "1:67: data.augmentation: expected images, found samples of shape [64]"
            ),
            (
                "format: digits, augmentation: {crop: 8}",
                "1:45: data.augmentation.crop: expected less than 8 of images of 8 x 8, found 8"
            ),
            (
                "format: cifar10, \(files), augmentation: {cutout: 33}",
                "1:89: data.augmentation.cutout: expected at most 32 of images of 32 x 32, found 33"
            ),
            (
                "format: synthetic, synthetic: {shape: [3, 9, 5]}, augmentation: {crop: 4, cutout: 6}",
                "1:90: data.augmentation.cutout: expected at most 5 of images of 9 x 5, found 6"
            ),
        ]
        for (text, expected) in cases { XCTAssertEqual(data(text), "x.yaml:" + expected) }
        XCTAssertTrue(data("format: csv, train: {file: a}, augmentation: {crop: 0}").hasPrefix("no error"))
        // Nothing is known of the shape until the files are read.
        let images = "{images: a, labels: b}"
        XCTAssertTrue(
            data("format: idx, train: \(images), test: \(images), augmentation: {crop: 99}").hasPrefix("no error"))
    }
}
