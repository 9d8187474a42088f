import Datasets
import SettingsTestSupport
import XCTest

/// The formats, the look of a table and the changes of images follow the laws of tables.
final class FormatTableTests: XCTestCase {
    func testEachPropertyHasASettingWithADefaultInItsLimits() {
        let images = "{images: 3, labels: 3}"
        let arrays = "{features: 3, labels: 3}"
        let files = "{files: [3]}"
        assertTableLaws(EmbeddedDigits.self)
        assertTableLaws(IDXFiles.self, base: ["train": images, "test": images])
        assertTableLaws(NPYFiles.self, base: ["train": arrays, "test": arrays])
        assertTableLaws(CIFAR10.self, base: ["train": files, "test": files])
        assertTableLaws(CIFAR100.self, base: ["train": files, "test": files])
        assertTableLaws(CSVFiles.self, base: ["train": "{file: 3}"])
        let part = "{file: 3, inputs: 3, labels: 3}"
        assertTableLaws(HDF5Files.self, base: ["train": part, "test": part])
        assertTableLaws(HDF5Files.Part.self, base: ["file": "3", "inputs": "3", "labels": "3"])
        assertTableLaws(CSVFormat.self)
        assertTableLaws(ImageFiles.self, base: ["train": "{directory: 3}", "images": "{size: 3}"])
        assertTableLaws(ImageForm.self, base: ["size": "3"])
        assertTableLaws(SyntheticSet.self)
        assertTableLaws(Augmentation.self, state: ["seed"])
        assertTableLaws(RandomResizedCrop.self)
        assertTableLaws(ColorJitter.self)
        assertTableLaws(RandAugment.self)
        assertTableLaws(Mixup.self)
        assertTableLaws(CutMix.self)
    }

    /// The shape and classes known before the samples are read are those that they have.
    func testShapeAndClassesThatAreKnownBeforehand() throws {
        let formats: [any DataFormat] = [EmbeddedDigits(), SyntheticSet(sampleShape: [3, 5, 4], classCount: 7)]
        for format in formats {
            let data = try format.load(root: nil)
            XCTAssertEqual(format.sampleShape, data.train.sampleShape)
            XCTAssertEqual(format.classCount, data.train.classCount)
            XCTAssertEqual(data.standardization != nil, type(of: format).isStandardized)
        }
    }

    /// Arrays of a user's own format are presented as a file with the same numbers is.
    func testArraysAreLikeATable() throws {
        let folder = try TemporaryFolder()
        try folder.write("t", Array("1,5,a\n2,-5,b\n3,0,a\n".utf8))
        let options = LoadOptions()
        let table = try CSVFiles(train: "t", test: .file("t")).load(root: folder.path, options: options)
        let arrays = SampleArrays(
            features: [1, 5, 2, -5, 3, 0], shape: [2], labels: [0, 1, 0], classCount: 2, classNames: ["a", "b"])
        let data = try options.prepare(train: arrays, test: arrays, subject: "arrays")
        let all = Array(0..<3)
        XCTAssertEqual(batch(data.train, all).features, batch(table.train, all).features)
        XCTAssertEqual(data.train.classNames, table.train.classNames)
        XCTAssertEqual(data.standardization, table.standardization)
        XCTAssertNotNil(data.contents)

        var wrong = arrays
        wrong.labels[1] = 2
        XCTAssertEqual(
            datasetError { _ = try options.prepare(train: arrays, test: wrong, subject: "arrays") }?.code,
            .labelOutOfRange)
        wrong = arrays
        wrong.features.removeLast()
        XCTAssertEqual(
            datasetError { _ = try options.prepare(train: wrong, test: arrays, subject: "arrays") }?.code,
            .countMismatch)
        wrong.shape = [1, 2]
        XCTAssertEqual(
            datasetError { _ = try options.prepare(train: arrays, test: wrong, subject: "arrays") }?.code, .wrongShape)
    }
}
