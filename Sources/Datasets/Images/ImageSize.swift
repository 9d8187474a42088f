import Settings

/// Height and width of samples: `224`, or `[160, 224]`.
public struct ImageSize: SettingValue, Equatable, Codable {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    private static let sides = 1...4096

    public init?(_ node: ConfigurationNode) {
        if let side = Int(node) {
            self.init(height: side, width: side)
        } else {
            guard case .sequence(let nodes) = node.content, nodes.count == 2, let height = Int(nodes[0]),
                let width = Int(nodes[1])
            else { return nil }
            self.init(height: height, width: width)
        }
        guard Self.sides.contains(height), Self.sides.contains(width) else { return nil }
    }

    public var written: WrittenValue { height == width ? height.written : .list([height.written, width.written]) }

    public static var form: ValueForm {
        ValueForm(
            "the side of a square or [H, W], of \(sides.lowerBound) to \(sides.upperBound) pixels", plural: "sizes",
            schema: [
                .init("type", .list([.text("integer"), .text("array")])), .init("minimum", sides.lowerBound.written),
                .init("maximum", sides.upperBound.written), .init("minItems", 2.written), .init("maxItems", 2.written),
            ])
    }
}
