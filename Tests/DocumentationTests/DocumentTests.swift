import Runs
import XCTest

/// README, CONTRIBUTING and the pages of the catalogue name what is there.
final class DocumentTests: XCTestCase {
    func testTheReadmeIsAFrontPage() throws {
        XCTAssertLessThanOrEqual(try Repository.lines(of: "README.md").count, 201)
    }

    func testEveryPageIsReachedFromTheLandingPage() throws {
        for catalogue in Repository.catalogues {
            let name = URL(fileURLWithPath: catalogue).deletingPathExtension().lastPathComponent
            let landing = "\(catalogue)/\(name).md"
            let text = try Repository.lines(of: landing).joined(separator: "\n")
            XCTAssertTrue(text.hasPrefix("# ``\(name)``"), landing)
            for path in try Repository.pages(of: catalogue) where path != landing {
                let page = path.split(separator: "/").last ?? ""
                XCTAssertTrue(text.contains("](\(page))"), "\(landing): no link to \(page)")
            }
        }
    }

    func testLinksLeadToFilesAndHeadings() throws {
        var count = 0
        for path in try Repository.documents() {
            let document = try Document(path)
            let folder = URL(fileURLWithPath: "/" + path).deletingLastPathComponent()
            // Links are broken over lines.
            let text = document.prose.map(\.text).joined(separator: "\n")
            let targets = text.matches(of: /\]\(([^)\s]+)\)/).map(\.1) + text.matches(of: /src="([^"]+)"/).map(\.1)
            for target in targets where !target.contains("://") {
                count += 1
                let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let file =
                    parts[0].isEmpty
                    ? path
                    : String(folder.appendingPathComponent(String(parts[0])).standardizedFileURL.path.dropFirst())
                XCTAssertTrue(Repository.exists(file), "\(path): \(target) leads to no file")
                guard parts.count == 2, Repository.exists(file) else { continue }
                XCTAssertTrue(
                    try Document(file).anchors.contains(String(parts[1])), "\(path): \(target) leads to no heading")
            }
        }
        XCTAssertGreaterThan(count, 60)
    }

    /// Words in backticks or in commands that begin like a path of the repository.
    func testPathsThatAreNamedExist() throws {
        var count = 0
        let pattern = /(?:^|[\s`(])((?:configs|launch|Benchmarks|Sources|Tests)\/[\w.\/+-]*\w)/
        for path in try Repository.documents() {
            let document = try Document(path)
            var texts = document.prose.flatMap { line in
                line.text.matches(of: /`([^`]+)`/).map { (line.line, String($0.1)) }
            }
            for fence in document.fences where fence.language == "sh" {
                texts += fence.lines.enumerated().map { (fence.line + 1 + $0.offset, $0.element) }
            }
            for (line, text) in texts {
                for match in text.matches(of: pattern) {
                    // Users make a `launch/site.sh` of their own.
                    if match.1 == "launch/site.sh" { continue }
                    count += 1
                    XCTAssertTrue(Repository.exists(String(match.1)), "\(path):\(line): there is no \(match.1)")
                }
            }
        }
        XCTAssertGreaterThan(count, 40)
    }

    /// Keys of a configuration in backticks, `training.cycle`, and after `--set`.
    func testKeysThatAreNamedAreKnown() throws {
        var count = 0
        let sections = "data|model|training|optimizer|learningRate|averaging|reproducible|reduction|checkpoint|output"
        let pattern = try Regex<(Substring, Substring)>("(?:`|--set '?)((?:\(sections))\\.[A-Za-z.]+)(?=[`:=])")
        for path in try Repository.documents() {
            let document = try Document(path)
            let fenced = document.fences.filter { $0.language == "sh" }.flatMap(\.lines)
            for text in document.prose.map(\.text) + fenced {
                for key in text.matches(of: pattern).map(\.1) {
                    let isFile = [".safetensors", ".png"].contains { key.hasSuffix($0) }
                    // A key that is shown to be mistyped.
                    if isFile || key == "training.bach" { continue }
                    count += 1
                    XCTAssertNoThrow(try Configuration.keys(below: String(key)), "\(path): there is no \(key)")
                }
            }
        }
        XCTAssertGreaterThan(count, 20)
    }
}
