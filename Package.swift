// swift-tools-version: 6.2

import PackageDescription

/// The MPI library the package is built against: Open MPI, or MPICH where `ENTRAIN_MPI=mpich`.
let mpiLibrary =
    Context.environment["ENTRAIN_MPI"] == "mpich"
    ? (pkgConfig: "mpich", debianPackage: "libmpich-dev") : (pkgConfig: "ompi-c", debianPackage: "libopenmpi-dev")

let package = Package(
    name: "entrain",
    products: [
        .library(name: "MPI", targets: ["MPI"])
    ],
    targets: [
        .systemLibrary(
            name: "CMPI", pkgConfig: mpiLibrary.pkgConfig, providers: [.apt([mpiLibrary.debianPackage])]),
        .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CKernels", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "MPI", dependencies: ["CMPI"], swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
        .target(name: "RandomNumbers"),
        .target(name: "InformationTheory"),
        .target(name: "LearningRate", dependencies: ["InformationTheory"]),
        .target(name: "NeuralNetwork", dependencies: ["CDNNL", "CKernels", "RandomNumbers"]),
        .target(name: "Optimizers", dependencies: ["CKernels"]),
        .target(
            name: "Datasets", dependencies: ["CZlib", "RandomNumbers"],
            exclude: ["Digits/NOTICE.md", "Digits/embed_digits.py"]),

        .target(name: "MPITestSupport", dependencies: ["MPI"], path: "Tests/MPITestSupport"),
        .executableTarget(name: "MPIAbortProbe", dependencies: ["MPI"], path: "Tests/MPIAbortProbe"),
        .testTarget(name: "MPITests", dependencies: ["MPI", "MPITestSupport", "MPIAbortProbe"]),
        .testTarget(name: "RandomNumbersTests", dependencies: ["RandomNumbers"]),
        .testTarget(
            name: "InformationTheoryTests", dependencies: ["InformationTheory"], exclude: ["Golden/make_golden.py"],
            resources: [.copy("Golden/golden.json")]),
        .testTarget(name: "LearningRateTests", dependencies: ["LearningRate", "InformationTheory"]),
        .testTarget(
            name: "NeuralNetworkTests", dependencies: ["CKernels", "NeuralNetwork", "Optimizers", "RandomNumbers"],
            exclude: ["Golden"]),
        .testTarget(name: "OptimizersTests", dependencies: ["CKernels", "Optimizers"]),
        .testTarget(name: "DatasetsTests", dependencies: ["CZlib", "Datasets", "RandomNumbers"]),
    ]
)
