extension CSVLayout {
    /// The number in a column of a target.
    ///
    /// - Throws: where it is none.
    func target(of row: CSVRows, in label: Int, _ task: DataTask) throws(DatasetError) -> Double {
        if let number = row.number(label), task != .multiLabel || number == 0 || number == 1 { return number }
        guard task != .multiLabel else {
            throw DatasetError(
                .invalidNumber, row.path, line: row.line, column: label + 1,
                expected: "0 or 1 as a label \(task.remark)",
                found: "\(row.abridged(label)) in \(words(for: label))",
                remedy: "correct the field, or set data.csv.label to the columns of the labels")
        }
        let survey = CSVColumnSurvey(label, of: row, hasHeader: names != nil)
        throw DatasetError(
            .invalidNumber, row.path, line: row.line, column: label + 1,
            expected: "a finite 32-bit number as the target (task: regression)",
            found: "\(row.abridged(label)) in \(words(for: label))",
            remedy: survey.isOfClassNames
                ? "set data.csv.label to the column that is to be predicted, or leave out task: regression for classes"
                : "correct the field, or leave the row out" + row.hint(label))
    }
}
