import Foundation

/// The checkpoints of a run lie side by side in a directory. Beside them there can be what a process that was killed was about
/// to do: `NAME.N.partial` is one that was being written or removed, `NAME.N.old` one in whose place a newer one was put.
extension Checkpoint {
    package static func fileName(step: Int) -> String {
        let digits = "\(step)"
        return "step-" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    }

    /// The name of the one that stays whatever comes after it.
    package static let best = "best"

    /// The steps of which there are checkpoints, rising.
    package static func steps(in directory: String) throws(FileError) -> [Int] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw FileError(path: directory, cannot: "read")
        }
        return names.compactMap { name in
            guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), fileName(step: step) == name else {
                return nil
            }
            return step
        }
        .sorted()
    }

    static func make(directory: String) throws(FileError) {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: directory, cannot: "create")
        }
    }

    /// A part of a checkpoint never has its name.
    static func remove(_ path: String) throws(FileError) {
        let temporary = "\(path).\(UInt32.random(in: 0 ... .max)).partial"
        guard rename(path, temporary) == 0 else { throw FileError(path: path, cannot: "remove") }
        try? FileManager.default.removeItem(atPath: temporary)
    }

    /// Puts one that is whole in the place of another of its name: of the best one so far, or of the same step from before a
    /// restart. That one stays on the disk until the new one has the name.
    static func replace(_ path: String, by temporary: String, in directory: String) throws(FileError) {
        let old = FileManager.default.fileExists(atPath: path) ? "\(path).\(UInt32.random(in: 0 ... .max)).old" : nil
        if let old, rename(path, old) != 0 { throw FileError(path: path, cannot: "replace") }
        guard rename(temporary, path) == 0 else {
            let failure = FileError(path: path, cannot: "replace")
            if let old { rename(old, path) }
            throw failure
        }
        try OutputFile.synchronizeDirectory(directory)
        if let old { try? FileManager.default.removeItem(atPath: old) }
    }

    /// Clears away what processes that were killed have left: gives one that was about to be replaced its name back, and removes
    /// all else. To be called by one rank, before anything is written or read.
    package static func recover(in directory: String) throws(FileError) {
        guard FileManager.default.fileExists(atPath: directory) else { return }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else { return }
        for name in names {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, UInt32(parts[1]) != nil else { continue }
            let path = "\(directory)/\(name)"
            let whole = "\(directory)/\(parts[0])"
            if parts[2] == "old", !FileManager.default.fileExists(atPath: whole) {
                guard rename(path, whole) == 0 else { throw FileError(path: whole, cannot: "put back") }
            } else if parts[2] == "old" || parts[2] == "partial" {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }
}
