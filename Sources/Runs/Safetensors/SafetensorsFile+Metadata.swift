import Foundation

extension SafetensorsFile {
    /// A value of the metadata, from JSON; nil where it is not there.
    ///
    /// - Parameter path: of the file, for messages.
    func value<Value: Decodable>(
        _ type: Value.Type, _ key: String, path: String
    ) throws(SafetensorsError) -> Value? {
        guard let text = metadata[key] else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw SafetensorsError(
                path: path, problem: "expected \(key) as JSON of a \(type), found \(text.prefix(80))")
        }
    }
}
