#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder that the paths of a configuration are relative to; where it is depends on the machine, not on the
/// experiment.
public struct DataRoot: Sendable {
    /// Nil where none was given.
    let directory: String?

    /// An absolute path stands as it is.
    /// - Throws: code `missing` when the path is relative and there is no root, or no such folder.
    public func path(_ relative: String) throws(DatasetError) -> String {
        if relative.hasPrefix("/") { return relative }
        guard let directory else {
            throw DatasetError(
                .missing, relative, expected: "a data root, which this relative path starts from",
                found: "none", remedy: "give one by --data DIR or ENTRAIN_DATA")
        }
        var status = stat()
        if stat(directory, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR {
            throw DatasetError(
                .missing, directory, expected: "the data root, the folder that holds \(relative)",
                found: "no such folder", remedy: "correct --data DIR or ENTRAIN_DATA")
        }
        return directory.hasSuffix("/") ? directory + relative : directory + "/" + relative
    }
}
