extension RealSamples {
    /// The encoding of a table that the samples selected ask for; nil where each column is a feature as it stands.
    func encoding(over selection: Selection) throws(DatasetError) -> TableEncoding? {
        try cells?.encoding(over: selection)
    }

    /// The samples with the features that the encoding makes of their columns. Those that are no table stay as they are.
    func encoded(by encoding: TableEncoding) throws(DatasetError) -> (samples: RealSamples, warnings: [DataWarning]) {
        guard let cells else { return (self, []) }
        let (numbers, unknown) = try encoding.features(of: cells)
        let samples = RealSamples(
            numbers, sampleShape: [encoding.featureCount], labels: labels, classCount: classCount,
            classNames: classNames, targets: targets,
            featureNames: encoding.featureNames(ofColumns: featureNames), areNumbers: encoding.areNumbers,
            subject: subject)
        return (samples, try cells.warnings(of: unknown, encodedBy: encoding))
    }
}

extension TableCells {
    /// A number for the field in digests of rows, whatever the order of the words is.
    func digest(_ value: Double, _ place: Int) -> UInt64 {
        guard columns[place].kind.isCategory, !value.isNaN else { return value.bitPattern }
        return columns[place].vocabulary.names[Int(value)].utf8.reduce(0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
    }
}
