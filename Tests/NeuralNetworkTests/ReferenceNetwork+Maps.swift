import NeuralNetwork

/// Layers on maps, `[N, C, H, W]`.
extension ReferenceNetwork {
    func convolution(_ convolution: Convolution, _ input: Flow, _ path: String) -> Flow {
        let weight = parameters["\(path).weight"]!
        let bias = convolution.bias ? parameters["\(path).bias"]! : [Double](repeating: 0, count: convolution.channels)
        let window = Window(convolution.kernel, convolution.stride, convolution.padding, over: input.shape)
        let channels = input.shape[0] / convolution.groups
        let kernelArea = convolution.kernel.height * convolution.kernel.width
        var output = input.emptied(shape: [convolution.channels] + window.outputSize)
        for sample in 0..<input.batch {
            for channel in 0..<convolution.channels {
                let group = channel / (convolution.channels / convolution.groups)
                for places in window.places {
                    var sum = BoundedSum(startingAt: bias[channel])
                    for source in 0..<channels {
                        let plane = (sample * input.shape[0] + group * channels + source) * window.inputArea
                        for place in places {
                            sum.add(
                                weight[(channel * channels + source) * kernelArea + place.inKernel], input,
                                at: plane + place.inInput)
                        }
                    }
                    output.append(sum)
                }
            }
        }
        return output
    }

    /// - Parameter isMaximum: false for the mean.
    func pooling(
        isMaximum: Bool, _ kernel: Extent, _ stride: Extent, _ padding: Extent, _ input: Flow
    ) -> Flow {
        let window = Window(kernel, stride, padding, over: input.shape)
        let share = 1 / Double(kernel.height * kernel.width)
        var output = input.emptied(shape: [input.shape[0]] + window.outputSize)
        for plane in 0..<input.batch * input.shape[0] {
            for places in window.places {
                let indices = places.map { plane * window.inputArea + $0.inInput }
                if !isMaximum {
                    var sum = BoundedSum(startingAt: 0)
                    for index in indices { sum.add(share, input, at: index) }
                    output.append(sum)
                } else {
                    let values = indices.map { input.values[$0] }
                    let largest = values.max()!
                    // Equal values are those that a ReLU made 0, which stay equal when a parameter moves a little.
                    let others = values.filter { $0 < largest }
                    if let second = others.max() { output.kinkDistance = min(output.kinkDistance, largest - second) }
                    output.values.append(largest)
                    output.errorBound.append(indices.reduce(0) { max($0, input.errorBound[$1]) })
                }
            }
        }
        return output
    }

    func residual(
        _ residual: Residual, _ input: Flow, _ mode: ExecutionPlan.Mode, _ path: String
    ) -> Flow {
        var sum = run(residual.branch, input, mode, prefix: "\(path).branch.")
        let shortcut =
            switch residual.shortcut {
            case .identity: input
            case .padding: padded(input, to: sum.shape)
            case .layers(let layers): run(layers, input, mode, prefix: "\(path).shortcut.")
            }
        sum.kinkDistance = min(sum.kinkDistance, shortcut.kinkDistance)
        for index in sum.values.indices {
            sum.values[index] += shortcut.values[index]
            sum.errorBound[index] += shortcut.errorBound[index] + Self.unitRoundoff * abs(sum.values[index])
        }
        return sum
    }

    /// Every stride-th row and column; the further channels are zeros.
    private func padded(_ input: Flow, to shape: [Int]) -> Flow {
        let stride = (input.shape[1] + shape[1] - 1) / shape[1]
        let count = input.batch * shape.reduce(1, *)
        var output = input.emptied(shape: shape)
        output.values = [Double](repeating: 0, count: count)
        output.errorBound = output.values
        for index in 0..<count {
            let (column, row) = (index % shape[2], index / shape[2] % shape[1])
            let (channel, sample) = (index / (shape[1] * shape[2]) % shape[0], index / shape.reduce(1, *))
            guard channel < input.shape[0] else { continue }
            let plane = sample * input.shape[0] + channel
            let source = (plane * input.shape[1] + row * stride) * input.shape[2] + column * stride
            output.values[index] = input.values[source]
            output.errorBound[index] = input.errorBound[source]
        }
        return output
    }
}

/// A kernel that slides over the rows and columns of `[C, H, W]`.
private struct Window {
    /// Row and column, as one number, in the kernel and in the input's plane.
    typealias Place = (inKernel: Int, inInput: Int)

    let inputArea: Int
    let outputSize: [Int]
    /// For each element of an output plane, in row-major order: the places under the kernel that are not padding.
    let places: [[Place]]

    init(
        _ kernel: Extent, _ stride: Extent, _ padding: Extent,
        over input: [Int]
    ) {
        let (height, width) = (input[1], input[2])
        let rows = (height + 2 * padding.height - kernel.height) / stride.height + 1
        let columns = (width + 2 * padding.width - kernel.width) / stride.width + 1
        inputArea = height * width
        outputSize = [rows, columns]
        places = (0..<rows * columns).map { element in
            var places: [Place] = []
            for kernelRow in 0..<kernel.height {
                let row = element / columns * stride.height + kernelRow - padding.height
                guard (0..<height).contains(row) else { continue }
                for kernelColumn in 0..<kernel.width {
                    let column = element % columns * stride.width + kernelColumn - padding.width
                    guard (0..<width).contains(column) else { continue }
                    places.append((kernelRow * kernel.width + kernelColumn, row * width + column))
                }
            }
            return places
        }
    }
}

extension ReferenceNetwork.Flow {
    /// To be filled with values of `shape`.
    fileprivate func emptied(shape: [Int]) -> Self {
        Self(shape: shape, values: [], errorBound: [], kinkDistance: kinkDistance)
    }
}
