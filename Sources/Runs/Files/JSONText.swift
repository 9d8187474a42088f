import Foundation

/// Values as one line of JSON, with the keys of objects in order.
package enum JSONText {
    /// - Parameter value: one that has JSON: no number in it is infinite or NaN.
    package static func line(of value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("\(value) has no JSON") }
        return String(decoding: data, as: UTF8.self)
    }
}
