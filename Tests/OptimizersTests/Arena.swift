import Foundation
import Optimizers

/// Parameters, gradient and state of a network.
struct Arena {
    var parameters: [Float]
    var gradient: [Float]
    /// Three arenas, needed or not.
    var state: [[Float]]

    init(parameters: [Float]) {
        self.parameters = parameters
        gradient = [Float](repeating: 0, count: parameters.count)
        state = Array(repeating: gradient, count: 3)
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

    private mutating func withSlice(
        _ optimizer: some Optimizer, _ range: Range<Int>, isDecayed: Bool, _ body: (ArenaSlice) -> Void
    ) {
        let (start, used) = (range.lowerBound, optimizer.stateArenaCount)
        var (one, two, three) = (state[0], state[1], state[2])
        defer { state = [one, two, three] }
        parameters.withUnsafeMutableBufferPointer { parameters in
            gradient.withUnsafeMutableBufferPointer { gradient in
                one.withUnsafeMutableBufferPointer { first in
                    two.withUnsafeMutableBufferPointer { second in
                        three.withUnsafeMutableBufferPointer { third in
                            body(
                                ArenaSlice(
                                    parameters: parameters.baseAddress! + start,
                                    gradient: gradient.baseAddress! + start,
                                    state: (
                                        used > 0 ? first.baseAddress! + start : nil,
                                        used > 1 ? second.baseAddress! + start : nil,
                                        used > 2 ? third.baseAddress! + start : nil
                                    ), count: range.count, isDecayed: isDecayed))
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
