import NeuralNetwork

/// Layers on maps, `[N, C, H, W]`, signals and volumes.
extension ReferenceNetwork {
    func convolution(_ convolution: Convolution, _ input: Flow, _ path: String) -> Flow {
        let weight = parameters["\(path).weight"]!
        let bias = convolution.bias ? parameters["\(path).bias"]! : [Double](repeating: 0, count: convolution.channels)
        let window = Window(
            convolution.kernel, convolution.stride, convolution.padding, dilation: convolution.dilation,
            over: input.shape)
        let channels = input.shape[0] / convolution.groups
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
                                weight[(channel * channels + source) * window.kernelArea + place.inKernel], input,
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
        let window = Window(kernel, stride, .zeros(padding), over: input.shape)
        let share = 1 / Double(window.kernelArea)
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

    /// The mean of the rows and columns that touch each part of the map.
    func adaptiveAverage(_ size: Extent, _ input: Flow) -> Flow {
        let sides = size.numbers
        let (rowCount, columnCount) = (sides[0], sides[sides.count - 1])
        let (height, width) = (input.shape[1], input.shape[2])
        func touched(_ index: Int, _ count: Int, _ length: Int) -> [Int] {
            (0..<length).filter { $0 * count < (index + 1) * length && ($0 + 1) * count > index * length }
        }
        var output = input.emptied(shape: [input.shape[0], rowCount, columnCount])
        for plane in 0..<input.batch * input.shape[0] {
            for row in 0..<rowCount {
                for column in 0..<columnCount {
                    let (rows, columns) = (touched(row, rowCount, height), touched(column, columnCount, width))
                    var sum = BoundedSum(startingAt: 0)
                    for row in rows {
                        for column in columns {
                            sum.add(
                                1 / Double(rows.count * columns.count), input,
                                at: (plane * height + row) * width + column)
                        }
                    }
                    output.append(sum)
                }
            }
        }
        return output
    }

    /// Each pixel of the input adds a kernel to the output, at the places from which a convolution would see it.
    func transposed(_ layer: TransposedConvolution, _ input: Flow, _ path: String) -> Flow {
        let shape = try! layer.outputShape(input: input.shape)
        let window = Window(layer.kernel, layer.stride, .zeros(layer.padding), over: shape)
        let weight = parameters["\(path).weight"]!
        let bias = layer.bias ? parameters["\(path).bias"]! : [Double](repeating: 0, count: layer.channels)
        let (inputs, outputs) = (input.shape[0] / layer.groups, layer.channels / layer.groups)
        // For each pixel of the output the pixels of the input that reach it.
        var reaching = [[(pixel: Int, inKernel: Int)]](repeating: [], count: window.inputArea)
        for (pixel, places) in window.places.enumerated() {
            for place in places { reaching[place.inInput].append((pixel, place.inKernel)) }
        }
        var output = input.emptied(shape: shape)
        for sample in 0..<input.batch {
            for channel in 0..<layer.channels {
                let group = channel / outputs
                for pixels in reaching {
                    var sum = BoundedSum(startingAt: bias[channel])
                    for source in 0..<inputs {
                        let from = group * inputs + source
                        let plane = (sample * input.shape[0] + from) * window.places.count
                        for (pixel, inKernel) in pixels {
                            sum.add(
                                weight[(from * outputs + channel % outputs) * window.kernelArea + inKernel], input,
                                at: plane + pixel)
                        }
                    }
                    output.append(sum)
                }
            }
        }
        return output
    }

    /// Sums over the sources of a pixel, which are the products of those along the dimensions.
    func upsampled(_ layer: Upsampling, _ input: Flow) -> Flow {
        let sizes = Array(input.shape.dropFirst())
        let scales = layer.scale.numbers.count == 1 ? sizes.map { _ in layer.scale.numbers[0] } : layer.scale.numbers
        var sources: [[(pixel: Int, share: Double)]] = [[(0, 1)]]
        for (size, scale) in zip(sizes, scales) {
            sources = sources.flatMap { outer in
                (0..<size * scale).map { place in
                    var found = [(place / scale, 1.0)]
                    if layer.mode == .linear {
                        let center = max(0, (Double(place) + 0.5) / Double(scale) - 0.5)
                        let (low, part) = (Int(center), center - center.rounded(.down))
                        found = [(low, 1 - part), (min(low + 1, size - 1), part)]
                    }
                    return outer.flatMap { (pixel, share) in found.map { (pixel * size + $0.0, share * $0.1) } }
                }
            }
        }
        let area = sizes.reduce(1, *)
        var output = input.emptied(shape: [input.shape[0]] + zip(sizes, scales).map { $0 * $1 })
        for plane in 0..<input.batch * input.shape[0] {
            for source in sources {
                var sum = BoundedSum(startingAt: 0)
                for (pixel, share) in source { sum.add(share, input, at: plane * area + pixel) }
                output.append(sum)
            }
        }
        return output
    }

    /// Every stride-th pixel along each dimension; the further channels are zeros.
    func padded(_ input: Flow, to shape: [Int]) -> Flow {
        let stride = (input.shape[1] + shape[1] - 1) / shape[1]
        let count = input.batch * shape.reduce(1, *)
        var output = input.emptied(shape: shape)
        output.values = [Double](repeating: 0, count: count)
        output.errorBound = output.values
        let sizes = Array(shape.dropFirst())
        let (area, inputArea) = (sizes.reduce(1, *), input.shape.dropFirst().reduce(1, *))
        for index in 0..<count {
            let (channel, sample) = (index / area % shape[0], index / shape.reduce(1, *))
            guard channel < input.shape[0] else { continue }
            var pixel = 0
            for (axis, place) in places(of: index % area, in: sizes).enumerated() {
                pixel = pixel * input.shape[axis + 1] + place * stride
            }
            let source = (sample * input.shape[0] + channel) * inputArea + pixel
            output.values[index] = input.values[source]
            output.errorBound[index] = input.errorBound[source]
        }
        return output
    }
}

/// A place along each dimension of an element in row-major order.
private func places(of element: Int, in sizes: [Int]) -> [Int] {
    var (rest, places) = (element, sizes)
    for axis in sizes.indices.reversed() { (rest, places[axis]) = rest.quotientAndRemainder(dividingBy: sizes[axis]) }
    return places
}

/// A kernel that slides over the dimensions of a map behind its channels.
private struct Window {
    /// An element in row-major order of the kernel and of a channel of the input.
    typealias Place = (inKernel: Int, inInput: Int)

