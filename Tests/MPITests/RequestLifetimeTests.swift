import Foundation
import MPI
import MPITestSupport
import XCTest

/// The compiler refuses a program that could touch a buffer while the library uses it, and takes the right one.
final class RequestLifetimeTests: XCTestCase {
    func testRightUseCompiles() throws {
        try assertCompiles(
            """
            var values: [Float] = [1, 2]
            var span = values.mutableSpan
            let request = try world.startAllReduce(&span, .sum)
            try request.wait()
            span[0] = 3
            values[0] = 3
            """)
        try assertCompiles(
            """
            var values: [Float] = [1, 2]
            let request = try world.startSend(values.span, to: 0, tag: 0)
            print(values[0])
            try request.wait()
            values[0] = 3
            """)
        try assertCompiles(
            """
            var values: [Int8] = [1, 2]
            values.withUnsafeMutableBufferPointer { _ in }
            try world.allReduce(&values, .bitwiseAnd)
            """)
    }

    func testABufferBeingReducedCannotBeTouched() throws {
        try assertRejected(
            """
            var values: [Float] = [1, 2]
            var span = values.mutableSpan
            let request = try world.startAllReduce(&span, .sum)
            span[0] = 3
            try request.wait()
            """, because: "overlapping accesses to 'span'")
        try assertRejected(
            """
            var values: [Float] = [1, 2]
            var span = values.mutableSpan
            let request = try world.startAllReduce(&span, .sum)
            print(values[0])
            try request.wait()
            """, because: "overlapping accesses to 'values'")
    }

    func testABufferBeingReceivedCannotBeTouched() throws {
        try assertRejected(
            """
            var values: [Float] = [1, 2]
            var span = values.mutableSpan
            let request = try world.startReceive(into: &span, from: nil, tag: nil)
            print(values[0])
            try request.wait()
            """, because: "overlapping accesses to 'values'")
    }

    func testABufferBeingSentCannotBeChanged() throws {
        try assertRejected(
            """
            var values: [Float] = [1, 2]
            let request = try world.startSend(values.span, to: 0, tag: 0)
            values[0] = 3
            try request.wait()
            """, because: "overlapping accesses to 'values'")
    }

    func testARequestCannotLeaveTheScopeOfItsBuffer() throws {
        try assertRejected(
            """
            func start(_ world: any Communicator) throws -> Request {
                var values: [Float] = [1, 2]
                var span = values.mutableSpan
                return try world.startAllReduce(&span, .sum)
            }
            """, because: "cannot return a ~Escapable result")
        try assertRejected(
            """
            var values: [Float] = [1, 2]
            var requests: [Request] = []
            """, because: "type 'Request' does not conform to protocol 'Copyable'")
    }

    func testARequestIsWaitedForOnce() throws {
        try assertRejected(
            """
            let values: [Float] = [1, 2]
            let request = try world.startSend(values.span, to: 0, tag: 0)
            try request.wait()
            try request.wait()
            """, because: "'request' consumed more than once")
        try assertRejected(
            """
            let values: [Float] = [1, 2]
            let request = try world.startSend(values.span, to: 0, tag: 0)
            let copy = request
            try request.wait()
            try copy.wait()
            """, because: "'request' consumed more than once")
    }

    func testIntegerOperatorsDoNotExistForFloats() throws {
        for name in ["bitwiseAnd", "bitwiseOr", "bitwiseXor", "logicalAnd", "logicalOr", "logicalXor"] {
            try assertRejected(
                """
                var values: [Float] = [1, 2]
                try world.allReduce(&values, .\(name))
                """, because: "static property '\(name)' requires")
        }
    }

    private func assertCompiles(_ body: String, line: UInt = #line) throws {
        let outcome = try compile(body)
        XCTAssertEqual(outcome.status, 0, outcome.standardError, line: line)
    }

    private func assertRejected(_ body: String, because reason: String, line: UInt = #line) throws {
        let outcome = try compile(body)
        XCTAssertNotEqual(outcome.status, 0, "compiles", line: line)
        XCTAssert(
            outcome.standardError.contains("error: ") && outcome.standardError.contains(reason),
            "rejected for another reason: \(outcome.standardError)", line: line)
    }

    /// Compiles a function with that body against the module that this test was built with. Lifetimes are checked
    /// after types are, so a mere type check would not do.
    private func compile(_ body: String) throws -> Launcher.Outcome {
        let runtime = try MPITestRuntime.shared()
        try XCTSkipIf(runtime.isLaunched, "one process is enough to ask the compiler")
        guard let compiler = Launcher.find("swiftc") else { throw XCTSkip("swiftc is not in the search path") }
        guard let pkgConfig = Launcher.find("pkg-config") else { throw XCTSkip("pkg-config is not in the search path") }

        let flags = Process()
        flags.executableURL = pkgConfig
        flags.arguments = ["--cflags", runtime.libraryVersion.contains("Open MPI") ? "ompi-c" : "mpich"]
        let includes = try Launcher.run(flags, limit: 10).standardOutput
            .split(whereSeparator: \.isWhitespace).flatMap { ["-Xcc", String($0)] }

        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let source = directory.appendingPathComponent("snippet.swift")
        try Data("import MPI\nfunc program(_ world: any Communicator) throws {\n\(body)\n}\n".utf8).write(to: source)

        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = compiler
        process.arguments =
            [
                "-swift-version", "6", "-c", source.path, "-o", directory.appendingPathComponent("snippet.o").path,
                "-I", Launcher.directory.appendingPathComponent("Modules").path,
                "-Xcc", "-fmodule-map-file=\(package.path)/Sources/CMPI/module.modulemap",
            ] + includes
        return try Launcher.run(process, limit: 120)
    }
}
