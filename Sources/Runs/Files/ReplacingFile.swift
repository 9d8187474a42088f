import Foundation

/// A file that takes the place of another, or of none, when it is whole: written under a temporary name in the same directory, to
/// the disk, then renamed. Its name never means a part of a file. One that does not come to that is removed.
package final class ReplacingFile {
    let file: OutputFile
    private let path: String
    private let directory: String
    private let temporary: String
    private var isCommitted = false

    /// - Throws: where the directory takes no file, or a device or a pipe would lose its place.
    package init(_ path: String) throws(FileError) {
        guard !FilePlace.isSpecial(path) else {
            throw FileError(path: path, problem: "expected a file to write or to replace, found a device or a pipe")
        }
        // The file that a link leads to is replaced, not the link.
        let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
        self.path = isLink ? URL(fileURLWithPath: path).resolvingSymlinksInPath().path : path
        let name = "\((self.path as NSString).lastPathComponent).\(UInt32.random(in: 0 ... .max)).partial"
        let parent = FilePlace.directory(of: self.path)
        directory = parent.isEmpty ? "." : parent
        temporary = "\(directory)/\(name)"
        do throws(FileError) {
            file = try OutputFile(creating: temporary)
        } catch {
            // The user knows the file by its own name.
            throw error.about(path)
        }
    }

    deinit {
        if !isCommitted { unlink(temporary) }
    }

    /// Gives the file its name. To be called once, after the last byte.
    package func commit() throws(FileError) {
        do throws(FileError) {
            try file.synchronize()
            guard rename(temporary, path) == 0 else { throw FileError(path: path, cannot: "replace") }
        } catch {
            throw error.about(path)
        }
        isCommitted = true
        try OutputFile.synchronizeDirectory(directory)
    }
}
