import Foundation

extension SafetensorsFile {
    /// The longest header that is read, in bytes; the same as the reference implementation's.
    private static let longestHeader = 100_000_000

    /// Reads a file; tensors come in the order of their values in it.
    ///
    /// - Throws: ``SafetensorsError`` unless every part of the file is as the format has it: header length, JSON,
    ///   types, shapes, and values that follow each other to the end of the file without gap or overlap.
    public init(path: String) throws(SafetensorsError) {
        // A pipe without a writer would be waited for, for ever.
        guard !FilePlace.isSpecial(path) else {
            throw SafetensorsError(
                path: path, problem: "expected a regular file, found a pipe or a device; save it as a file")
        }
        let bytes: [UInt8]
        do {
            bytes = try contents(ofFile: path)
        } catch {
            throw SafetensorsError(path: path, problem: error.problem)
        }
        try self.init(bytes: bytes, path: path)
    }

    /// Reads the contents of a file.
    ///
    /// - Parameter path: what error messages call it.
    public init(bytes: [UInt8], path: String) throws(SafetensorsError) {
        func failure(_ problem: String) -> SafetensorsError { SafetensorsError(path: path, problem: problem) }
        guard bytes.count >= 8 else {
            throw failure("expected a safetensors file of at least 8 bytes, found \(bytes.count)")
        }
        let length = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        guard length <= Self.longestHeader, length <= bytes.count - 8 else {
            let most = Swift.min(Self.longestHeader, bytes.count - 8)
            throw failure("expected a header of at most \(most) bytes, found a length of \(length)")
        }
        let start = 8 + Int(length)
        let header: Header
        do {
            guard bytes[8..<start].first == UInt8(ascii: "{") else {
                throw failure("expected a JSON header, found none")
            }
            header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<start]))
        } catch let error as SafetensorsError {
            throw error
        } catch {
            throw failure("invalid header: \(Self.line(describing: error))")
        }

        tensors = []
        metadata = header.metadata
        var end = 0
        for (name, entry) in header.entries {
            let type = try entry.validate(name: name, after: end, available: bytes.count - start, failure)
            end = entry.offsets[1]
            let data = bytes[start + entry.offsets[0]..<start + end]
            let values: Values
            switch type {
            case .float32: values = .float32(Self.elements(of: data))
            case .float64: values = .float64(Self.elements(of: data))
            case .int64: values = .int64(Self.elements(of: data))
            }
            tensors.append(Tensor(name: name, shape: entry.shape, values: values))
        }
        guard start + end == bytes.count else {
            throw failure("expected \(end) bytes of values, found \(bytes.count - start)")
        }
    }

    private static func elements<Element: BitwiseCopyable>(of bytes: ArraySlice<UInt8>) -> [Element] {
        let elementCount = bytes.count / MemoryLayout<Element>.size
        return [Element](unsafeUninitializedCapacity: elementCount) { buffer, count in
            count = elementCount
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
        }
    }

    private static func line(describing error: any Error) -> String {
        switch error as? DecodingError {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return "\(path.isEmpty ? "" : "\(path): ")\(context.debugDescription)".replacing("\n", with: " ")
        default: return "\(error)".replacing("\n", with: " ")
        }
    }
}

/// The JSON header: a tensor's entry under each name, in the order of the values, and the metadata.
private struct Header: Decodable {
    var metadata: [String: String] = [:]
    var entries: [(name: String, entry: Entry)] = []

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for name in container.allKeys {
            if name.stringValue == SafetensorsFile.metadataKey {
                metadata = try container.decode([String: String].self, forKey: name)
            } else {
                entries.append((name.stringValue, try container.decode(Entry.self, forKey: name)))
            }
        }
        // An empty tensor has the same beginning as the one after it.
        entries.sort { first, second in
            let (left, right) = (first.entry.offsets, second.entry.offsets)
            return left == right ? first.name < second.name : left.lexicographicallyPrecedes(right)
        }
    }
}

private struct Entry: Decodable {
    var type: String
    var shape: [Int]
    var offsets: [Int]

    private enum CodingKeys: String, CodingKey {
        case type = "dtype"
        case shape
        case offsets = "data_offsets"
    }

    /// The type of the values, when the entry says the same thing everywhere and its values begin at `end`.
    func validate(
        name: String, after end: Int, available: Int, _ failure: (String) -> SafetensorsError
    ) throws(SafetensorsError) -> SafetensorsFile.ElementType {
        guard let type = SafetensorsFile.ElementType(rawValue: self.type) else {
            throw failure(
                "tensor \(name.debugDescription): expected F32, F64 or I64, found \(self.type.debugDescription)")
        }
        var size = type.size
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else {
                throw failure("tensor \(name.debugDescription): expected a shape, found \(shape)")
            }
            size = product
        }
        guard offsets.count == 2, offsets[0] == end, offsets[1] >= end, offsets[1] <= available else {
            throw failure(
                "tensor \(name.debugDescription): expected values from byte \(end) on, within \(available), "
                    + "found \(offsets)"
            )
        }
        guard offsets[1] - end == size else {
            throw failure(
                "tensor \(name.debugDescription): expected \(size) bytes for shape \(shape), found \(offsets[1] - end)")
        }
        return type
    }
}
