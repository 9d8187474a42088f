internal import CMPI

extension MPIError {
    /// The one place where a return code of the library becomes an error.
    static func check(_ code: Int32, _ operation: StaticString) throws(MPIError) {
        guard code != cmpi_success() else { return }
        throw MPIError(code: code, operation: operation.description)
    }

    private init(code: Int32, operation: String) {
        let errorClass: Class =
            switch cmpi_error_class(code) {
            case CMPIErrorTruncated: .truncated
            case CMPIErrorNoMemory: .noMemory
            case CMPIErrorRank: .invalidRank
            case CMPIErrorWindow: .window
            default: .other
            }
        let text = String(unsafeUninitializedCapacity: Int(cmpi_error_string_capacity())) { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { Int(cmpi_error_string(code, $0.baseAddress)) }
        }
        self.init(operation: operation, errorClass: errorClass, text: text.isEmpty ? "error code \(code)" : text)
    }
}
