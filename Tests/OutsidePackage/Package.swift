// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "mine",
    dependencies: [.package(name: "entrain", path: "../..")],
    targets: [.executableTarget(name: "mine", dependencies: [.product(name: "Entrain", package: "entrain")])]
)
