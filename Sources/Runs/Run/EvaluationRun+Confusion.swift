import Foundation

extension EvaluationRun {
    /// Samples, `[label][prediction]`.
    var confusionRows: [[Int64]] {
        let (counts, count) = (confusion.counts, confusion.classCount)
        return (0..<count).map { Array(counts[$0 * count..<($0 + 1) * count]) }
    }

    /// Writes the confusion matrix: a table of counts (.csv), or a picture (.png, .svg). To be called by one rank.
    ///
    /// - Parameter title: of the picture.
    public func writeConfusion(to path: String, title: String) throws(FileError) {
        guard metrics.outputs.isEmpty else {
            throw FileError(
                path: path,
                problem:
                    "expected weights of one target or of classes, which are counted in one table, found \(metrics.outputs.count) "
                    + (metrics.macroF1 == nil ? "targets" : "labels")
            )
        }
        switch (path as NSString).pathExtension {
        case "png", "svg":
            let outcome = ConfusionPlot(title: title, confusion: confusion, classNames: classNames).draw(to: path)
            guard case .written = outcome else { throw FileError(path: path, problem: outcome.message) }
        case "csv":
            let (names, rows) = (classNames, confusionRows)
            try OutputFile.replace(path) { file throws(FileError) in
                try file.write(csvRow(["label"] + names))
                for (name, row) in zip(names, rows) { try file.write(csvRow([name] + row.map { "\($0)" })) }
            }
        default:
            throw FileError(path: path, problem: "expected a name that ends in .csv, .png or .svg")
        }
    }
}
