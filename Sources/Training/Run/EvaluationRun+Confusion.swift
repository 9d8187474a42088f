import Foundation

extension EvaluationRun {
    /// Writes the confusion matrix: a table of counts (.csv), or a picture (.png, .svg). To be called by one rank.
    ///
    /// - Parameter title: of the picture.
    public func writeConfusion(to path: String, title: String) throws(FileError) {
        switch (path as NSString).pathExtension {
        case "png", "svg":
            let plot = ConfusionPlot(title: title, confusion: confusion, classNames: classNames)
            let outcome = plot.picture(isVector: path.hasSuffix(".svg")).write(to: path)
            guard case .written = outcome else { throw FileError(path: path, problem: outcome.message) }
        case "csv":
            let (names, counts, count) = (classNames.map(Self.field), confusion.counts, confusion.classCount)
            try OutputFile.replace(path) { file throws(FileError) in
                try file.write("label," + names.joined(separator: ",") + "\n")
                for label in 0..<count {
                    let row = counts[label * count..<(label + 1) * count].map { "\($0)" }
                    try file.write("\(names[label]),\(row.joined(separator: ","))\n")
                }
            }
        default:
            throw FileError(path: path, problem: "expected a name that ends in .csv, .png or .svg")
        }
    }

    /// A field of a CSV file (RFC 4180).
    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
