import Datasets
import Settings

extension Configuration {
    /// Section `data`: where samples and labels come from, and what is done to them before training.
    public struct Data: Configurable {
        public var source: any DataFormat = EmbeddedDigits()
        public var standardize = true
        public var validation = 0.0
        public var sharedMemory = true
        public var broadcast = false
        public var warnings = Warnings.show
        public var augmentation = Augmentation()

        public init() {}

        public init(source: any DataFormat) { self.source = source }

        public enum Warnings: String, CaseIterable, SettingValue {
            case show, error
        }

        public static let settings: [Setting<Self>] = [
            .init(choice: "format", \.source, "format", among: DataFormats.all, isRequired: true, "kind of data")
                .alsoKnownAs(
                    "dataset", "loader"),
            .init(
                "standardize", \.standardize,
                "shift and scale each feature, of images each channel, to mean 0 and variance 1 by the statistics of the "
                    + "training set; synthetic samples are so already"
            ).alsoKnownAs("normalize", "scale"),
            .init(
                "validation", \.validation, .from(0, below: 1),
                "share of the training set that is held out for validation"
            ).alsoKnownAs("validation_split", "val_split", "validation_fraction"),
            .init(
                "sharedMemory", \.sharedMemory,
                "one rank of a node reads the files and the others present samples from its memory; else each rank is like a "
                    + "node of its own; of no effect on formats without files"),
            .init(
                "broadcast", \.broadcast,
                "the first rank of all alone reads the files and sends the samples to the other nodes, which then need no "
                    + "files; the others wait for it, and where it takes longer than --stall-limit, ranks of other nodes take "
                    + "it for lost; of no effect on formats without files"),
            .init(
                "warnings", \.warnings,
                "what happens where the data look otherwise than they were taken: show tells it and goes on; error ends with "
                    + "it"),
            .init(section: "augmentation", \.augmentation, isInline: true, "random changes of training images"),
        ]

        public var contradiction: Contradiction? {
            if source.labelColumn != nil, !augmentation.isNone {
                let name = type(of: source).name
                return Contradiction("augmentation", "expected images, found a table (data.format is \(name))")
            }
            if broadcast, let images = source as? ImageFiles, images.form.memory == .stream {
                return Contradiction(
                    "broadcast",
                    "expected false, since nodes without the files cannot stream them (images.memory: stream)")
            }
            guard let shape = source.sampleShape, let obstacle = augmentation.obstacle(forSamplesOf: shape) else {
                return nil
            }
            return Contradiction(obstacle.key, "expected \(obstacle.expected), found \(obstacle.found)")
                .under("augmentation")
        }

        /// True where another seed makes other samples, or another choice of them.
        package var dependsOnSeed: Bool { validation > 0 || source.dependsOnSeed }
    }
}

extension Configuration.Data: Equatable {
    public static func == (one: Self, other: Self) -> Bool { one.written == other.written }
}
