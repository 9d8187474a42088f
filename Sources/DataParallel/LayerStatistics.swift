import CKernels
import InformationTheory
import LearningRate
import MPI
import NeuralNetwork

/// What a rank, or after `reduce` all ranks, saw of the outputs of the layers that have parameters: integers alone.
public struct LayerStatistics: Sendable {
    private let measure: LayerMeasure
    private let classCount: Int
    /// What the nearest prototypes are looked for in.
    private let previous: ClassMeans?
    /// From the first batch on.
    private var layers: [Layer] = []
    /// Samples of each class.
    private var classCounts: [Int64]
    private var isGlobal = false

    private struct Layer {
        let name: String
        /// `[classes, classes]` or `[classes, units]`.
        var table: ContingencyTable
        /// `[classes, units]`, where means are taken.
        var sums: [Int64]
    }

    /// - Parameter previous: for prototypes, the means of the measurement before; nil measures nothing but the means.
    public init(classCount: Int, measure: LayerMeasure, previous: ClassMeans? = nil) {
        self.measure = measure
        self.classCount = classCount
        self.previous = previous
        classCounts = Array(repeating: 0, count: classCount)
    }

    /// Counts a batch of this rank: a plan for probing after its `forward`, its labels filled in.
    public mutating func add(_ plan: ExecutionPlan) {
        precondition(!isGlobal, "a batch of one rank was added to statistics of all ranks")
        addLayers(of: plan)
        for label in plan.labels { classCounts[Int(label)] += 1 }
        var found = [Int32](repeating: 0, count: plan.batch)
        for (index, output) in plan.layerOutputs.enumerated() {
            let (values, rows) = (output.values.baseAddress, Int64(plan.batch))
            let units = Int64(output.values.count / plan.batch)
            switch measure {
            case .prototype:
                if let means = previous?.layers[index] {
                    kernels_nearest_means(
                        values, rows, units, means.means, means.offsets, Int64(classCount), &found)
                    layers[index].table.add(labels: plan.labels, columns: found)
                }
                kernels_add_to_class_sums(values, plan.labels.baseAddress, rows, units, &layers[index].sums)
            case .winner:
                kernels_largest_units(values, rows, units, &found)
                layers[index].table.add(labels: plan.labels, columns: found)
            }
        }
    }

    private mutating func addLayers(of plan: ExecutionPlan) {
        guard layers.isEmpty else { return }
        layers = plan.layerOutputs.map { output in
            let units = output.values.count / plan.batch
            let columns = measure == .winner ? units : classCount
            return Layer(
                name: output.layer, table: ContingencyTable(rowCount: classCount, columnCount: columns),
                sums: measure == .prototype ? Array(repeating: 0, count: classCount * units) : [])
        }
    }

    /// Collective. Sums the statistics of all ranks, exactly; every rank has the same integers after it.
    ///
    /// - Parameter plan: any plan for probing, for a rank that has had no batch.
    public mutating func reduce(over communicator: any Communicator, like plan: ExecutionPlan) throws(MPIError) {
        precondition(!isGlobal, "statistics of all ranks were reduced again")
        addLayers(of: plan)
        for index in layers.indices {
            if measure == .winner || previous != nil { try layers[index].table.reduce(over: communicator) }
            if measure == .prototype { try communicator.allReduce(&layers[index].sums, .sum) }
        }
        if measure == .prototype { try communicator.allReduce(&classCounts, .sum) }
        isGlobal = true
    }

    /// The metrics of statistics that were reduced, with Miller and Madow's correction; none where there were no prototypes
    /// to compare with.
    public var metrics: [LayerMetrics] {
        precondition(isGlobal, "metrics were asked for before reduce(over:)")
        if measure == .prototype && previous == nil { return [] }
        return layers.map { layer in
            let information = layer.table.information(.millerMadow)
            return LayerMetrics(
                layer: layer.name, labelEntropy: information.labelEntropy,
                mutualInformation: information.mutualInformation, standardError: information.standardError,
                residual: information.residual)
        }
    }

    /// What the next measurement by prototypes compares with; nil where winners are measured.
    public var means: ClassMeans? {
        precondition(isGlobal, "means were asked for before reduce(over:)")
        guard measure == .prototype else { return nil }
        return ClassMeans(layers: layers.map { ClassMeans.Layer(sums: $0.sums, counts: classCounts) })
    }
}

extension ContingencyTable {
    fileprivate mutating func add(labels: UnsafeMutableBufferPointer<Int32>, columns: [Int32]) {
        columns.withUnsafeBufferPointer { columns in
            add(rows: UnsafeBufferPointer(labels).span, columns: Span(_unsafeElements: columns))
        }
    }
}
