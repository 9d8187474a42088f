import Foundation
import Runs
import TrainingTestSupport
import XCTest

/// What paths of outputs lead to.
final class FilePlaceTests: XCTestCase {
    func testDirectories() {
        for (path, directory) in [
            ("a", ""), ("-", ""), ("a/", ""), ("a.csv", ""), ("x/a", "x"), ("./a", "."), ("x/y/a.csv", "x/y"),
            ("/a", "/"),
            ("/x/a", "/x"), ("", ""), ("/", "/"),
        ] {
            XCTAssertEqual(FilePlace.directory(of: path), directory, path)
        }
    }

    func testALinkStaysAndWhatItLeadsToIsReplaced() throws {
        let folder = try TemporaryDirectory()
        let (real, link) = (folder.file("real.csv"), folder.file("link.csv"))
        try Data("old".utf8).write(to: URL(fileURLWithPath: real))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real.csv")
        XCTAssertTrue(FilePlace.isSame(real, link))
        try ReplacingFile(link).commit()
        XCTAssertEqual(try FileManager.default.destinationOfSymbolicLink(atPath: link), "real.csv")
        XCTAssertEqual(FileManager.default.contents(atPath: real), Data())
        try ReplacingFile(folder.file("a")).commit()
        XCTAssertFalse(FilePlace.isSame(real, folder.file("a")))
        XCTAssertFalse(FilePlace.isSame(real, folder.file("none")))
    }

    func testDevicesAndPipesKeepTheirPlace() throws {
        let folder = try TemporaryDirectory()
        let pipe = folder.file("pipe")
        XCTAssertEqual(mkfifo(pipe, 0o600), 0)
        for path in [pipe, "/dev/null"] {
            XCTAssertThrowsError(try ReplacingFile(path)) { error in
                XCTAssertTrue(
                    "\(error)".contains("expected a file to write or to replace, found a device or a pipe"), "\(error)")
            }
        }
    }
}