    let inputArea, kernelArea: Int
    let outputSize: [Int]
    /// For each element of an output channel, in row-major order: the places under the kernel that are not padding.
    let places: [[Place]]

    init(
        _ kernel: Extent, _ stride: Extent, _ padding: Padding, dilation: Extent = 1, over input: [Int]
    ) {
        let sizes = Array(input.dropFirst())
        func numbers(_ extent: Extent) -> [Int] {
            extent.numbers.count == 1 ? sizes.map { _ in extent.numbers[0] } : extent.numbers
        }
        let (kernel, stride, dilation) = (numbers(kernel), numbers(stride), numbers(dilation))
        let spans = sizes.indices.map { dilation[$0] * (kernel[$0] - 1) }
        let (front, both) =
            switch padding {
            case .zeros(let zeros): (numbers(zeros), numbers(zeros).map { 2 * $0 })
            case .same: (spans.map { $0 / 2 }, spans)
            }
        let output = sizes.indices.map { (sizes[$0] + both[$0] - spans[$0] - 1) / stride[$0] + 1 }
        (inputArea, kernelArea, outputSize) = (sizes.reduce(1, *), kernel.reduce(1, *), output)
        // A dimension after the other.
        var places: [[Place]] = [[(0, 0)]]
        for axis in sizes.indices {
            places = places.flatMap { outer in
                (0..<output[axis]).map { start in
                    var found: [Place] = []
                    for place in outer {
                        for offset in 0..<kernel[axis] {
                            let inner = start * stride[axis] + offset * dilation[axis] - front[axis]
                            guard inner >= 0, inner < sizes[axis] else { continue }
                            found.append(
                                (place.inKernel * kernel[axis] + offset, place.inInput * sizes[axis] + inner))
                        }
                    }
                    return found
                }
            }
        }
        self.places = places
    }
}

extension ReferenceNetwork.Flow {
    /// To be filled with values of `shape`.
    fileprivate func emptied(shape: [Int]) -> Self {
        Self(shape: shape, values: [], errorBound: [], kinkDistance: kinkDistance)
    }
}
