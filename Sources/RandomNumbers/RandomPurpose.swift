/// What random values are drawn for. Two purposes never share a counter, so that, say, changing the dropout rate does
/// not change the order of the samples.
///
/// A number is part of the meaning of a seed: it is never changed or used again for something else.
public enum RandomPurpose: UInt16, Sendable, CaseIterable {
    /// Initial parameters of a network.
    case initialization = 1
    /// Masks of dropout layers.
    case dropout = 2
    /// Order of the samples within an epoch.
    case sampleOrder = 3
    /// Choice of the samples held out of a set.
    case holdOut = 4
    /// Class templates of a synthetic set.
    case syntheticTemplate = 5
    /// Noise of a synthetic set.
    case syntheticNoise = 6
    /// Place in the noise that a sample of a synthetic set takes.
    case syntheticSample = 7
    /// Changes of training images.
    case augmentation = 8
    /// Resamples of measured differences.
    case resampling = 9
    /// Tables of independent variables with given sums.
    case independentTable = 10
    /// Random numbers of layers of another package.
    case layer = 11
    /// Operations on training images that compute pixels anew.
    case imageOperations = 20
    /// Partners and shares of training images that are mixed.
    case imageMixing = 21
}
