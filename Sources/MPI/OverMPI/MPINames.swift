internal import CMPI

/// What the MPI library calls itself and this machine.
struct MPINames {
    /// `MPI_Get_processor_name`.
    let host: String
    /// `MPI_Get_library_version`, on one line.
    let library: String

    static func read() throws(MPIError) -> MPINames {
        let version = try text(cmpi_library_version_capacity(), "MPI_Get_library_version", cmpi_library_version)
        return MPINames(
            host: try text(cmpi_processor_name_capacity(), "MPI_Get_processor_name", cmpi_processor_name),
            library: version.split(whereSeparator: { $0.isNewline || $0 == "\t" }).prefix(2).joined(separator: " "))
    }

    private static func text(
        _ capacity: Int32, _ operation: StaticString,
        _ call: (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<Int32>?) -> Int32
    ) throws(MPIError) -> String {
        var characters = [CChar](repeating: 0, count: Int(capacity) + 1)
        var length: Int32 = 0
        try MPIError.check(call(&characters, &length), operation)
        return String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
