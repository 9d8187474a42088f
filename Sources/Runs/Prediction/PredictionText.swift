import Foundation

/// Predictions as lines of text, in their order.
struct PredictionText {
    private let form: PredictionForm
    private let classNames: [String]
    /// The same as strings of JSON.
    private let quotedNames: [String]
    /// True where each line begins with the file that the sample is of.
    var tellsFile: Bool
    /// True where numbers are predicted and no classes.
    private let isOfValues: Bool
    /// Names of the columns that tell where a sample is from, beside those of the values.
    private let fileKey: String
    private let rowKey: String

    init(_ form: PredictionForm, classNames: [String], tellsFile: Bool, isOfValues: Bool = false) {
        self.isOfValues = isOfValues
        self.form = form
        self.classNames = classNames
        self.tellsFile = tellsFile
        quotedNames = classNames.map { JSONText.line(of: $0) }
        func key(_ name: String) -> String { isOfValues && classNames.contains(name) ? key(name + "_") : name }
        (fileKey, rowKey) = (key("file"), key("row"))
    }

    /// The first line of a table; empty where there is none.
    var header: String {
        guard case .csv(let top) = form else { return "" }
        if isOfValues { return csvRow((tellsFile ? [fileKey] : []) + [rowKey] + classNames) }
        let classes =
            top.map { top in (1...top).flatMap { ["class_\($0)", "p_\($0)"] } } ?? ["class"]
            + classNames.map { "p_\($0)" }
        return csvRow((tellsFile ? [fileKey] : []) + [rowKey] + classes)
    }

    /// - Parameter first: place in the file of the first sample, from 0.
    func lines(of predictions: Predictions, file: String, first: Int) -> String {
        func name(_ sample: Int) -> String { predictions.sampleNames?[sample] ?? file }
        return (0..<predictions.count).map { sample in
            switch form {
            case .csv(let top):
                csvRow(
                    (tellsFile ? [name(sample)] : []) + ["\(first + sample)"] + fields(of: predictions, sample, top))
            default: object(of: predictions, sample, file: name(sample), row: first + sample)
            }
        }.joined()
    }

    private func fields(of predictions: Predictions, _ sample: Int, _ top: Int?) -> [String] {
        let probabilities = Array(predictions.probabilities(of: sample))
        if isOfValues { return probabilities.map { "\($0)" } }
        guard let top else { return [predictions.className(of: sample)] + probabilities.map { "\($0)" } }
        return predictions.likeliest(top, of: sample).flatMap { [classNames[$0], "\(probabilities[$0])"] }
    }

    private func object(of predictions: Predictions, _ sample: Int, file: String, row: Int) -> String {
        var top: Int?
        if case .jsonLines(let number) = form { top = number }
        let probabilities = Array(predictions.probabilities(of: sample))
        let classes = top.map { predictions.likeliest($0, of: sample) } ?? Array(probabilities.indices)
        let pairs = classes.map { label in
            let probability = probabilities[label]
            return "\(quotedNames[label]):\(probability.isFinite ? "\(probability)" : "null")"
        }
        let place =
            "{" + (tellsFile ? "\"\(fileKey)\":\(JSONText.line(of: file))," : "") + "\"\(rowKey)\":\(row),"
        if isOfValues { return place + pairs.joined(separator: ",") + "}\n" }
        return place
            + "\"class\":\(quotedNames[Int(predictions.classes[sample])]),"
            + "\"probabilities\":{\(pairs.joined(separator: ","))}}\n"
    }
}
