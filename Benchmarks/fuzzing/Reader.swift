import Datasets
import Foundation
import Runs

/// The reader that this process gives its inputs to.
nonisolated(unsafe) var reader = Reader.csv

/// The readers that inputs are given to.
enum Reader: String, CaseIterable {
    case yaml, study, csv, npy, npz, idx, cifar, jpeg, png, tar, safetensors, state
    case npyLabels = "npy-labels"
    case idxLabels = "idx-labels"

    func read(_ bytes: [UInt8]) throws {
        switch self {
        case .yaml:
            let read = try Configuration(yaml: Self.text(bytes), name: "x.yaml")
            let again = try Configuration(yaml: read.yaml, name: "y.yaml")
            precondition(again == read, "a configuration that reads back as another one")
        case .study:
            _ = try ConfigurationNode.document(yaml: Self.text(bytes), name: "x.yaml")
        case .csv:
            // The first byte chooses how the rest is read.
            let choice = Int(bytes.first ?? 0)
            let format = CSVFormat(
                label: choice & 1 == 0 ? .index(-1) : .name("kind"), ignored: choice & 2 == 0 ? [] : [.index(0)],
                header: choice & 4 == 0 ? .automatic : .present, separator: choice & 8 == 0 ? "," : ";",
                encoding: choice & 16 == 0 ? nil : choice & 32 == 0 ? "windows-1251" : "utf-16")
            let table = try CSVTable(ByteInput(bytes: Array(bytes.dropFirst()), name: "t.csv"), format: format)
            Self.check(try table.dataset())
        case .npy:
            Self.check(
                try NPYPart(
                    features: ByteInput(bytes: bytes, name: "x"), labels: ByteInput(bytes: Seeds.labelsNPY, name: "y"),
                    classCount: nil
                ).dataset())
        case .npz:
            Self.check(
                try NPYPart(
                    features: ByteInput.array(ofArchive: bytes, name: "x.npz"),
                    labels: ByteInput(bytes: Seeds.labelsNPY, name: "y"), classCount: nil
                ).dataset())
        case .npyLabels:
            Self.check(
                try NPYPart(
                    features: ByteInput(bytes: Seeds.featuresNPY, name: "x"),
                    labels: ByteInput(bytes: bytes, name: "y"),
                    classCount: nil
                ).dataset())
        case .idx:
            Self.check(
                try IDXFiles.read(
                    images: ByteInput(bytes: bytes, name: "x"), labels: ByteInput(bytes: Seeds.labelsIDX, name: "y"),
                    classCount: 3))
        case .idxLabels:
            Self.check(
                try IDXFiles.read(
                    images: ByteInput(bytes: Seeds.imagesIDX, name: "x"), labels: ByteInput(bytes: bytes, name: "y"),
                    classCount: nil))
        case .cifar:
            Self.check(try CIFARFiles.read([ByteInput(bytes: bytes, name: "x")], labels: .fine))
        case .jpeg, .png:
            // The first byte chooses what the rest is made into.
            let choice = Int(bytes.first ?? 0)
            let form = ImageForm(
                height: 1 + choice & 7, width: 1 + choice >> 3 & 7, channels: choice & 64 == 0 ? .rgb : .grey,
                pixelLimit: 1 << 20)
            let count = (choice & 64 == 0 ? 3 : 1) * form.size.height * form.size.width
            var pixels = [UInt8](repeating: 0, count: count)
            try pixels.withUnsafeMutableBytes { pixels in
                _ = try ImageDecoder(form).decode(Array(bytes.dropFirst()), into: pixels)
            }
        case .tar:
            let form = ImageForm(height: 3, width: 4, corrupt: .skip, pixelLimit: 1 << 20)
            Self.check(try ImageSet.read(shard: ByteInput(bytes: bytes, name: "x"), form))
        case .safetensors:
            let file = try SafetensorsFile(bytes: bytes, path: "x")
            for tensor in file.tensors {
                precondition(tensor.shape.reduce(1, *) == tensor.values.count, "values that do not fit the shape")
            }
        case .state:
            _ = try Checkpoint.position(decoding: bytes, path: "state.json")
        }
    }

    /// As the program has it from a file.
    private static func text(_ bytes: [UInt8]) throws -> String {
        try Configuration.text(of: bytes, path: "x.yaml")
    }

    /// Presents some samples.
    private static func check(_ set: any Dataset) {
        let count = min(set.count, 20)
        guard set.featureCount < 1 << 20 else { return }
        var features = [Float](repeating: .nan, count: count * set.featureCount)
        var labels = [Int32](repeating: -1, count: count)
        var featureSpan = features.mutableSpan
        var labelSpan = labels.mutableSpan
        set.copyBatch(Array(0..<count).span, into: &featureSpan, labels: &labelSpan)
        precondition(features.allSatisfy(\.isFinite), "features that are not finite")
        precondition(labels.allSatisfy { $0 >= 0 && $0 < set.classCount }, "labels that are no classes")
    }
}

/// The whole files that stand beside a mutated one.
enum Seeds {
    static let labelsNPY = npy("|u1", [4], [0, 1, 2, 0])
    static let featuresNPY = npy("|u1", [4, 3], [UInt8](0..<12))
    static let labelsIDX: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 2, 0]
    static let imagesIDX: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 3] + [UInt8](0..<12)

    private static func npy(_ type: String, _ shape: [Int], _ elements: [UInt8]) -> [UInt8] {
        let sizes = shape.map(String.init).joined(separator: ", ") + ","
        var text = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
        text += [UInt8](repeating: 0x20, count: 117 - text.count) + [0x0A]
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count), 0] + text + elements
    }
}
