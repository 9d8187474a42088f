import Foundation
import Optimizers

/// Parameters, gradient and state of a network.
struct Arena {
    var parameters: [Float]
    var gradient: [Float]
    /// Four arenas, needed or not.
    var state: [[Float]]
    /// Numbers of rules that keep some for all parameters.
    var numbers = StepNumbers.zero

    init(parameters: [Float]) {
        self.parameters = parameters
        gradient = [Float](repeating: 0, count: parameters.count)
        state = Array(repeating: gradient, count: 4)
    }

    /// Updates a run as a step of its own, with norms of that run where the rule needs them.
    mutating func update(
        _ optimizer: some Optimizer, _ range: Range<Int>, isDecayed: Bool, rate: Double, step: Int = 0,
        gradientScale: Float = 1
    ) {
        let step = UpdateStep(index: step, rate: rate, gradientScale: gradientScale)
        withSlice(optimizer, range, isDecayed: isDecayed) { optimizer.prepare($0, step: step) }
        func norm(_ values: [Float]) -> Double {
            values[range].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
        let norms = TensorNorms(parameters: norm(parameters), gradient: norm(gradient))
        withSlice(optimizer, range, isDecayed: isDecayed) {
            optimizer.update($0, step: step, norms: optimizer.needsNorms ? norms : nil)
        }
    }

    /// A step of several runs, by the sums over all of them.
    ///
    /// - Parameter sums: those to take in their place.
    /// - Returns: the sums.
    @discardableResult
    mutating func update(
        _ optimizer: some Optimizer, _ runs: [(range: Range<Int>, isDecayed: Bool)], rate: Double, step: Int,
        loss: Double, gradientScale: Float = 1, sums given: StepNumbers? = nil
    ) -> StepNumbers {
        var step = UpdateStep(index: step, rate: rate, gradientScale: gradientScale, loss: loss, numbers: numbers)
        var sums = StepNumbers.zero
        for run in runs where optimizer.sumCount > 0 {
            withSlice(optimizer, run.range, isDecayed: run.isDecayed) { sums += optimizer.sums($0, step: step) }
        }
        optimizer.advance(&numbers, by: given ?? sums, step: step)
        step.numbers = numbers
        for run in runs {
            withSlice(optimizer, run.range, isDecayed: run.isDecayed) { optimizer.update($0, step: step, norms: nil) }
        }
        return sums
    }

    /// The parameters that a rule wants evaluated.
    mutating func evaluated(_ optimizer: some Optimizer) -> [Float] {
        var values = parameters
        let numbers = numbers
        values.withUnsafeMutableBufferPointer { values in
            withSlice(optimizer, 0..<values.count, isDecayed: true) {
                optimizer.evaluated($0, numbers: numbers, into: values.baseAddress!)
            }
        }
        return values
    }

    private mutating func withSlice(
        _ optimizer: some Optimizer, _ range: Range<Int>, isDecayed: Bool, _ body: (ArenaSlice) -> Void
    ) {
        let (start, used) = (range.lowerBound, optimizer.stateArenaCount)
        var (one, two, three, four) = (state[0], state[1], state[2], state[3])
        defer { state = [one, two, three, four] }
        parameters.withUnsafeMutableBufferPointer { parameters in
            gradient.withUnsafeMutableBufferPointer { gradient in
                one.withUnsafeMutableBufferPointer { first in
                    two.withUnsafeMutableBufferPointer { second in
                        three.withUnsafeMutableBufferPointer { third in
                            four.withUnsafeMutableBufferPointer { fourth in
                                body(
                                    ArenaSlice(
                                        parameters: parameters.baseAddress! + start,
                                        gradient: gradient.baseAddress! + start,
                                        state: (
                                            used > 0 ? first.baseAddress! + start : nil,
                                            used > 1 ? second.baseAddress! + start : nil,
                                            used > 2 ? third.baseAddress! + start : nil,
                                            used > 3 ? fourth.baseAddress! + start : nil
                                        ), count: range.count, isDecayed: isDecayed))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// amplitude · sin(frequency · index + phase), rounded to Float.
struct Wave: Decodable {
    let amplitude, frequency, phase: Double

    func values(_ indices: Range<Int>) -> [Float] {
        indices.map { Float(amplitude * sin(frequency * Double($0) + phase)) }
    }
}

func wave(_ count: Int, phase: Double) -> [Float] {
    Wave(amplitude: 1, frequency: 0.37, phase: phase).values(0..<count)
}
