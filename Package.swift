// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "entrain",
    products: [],
    targets: [
        .target(name: "RandomNumbers"),
        .testTarget(name: "RandomNumbersTests", dependencies: ["RandomNumbers"]),
    ]
)
