import MPI
import Synchronization
import XCTest

/// Collects what ranks find wrong. A rank that finds something goes on, so that the others do not wait for it.
public final class Findings: Sendable {
    private let list = Mutex<[String]>([])

    public func record(_ finding: String) {
        list.withLock { $0.append(finding) }
    }

    public func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { record(message()) }
    }

    public func expectEqual<Value: Equatable>(
        _ found: Value, _ expected: Value, _ what: @autoclosure () -> String = "", line: UInt = #line
    ) {
        if found != expected { record("line \(line): \(what()): found \(found), expected \(expected)") }
    }

    public func take() -> [String] {
        list.withLock { list in
            defer { list = [] }
            return list
        }
    }
}

/// A law holds on any communicator, whatever its number of ranks.
public typealias Law = @Sendable (any Communicator, Findings) throws -> Void

extension XCTestCase {
    /// Holds `law` on every implementation: threads as 1, 2, 3 and 4 ranks, the MPI library's world, and the world with
    /// a count limit so small that every call is split. Under a launcher with several ranks, only on the library.
    public func assertLaw(_ law: @escaping Law, file: StaticString = #filePath, line: UInt = #line) throws {
        let world = try MPITestRuntime.shared().world
        let findings = Findings()
        if world.size == 1 {
            for ranks in 1...4 {
                try InProcessCommunicator.run(ranks: ranks) { try law($0, findings) }
                report(findings, "\(ranks) threads", file, line)
            }
        }
        try holdOnLibrary(law, world, findings)
        report(findings, "rank \(world.rank)/\(world.size)", file, line)
        try holdOnLibrary(law, MPICommunicator(duplicating: world, countLimit: 3), findings)
        report(findings, "rank \(world.rank)/\(world.size), split at 3 elements", file, line)
    }

    private func holdOnLibrary(_ law: Law, _ communicator: MPICommunicator, _ findings: Findings) throws {
        do {
            try law(communicator, findings)
        } catch  where communicator.size > 1 {
            // The other ranks wait for this one; the launcher ends them when it ends.
            fatalError("\(name): rank \(communicator.rank)/\(communicator.size): \(error)")
        }
    }

    private func report(_ findings: Findings, _ place: String, _ file: StaticString, _ line: UInt) {
        for finding in findings.take() { XCTFail("\(place): \(finding)", file: file, line: line) }
    }
}

/// The types that MPI can send.
public let scalarTypes: [any MPIScalar.Type] = [
    Int8.self, Int16.self, Int32.self, Int64.self, Int.self,
    UInt8.self, UInt16.self, UInt32.self, UInt64.self, UInt.self, Float.self, Double.self,
]

/// Small numbers that differ from rank to rank and place to place, and of which some are 0.
public func sample<Scalar: MPIScalar>(_ type: Scalar.Type, rank: Int, count: Int) -> [Scalar] {
    (0..<count).map { Scalar(exactly: (rank * 5 + $0 * 3) % 7)! }
}
