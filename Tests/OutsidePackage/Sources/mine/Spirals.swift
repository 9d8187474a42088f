import Entrain
import Foundation

/// Points on the arms of a spiral, computed when they are asked for: no files, no memory.
struct Spirals: Dataset {
    let arms: Int
    let count: Int
    let noise: Double
    /// Two sets that differ in it have no point in common.
    let offset: Double

    var sampleShape: [Int] { [2] }
    var featureCount: Int { 2 }
    var classCount: Int { arms }
    /// The settings tell what the samples are.
    var isStored: Bool { false }

    func label(at index: Int) -> Int32 { Int32(index % arms) }

    func copyBatch(_ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>) {
        for position in 0..<indices.count {
            let index = indices[position]
            let way = (Double(index / arms) + offset) * Double(arms) / Double(count)
            // The fractional part of multiples of the golden ratio is spread evenly.
            let wobble =
                noise * (2 * (Double(index) * 0.6180339887498949 + offset).truncatingRemainder(dividingBy: 1) - 1)
            let angle = (way + Double(index % arms) / Double(arms)) * 2 * .pi + wobble * 4
            features[2 * position] = Float(2 * way * cos(angle))
            features[2 * position + 1] = Float(2 * way * sin(angle))
            labels[position] = label(at: index)
        }
    }
}

/// The spirals as a configuration names them.
struct SpiralData: DataFormat {
    static let name = "spirals"

    var arms = 2
    var samples = 1000
    var noise = 0.1

    static let settings: [Setting<Self>] = [
        .init("arms", \.arms, .atLeast(2), "arms of the spiral, each a class"),
        .init("samples", \.samples, .atLeast(100), "training samples; there are a quarter as many test samples"),
        .init("noise", \.noise, .from(0, through: 1), "how far points are off their arm"),
    ]

    var sampleShape: [Int]? { [2] }
    var classCount: Int? { arms }

    func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        LoadedData(
            train: Spirals(arms: arms, count: samples, noise: noise, offset: 0.25),
            test: Spirals(arms: arms, count: samples / 4, noise: noise, offset: 0.75))
    }
}
