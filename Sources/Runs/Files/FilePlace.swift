import Foundation

/// Where a path leads.
package enum FilePlace {
    /// The path of the directory that holds `path`; empty for a name alone. (Foundation's `deletingLastPathComponent` ends the program
    /// for a name of one character.)
    package static func directory(of path: String) -> String {
        var parts = path.split(separator: "/")
        _ = parts.popLast()
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// True where both are there and are one file.
    package static func isSame(_ path: String, _ other: String) -> Bool {
        guard let one = status(path), let two = status(other) else { return false }
        return one.st_dev == two.st_dev && one.st_ino == two.st_ino
    }

    /// True where something is there that is neither a file nor a directory: a device, a pipe or a socket.
    static func isSpecial(_ path: String) -> Bool {
        guard let kind = status(path).map({ $0.st_mode & S_IFMT }) else { return false }
        return kind != S_IFREG && kind != S_IFDIR
    }

    /// Status of what links lead to; nil where nothing is there.
    private static func status(_ path: String) -> stat? {
        var found = stat()
        return stat(path, &found) == 0 ? found : nil
    }
}
