import CKernels
import Foundation
import Settings

/// Schedule-Free SGD and AdamW (A. Defazio et al., "The Road Less Scheduled", NeurIPS 2024), as the authors'
/// `SGDScheduleFree` and `AdamWScheduleFree`. The gradient is taken at y, a mixture of the base iterate z and its average x,
/// which is evaluated and kept:
///
///     y = (1 − beta) · z + beta · x
///     d ← gradient, or with squares gradient / (√v̂ + epsilon), v ← beta2 · v + (1 − beta2) · gradient²
///     z ← z − rate · (d + weightDecay · y)                        (decay: weights only)
///     w ← t^power · (highest rate so far)²;  c = w / (sum of all w);  x ← (1 − c) · x + c · z
///
/// The parameters are y, the first state arena is z; x follows from the two.
struct ScheduleFree: Equatable {
    /// Beta: the share of the average in the point where the gradient is taken, in (0, 1).
    var momentum: Double
    /// The moving average of squares, of AdamW; nil for SGD.
    var squares: Squares?
    /// The power of the number of an update in its weight, at least 0.
    var power: Double
    /// At least 0.
    var weightDecay: Double

    struct Squares: Sendable, Equatable {
        /// In [0, 1).
        var beta2: Double
        /// Above 0.
        var epsilon: Double

        init(beta2: Double = 0.999, epsilon: Double = 1e-8) {
            precondition((0..<1).contains(beta2), "beta2 \(beta2), expected 0 ..< 1")
            precondition(epsilon > 0, "epsilon \(epsilon), expected more than 0")
            self.beta2 = beta2
            self.epsilon = epsilon
        }
    }

    init(momentum: Double = 0.9, squares: Squares? = nil, power: Double = 0, weightDecay: Double = 0) {
        precondition(momentum > 0 && momentum < 1, "momentum \(momentum), expected more than 0 and less than 1")
        precondition(power >= 0, "power \(power), expected at least 0")
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.momentum = momentum
        self.squares = squares
        self.power = power
        self.weightDecay = weightDecay
    }

    var stateArenaCount: Int { squares == nil ? 1 : 2 }
    /// The sum of all weights, the highest rate so far, and the present update's share of the sum.
    var numberCount: Int { 3 }

    func advance(_ numbers: inout StepNumbers, by sums: StepNumbers, step: UpdateStep) {
        numbers[1] = max(numbers[1], step.rate)
        let weight = pow(Double(step.index + 1), power) * numbers[1] * numbers[1]
        numbers[0] += weight
        numbers[2] = numbers[0] > 0 ? weight / numbers[0] : 0
    }

    func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        guard let base = slice.state.0 else { preconditionFailure("the base iterate needs a state arena, found none") }
        if step.index == 0 { base.update(from: slice.parameters, count: slice.count) }
        let weight = step.numbers[2]
        var factors = kernels_schedule_free_factors()
        factors.rate = Float(step.rate)
        factors.iterateStep = Float(step.rate * (1 - momentum * (1 - weight)))
        factors.weight = Float(weight)
        factors.weightDecay = slice.isDecayed ? Float(weightDecay) : 0
        guard let squares else {
            return kernels_schedule_free_sgd(
                slice.parameters, base, slice.gradient, Int64(slice.count), factors, step.gradientScale)
        }
        factors.squareDecay = Float(squares.beta2)
        factors.squareShare = Float(1 - squares.beta2)
        factors.squareCorrection = Float((1 - pow(squares.beta2, Double(step.index + 1))).squareRoot())
        factors.epsilon = Float(squares.epsilon)
        kernels_schedule_free_adamw(
            slice.parameters, base, slice.state.1, slice.gradient, Int64(slice.count), factors, step.gradientScale)
    }

    /// x = y + (1 − 1 / beta) · (z − y); the parameters themselves before the first update.
    func evaluated(_ slice: ArenaSlice, numbers: StepNumbers, into target: UnsafeMutablePointer<Float>) {
        guard let base = slice.state.0, numbers[0] > 0 else {
            return target.update(from: slice.parameters, count: slice.count)
        }
        kernels_interpolate(target, slice.parameters, base, Int64(slice.count), Float(1 - 1 / momentum))
    }
}

/// The common part of Schedule-Free SGD and AdamW.
protocol ScheduleFreeOptimizer: Optimizer {
    var rule: ScheduleFree { get }
}

extension ScheduleFreeOptimizer {
    public var stateArenaCount: Int { rule.stateArenaCount }
    public var numberCount: Int { rule.numberCount }
    public var evaluatesOthers: Bool { true }
    public var meanDecay: Double { rule.momentum }

    public func advance(_ numbers: inout StepNumbers, by sums: StepNumbers, step: UpdateStep) {
        rule.advance(&numbers, by: sums, step: step)
    }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        rule.update(slice, step: step, norms: norms)
    }

    public func evaluated(_ slice: ArenaSlice, numbers: StepNumbers, into target: UnsafeMutablePointer<Float>) {
        rule.evaluated(slice, numbers: numbers, into: target)
    }
}

extension Setting where Root: ScheduleFreeOptimizer {
    static func mixture(_ key: String, _ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init(
            key, path, .between(0, 1).inSinglePrecision, "share of the average in the point where the gradient is taken"
        )
    }

    static func power(_ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init(
            "power", path, .atLeast(0).inSinglePrecision,
            "power of the number of an update in its weight in the average")
    }
}

/// Schedule-Free SGD; see `ScheduleFree`.
public struct ScheduleFreeSGD: ScheduleFreeOptimizer, Equatable {
    public static let name = "schedule-free-sgd"

    public var momentum = 0.9
    public var power = 0.0
    public var weightDecay = 0.0

    public init() {}

    public init(momentum: Double = 0.9, power: Double = 0, weightDecay: Double = 0) {
        (self.momentum, self.power, self.weightDecay) = (momentum, power, weightDecay)
    }

    public static let settings: [Setting<Self>] = [
        .mixture("momentum", \.momentum), .power(\.power), .weightDecay(\.weightDecay),
    ]

    public static var publishedRate: Double? { 1 }

    var rule: ScheduleFree { ScheduleFree(momentum: momentum, power: power, weightDecay: weightDecay) }
}

/// Schedule-Free AdamW; see `ScheduleFree`.
public struct ScheduleFreeAdamW: ScheduleFreeOptimizer, Equatable {
    public static let name = "schedule-free-adamw"

    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-8
    public var power = 0.0
    public var weightDecay = 0.0

    public init() {}

    public init(
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, power: Double = 0, weightDecay: Double = 0
    ) {
        (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
        (self.power, self.weightDecay) = (power, weightDecay)
    }

    public static let settings: [Setting<Self>] = [
        .mixture("beta1", \.beta1), .beta2(\.beta2), .epsilon(\.epsilon), .power(\.power), .weightDecay(\.weightDecay),
    ]

    public static var publishedRate: Double? { 0.0025 }

    var rule: ScheduleFree {
        ScheduleFree(
            momentum: beta1, squares: .init(beta2: beta2, epsilon: epsilon), power: power, weightDecay: weightDecay)
    }
}
