/// A row of a CSV file (RFC 4180), with its end.
package func csvRow(_ fields: [String]) -> String {
    fields.map { field in
        field.contains { ",\"\n\r".contains($0) } ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }.joined(separator: ",") + "\n"
}
