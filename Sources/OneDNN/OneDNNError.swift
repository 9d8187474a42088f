import CDNNL

/// A oneDNN call that failed.
public struct OneDNNError: Error, CustomStringConvertible, Sendable {
    /// What was being made or run, with its shapes.
    public let operation: String
    /// oneDNN's own name of the status.
    public let status: String

    public var description: String {
        "oneDNN could not \(operation): \(status) (oneDNN \(Library.version), \(Library.instructionSets))"
    }
}

/// The one place where oneDNN's return codes are looked at.
@inline(__always)
func check(_ status: dnnl_status_t, _ operation: @autoclosure () -> String) throws(OneDNNError) {
    if status != dnnl_success {
        throw OneDNNError(operation: operation(), status: String(cString: dnnl_status2str(status)))
    }
}
