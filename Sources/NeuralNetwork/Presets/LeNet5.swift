import Settings

/// LeNet-5 (LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86(11), 1998) as it is built today: ReLU, max pooling, and a softmax over
/// plain logits. Glorot's initial weights: behind max pooling He's make the first logits tens of units large. 61,706 parameters
/// for `[1, 28, 28]` and 10 classes.
public struct LeNet5: Architecture {
    public static let name = "lenet5"
    public static let usualShape = [1, 28, 28]
    public static let settings: [Setting<Self>] = []
    public static let smallestSide: Int? = 12

    public init() {}

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        NetworkSpecification(
            inputShape: inputShape,
            layers: [
                Convolution(channels: 6, kernel: 5, padding: 2, initializer: .glorot), ReLU(), MaxPooling(kernel: 2),
                Convolution(channels: 16, kernel: 5, initializer: .glorot), ReLU(), MaxPooling(kernel: 2), Flatten(),
                Dense(units: 120, initializer: .glorot), ReLU(),
                Dense(units: 84, initializer: .glorot), ReLU(),
                Dense(units: classes),
            ])
    }
}
