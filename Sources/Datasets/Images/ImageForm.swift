import Settings

/// The samples that files of images are made into.
public struct ImageForm: Configurable, Equatable, Codable, Sendable {
    public enum Channels: String, CaseIterable, SettingValue, Codable {
        case grey, rgb

        var count: Int { self == .grey ? 1 : 3 }
    }

    /// The treatment of a file that cannot be decoded.
    public enum Corrupt: String, CaseIterable, SettingValue, Codable {
        case refuse, skip
    }

    /// Every image is scaled until it covers the size, and its middle is cut out.
    public var size = ImageSize(height: 0, width: 0)
    public var channels = Channels.rgb
    public var corrupt = Corrupt.refuse
    /// The largest width times height of a file, so that a small file cannot ask for all memory.
    public var pixelLimit = 100_000_000
    public var memory = ImageMemory.auto
    /// Threads of a rank that decode ahead of the training, where samples are not in memory.
    public var readers = 1

    public init() {}

    public init(
        height: Int, width: Int, channels: Channels = Self().channels, corrupt: Corrupt = Self().corrupt,
        pixelLimit: Int = Self().pixelLimit
    ) {
        size = ImageSize(height: height, width: width)
        self.channels = channels
        self.corrupt = corrupt
        self.pixelLimit = pixelLimit
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "size", \.size, expected: ImageSize.form.name,
            "size of a sample; an image is scaled, with its proportions, until it covers it, and cut to its middle"),
        .init("channels", \.channels, "grey: one channel, the luminance; rgb: three"),
        .init(
            "corrupt", \.corrupt,
            "what happens to a file that cannot be decoded: refuse ends with its name; skip leaves it out, with a count"
        ),
        .init(
            "pixelLimit", \.pixelLimit, .from(1, through: 1 << 31), unit: "pixels",
            "largest number of pixels of a file; one that claims more is taken for corrupt"),
        .init(
            "memory", \.memory,
            "where samples are while they are trained on: read decodes each file once, into memory, one copy a node; stream "
                + "decodes files when they are needed, ahead of the step; auto streams what would take more than half of "
                + "the memory"),
        .init(
            "readers", \.readers, .from(1, through: 64), unit: "threads",
            "threads of each rank that decode ahead of the step where files are streamed; more than one of use where cores are "
                + "idle or the disk is slow"),
    ]

    /// [C, H, W]
    var sampleShape: [Int] { [channels.count, size.height, size.width] }
}
