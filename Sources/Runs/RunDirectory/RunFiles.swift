import Foundation
import Logging

/// What one rank writes to a run's directory beside rows: files that are made whole. Those that cannot be written are tried again at
/// the end of each cycle, and a directory that was removed is made again with all of them.
final class RunFiles {
    let unwritten: UnwrittenFiles
    private let directory: RunDirectory
    private let lock: DirectoryLock
    private let logger: Logger
    private var files: [File] = []

    private struct File {
        let path: String
        let write: () throws(FileError) -> Void
        var isWritten = false
    }

    init(_ directory: RunDirectory, lock: DirectoryLock, unwritten: UnwrittenFiles, logger: Logger) {
        self.directory = directory
        self.lock = lock
        self.unwritten = unwritten
        self.logger = logger
    }

    /// Whether the directory is still the one that this run has for itself.
    var isOwn: Bool { lock.isInPlace }

    /// Writes a file, in the place of one of its name.
    ///
    /// - Returns: whether it could be written at once.
    @discardableResult
    func put(_ path: String, _ write: @escaping () throws(FileError) -> Void) -> Bool {
        add(path, write)
        renew()
        return files.last!.isWritten
    }

    /// The same at the beginning of a run.
    ///
    /// - Throws: where the file cannot be written for another reason than lack of room, which may be mended meanwhile.
    func begin(with path: String, _ write: @escaping () throws(FileError) -> Void) throws(FileError) {
        add(path, write)
        do {
            try write()
            files[files.count - 1].isWritten = true
        } catch {
            guard error.isLackOfRoom else { throw error }
            writeLacking()
        }
    }

    /// To be called at the end of a cycle, before rows are written.
    func renew() {
        renewDirectory()
        writeLacking()
    }

    private func add(_ path: String, _ write: @escaping () throws(FileError) -> Void) {
        files.removeAll { $0.path == path }
        files.append(File(path: path, write: write))
    }

    private func renewDirectory() {
        if !isOwn {
            let isBack = unwritten.attempt(directory.path) { () throws(FileError) in
                try RunDirectory.make(directory.path)
                try lock.retake()
            }
            guard isBack else { return }
        }
        // One after the other: who removes a directory may not be done yet.
        let removed = files.indices.filter {
            files[$0].isWritten && !FileManager.default.fileExists(atPath: files[$0].path)
        }
        guard !removed.isEmpty else { return }
        logger.warning("\(directory.path): files were removed while the run goes on; they are made again")
        for index in removed { files[index].isWritten = false }
    }

    private func writeLacking() {
        guard isOwn else { return }
        for index in files.indices where !files[index].isWritten {
            files[index].isWritten = unwritten.attempt(files[index].path, files[index].write)
        }
    }
}
