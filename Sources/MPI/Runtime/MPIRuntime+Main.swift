#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension MPIRuntime {
    /// The whole life of an MPI program: initializes, runs `body`, finalizes and exits with status 0.
    ///
    /// - An ``AgreedError`` that all ranks share is printed by one of them as `[rank r/n on host] message`; all
    ///   finalize and exit with its status.
    /// - Any other error is printed by the rank that threw it, which ends the whole job (`MPI_Abort`) with the error's
    ///   status (``ExitStatusProviding``), or 1.
    /// - Signals come to a thread of their own, ``SignalThread``; a process that `body` starts should have them as they were,
    ///   see ``SignalThread/startingProcess(_:)``.
    ///
    /// Nothing else in a program should end the process: a rank that exits by itself leaves the others waiting.
    public static func main(requesting level: ThreadLevel = .funneled, _ body: (MPIRuntime) throws -> Void) -> Never {
        mainReturningStatus(requesting: level) { runtime in
            try body(runtime)
            return .success
        }
    }

    /// The same, see ``main(requesting:_:)``, for a program that chooses the status of a regular end.
    ///
    /// - Parameter body: returns this rank's exit status; normally the same on all ranks, since a launcher reports one.
    public static func mainReturningStatus(
        requesting level: ThreadLevel = .funneled, _ body: (MPIRuntime) throws -> ExitStatus
    ) -> Never {
        SignalThread.keepSignalsOffThisThread()
        let runtime: MPIRuntime
        do throws(MPIError) {
            runtime = try initialize(requesting: level)
        } catch {
            report("\(error)")
            exit(ExitStatus.failure.rawValue)
        }
        let status: ExitStatus
        do {
            status = try body(runtime)
        } catch let error as AgreedError where runtime.isShared(error) {
            if runtime.reports(error) { runtime.reportWithRank(error) }
            status = error.exitStatus
        } catch {
            runtime.abort(error)
        }
        do throws(MPIError) {
            fflush(nil)
            try runtime.finalize()
        } catch {
            runtime.abort(error)
        }
        exit(status.rawValue)
    }

    /// Whether every rank of the job has this error; those of a smaller group would leave the others waiting.
    private func isShared(_ error: AgreedError) -> Bool {
        (error.participants ?? world.size) == world.size
    }

    private func reports(_ error: AgreedError) -> Bool {
        switch error.reporter {
        case .thisRank: true
        case .otherRank: false
        case .rankZero: world.rank == 0
        }
    }

    private func abort(_ error: any Error) -> Never {
        reportWithRank(error)
        fflush(nil)
        world.abort(status: ((error as? any ExitStatusProviding)?.exitStatus ?? .failure).orFailure.rawValue)
    }

    private func reportWithRank(_ error: any Error) {
        Self.report("[rank \(world.rank)/\(world.size) on \(hostName)] \(error)")
    }

    /// One call of write, so that the lines of several ranks do not mix.
    static func report(_ message: String) {
        let line = Array((message + "\n").utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
