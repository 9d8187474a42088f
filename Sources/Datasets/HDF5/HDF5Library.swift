import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The HDF5 library of the system, found when the first file is opened; nothing of it is needed before.
///
/// Functions and their types are those of the C interface of version 1.10 and later, whose identifiers have 64 bits.
package final class HDF5Library: Sendable {
    typealias Identifier = Int64
    typealias Status = CInt

    let open: @convention(c) (UnsafePointer<CChar>, CUnsignedInt, Identifier) -> Identifier
    let close: @convention(c) (Identifier) -> Status
    let openGroup: @convention(c) (Identifier, UnsafePointer<CChar>, Identifier) -> Identifier
    let closeGroup: @convention(c) (Identifier) -> Status
    let linkCount: @convention(c) (Identifier, UnsafeMutablePointer<UInt64>) -> Status
    let linkName: @convention(c) (Identifier, UInt64, UnsafeMutablePointer<CChar>?, Int) -> Int
    let linkKind: @convention(c) (Identifier, UInt64) -> CInt
    let openDataset: @convention(c) (Identifier, UnsafePointer<CChar>, Identifier) -> Identifier
    let closeDataset: @convention(c) (Identifier) -> Status
    let space: @convention(c) (Identifier) -> Identifier
    let closeSpace: @convention(c) (Identifier) -> Status
    let rank: @convention(c) (Identifier) -> CInt
    let sizes: @convention(c) (Identifier, UnsafeMutablePointer<UInt64>?, UnsafeMutablePointer<UInt64>?) -> CInt
    let makeSpace: @convention(c) (CInt, UnsafePointer<UInt64>, UnsafePointer<UInt64>?) -> Identifier
    let select:
        @convention(c) (
            Identifier, CInt, UnsafePointer<UInt64>, UnsafePointer<UInt64>?, UnsafePointer<UInt64>,
            UnsafePointer<UInt64>?
        ) -> Status
    let type: @convention(c) (Identifier) -> Identifier
    let closeType: @convention(c) (Identifier) -> Status
    let typeClass: @convention(c) (Identifier) -> CInt
    let typeSize: @convention(c) (Identifier) -> Int
    let typeSign: @convention(c) (Identifier) -> CInt
    let read:
        @convention(c) (Identifier, Identifier, Identifier, Identifier, Identifier, UnsafeMutableRawPointer) -> Status
    let creation: @convention(c) (Identifier) -> Identifier
    let closeProperties: @convention(c) (Identifier) -> Status
    let layout: @convention(c) (Identifier) -> CInt
    let chunk: @convention(c) (Identifier, CInt, UnsafeMutablePointer<UInt64>) -> CInt
    /// Little-endian numbers in memory, by the name that NumPy has for them.
    let numbers: [String: Identifier]

    /// The library is not made for several threads: held while one of its functions runs.
    let lock = Mutex(())

    /// Names of the library, the oldest first: as Debian builds it without MPI, and as others do.
    static let names =
        ["103", "200", "310", "320"].flatMap { ["libhdf5_serial.so.\($0)", "libhdf5.so.\($0)"] }
        + ["libhdf5_serial.so", "libhdf5.so"]

    private static let found = found(among: names)

    /// The first of some libraries that is there and can be used; nil where there is none.
    package static func found(among names: [String]) -> HDF5Library? { try? HDF5Library(names) }

    /// - Throws: where the system has none, for the file `path`.
    static func library(for path: String) throws(DatasetError) -> HDF5Library {
        if let found { return found }
        throw missing(for: path, names)
    }

    package static func missing(for path: String, _ names: [String]) -> DatasetError {
        DatasetError(
            .unreadable, path, expected: "the HDF5 library, version 1.10 or later (\(names[0]))",
            found: "none on this machine",
            remedy: "install it (Debian 12: apt-get install libhdf5-103-1; Fedora: hdf5; Arch: hdf5)")
    }

    private struct Missing: Error {}

    private init(_ names: [String]) throws {
        guard let handle = names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else { throw Missing() }
        func function<Function>(_ name: String, _: Function.Type = Function.self) throws -> Function {
            guard let address = dlsym(handle, name) else { throw Missing() }
            return unsafeBitCast(address, to: Function.self)
        }
        let initialize: @convention(c) () -> Status = try function("H5open")
        let version:
            @convention(c) (
                UnsafeMutablePointer<CUnsignedInt>, UnsafeMutablePointer<CUnsignedInt>,
                UnsafeMutablePointer<CUnsignedInt>
            ) -> Status = try function("H5get_libversion")
        var (major, minor, release): (CUnsignedInt, CUnsignedInt, CUnsignedInt) = (0, 0, 0)
        guard initialize() >= 0, version(&major, &minor, &release) >= 0, (major, minor) >= (1, 10) else {
            throw Missing()
        }
        // Errors are told here, not printed by the library.
        let setErrors: @convention(c) (Identifier, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Status =
            try function("H5Eset_auto2")
        _ = setErrors(0, nil, nil)
        open = try function("H5Fopen")
        close = try function("H5Fclose")
        openGroup = try function("H5Gopen2")
        closeGroup = try function("H5Gclose")
        linkCount = try function("H5Gget_num_objs")
        linkName = try function("H5Gget_objname_by_idx")
        linkKind = try function("H5Gget_objtype_by_idx")
        openDataset = try function("H5Dopen2")
        closeDataset = try function("H5Dclose")
        space = try function("H5Dget_space")
        closeSpace = try function("H5Sclose")
        rank = try function("H5Sget_simple_extent_ndims")
        sizes = try function("H5Sget_simple_extent_dims")
        makeSpace = try function("H5Screate_simple")
        select = try function("H5Sselect_hyperslab")
        type = try function("H5Dget_type")
        closeType = try function("H5Tclose")
        typeClass = try function("H5Tget_class")
        typeSize = try function("H5Tget_size")
        typeSign = try function("H5Tget_sign")
        read = try function("H5Dread")
        creation = try function("H5Dget_create_plist")
        closeProperties = try function("H5Pclose")
        layout = try function("H5Pget_layout")
        chunk = try function("H5Pget_chunk")
        var numbers: [String: Identifier] = [:]
        for (name, symbol) in [
            ("i1", "STD_I8LE"), ("i2", "STD_I16LE"), ("i4", "STD_I32LE"), ("i8", "STD_I64LE"), ("u1", "STD_U8LE"),
            ("u2", "STD_U16LE"), ("u4", "STD_U32LE"), ("u8", "STD_U64LE"), ("f4", "IEEE_F32LE"), ("f8", "IEEE_F64LE"),
        ] {
            guard let address = dlsym(handle, "H5T_\(symbol)_g") else { throw Missing() }
            numbers[name] = address.assumingMemoryBound(to: Identifier.self).pointee
        }
        self.numbers = numbers
    }
}
