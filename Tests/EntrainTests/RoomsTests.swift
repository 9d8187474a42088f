import Foundation
import XCTest

/// The rooms of the house: which target may know which. CONTRIBUTING.md says why.
final class RoomsTests: XCTestCase {
    /// Every target of `Sources` in Swift with the modules that its files import, those of the system excepted.
    private let rooms: [String: Set<String>] = [
        "RandomNumbers": [],
        "Settings": [],
        "MPI": ["CMPI"],
        "InformationTheory": ["RandomNumbers"],
        "LearningRate": ["InformationTheory", "Settings"],
        "Optimizers": ["CKernels", "Settings"],
        "Datasets": ["CImages", "CLzma", "CZlib", "CZstd", "RandomNumbers", "Settings"],
        "OneDNN": ["CDNNL"],
        "NeuralNetwork": ["CKernels", "OneDNN", "RandomNumbers", "Settings"],
        "DataParallel": ["CKernels", "InformationTheory", "LearningRate", "MPI", "NeuralNetwork", "Optimizers"],
        "Training": [
            "CKernels", "DataParallel", "Datasets", "InformationTheory", "LearningRate", "MPI", "NeuralNetwork",
            "Optimizers", "Settings",
        ],
        "Runs": [
            "CKernels", "CZlib", "DataParallel", "Datasets", "InformationTheory", "LearningRate", "Logging", "MPI",
            "NeuralNetwork", "Optimizers", "Settings", "Training", "Yams",
        ],
        "Studies": [
            "DataParallel", "Datasets", "LearningRate", "MPI", "NeuralNetwork", "RandomNumbers", "Runs", "Settings",
            "Training",
        ],
        "Facade": [
            "DataParallel", "Datasets", "InformationTheory", "LearningRate", "Logging", "MPI", "NeuralNetwork",
            "Optimizers", "Runs", "Settings", "Training",
        ],
        "entrain": [
            "ArgumentParser", "InformationTheory", "Logging", "MPI", "NeuralNetwork", "Runs", "Studies", "Training",
        ],
    ]
    private let system: Set<String> = ["Darwin", "Dispatch", "Foundation", "Glibc", "Musl", "Synchronization"]

    func testTargetsImportWhatTheirRoomAllows() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        let manager = FileManager.default
        var found: [String: Set<String>] = [:]
        for target in try manager.contentsOfDirectory(atPath: sources.path) {
            let folder = sources.appendingPathComponent(target)
            let files = try manager.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
            guard !files.isEmpty else { continue }
            let modules = try files.flatMap { file in
                try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8).split(separator: "\n")
                    .compactMap { line -> String? in
                        let words = line.split(separator: " ")
                        guard let place = words.firstIndex(of: "import"), place < 3, !line.hasPrefix("//") else {
                            return nil
                        }
                        // `import struct Foundation.Data`
                        return words.last?.split(separator: ".").first.map(String.init)
                    }
            }
            found[target] = Set(modules).subtracting(system)
        }
        // A module that is no longer imported goes from the table too.
        XCTAssertEqual(found, rooms)
    }
}
