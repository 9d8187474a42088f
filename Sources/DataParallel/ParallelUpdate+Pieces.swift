import CKernels
import LearningRate
import NeuralNetwork
import Optimizers

/// The tensors, cut where one rank's slice ends and another's begins: what an optimizer is given at a time, and what the norms of
/// tensors are added up from.
extension ParallelUpdate {
    struct Run {
        let range: Range<Int>
        /// Among the pieces of all slices.
        let place: Int
        /// Place in the layout.
        let tensor: Int
        let layer: Int
        let isDecayed: Bool
        /// True where it stays as it is.
        let isFrozen: Bool
        /// Share of a rate that its layer has.
        let rateShare: Double

        /// The rate that it is updated by.
        func rate(of rates: LayerRates) -> Double { rates[layer] * rateShare }
    }

    /// All tensors cut at the ends of equal parts of the arenas.
    ///
    /// - Parameter rateShares: by layer; nil for the whole rate in all.
    static func pieces(of layout: ParameterLayout, parts: Int, rateShares: [Double]?) -> [Run] {
        var runs: [Run] = []
        var first = 0
        for part in 0..<parts {
            let bounds = NodeTopology.part(part, of: parts, of: layout.count)
            while first < layout.tensors.count, layout.tensors[first].range.upperBound <= bounds.lowerBound {
                first += 1
            }
            for index in first..<layout.tensors.count {
                let tensor = layout.tensors[index]
                if tensor.range.lowerBound >= bounds.upperBound { break }
                let range = tensor.range.clamped(to: bounds)
                if range.isEmpty { continue }
                runs.append(
                    Run(
                        range: range, place: runs.count, tensor: index, layer: tensor.layer,
                        isDecayed: tensor.isDecayed, isFrozen: tensor.isFrozen,
                        rateShare: rateShares?[tensor.layer] ?? 1))
            }
        }
        return runs
    }

    /// Prepares this rank's piece of a tensor and tells the node what its norms get from it. The nodes have the same pieces
    /// and the same numbers in them.
    func postNorms(of run: Run, _ step: UpdateStep) {
        let slice = arenaSlice(run.range, of: run)
        optimizer.prepare(slice, step: step)
        arenas.tensorSquares[run.place] = NodeArenas.SquaredNorms(
            parameters: kernels_sum_of_squares(slice.parameters, Int64(slice.count)),
            gradient: kernels_sum_of_squares(slice.gradient, Int64(slice.count)))
    }

    func norms(of run: Run) -> TensorNorms {
        let pieces = places[run.tensor].lazy.map { self.arenas.tensorSquares[$0] }
        return TensorNorms(
            parameters: pieces.reduce(0) { $0 + $1.parameters }.squareRoot(),
            gradient: pieces.reduce(0) { $0 + $1.gradient }.squareRoot())
    }

    func arenaSlice(_ range: Range<Int>, of run: Run) -> ArenaSlice {
        func pointer(_ arena: Int) -> UnsafeMutablePointer<Float>? {
            arenas.state.indices.contains(arena) ? arenas.state[arena].baseAddress! + range.lowerBound : nil
        }
        return ArenaSlice(
            parameters: arenas.parameters.baseAddress! + range.lowerBound,
            gradient: arenas.gradient.baseAddress! + range.lowerBound,
            state: (pointer(0), pointer(1), pointer(2), pointer(3)),
            count: range.count, isDecayed: run.isDecayed)
    }
}
