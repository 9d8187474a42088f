// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "entrain",
    products: [],
    targets: [
        .systemLibrary(name: "CDNNL"),
        .target(name: "CKernels", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "RandomNumbers"),
        .target(name: "NeuralNetwork", dependencies: ["CDNNL", "CKernels", "RandomNumbers"]),
        .target(name: "Optimizers", dependencies: ["CKernels"]),
        .testTarget(name: "RandomNumbersTests", dependencies: ["RandomNumbers"]),
    ]
)
