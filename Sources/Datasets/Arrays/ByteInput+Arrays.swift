extension ByteInput {
    /// The file of an array: of `numpy.save`, plain or compressed, or a member of an archive of `numpy.savez`, which is called
    /// `FILE.npz:NAME`, or `FILE.npz` where it is the only one.
    static func array(path: String) throws(DatasetError) -> ByteInput {
        let file = fileOfArray(path)
        if file != path { return try ZipArchive(path: file).member(String(path.dropFirst(file.count + 1))) }
        guard path.hasSuffix(archiveEnding) else { return try ByteInput(path: path) }
        return try ZipArchive(path: path).member(nil)
    }

    /// The array called `x`, or the only one, of an archive given.
    package static func array(ofArchive bytes: [UInt8], name: String) throws(DatasetError) -> ByteInput {
        let archive = try ZipArchive(bytes: bytes, name: name)
        return try archive.member(archive.members.count > 1 ? "x" : nil)
    }

    private static let archiveEnding = ".npz"

    /// The name of the file that has an array, without that of the array in it.
    package static func fileOfArray(_ path: String) -> String {
        guard let colon = path.lastIndex(of: ":"), path[..<colon].hasSuffix(archiveEnding) else { return path }
        return String(path[..<colon])
    }
}
