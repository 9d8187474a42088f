import OneDNN
import XCTest

final class MemoryDescriptorTests: XCTestCase {
    func testNamesAreThoseOfTheTags() throws {
        let tags: [(FormatTag, String)] = [
            (.channelsLast, "acdb"), (.channelBlocks8, "aBcd8b"), (.channelBlocks16, "aBcd16b"),
            (.sampleBlocks16, "Abcd16a"),
            (.weightBlocks8, "ABcd8b8a"), (.weightBlocks16, "ABcd16b16a"),
        ]
        for (tag, name) in tags {
            for dataType in [DataType.float32, .bfloat16] {
                let layout = try MemoryDescriptor([32, 48, 5, 7], dataType, tag)
                XCTAssertEqual(layout.layoutName, name)
                XCTAssertEqual(layout.shape, [32, 48, 5, 7])
                XCTAssertEqual(layout.dataType, dataType)
                XCTAssertEqual(layout.byteCount, 32 * 48 * 5 * 7 * (dataType == .float32 ? 4 : 2))
            }
        }
        XCTAssertEqual(try MemoryDescriptor([2, 3, 4], .float32, strides: [12, 4, 1]).layoutName, "abc")
        XCTAssertEqual(try MemoryDescriptor([2, 3, 4], .float32, strides: [1, 2, 6]).layoutName, "cba")
    }

    func testBlocksAreFilledUp() throws {
        let eight = try MemoryDescriptor([2, 3, 5, 5], .float32, .channelBlocks8)
        XCTAssertEqual(eight.byteCount, 2 * 8 * 5 * 5 * 4)
        XCTAssertEqual(eight.blockedAxis, 1)
        let samples = try MemoryDescriptor([2, 3, 5, 5], .float32, .sampleBlocks16)
        XCTAssertEqual(samples.byteCount, 16 * 3 * 5 * 5 * 4)
        XCTAssertEqual(samples.blockedAxis, 0)
        XCTAssertNil(try MemoryDescriptor([2, 3, 5, 5], .float32, .channelsLast).blockedAxis)
    }

    func testEqualityIsThatOfShapeFormatAndLayout() throws {
        let layout = try MemoryDescriptor([2, 16, 3, 3], .float32, .channelBlocks16)
        XCTAssertEqual(layout, try MemoryDescriptor([2, 16, 3, 3], .float32, .channelBlocks16))
        XCTAssertNotEqual(layout, try MemoryDescriptor([3, 16, 3, 3], .float32, .channelBlocks16))
        XCTAssertNotEqual(layout, try MemoryDescriptor([2, 16, 3, 3], .bfloat16, .channelBlocks16))
        XCTAssertNotEqual(layout, try MemoryDescriptor([2, 16, 3, 3], .float32, .channelBlocks8))
        // One order, said by a tag and by strides.
        XCTAssertEqual(
            try MemoryDescriptor([2, 16, 3, 3], .float32, .channelsLast),
            try MemoryDescriptor([2, 16, 3, 3], .float32, strides: [144, 1, 48, 16]))
    }

    func testConversionKeepsTheOrder() throws {
        for layout in [
            try MemoryDescriptor([2, 5, 3, 3], .float32, .channelBlocks16),
            try MemoryDescriptor([2, 5, 3, 3], .float32, strides: [45, 1, 15, 5]),
        ] {
            let converted = try layout.converted(to: .bfloat16)
            XCTAssertEqual(converted.dataType, .bfloat16)
            XCTAssertEqual(converted.layoutName, layout.layoutName)
            XCTAssertEqual(converted.byteCount, layout.byteCount / 2)
            XCTAssertEqual(try converted.converted(to: .float32), layout)
        }
    }

    func testATagOfAnotherRankIsRefused() {
        XCTAssertThrowsError(try MemoryDescriptor([2, 3], .float32, .channelsLast)) { error in
            XCTAssertEqual((error as? OneDNNError)?.operation, "describe a tensor [2, 3]")
            XCTAssertEqual((error as? OneDNNError)?.status, "invalid_arguments")
        }
    }

    func testInstructionSetsAreNamedByTheMostCapable() {
        XCTAssertEqual(InstructionSets([.sse41]).description, "SSE4.1")
        XCTAssertEqual(InstructionSets([.sse41, .avx, .avx2]).description, "AVX2")
        XCTAssertEqual(InstructionSets([.sse41, .avx, .avx2, .avx512]).description, "AVX-512")
        XCTAssertEqual(InstructionSets([]).description, "generic")
        let limit = ProcessInfo.processInfo.environment["DNNL_MAX_CPU_ISA"]
        if limit == "SSE41" { XCTAssertEqual(Library.instructionSets, .sse41) }
        if limit == "AVX2" { XCTAssertTrue(Library.instructionSets.isSubset(of: [.sse41, .avx, .avx2])) }
    }
}
