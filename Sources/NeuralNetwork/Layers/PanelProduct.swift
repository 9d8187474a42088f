import CKernels
import OneDNN

/// y = f(x Wᵀ + b) for rows x `[rows, features]`, W `[units, features]`, by the kernels of `CKernels` for AVX2, which read weights
/// in panels of 16 units.
///
/// oneDNN 2.6's products lose up to half of their speed on AVX2 where rows are a power of two long.
struct PanelProduct {
    /// The layer's path.
    let path: String
    let parameters: WeightAndBias
    var activation: ElementwiseFunction?

    /// A rule on the network's options and the instruction set, whatever the shape: `Benchmarks/products` has the figures.
    static func isChosen(_ options: Network.Options) -> Bool {
        options.allowsOwnKernels && options.precision == .float32 && kernels_has_products() != 0
    }

    /// - Parameters:
    ///   - input: `[rows, features]`, plain.
    ///   - output: `[rows, units]`, plain.
    func add(to plan: PlanBuilder, input: FeatureMap, output: FeatureMap) throws {
        let layout = try MemoryDescriptor(weightBlocks: parameters.weight.shape, block: 16)
        let weight = try plan.parameter(parameters.weight, of: path, layout: layout)
        weight.requireLayout(layout, layer: path)
        let bias = try plan.bias(parameters, of: path)

        let product = kernels_product(input.tensor.layout, output.tensor.layout)
        let relu = activation == .relu
        plan.add(
            label(.forward, product),
            uses: [input.tensor, output.tensor, weight.value] + (bias.map { [$0.value] } ?? [])
        ) { addresses in
            let (from, to) = (input.tensor.floats(addresses), output.tensor.floats(addresses))
            let (weights, bias) = (weight.value.floats(addresses), bias.map { $0.value.floats(addresses) })
            return KernelStep { kernels_multiply(product, to, from, weights, bias, relu ? 1 : 0) }
        }
        if let activation, !relu { try activation.addForward(to: plan, inPlace: output.tensor, layer: path) }
        plan.addBackward {
            try addBackward(to: plan, product, input: input, output: output, weight: weight, bias: bias)
        }
    }

    private func addBackward(
        to plan: PlanBuilder, _ product: kernels_product, input: FeatureMap, output: FeatureMap,
        weight: ParameterTensors, bias: ParameterTensors?
    ) throws {
        let gradient = try plan.gradient(of: output, before: activation, layer: path)
        if input.needsGradient {
            let target = plan.newGradient(of: input)
            plan.add(label(.backwardData, product), uses: [gradient, target, weight.value]) { addresses in
                let (from, to) = (gradient.floats(addresses), target.floats(addresses))
                let weights = weight.value.floats(addresses)
                return KernelStep { kernels_product_data_gradient(product, to, from, weights) }
            }
        }
        let scratch = plan.tensor(try MemoryDescriptor(plain: [Int(kernels_product_scratch_count(product))]))
        plan.add(
            label(.backwardWeights, product),
            uses: [input.tensor, gradient, scratch, weight.gradient] + (bias.map { [$0.gradient] } ?? [])
        ) { addresses in
            let (source, gradient) = (input.tensor.floats(addresses), gradient.floats(addresses))
            let (weights, bias) = (weight.gradient.floats(addresses), bias.map { $0.gradient.floats(addresses) })
            let scratch = scratch.floats(addresses)
            return KernelStep { kernels_product_weight_gradient(product, weights, bias, source, gradient, scratch) }
        }
    }

    private func label(_ pass: StepLabel.Pass, _ product: kernels_product) -> StepLabel {
        StepLabel(
            layer: path, pass: pass, implementation: "panels",
            multiplyAdds: multiplyAdds([Int(product.rows), Int(product.features), Int(product.units)]))
    }
}

extension kernels_product {
    fileprivate init(_ source: MemoryDescriptor, _ result: MemoryDescriptor) {
        self.init(rows: Int64(source.shape[0]), features: Int64(source.shape[1]), units: Int64(result.shape[1]))
    }
}
