import Foundation
import Runs
import TrainingTestSupport
import XCTest

/// Text and files that are no configuration.
final class ConfigurationFileTests: XCTestCase, ConfigurationErrors {
    func testTextThatIsNoConfiguration() {
        XCTAssertEqual(error(""), "x.yaml: expected a configuration, found an empty file")
        XCTAssertEqual(error("# only a comment\n"), "x.yaml: expected a configuration, found an empty file")
        XCTAssertEqual(
            error("- a\n"), "x.yaml:1:1: expected a mapping such as \"data: {format: digits}\", found a list")
        XCTAssertEqual(
            error("hello"), "x.yaml:1:1: expected a mapping such as \"data: {format: digits}\", found \"hello\"")
        for broken in [
            "a: [1", "a: b: c", "\ta: 1", "a: \"x", "a: *nowhere", "a: 1\n---\nb: 2", "? [1]\n: 2", "%", "a: \u{1}",
        ] {
            let text = error(broken)
            XCTAssertTrue(text.hasPrefix("x.yaml:"), text)
            XCTAssertFalse(text.contains("\n"), text)
        }
        XCTAssertEqual(
            error("data:\n  a: 1\n b: 2"),
            "x.yaml:3:2: invalid YAML: while parsing a block mapping from line 1, did not find expected key")
    }

    /// Nine levels of ten aliases each would be 10⁹ values.
    func testAliasesThatGrowWithoutBound() {
        var text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        for level in 1...9 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
        }
        XCTAssertTrue(error(text).hasSuffix("expected at most 100000 values, found more"))
    }

    func testDeepNestingIsAnErrorNotACrash() {
        let text = error("a: " + String(repeating: "[", count: 100_000))
        XCTAssertTrue(text.hasPrefix("x.yaml:1:"), text)
    }

    func testAByteOrderMarkIsNoPartOfTheText() throws {
        let plain = "data: {format: digits}\nmodel: {preset: mlp}\n"
        let expected = try Configuration(yaml: plain, name: "x")
        for text in [
            plain, plain.replacing("\n", with: "\r\n"), "---\n" + plain, "# a comment\n" + plain, "\n" + plain,
        ] {
            XCTAssertEqual(try Configuration(yaml: "\u{FEFF}" + text, name: "x"), expected, text.debugDescription)
        }
        // Places are those of the text.
        XCTAssertEqual(error("\u{FEFF}dta: 1\n").prefix(11), "x.yaml:1:1:")
        XCTAssertEqual(
            error(plain + "\u{FEFF}seed: 1\n"),
            "x.yaml:3:1: invalid YAML: expected a key or a value, found a byte order mark (U+FEFF) before it; remove it"
        )
    }

    func testIndentationThatIsNotOfSpaces() {
        let problem = "invalid YAML: expected spaces, found a tab in the indentation; YAML takes no tabs there"
        XCTAssertEqual(error("data: {format: digits}\nmodel:\n\tpreset: mlp\n"), "x.yaml:3:1: \(problem)")
        XCTAssertEqual(error("data: {format: digits}\r\nmodel:\r\n  \tpreset: mlp\r\n"), "x.yaml:3:3: \(problem)")
        XCTAssertEqual(error("model:\n  preset: mlp\n\thidden: [3]\n"), "x.yaml:3:1: \(problem)")
        XCTAssertEqual(error("model:\n  layers:\n\t- relu\n"), "x.yaml:3:1: \(problem)")
        // Tabs that YAML takes, and a mistake elsewhere.
        XCTAssertFalse(error("data:\t{format: digits,\n\tx: 1}\nmodel: [\n").contains("tab"))
        XCTAssertEqual(
            error("model:\n\u{A0} preset: mlp\n"),
            "x.yaml:2:1: invalid YAML: expected a key or a value, found a space that is not ASCII's (U+00A0) before it; "
                + "remove it")
    }

    func testFilesThatCannotBeRead() throws {
        let directory = try TemporaryDirectory()
        XCTAssertThrowsError(try Configuration.load(path: directory.path)) {
            XCTAssertEqual("\($0)", "\(directory.path): expected a file, found a directory")
        }
        let missing = directory.file("missing.yaml")
        XCTAssertThrowsError(try Configuration.load(path: missing)) {
            XCTAssertEqual("\($0)", "\(missing): cannot read: No such file or directory")
        }
        let binary = directory.file("binary.yaml")
        try Data([0x61, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: binary))
        XCTAssertThrowsError(try Configuration.load(path: binary)) {
            XCTAssertEqual("\($0)", "\(binary):1: expected text in UTF-8, found the byte 0xFF; save the file as UTF-8")
        }
        let text = "data: {format: digits}\nmodel: {preset: mlp}\n"
        for (bytes, problem) in [
            (Data([0xFF, 0xFE]) + text.data(using: .utf16LittleEndian)!, "text in UTF-16; save it as UTF-8"),
            (text.data(using: .utf16LittleEndian)!, "text in UTF-16 (little-endian); save it as UTF-8"),
            (text.data(using: .utf16BigEndian)!, "text in UTF-16 (big-endian); save it as UTF-8"),
            (Data("PK\u{3}\u{4}...".utf8), "a zip archive; give a text of YAML"),
        ] {
            try bytes.write(to: URL(fileURLWithPath: binary))
            XCTAssertThrowsError(try Configuration.load(path: binary)) {
                XCTAssertEqual("\($0)", "\(binary): expected a configuration in UTF-8, found \(problem)")
            }
        }
        let huge = directory.file("huge.yaml")
        try Data(repeating: 0x23, count: 1 << 20 + 1).write(to: URL(fileURLWithPath: huge))
        XCTAssertThrowsError(try Configuration.load(path: huge)) {
            XCTAssertEqual(
                "\($0)", "\(huge): expected at most 1048576 bytes, found more")
        }
        let good = directory.file("good.yaml")
        try Data("data: {format: digits}\nmodel: {preset: mlp}".utf8).write(to: URL(fileURLWithPath: good))
        XCTAssertEqual(try Configuration.load(path: good, overrides: ["seed=9"]).seed, 9)
    }
}
