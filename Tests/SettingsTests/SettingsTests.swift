import Settings
import SettingsTestSupport
import XCTest

private protocol Shape: Component {
    var area: Double { get }
}

private struct Square: Shape, Equatable {
    static let name = "square"
    var side = 2.0
    init() {}
    static let settings: [Setting<Self>] = [.init("side", \.side, .above(0), unit: "m", "length of a side")]
    var area: Double { side * side }
}

private struct Rectangle: Shape {
    static let name = "rectangle"
    var side = 2.0
    var height = 7.0
    init() {}
    static let settings: [Setting<Self>] = [
        .init("side", \.side, .above(0), "length of a side"),
        .init("height", \.height, .above(0), "length of the other side"),
    ]
    var contradiction: Contradiction? {
        height == side ? Contradiction("height", "expected another length than side, found \(height)") : nil
    }
    var area: Double { side * height }
}

private struct Triangle: Shape {
    static let name = "triangle"
    var base = 1.0
    init() {}
    static let settings: [Setting<Self>] = [.init("base", \.base, .above(0), "length of the base")]
    var area: Double { base }
}

private enum Colour: String, CaseIterable, SettingValue {
    case red, green
}

private struct Drawing: Configurable {
    static let shapes = Registry<any Shape>([Square.self, Rectangle.self])
    var shape: any Shape = Square()
    var colour = Colour.red
    var copies: Int?
    var points: [Int] = [1, 2]
    var frame = Square()
    init() {}
    static let settings: [Setting<Self>] = [
        .init(choice: "shape", \.shape, "shape", among: shapes, "what is drawn"),
        .init("colour", \.colour, "colour of it"),
        .init("copies", \.copies, .atLeast(1), "number of copies; null: as many as there is room for"),
        .init(list: "points", \.points, .from(0, through: 100), "marked points"),
        .init(section: "frame", \.frame, "what stands around it"),
    ]
}

/// Reading, writing and checking by a component's table.
final class SettingsTests: XCTestCase {
    private func node(_ entries: [(String, ConfigurationNode.Content)]) -> ConfigurationNode {
        ConfigurationNode(
            content: .mapping(
                entries.map {
                    .init(key: $0, place: "at \($0)", value: ConfigurationNode(content: $1, place: "at \($0)"))
                }), place: "top")
    }

    private func word(_ text: String) -> ConfigurationNode.Content { .scalar(text: text, isPlain: true) }

    private func read(
        _ entries: [(String, ConfigurationNode.Content)], additions: [any Component.Type] = []
    ) throws -> Drawing {
        let reader = SectionReader(root: node(entries), additions: additions)
        let drawing = try reader.component(Drawing.self)
        try reader.checkForUnknownKeys()
        return drawing
    }

    private func message(_ entries: (String, ConfigurationNode.Content)...) -> String {
        do { return "no error but \(try read(entries))" } catch { return "\(error)" }
    }

    func testTablesFollowTheirLaws() {
        assertTableLaws(Square.self)
        assertTableLaws(Rectangle.self)
        assertTableLaws(Drawing.self)
    }

    func testDefaultsStandWhereNothingIsWritten() throws {
        let drawing = try read([])
        XCTAssertEqual(drawing.shape.area, 4)
        XCTAssertEqual(drawing.colour, .red)
        XCTAssertNil(drawing.copies)
        XCTAssertEqual(try read([("copies", word("null"))]).written, drawing.written)
    }

    func testTheChosenComponentReadsItsSettingsBesideTheKey() throws {
        let drawing = try read([("shape", word("rectangle")), ("height", word("5"))])
        XCTAssertEqual(drawing.shape.area, 10)
        XCTAssertEqual(
            WrittenValue.mapping(drawing.written, isInline: true).line,
            "{shape: rectangle, side: 2.0, height: 5.0, colour: red, copies: null, points: [1, 2], frame: {side: 2.0}}")
    }

    func testSettingsOfAnotherChoiceAreRefused() {
        XCTAssertEqual(
            message(("height", word("5"))),
            "at height: height: belongs to shape: rectangle, but the shape is square")
        XCTAssertEqual(
            message(("shape", word("sqare"))),
            "at shape: shape: expected one of square, rectangle, found \"sqare\"; did you mean square?")
    }

    func testMessagesNamePlaceExpectationAndFinding() {
        XCTAssertEqual(
            message(("copies", word("0"))), "at copies: copies: expected an integer of at least 1, found 0")
        XCTAssertEqual(
            message(("copies", .scalar(text: "2", isPlain: false))),
            "at copies: copies: expected an integer of at least 1, found \"2\"")
        XCTAssertEqual(
            message(("colour", word("gren"))),
            "at colour: colour: expected one of red, green, found \"gren\"; did you mean green?")
        XCTAssertEqual(
            message(("side", word("1e-310"))),
            "at side: side: expected a number above 0.0, of at least \(Double.leastNormalMagnitude) if it is not 0, "
                + "found 1e-310")
        XCTAssertEqual(
            message(("points", word("1"))),
            "at points: points: expected a list of integers from 0 to 100, found 1")
        XCTAssertEqual(
            message(("points", .sequence([node([])]))),
            "top: points[0]: expected an integer from 0 to 100, found a mapping")
        XCTAssertEqual(
            message(("clour", word("red"))), "at clour: clour: unknown key; did you mean colour?")
        XCTAssertEqual(message(("frame", word("1"))), "at frame: frame: expected a mapping, found 1")
    }

    func testValuesSetInCodeAreChecked() {
        var drawing = Drawing()
        XCTAssertNil(drawing.problem)
        drawing.copies = 0
        XCTAssertEqual(drawing.problem, Contradiction("copies", "expected an integer of at least 1, found 0"))
        drawing = Drawing()
        drawing.frame.side = -1
        XCTAssertEqual(drawing.problem, Contradiction("frame.side", "expected a number above 0.0, found -1.0"))
        drawing = Drawing()
        drawing.points = [3, 101]
        XCTAssertEqual(drawing.problem, Contradiction("points[1]", "expected an integer from 0 to 100, found 101"))
        var rectangle = Rectangle()
        rectangle.height = 2
        drawing = Drawing()
        drawing.shape = rectangle
        XCTAssertEqual(drawing.problem, Contradiction("height", "expected another length than side, found 2.0"))
    }

    func testAUsersComponentIsChosenLikeOurs() throws {
        let drawing = try read([("shape", word("triangle")), ("base", word("7"))], additions: [Triangle.self])
        XCTAssertEqual(drawing.shape.area, 7)
        XCTAssertTrue(message(("shape", word("triangle"))).contains("expected one of square, rectangle, found"))
    }

    func testJSONEscapesWhatItHasTo() {
        let value = WrittenValue.mapping(
            [.init("a", .text("\"\\\n\u{1}é")), .init("b", .list([.word("1.5"), .word("x"), .null]))], isInline: false)
        XCTAssertEqual(value.json, "{\n  \"a\": \"\\\"\\\\\\n\\u0001é\",\n  \"b\": [1.5, \"x\", null]\n}")
    }
}
