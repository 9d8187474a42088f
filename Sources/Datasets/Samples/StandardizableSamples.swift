/// Samples as they were read, whose statistics are measured before they are presented.
protocol StandardizableSamples {
    associatedtype Presented: Dataset

    var count: Int { get }
    var sampleShape: [Int] { get }
    var classCount: Int { get }
    var classNames: [String]? { get }
    var fullScale: Double { get }
    func label(at index: Int) -> Int32

    /// Number of means: channels of images, features of tables.
    var groupCount: Int { get }

    /// Mean and standard deviation (of the population: divided by N) over the samples selected, which are not none.
    func measured(over selection: Selection) -> Standardization

    /// The samples, presented with `standardization`, of ``groupCount`` values; with none when nil. To be called once.
    func presented(by standardization: Standardization?) throws(DatasetError) -> Presented

    /// The encoding of a table that the samples selected ask for; nil where each column is a feature as it stands.
    func encoding(over selection: Selection) throws(DatasetError) -> TableEncoding?

    /// The samples with the features that the encoding makes of their columns, and warnings of what it does not know.
    func encoded(by encoding: TableEncoding) throws(DatasetError) -> (samples: Self, warnings: [DataWarning])

    /// Warnings of features that lose their differences when they are presented.
    func lostSpread(over selection: Selection, presentedBy standardization: Standardization?) -> [DataWarning]
}

extension StandardizableSamples {
    func encoding(over selection: Selection) throws(DatasetError) -> TableEncoding? { nil }

    func encoded(by encoding: TableEncoding) throws(DatasetError) -> (samples: Self, warnings: [DataWarning]) {
        (self, [])
    }

    func lostSpread(over selection: Selection, presentedBy standardization: Standardization?) -> [DataWarning] { [] }

    /// Splits the samples selected as ``Dataset/holdingOut(_:seed:)`` does.
    func holdingOut(
        _ fraction: Double, of selection: Selection, seed: UInt64
    ) throws(DatasetError) -> (rest: Selection, held: Selection) {
        let (rest, held) = try heldOut(fraction, of: selection.count, classCount: classCount, seed: seed) {
            label(at: selection[$0])
        }
        return (selection.selecting(.indices(rest)), selection.selecting(.indices(held)))
    }
}
