import Foundation

/// A program that is run to its end, or to the end of the time that it is given. It leaves nothing behind: no open descriptor, no
/// process, no file.
package enum ChildProcess {
    package struct Outcome {
        package var end: End
        package var output: [UInt8]
        package var errors: [UInt8]
    }

    package enum End: Equatable {
        case status(Int32)
        case signal(Int32)
        /// It was ended, with those that it had started.
        case tookTooLong
    }

    /// - Parameters:
    ///   - program: its path.
    ///   - environment: all variables that it sees.
    ///   - input: what it reads from standard input.
    ///   - seconds: that it is given.
    ///   - limit: bytes that are kept of its output, and of its errors.
    /// - Throws: where it cannot be started.
    package static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String], input: [UInt8] = [],
        seconds: Double, limit: Int = 1 << 26
    ) throws(FileError) -> Outcome {
        // Input by a socket, as to write to one whose reader has gone raises no signal.
        guard let (inputEnd, ownInput) = pair({ socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, $0) }) else {
            throw FileError(path: program, cannot: "start")
        }
        var streams = [ownInput]
        defer { for stream in streams where stream >= 0 { close(stream) } }
        var childEnds = [inputEnd]
        defer { for end in childEnds { close(end) } }
        for _ in 0..<2 {
            guard let (reading, writing) = pair({ pipe($0) }) else { throw FileError(path: program, cannot: "start") }
            streams.append(reading)
            childEnds.append(writing)
        }
        for stream in streams { _ = fcntl(stream, F_SETFL, O_NONBLOCK) }
        let process = try start(program, arguments, environment, childEnds)
        for end in childEnds { close(end) }
        childEnds.removeAll()

        var outcome = Outcome(end: .tookTooLong, output: [], errors: [])
        let deadline = ContinuousClock.now + .seconds(seconds)
        var sent = 0
        var status: Int32 = 0
        while true {
            if streams[0] >= 0 { sent += send(input[sent...], to: &streams[0]) }
            receive(&outcome.output, from: &streams[1], limit: limit)
            receive(&outcome.errors, from: &streams[2], limit: limit)
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process || ended < 0 && errno != EINTR {
                // Without a status where this process was started deaf to the ends of its children.
                outcome.end = ended < 0 ? .status(0) : Self.end(status)
                break
            }
            guard ContinuousClock.now < deadline else {
                // All that it has started, itself by its own number too, should it not have got so far.
                kill(-process, SIGKILL)
                kill(process, SIGKILL)
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                return outcome
            }
            wait(for: streams)
        }
        receive(&outcome.output, from: &streams[1], limit: limit)
        receive(&outcome.errors, from: &streams[2], limit: limit)
        return outcome
    }

    private static func start(
        _ program: String, _ arguments: [String], _ environment: [String: String], _ ends: [Int32]
    ) throws(FileError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, end) in ends.enumerated() { posix_spawn_file_actions_adddup2(&actions, end, Int32(number)) }
        // Libraries leave open what is not for others: sockets between ranks.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let number = Int32(name), number > STDERR_FILENO { posix_spawn_file_actions_addclose(&actions, number) }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals as a program expects them: this one blocks all, and is deaf to these.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGPIPE, SIGXFSZ] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        func list(_ words: [String]) -> [UnsafeMutablePointer<CChar>?] { words.map { strdup($0) } + [nil] }
        let (words, variables) = (list([program] + arguments), list(environment.map { "\($0)=\($1)" }))
        defer { for text in words + variables { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, words, variables)
        guard code == 0 else { throw FileError(path: program, cannot: "start", code: code) }
        return process
    }

    /// Two descriptors that no other child gets.
    private static func pair(_ make: (UnsafeMutablePointer<Int32>) -> Int32) -> (Int32, Int32)? {
        var ends: [Int32] = [-1, -1]
        guard make(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Sends what is taken at once; closes the stream when all has been, or nobody reads it.
    private static func send(_ bytes: ArraySlice<UInt8>, to stream: inout Int32) -> Int {
        let count =
            bytes.isEmpty
            ? 0
            : bytes.withUnsafeBytes { Foundation.send(stream, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count == bytes.count || count < 0 && errno != EAGAIN && errno != EINTR {
            close(stream)
            stream = -1
        }
        return max(count, 0)
    }

    /// Takes what is there; closes the stream at its end. What is over the limit is thrown away.
    private static func receive(_ bytes: inout [UInt8], from stream: inout Int32, limit: Int) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while stream >= 0 {
            let count = read(stream, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else {
                close(stream)
                stream = -1
                return
            }
            bytes += buffer.prefix(min(count, limit - bytes.count))
            if count < buffer.count { return }
        }
    }

    /// Returns when something can be done, or the process may have ended.
    private static func wait(for streams: [Int32]) {
        var wanted = zip(streams, [POLLOUT, POLLIN, POLLIN]).filter { $0.0 >= 0 }.map { stream, events in
            pollfd(fd: stream, events: Int16(events), revents: 0)
        }
        // One that has closed its streams is about to end.
        poll(&wanted, nfds_t(wanted.count), wanted.isEmpty ? 2 : 20)
    }

    /// What waitpid(2) tells.
    private static func end(_ status: Int32) -> End {
        status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }
}
