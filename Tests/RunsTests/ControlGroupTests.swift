import Foundation
import Runs
import XCTest

/// Quotas of control groups, with trees of files as Linux shows them.
final class ControlGroupTests: XCTestCase {
    private var folder = ""

    override func setUpWithError() throws {
        folder = NSTemporaryDirectory() + "entrain-groups-\(UUID().uuidString)"
        for (file, text) in [
            ("two/a/cpu.max", "350000 100000"), ("two/a/b/cpu.max", "max 100000"),
            ("one/cpu,cpuacct/a/cpu.cfs_quota_us", "50000"), ("one/cpu,cpuacct/a/cpu.cfs_period_us", "100000"),
            ("one/cpu,cpuacct/cpu.cfs_quota_us", "-1"), ("one/cpu,cpuacct/cpu.cfs_period_us", "100000"),
            ("short/cpu/cpu.cfs_quota_us", "150000"), ("short/cpu/cpu.cfs_period_us", "100000"),
        ] {
            let path = "\(folder)/\(file)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data("\(text)\n".utf8).write(to: URL(fileURLWithPath: path))
        }
    }

    override func tearDown() {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func testTheLeastQuotaOfAllGroupsAbove() throws {
        for (tree, membership, expected) in [
            ("two", "0::/a/b\n", 3.5), ("two", "0::/c\n", nil), ("two", "1:name=systemd:/a\n0::/a\n", 3.5),
            // A container, which sees its own group as the root.
            ("two/a", "0::/docker/7\n", 3.5),
            ("one", "3:cpuset:/a\n2:cpu,cpuacct:/a\n", 0.5), ("one", "2:cpu,cpuacct:/\n", nil),
            ("one", "3:cpuset:/a\n", nil), ("short", "2:cpu,cpuacct:/a:b\n", 1.5), ("none", "0::/\n", nil),
        ] {
            try Data(membership.utf8).write(to: URL(fileURLWithPath: "\(folder)/membership"))
            XCTAssertEqual(
                ControlGroup.quota(tree: "\(folder)/\(tree)", membership: "\(folder)/membership"), expected,
                "\(tree), \(membership)")
        }
    }

    /// The kernel's list, such as "0-2,5", says the same as its mask.
    func testTheMaskOfThisProcess() throws {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try XCTUnwrap(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
        var listed: Set<Int> = []
        for range in line.dropFirst("Cpus_allowed_list:\t".count).split(separator: ",") {
            let ends = try range.split(separator: "-").map { try XCTUnwrap(Int($0)) }
            listed.formUnion(ends[0]...ends[ends.count - 1])
        }
        XCTAssertEqual(ProcessMeasures.allowedCores(), listed)
    }
}
