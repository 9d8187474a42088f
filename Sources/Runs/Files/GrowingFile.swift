import Foundation

/// A file that grows by whole rows of text, written by one process. What cannot be written stays in memory and is written later, in
/// order: the file never holds a part of a row, nor a row without those before it.
package final class GrowingFile {
    package let path: String
    private let header: String
    private var descriptor: Int32 = -1
    /// Whole rows that are not in the file yet.
    private var waiting: [UInt8] = []
    /// Rows are to be written when they have grown to this many bytes, so that who adds them seldom waits for the file system.
    private static let largestBuffer = 16 << 10
    /// Bytes at which rows are tried next.
    private var nextTry = largestBuffer

    /// - Parameter header: what a new file begins with.
    package init(_ path: String, header: String = "") {
        self.path = path
        self.header = header
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Adds a row, with its end, to those that wait.
    ///
    /// - Returns: whether it is time to write them.
    @discardableResult
    package func append(_ row: String) -> Bool {
        waiting += row.utf8
        return isDue()
    }

    /// The same in a file of records of bytes.
    @discardableResult
    func append(_ record: [UInt8]) -> Bool {
        waiting += record
        return isDue()
    }

    private func isDue() -> Bool {
        guard waiting.count >= nextTry else { return false }
        nextTry = 2 * waiting.count
        return true
    }

    /// Writes what waits. A file that was removed is made again, with what was in it.
    package func flush() throws(FileError) {
        if descriptor >= 0, !isInPlace { try comeBack() }
        if descriptor < 0 { try openFile() }
        guard !waiting.isEmpty else {
            nextTry = Self.largestBuffer
            return
        }
        let start = lseek(descriptor, 0, SEEK_END)
        var written = 0
        while written < waiting.count {
            let count = waiting[written...].withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                let code = errno
                // A part of a row is taken back; where that fails too, the rest of it comes next.
                if written > 0, start < 0 || ftruncate(descriptor, start) != 0 { waiting.removeFirst(written) }
                throw FileError(path: path, cannot: "write", code: code)
            }
        }
        waiting.removeAll(keepingCapacity: true)
        nextTry = Self.largestBuffer
    }

    /// Leaves of the file and of what waits the rows before the first one that is not to be kept. What a killed process has left
    /// of a row goes too.
    package func cut(keeping isKept: (ArraySlice<UInt8>) -> Bool) throws(FileError) {
        func keptCount(_ bytes: [UInt8], from start: Int) -> Int {
            var end = min(start, bytes.count)
            while let next = bytes[end...].firstIndex(of: UInt8(ascii: "\n")), isKept(bytes[end..<next]) {
                end = next + 1
            }
            return end
        }
        if FileManager.default.fileExists(atPath: path) {
            let bytes = try contents(ofFile: path)
            let kept = keptCount(bytes, from: bytes.starts(with: header.utf8) ? header.utf8.count : 0)
            // In place, as this needs no room on the disk.
            if kept < bytes.count, truncate(path, off_t(kept)) != 0 { throw FileError(path: path, cannot: "shorten") }
            if kept < bytes.count { waiting.removeAll() }
        }
        let start = waiting.starts(with: header.utf8) ? header.utf8.count : 0
        waiting.removeSubrange(keptCount(waiting, from: start)...)
    }

    private func openFile() throws(FileError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(path: path, cannot: "create") }
        if lseek(descriptor, 0, SEEK_END) == 0, !waiting.starts(with: header.utf8) { waiting = header.utf8 + waiting }
    }

    private var isInPlace: Bool {
        var (opened, named) = (stat(), stat())
        return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
            && opened.st_dev == named.st_dev
    }

    /// The file of that name is gone, or another. Who has it open still reads what was in it.
    private func comeBack() throws(FileError) {
        let old = descriptor
        defer { close(old) }
        descriptor = -1
        guard !FileManager.default.fileExists(atPath: path) else { return }
        let size = Int(max(lseek(old, 0, SEEK_END), 0))
        var bytes = [UInt8](repeating: 0, count: size)
        var done = 0
        while done < size {
            let count = bytes[done...].withUnsafeMutableBytes { pread(old, $0.baseAddress, $0.count, off_t(done)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw FileError(path: path, problem: "was removed, and what was in it cannot be read any more")
            }
            done += count
        }
        waiting = bytes + waiting
    }
}
