import Settings

/// The order of the dimensions in an array of samples: their number N, channels C, and depth D, height H and width W, or length L.
///
/// Samples are presented with the channels first.
public enum ArrayLayout: String, CaseIterable, SettingValue {
    case nchw = "NCHW"
    case nhwc = "NHWC"
    case ncl = "NCL"
    case nlc = "NLC"
    case ncdhw = "NCDHW"
    case ndhwc = "NDHWC"

    /// Dimensions of the array, that of the samples included.
    var rank: Int { rawValue.count }

    var isChannelsLast: Bool { rawValue.last == "C" }

    /// [C, L], [C, H, W] or [C, D, H, W].
    ///
    /// - Parameter sizes: of a sample as the file has it.
    func sampleShape(of sizes: [Int]) -> [Int] {
        isChannelsLast ? [sizes[sizes.count - 1]] + sizes.dropLast() : sizes
    }

    /// Brings the channels of samples first, where they lie.
    ///
    /// - Parameters:
    ///   - elements: of whole samples, as the file has them.
    ///   - sizes: of a sample as the file has it.
    func arrange<Element: BitwiseCopyable>(_ elements: UnsafeMutableBufferPointer<Element>, sizes: [Int]) {
        guard isChannelsLast, let channels = sizes.last, channels > 1, let first = elements.first else { return }
        let count = sizes.reduce(1, *)
        let places = count / channels
        var sample = [Element](repeating: first, count: count)
        for start in stride(from: 0, to: elements.count, by: count) {
            let source = UnsafeBufferPointer(rebasing: elements[start..<start + count])
            for place in 0..<places {
                for channel in 0..<channels { sample[channel * places + place] = source[place * channels + channel] }
            }
            _ = UnsafeMutableBufferPointer(rebasing: elements[start..<start + count]).update(from: sample)
        }
    }
}

extension NPYHeader {
    /// - Throws: where the array has another number of dimensions than `layout`.
    func check(_ layout: ArrayLayout, _ path: String) throws(DatasetError) {
        guard shape.count != layout.rank else { return }
        throw DatasetError(
            .wrongShape, path,
            expected: "\(layout.rank) dimensions (data.layout: \(layout.rawValue))",
            found: "\(shape.count) (\(IDXFile.shape(shape)))",
            remedy: "correct data.layout, or leave it out for [N, features], [N, H, W] or [N, C, H, W]")
    }
}
