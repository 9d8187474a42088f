import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Depth as fine-tuning counts it: layers with weights, blocks as one, from the last one down.
final class NetworkDepthTests: XCTestCase {
    private func network(_ layers: [any LayerSpecification], _ shape: [Int]) throws -> Network {
        try TestNetwork(NetworkSpecification(inputShape: shape, layers: layers)).network
    }

    /// The depth of each layer with parameters, by its path.
    private func depths(_ network: Network) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: zip(network.layout.layers, network.depths))
    }

    func testBlocksCountAsOneAndNormalizationsBelongToTheLayerInFrontOfThem() throws {
        let convolution = Convolution(channels: 4, kernel: 3, padding: 1)
        let block = Residual([convolution, BatchNormalization(), ReLU(), convolution, BatchNormalization()])
        let network = try network(
            [
                BatchNormalization(), Named("stem.conv", convolution), Named("stem.norm", BatchNormalization()), ReLU(),
                block, Named("stem", block), Flatten(), Dense(units: 3),
            ], [4, 5, 5])
        let branch = [0, 1, 3, 4]
        let blocks = branch.map { ("4.branch.\($0)", 2) } + branch.map { ("stem.branch.\($0)", 1) }
        let expected = [("0", 3), ("stem.conv", 3), ("stem.norm", 3), ("7", 0)] + blocks
        XCTAssertEqual(depths(network), Dictionary(uniqueKeysWithValues: expected))
    }

    func testEmbeddingsAndPositionsAreTheDeepest() throws {
        var text = TextTransformer()
        (text.tokens, text.features, text.heads, text.depth) = (7, 8, 2, 3)
        text.positions = .learned
        let words = try TestNetwork(text.network(inputShape: [6], classes: 3)).network
        XCTAssertEqual(Set(words.depths), [0, 1, 2, 3, 4])
        let embedded = depths(words)
        XCTAssertEqual([embedded["0"], embedded["1"]], [4, 4])
        // The normalization in front of the last layer is of the last block.
        XCTAssertEqual([embedded["5"], embedded["7"]], [1, 0])
        var images = VisionTransformer()
        (images.patch, images.features, images.heads, images.depth) = (2, 8, 2, 2)
        let patches = depths(try TestNetwork(images.network(inputShape: [1, 4, 4], classes: 3)).network)
        XCTAssertEqual([patches["0"], patches["1"], patches["2"]], [3, 3, 3])
    }

    func testPresets() throws {
        let lenet = try TestNetwork(LeNet5().network(inputShape: [1, 28, 28], classes: 10)).network
        XCTAssertEqual(lenet.depths, [4, 3, 2, 1, 0])
        XCTAssertEqual(lenet.rateShares(layerDecay: 0.5), [0.0625, 0.125, 0.25, 0.5, 1])
        XCTAssertEqual(lenet.rateShares(layerDecay: 1), [1, 1, 1, 1, 1])
        // A convolution, nine blocks, a dense layer.
        let residual = try TestNetwork(.resnet(depth: 20, inputShape: [3, 8, 8], classes: 10)).network
        XCTAssertEqual(residual.depths.first, 10)
        XCTAssertEqual(residual.depths, residual.depths.sorted(by: >))
        XCTAssertEqual(Set(residual.depths), Set(0...10))
    }

    func testANetworkWithoutDepth() throws {
        XCTAssertEqual(try network([Flatten(), Dense(units: 3)], [1, 2, 2]).depths, [0])
    }
}
