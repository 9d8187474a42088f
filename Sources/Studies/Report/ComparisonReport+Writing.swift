import Runs

extension ComparisonReport {
    /// Writes `report.md`, `runs.csv`, `curves.csv` and, for each data set, two plots. To be called by one rank.
    ///
    /// - Parameter command: what makes such a report, in Markdown.
    /// - Returns: a line for each plot that could not be made.
    public func write(to directory: String, command: String) throws(FileError) -> [String] {
        let page = markdown(command: command)
        for (name, text) in [("report.md", page), ("runs.csv", runsCSV), ("curves.csv", curvesCSV)] {
            try OutputFile.replace("\(directory)/\(name)") { file throws(FileError) in try file.write(text) }
        }
        var complaints: [String] = []
        for dataSet in dataSets {
            let file = Trial.fileName(for: dataSet.name)
            for outcome in [
                dataSet.drawCurves(
                    title: dataSet.name, reference: comparison.reference, to: "\(directory)/curves-\(file).png"),
                dataSet.drawFinal(
                    title: dataSet.name, reference: comparison.reference, to: "\(directory)/final-\(file).png"),
            ] {
                if case .written = outcome { continue }
                complaints.append(outcome.message)
            }
        }
        return complaints
    }
}
