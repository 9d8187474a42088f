/// A data set whose statistics can be measured and applied.
protocol StandardizableDataset: Dataset {
    /// Number of means: channels of images, features of tables.
    var groupCount: Int { get }

    /// Mean and standard deviation (of the population: divided by N) over the samples selected, which are not none.
    func measured(over selection: Selection) -> Standardization

    /// The same samples, presented with `standardization`, of ``groupCount`` values; with none when nil.
    func standardized(by standardization: Standardization?) -> Self
}
