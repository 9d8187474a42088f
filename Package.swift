// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "entrain",
    targets: [
        .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
        .target(name: "CKernels", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "RandomNumbers"),
        .target(name: "InformationTheory"),
        .target(name: "LearningRate", dependencies: ["InformationTheory"]),
        .target(name: "NeuralNetwork", dependencies: ["CDNNL", "CKernels", "RandomNumbers"]),
        .target(name: "Optimizers", dependencies: ["CKernels"]),

        .testTarget(name: "RandomNumbersTests", dependencies: ["RandomNumbers"]),
        .testTarget(
            name: "InformationTheoryTests", dependencies: ["InformationTheory"], exclude: ["Golden/make_golden.py"],
            resources: [.copy("Golden/golden.json")]),
        .testTarget(name: "LearningRateTests", dependencies: ["LearningRate", "InformationTheory"]),
    ]
)
