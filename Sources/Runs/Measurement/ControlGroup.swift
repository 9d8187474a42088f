import Foundation

/// The processor time that the control groups of this process allow it (cgroups(7)): containers and batch systems set it where
/// they set no affinity mask, and threads beyond it are stopped for most of every period.
public enum ControlGroup {
    /// The least quota, in cores, of the process's groups and those above them, in versions 1 and 2; nil where none is limited.
    ///
    /// - Parameters:
    ///   - tree: where the groups are.
    ///   - membership: the process's groups, a line for each hierarchy.
    public static func quota(
        tree: String = "/sys/fs/cgroup", membership: String = "/proc/self/cgroup"
    ) -> Double? {
        let lines = (try? String(contentsOfFile: membership, encoding: .utf8)) ?? ""
        return lines.split(separator: "\n").compactMap { line -> Double? in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3 else { return nil }
            if fields[0] == "0", fields[1].isEmpty { return leastQuota(in: tree, group: fields[2]) }
            guard fields[1].split(separator: ",").contains("cpu") else { return nil }
            let folder = "\(tree)/\(fields[1])"
            let exists = FileManager.default.fileExists(atPath: folder)
            return leastQuota(in: exists ? folder : "\(tree)/cpu", group: fields[2])
        }.min()
    }

    /// Least quota of a group and those above it. A container sees its own as the root of the tree, whatever its path says.
    private static func leastQuota(in folder: String, group: String) -> Double? {
        var names = group.split(separator: "/")[...]
        var least: Double?
        while true {
            let path = ([folder] + names.map(String.init)).joined(separator: "/")
            if let quota = quota(ofGroup: path) { least = min(least ?? quota, quota) }
            guard !names.isEmpty else { return least }
            names.removeLast()
        }
    }

    private static func quota(ofGroup path: String) -> Double? {
        func numbers(_ file: String) -> [Double?] {
            let text = (try? String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)) ?? ""
            return text.split { $0.isWhitespace }.map { Double($0) }
        }
        var values = numbers("cpu.max")
        if values.isEmpty { values = numbers("cpu.cfs_quota_us") + numbers("cpu.cfs_period_us") }
        // "max" and -1 are no limit.
        guard values.count == 2, let quota = values[0], let period = values[1], quota > 0, period > 0 else {
            return nil
        }
        return quota / period
    }
}
