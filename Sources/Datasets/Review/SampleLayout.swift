/// Dimensions of samples in a file that look otherwise than they are taken: [C, H, W], or [H, W] of one channel.
enum SampleLayout {
    /// - Parameters:
    ///   - sizes: of one sample, as the file has them.
    ///   - hasKey: true where the format has a key for the layout.
    static func warnings(of sizes: [Int], path: String, hasKey: Bool = false) -> [DataWarning] {
        let shape = IDXFile.shape(sizes)
        switch sizes.count {
        case 3 where isChannelsLast(sizes):
            return [
                DataWarning(
                    .layout, path,
                    found:
                        "samples of \(shape) are taken as \(sizes[0]) channels of \(sizes[1]) x \(sizes[2]), and look like "
                        + "images with their \(sizes[2] == 1 ? "channel" : "channels") last",
                    remedy: hasKey
                        ? "set data.layout to NHWC if they are, else to NCHW"
                        : "write them as [N, C, H, W] (in NumPy: a.transpose(0, 3, 1, 2))")
            ]
        case 2 where isSequence(sizes):
            return [
                DataWarning(
                    .layout, path,
                    found: "samples of \(shape) are taken as images of one channel, and look like sequences",
                    remedy: hasKey
                        ? "set data.layout to \(sizes[0] < sizes[1] ? "NCL" : "NLC") if they are"
                        : sizes[0] < sizes[1]
                            ? "if \(sizes[0]) is the number of channels, write them as [N, \(sizes[0]), 1, \(sizes[1])]"
                            : "if \(sizes[1]) is the number of channels, write them as [N, \(sizes[1]), 1, \(sizes[0])]"
                )
            ]
        default: return []
        }
    }

    private static func isChannelsLast(_ sizes: [Int]) -> Bool {
        let (height, width, channels) = (sizes[0], sizes[1], sizes[2])
        switch channels {
        case 1, 3, 4: return height == width && height > 4 || min(height, width) >= 8
        case 2: return height == width && height >= 8
        default: return false
        }
    }

    private static func isSequence(_ sizes: [Int]) -> Bool {
        let (short, long) = (min(sizes[0], sizes[1]), max(sizes[0], sizes[1]))
        return short <= 4 && long >= 8 || long >= 3 * short
    }
}
