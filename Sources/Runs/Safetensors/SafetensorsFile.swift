/// Named arrays and a map of texts in one file, in the format of Hugging Face's safetensors:
/// the length of the header as a little-endian UInt64, the header in JSON padded with spaces, and the values without
/// gaps.
///
/// Source: https://huggingface.co/docs/safetensors, "Format".
public struct SafetensorsFile: Equatable, Sendable {
    public var tensors: [Tensor]
    public var metadata: [String: String]

    /// - Parameter tensors: each with a name of its own.
    public init(tensors: [Tensor], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The tensor of that name, if there is one.
    public subscript(name: String) -> Tensor? {
        tensors.first { $0.name == name }
    }
}

extension SafetensorsFile {
    public struct Tensor: Equatable, Sendable {
        public let name: String
        /// Empty for a scalar; the product of its extents is the number of values.
        public let shape: [Int]
        /// In row-major order.
        public let values: Values

        public init(name: String, shape: [Int], values: Values) {
            let count = shape.reduce(1, *)
            precondition(count == values.count, "\(name): shape \(shape) has \(count) values, \(values.count) given")
            precondition(name != SafetensorsFile.metadataKey, "\(name) is no name for a tensor")
            self.name = name
            self.shape = shape
            self.values = values
        }

        public init(name: String, shape: [Int], values: [Float]) {
            self.init(name: name, shape: shape, values: .float32(values))
        }
    }

    /// Values of one of the types that are read and written; the format has more.
    public enum Values: Equatable, Sendable {
        /// `F32`
        case float32([Float])
        /// `F64`
        case float64([Double])
        /// `I64`
        case int64([Int64])

        public var count: Int {
            switch self {
            case .float32(let values): values.count
            case .float64(let values): values.count
            case .int64(let values): values.count
            }
        }

        var type: ElementType {
            switch self {
            case .float32: .float32
            case .float64: .float64
            case .int64: .int64
            }
        }
    }

    enum ElementType: String, CaseIterable {
        case float32 = "F32"
        case float64 = "F64"
        case int64 = "I64"

        var size: Int { self == .float32 ? 4 : 8 }
    }

    static let metadataKey = "__metadata__"
}
