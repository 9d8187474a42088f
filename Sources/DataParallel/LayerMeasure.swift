/// By which function of a layer's output T it is measured what T says about the labels Y.
///
/// What a function of T says about Y is at most what T does, by the data processing inequality (T. Cover, J. Thomas,
/// "Elements of Information Theory", 2nd edition, theorem 2.8.1): both measures are lower bounds of I(Y;T). Of a map T is
/// the mean over the pixels of each channel.
public enum LayerMeasure: Sendable {
    /// The label of the nearest class mean of T. The means are those of the measurement before, over all ranks, so the first
    /// one measures nothing.
    case prototype
    /// The index of the largest unit or channel.
    case winner
}
