import OneDNN
import Settings

/// Which algorithm convolutions use.
public enum ConvolutionChoice: String, Sendable, CaseIterable, SettingValue {
    /// By the rules of `WinogradConvolution.isChosen`, `FewChannelConvolution.isChosen` and, where both leave it to oneDNN,
    /// `ConvolutionAlgorithm.chosen`: the same on every rank and at any batch size. With more than one thread all is oneDNN's.
    case automatic = "auto"
    /// oneDNN's direct algorithm everywhere.
    case direct
    /// Wherever oneDNN has it.
    case winograd
}

extension ConvolutionAlgorithm {
    package enum Pass {
        case forward, backwardData, backwardWeights
    }

    /// A rule on the shape alone, not on the batch, the rank or a measurement at start, so that a run makes the same
    /// choice everywhere and after every resume.
    ///
    /// Calibrated with `Benchmarks/convolutions/run.sh`, whose figures are in `results.md` beside it. In float32 Winograd is
    /// faster in all passes from 32 channels on; with 16 the transforms cost more than they save, but for the gradient of
    /// weights between 16 and more channels. In bfloat16, where Winograd's algorithm needs copies in float32, that holds too
    /// on processors that multiply no faster in bfloat16; on others it is faster from 64 channels on where the map is of whole
    /// tiles, two or more a row and column.
    package static func chosen(
        for convolution: Convolution, inputChannels: Int, outputSize: [Int], pass: Pass,
        options: Network.Options
    ) -> ConvolutionAlgorithm {
        guard options.convolution != .direct, convolution.kernel == 3,
            convolution.stride == 1, convolution.groups == 1, outputSize.count == 2,
            convolution.dilation == 1, convolution.padding.zeros?.numbers.allSatisfy({ $0 <= 1 }) == true
        else { return .direct }
        if options.convolution == .winograd { return .winograd }
        let channels = min(inputChannels, convolution.channels)
        // Tiles of 4 x 4 on less than one tile are mostly waste.
        guard min(outputSize[0], outputSize[1]) >= 4 else { return .direct }
        let fewest: Int
        switch options.precision {
        case .float32: fewest = pass == .backwardWeights && max(inputChannels, convolution.channels) > 16 ? 16 : 32
        case .bfloat16:
            // The passes of a layer compute in one format, and Winograd's is float32.
            fewest = options.hasFastBFloat16 ? 64 : 32
            if options.hasFastBFloat16, !outputSize.allSatisfy({ $0 % 4 == 0 && $0 >= 8 }) { return .direct }
        }
        return channels >= fewest ? .winograd : .direct
    }
}
