import DataParallel
import Foundation
import MPI

/// The timelines of all ranks in one file that chrome://tracing and Perfetto show (Trace Event Format: complete events, and
/// asynchronous ones for what goes on several at a time).
final class TraceFile {
    let timeline = Timeline()
    private let path: String
    private let communicator: any Communicator
    private let start: (time: UInt64, offset: Int64)

    /// Collective.
    init(_ path: String, over communicator: any Communicator) throws {
        self.path = path
        self.communicator = communicator
        let offset = try communicator.clockOffset()
        start = (Timeline.now(), offset)
        // A path that cannot be written to is told before the training.
        try communicator.agree {
            if communicator.rank == 0 { try OutputFile.replace(path) { file throws(FileError) in try file.write("") } }
        }
    }

    /// Collective. Rank 0 writes what all ranks have recorded.
    ///
    /// - Parameter put: takes, on rank 0, the path and what writes the file.
    /// - Returns: a note for the user.
    @discardableResult
    func write(
        _ put: (String, @escaping () throws(FileError) -> Void) -> Void
    ) throws -> String {
        let end = (time: Timeline.now(), offset: try communicator.clockOffset())
        let leftOut = try communicator.allReduce(timeline.leftOut, .max)
        let first = try communicator.broadcast(start.time, root: 0)
        // Clocks of two machines drift apart: between the two looks the offset changes evenly.
        func common(_ time: UInt64) -> Double {
            let share = Double(time &- start.time) / Double(max(1, end.time - start.time))
            let offset = Double(start.offset) + share * Double(end.offset - start.offset)
            return Double(Int64(time) - Int64(first)) + offset
        }
        let rank = communicator.rank
        var lines = [
            #"{"name":"process_name","ph":"M","pid":\#(rank),"args":{"name":"rank \#(rank) on \#(communicator.hostName)"}}"#
        ]
        for track in Timeline.Track.allCases {
            lines.append(
                #"{"name":"thread_name","ph":"M","pid":\#(rank),"tid":\#(track.rawValue),"args":{"name":"\#(track)"}}"#)
        }
        for (index, event) in timeline.events.enumerated() {
            // Both on the common clock: where its speed differs from this rank's, events would overlap else.
            let (from, to) = (common(event.start), common(event.start + event.duration))
            let start = String(format: "%.3f", from / 1e3)
            if event.track == .buckets {
                // Several at a time are asynchronous events: those of a thread must lie within each other.
                let end = String(format: "%.3f", to / 1e3)
                for (phase, time) in [("b", start), ("e", end)] {
                    lines.append(
                        #"{"name":"\#(event.name)","cat":"reduction","id":"\#(rank).\#(index)","ph":"\#(phase)","ts":\#(time),"pid":\#(rank),"tid":\#(event.track.rawValue)}"#
                    )
                }
                continue
            }
            let duration = String(format: "%.3f", (to - from) / 1e3)
            lines.append(
                #"{"name":"\#(event.name)","ph":"X","ts":\#(start),"dur":\#(duration),"pid":\#(rank),"tid":\#(event.track.rawValue)}"#
            )
        }
        let texts = try communicator.gather(Array(lines.joined(separator: ",\n").utf8), root: 0)
        if let texts {
            put(path) { [path] () throws(FileError) in
                try OutputFile.replace(path) { file throws(FileError) in
                    try file.write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")
                    for (index, text) in texts.enumerated() {
                        if index > 0 { try file.write(",\n") }
                        try file.write(text.span.bytes)
                    }
                    try file.write("\n]}\n")
                }
            }
        }
        let note = leftOut > 0 ? "; \(leftOut) later events of a rank were left out" : ""
        return "timeline: \(path)\(note)"
    }
}
