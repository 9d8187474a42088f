extension SafetensorsFile {
    /// Writes tensors of Float; see ``write(to:)``.
    public static func write(
        tensors: [(name: String, shape: [Int], values: [Float])], metadata: [String: String] = [:], to path: String
    ) throws(FileError) {
        let tensors = tensors.map { Tensor(name: $0.name, shape: $0.shape, values: $0.values) }
        try SafetensorsFile(tensors: tensors, metadata: metadata).write(to: path)
    }

    /// Writes the file; it is complete and on the disk when this returns. An error leaves what was there before.
    ///
    /// Equal values give equal bytes. The tensors' own order is not kept: wide types come first, so that all values are
    /// aligned, then it goes by name.
    public func write(to path: String) throws(FileError) {
        #if _endian(big)
            #error("the format is little-endian")
        #endif
        let tensors = self.tensors.sorted {
            let (first, second) = ($0.values.type.size, $1.values.type.size)
            return first != second ? first > second : $0.name < $1.name
        }
        let header = Array(Self.header(of: tensors, metadata: metadata).utf8)
        try OutputFile.replace(path) { file throws(FileError) in
            try file.write([UInt64(header.count)].span.bytes)
            try file.write(header.span.bytes)
            for tensor in tensors {
                switch tensor.values {
                case .float32(let values): try file.write(values.span.bytes)
                case .float64(let values): try file.write(values.span.bytes)
                case .int64(let values): try file.write(values.span.bytes)
                }
            }
        }
    }

    /// The header, with sorted keys and padded so that the values begin at a multiple of eight.
    private static func header(of tensors: [Tensor], metadata: [String: String]) -> String {
        var entries: [String: String] = [:]
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(json($0.key)):\(json($0.value))" }
            entries[metadataKey] = "{\(pairs.joined(separator: ","))}"
        }
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.values.count * tensor.values.type.size
            let shape = tensor.shape.map(\.description).joined(separator: ",")
            let entry =
                #"{"dtype":"\#(tensor.values.type.rawValue)","shape":[\#(shape)],"data_offsets":[\#(offset),\#(end)]}"#
            let previous = entries.updateValue(entry, forKey: tensor.name)
            precondition(previous == nil, "two tensors are called \(tensor.name)")
            offset = end
        }
        let fields = entries.sorted { $0.key < $1.key }.map { "\(json($0.key)):\($0.value)" }
        let header = "{\(fields.joined(separator: ","))}"
        let length = (header.utf8.count + 7) / 8 * 8
        return header + String(repeating: " ", count: length - header.utf8.count)
    }

    /// A JSON string (RFC 8259, section 7).
    private static func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
