import Foundation

/// What the kernel knows of this process.
public enum ProcessMeasures {
    /// Since the Unix time in `ENTRAIN_LAUNCH_TIME`, which a launcher may set to include its own part, else since the
    /// kernel started this process; NaN where the kernel doesn't tell.
    public static func secondsSinceLaunch() -> Double {
        if let launch = ProcessInfo.processInfo.environment["ENTRAIN_LAUNCH_TIME"].flatMap(Double.init) {
            return Date().timeIntervalSince1970 - launch
        }
        // Field 22 of /proc/self/stat, counted behind the parenthesised name: clock ticks from boot to start.
        guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 19,
            let ticks = Double(fields[19])
        else { return .nan }
        var now = timespec()
        clock_gettime(CLOCK_BOOTTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The high-water mark of the resident set in bytes; 0 where the kernel doesn't tell.
    public static func peakResidentBytes() -> Int {
        let kibibytes = status("VmHWM")?.split(separator: " ").first.flatMap { Int($0) }
        return (kibibytes ?? 0) * 1024
    }

    /// Cores that this process may run on: all of the machine, or those that a launcher bound it to.
    public static func allowedCores() -> Set<Int> {
        guard let mask = status("Cpus_allowed") else { return Set(0..<ProcessInfo.processInfo.activeProcessorCount) }
        // Hexadecimal digits, the lowest last, in groups with commas between.
        let digits = mask.compactMap(\.hexDigitValue).reversed()
        return Set(
            digits.enumerated().flatMap { index, digit in (0..<4).filter { digit >> $0 & 1 == 1 }.map { 4 * index + $0 }
            })
    }

    /// The value of a line of /proc/self/status.
    private static func status(_ key: String) -> String? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key + ":") })
        else { return nil }
        return line.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
    }
}
