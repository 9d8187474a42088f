import Datasets
import NeuralNetwork
import Settings

/// What is predicted of a sample. Its settings stand under its name: `task: {regression: {loss: huber}}`.
public protocol LearningTask: Component {
    /// The task as the data are loaded for it.
    var ofData: DataTask { get }
}

/// One class of several, by softmax cross-entropy.
public struct Classification: LearningTask {
    public static let name = "classification"

    public var classWeights: ClassWeighting?

    public static let settings: [Setting<Self>] = [
        Setting(
            "classWeights", \.classWeights,
            "weights of the classes in the loss of training, one from 0.0001 through 10000 a class; balanced, in inverse "
                + "proportion to the training samples of a class; a list, one a class; or {CLASS: WEIGHT}, 1 for classes left "
                + "out; null: all the same", writesNull: false
        ).alsoKnownAs("class_weight", "class_weights")
    ]

    public init() {}

    public var ofData: DataTask { .classification }
}

/// A real number.
public struct Regression: LearningTask {
    public static let name = "regression"

    public var loss: any TargetLoss = MeanSquaredError()
    public var bins: Int?

    public init() {}

    public static let settings: [Setting<Self>] = [
        Setting(
            choice: "loss", \.loss, "loss", among: TargetLosses.all,
            "loss of a prediction, of targets of mean 0 and variance 1: mse, squared error; mae, absolute error; huber, "
                + "squared up to delta and absolute beyond"
        ).alsoKnownAs("criterion", "loss_function", "objective"),
        Setting(
            "bins", \.bins, .from(2, through: 4096),
            "most bins of equal frequency that targets and predictions are counted in for the mutual information, fewer where "
                + "targets are alike; null: half the square root of the training samples, at most 32"),
    ]

    public var ofData: DataTask { .regression(bins: bins) }
}

/// Labels, each of which a sample has or has not, by binary cross-entropy.
public struct MultiLabel: LearningTask {
    public static let name = "multi-label"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public var ofData: DataTask { .multiLabel }
}

/// The tasks that a configuration chooses from.
public enum LearningTasks {
    public static let all = Registry<any LearningTask>([Classification.self, Regression.self, MultiLabel.self])
}

extension Configuration {
    /// Settings of a regression; nil for classes.
    public var regression: Regression? { task as? Regression }

    /// True where a sample has numbers, targets or labels, in place of a class.
    var hasTargets: Bool { task.ofData.hasTargets }

    /// The setting that does not go with the task; nil where all do.
    var taskContradiction: Contradiction? {
        guard hasTargets else {
            guard data.augmentation.mixes, (task as? Classification)?.classWeights != nil else { return nil }
            return Contradiction(
                "task.classification.classWeights", "expected null with augmentations that mix samples, found weights")
        }
        let name = type(of: task).name
        let format = data.source
        if !type(of: format).hasTargets {
            return Contradiction(
                "task", "expected classification with data.format \(type(of: format).name), found \(name)")
        }
        if format.classCount != nil {
            return Contradiction("data.classNames", "expected null with task: \(name), found names of classes")
        }
        if training.labelSmoothing != 0 {
            return Contradiction(
                "training.labelSmoothing", "expected 0 with task: \(name), found \(training.labelSmoothing)")
        }
        if data.augmentation.mixes {
            let key = data.augmentation.mixup != nil ? "mixup" : "cutmix"
            return Contradiction("data.augmentation.\(key)", "expected null with task: \(name), found \(key)")
        }
        if informationSettings.predictions == .soft {
            return Contradiction("learningRate.predictions", "expected hard with task: \(name), found soft")
        }
        return nil
    }
}
