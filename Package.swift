// swift-tools-version: 6.2

import PackageDescription

/// The MPI library the package is built against: Open MPI; with `ENTRAIN_MPI=mpich` MPICH; with `ENTRAIN_MPI=abi` any that has the
/// standard ABI of MPI 5, by the headers that `launch/setup.sh --mpi-abi` brings.
let mpiLibrary =
    switch Context.environment["ENTRAIN_MPI"] {
    case "mpich": (pkgConfig: "mpich", debianPackage: "libmpich-dev")
    case "abi": (pkgConfig: "mpi-abi", debianPackage: "libmpich-dev")
    default: (pkgConfig: "ompi-c", debianPackage: "libopenmpi-dev")
    }

let package = Package(
    name: "entrain",
    products: [
        .executable(name: "entrain", targets: ["entrain"]),
        .library(name: "Entrain", targets: ["Entrain"]),
        .library(name: "LearningRate", targets: ["LearningRate", "InformationTheory"]),
        .library(name: "InformationTheory", targets: ["InformationTheory"]),
        .library(name: "MPI", targets: ["MPI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // MARK: - Libraries of the system

        .systemLibrary(
            name: "CMPI", pkgConfig: mpiLibrary.pkgConfig, providers: [.apt([mpiLibrary.debianPackage])]),
        .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
        .systemLibrary(name: "CLzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),

        // MARK: - Of use by themselves

        .target(name: "CImages", dependencies: ["CJPEG", "CPNG"]),
        .target(name: "CKernels", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "MPI", dependencies: ["CMPI"], swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
        .target(name: "RandomNumbers"),
        .target(name: "Settings"),
        .target(name: "InformationTheory", dependencies: ["RandomNumbers"]),
        .target(name: "LearningRate", dependencies: ["InformationTheory", "Settings"]),

        // MARK: - Networks, data, training

        .target(name: "OneDNN", dependencies: ["CDNNL"]),
        .target(
            name: "NeuralNetwork", dependencies: ["CKernels", "OneDNN", "RandomNumbers", "Settings"],
            swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
        .target(
            name: "Optimizers", dependencies: ["CKernels", "Settings"],
            swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
        .target(
            name: "Datasets", dependencies: ["CImages", "CLzma", "CZlib", "CZstd", "RandomNumbers", "Settings"],
            exclude: ["Digits/NOTICE.md", "Digits/embed_digits.py"]),
        .target(
            name: "DataParallel",
            dependencies: ["CKernels", "InformationTheory", "LearningRate", "MPI", "NeuralNetwork", "Optimizers"]),
        .target(
            name: "Training",
            dependencies: [
                "CKernels", "DataParallel", "Datasets", "InformationTheory", "LearningRate", "MPI", "NeuralNetwork",
                "Optimizers", "Settings",
            ]),
        .target(
            name: "Runs",
            dependencies: [
                "CKernels", "CZlib", "DataParallel", "Datasets", "InformationTheory", "LearningRate", "MPI",
                "NeuralNetwork", "Optimizers", "Settings", "Training",
                .product(name: "Logging", package: "swift-log"), "Yams",
            ]),
        .target(
            name: "Studies",
            dependencies: [
                "DataParallel", "Datasets", "LearningRate", "MPI", "NeuralNetwork", "RandomNumbers", "Runs",
                "Settings", "Training",
            ]),

        // MARK: - What programs import, and the command

        .target(
            name: "Entrain",
            dependencies: [
                "DataParallel", "Datasets", "InformationTheory", "LearningRate", "MPI", "NeuralNetwork", "Optimizers",
                "Runs", "Settings", "Training", .product(name: "Logging", package: "swift-log"),
            ], path: "Sources/Facade"),
        .executableTarget(
            name: "entrain",
            dependencies: [
                "InformationTheory", "LearningRate", "MPI", "NeuralNetwork", "Runs", "Studies", "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),

        // MARK: - Tests

        .target(name: "MPITestSupport", dependencies: ["MPI"], path: "Tests/MPITestSupport"),
        .executableTarget(name: "MPIAbortProbe", dependencies: ["MPI"], path: "Tests/MPIAbortProbe"),
        .testTarget(name: "MPITests", dependencies: ["MPI", "MPITestSupport", "MPIAbortProbe"]),
        .target(
            name: "LearningRateTestSupport", dependencies: ["LearningRate"], path: "Tests/LearningRateTestSupport"),
        .target(name: "SettingsTestSupport", dependencies: ["Settings"], path: "Tests/SettingsTestSupport"),
        .testTarget(name: "SettingsTests", dependencies: ["Settings", "SettingsTestSupport"]),
        .testTarget(name: "RandomNumbersTests", dependencies: ["RandomNumbers"]),
        .testTarget(
            name: "InformationTheoryTests", dependencies: ["InformationTheory"], exclude: ["Golden/make_golden.py"],
            resources: [.copy("Golden/golden.json")]),
        .testTarget(
            name: "LearningRateTests",
            dependencies: [
                "LearningRate", "LearningRateTestSupport", "InformationTheory", "SettingsTestSupport",
            ],
            exclude: ["Golden/make_golden.py"], resources: [.copy("Golden/golden.json")]),
        .testTarget(name: "OneDNNTests", dependencies: ["OneDNN"]),
        .target(
            name: "NeuralNetworkTestSupport", dependencies: ["NeuralNetwork", "RandomNumbers"],
            path: "Tests/NeuralNetworkTestSupport"),
        .testTarget(
            name: "NeuralNetworkTests",
            dependencies: [
                "CKernels", "NeuralNetwork", "NeuralNetworkTestSupport", "OneDNN", "Optimizers", "RandomNumbers",
                "Settings", "SettingsTestSupport",
            ],
            exclude: ["Golden"]),
        .testTarget(
            name: "OptimizersTests", dependencies: ["CKernels", "Optimizers"], exclude: ["Golden"]),
        .target(
            name: "DataFilesTestSupport", dependencies: ["CLzma", "CZlib", "CZstd"],
            path: "Tests/DataFilesTestSupport"),
        .testTarget(
            name: "DatasetsTests",
            dependencies: [
                "CZlib", "DataFilesTestSupport", "Datasets", "RandomNumbers", "SettingsTestSupport",
            ],
            exclude: ["Golden/make_augmentations.py", "Golden/make_hdf5.py", "Golden/make_images.py"],
            resources: [
                .copy("Golden/arrays.h5"), .copy("Golden/augmentations.json"), .copy("Golden/images.json"),
            ]),
        .testTarget(
            name: "DataParallelTests",
            dependencies: [
                "DataParallel", "InformationTheory", "LearningRate", "MPI", "MPITestSupport", "NeuralNetwork",
                "Optimizers", "RandomNumbers",
            ]),
        .target(
            name: "TrainingTestSupport",
            dependencies: [
                "DataParallel", "Datasets", "LearningRate", "LearningRateTestSupport", "MPI", "NeuralNetwork",
                "Optimizers", "Runs", "Training",
            ], path: "Tests/TrainingTestSupport"),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "DataParallel", "Datasets", "InformationTheory", "LearningRate", "LearningRateTestSupport", "MPI",
                "NeuralNetwork", "Optimizers", "Runs", "Training", "TrainingTestSupport",
            ]),
        .testTarget(
            name: "RunsTests",
            dependencies: [
                "CKernels", "DataFilesTestSupport", "DataParallel", "Datasets", "InformationTheory", "LearningRate",
                "LearningRateTestSupport", "MPI", "NeuralNetwork", "NeuralNetworkTestSupport", "Optimizers", "Runs",
                "Settings", "SettingsTestSupport", "Training", "TrainingTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "StudiesTests",
            dependencies: [
                "DataFilesTestSupport", "MPI", "MPITestSupport", "RandomNumbers", "Runs", "Studies", "Training",
            ]),

        // MARK: - Programs of the pages

        .executableTarget(name: "DocumentedRanks", dependencies: ["MPI"], path: "Tests/DocumentedRanks"),
        .executableTarget(
            name: "DocumentedTraining", dependencies: ["Entrain"], path: "Tests/DocumentedTraining",
            packageAccess: false),
        // The sources of a package of their own, which sees no more than its users do.
        .executableTarget(
            name: "OutsidePackage", dependencies: ["Entrain"], path: "Tests/OutsidePackage/Sources/mine",
            packageAccess: false),
        .testTarget(
            name: "DocumentationTests",
            dependencies: [
                "Datasets", "DocumentedRanks", "DocumentedTraining", "Entrain", "InformationTheory", "LearningRate",
                "MPI",
                "MPITestSupport", "OutsidePackage", "Runs", "Settings", "Training",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "EntrainTests",
            dependencies: [
                "DataFilesTestSupport", "LearningRate", "MPI", "MPITestSupport", "Runs", "Training", "entrain",
            ]),
    ]
)

// MARK: - Built when asked for

// Scripts in `Benchmarks` and `launch/test.sh` ask for the programs that measure.
if Context.environment["ENTRAIN_BENCHMARKS"] != nil {
    package.targets += [
        .executableTarget(
            name: "mutual-information", dependencies: ["DataParallel", "InformationTheory", "MPI", "RandomNumbers"],
            path: "Benchmarks/mutual-information", exclude: ["results.md", "run.sh"]),
        .executableTarget(
            name: "reduction",
            dependencies: ["CKernels", "DataParallel", "LearningRate", "MPI", "NeuralNetwork", "Optimizers"],
            path: "Benchmarks/reduction", exclude: ["results.md", "run.sh"]),
    ]
}

// `Benchmarks/fuzzing/run.sh` gives the library of libFuzzer, which stands beside the compiler.
if let library = Context.environment["ENTRAIN_LIBFUZZER"] {
    package.targets.append(
        .executableTarget(
            name: "fuzzing", dependencies: ["Datasets", "Runs"], path: "Benchmarks/fuzzing",
            exclude: ["results.md", "run.sh", "seeds.py"],
            linkerSettings: [.unsafeFlags([library, "-lstdc++"])]))
}

// `launch/test.sh` builds and tests the MPI target alone with the other MPI library.
if Context.environment["ENTRAIN_ONLY"] == "MPI" {
    let kept: Set = ["CMPI", "MPI", "MPITestSupport", "MPIAbortProbe", "MPITests"]
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { $0.name != "MPI" }
    package.dependencies = []
}
