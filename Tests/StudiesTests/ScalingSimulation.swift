import Foundation
import Studies

/// A step gone through event by event: what the closed form of `ScalingModel` is held against.
///
/// Every rank draws how long its arithmetic takes. What of the gradient all ranks of a node have is ready, bucket by bucket
/// from its end where the exchange overlaps the backward pass, else in one piece a slice when the slowest of them is done. Then
/// nodes exchange it in the rounds of the algorithm, message by message: a message begins when both partners have done the round
/// before, shares the sender's line with the others that leave there, and is there a latency after its end.
struct ScalingSimulation {
    /// What is exchanged as one.
    private struct Piece {
        var bytes: Double
        /// The share of the backward pass after which it is ready.
        var readiness: Double
    }

    private struct Round {
        /// The partner of node n is n XOR this.
        var distance: Int
        /// Share of the piece's bytes.
        var share: Double
    }

    private let model: ScalingModel
    private let nodes: Int
    private let overlaps: Bool
    private let pieces: [Piece]
    private let rounds: [Round]

    /// - Parameters:
    ///   - nodes: a power of two.
    ///   - overlaps: whether buckets are exchanged during the backward pass.
    init(_ model: ScalingModel, nodes: Int, overlaps: Bool) {
        precondition(nodes.nonzeroBitCount == 1, "a simulation of \(nodes) nodes, a power of two expected")
        self.model = model
        self.nodes = nodes
        self.overlaps = overlaps && !model.exchange.isDirect
        pieces = self.overlaps ? Self.buckets(model) : Self.slices(model)
        rounds =
            model.exchange.isDirect ? Self.directRounds(nodes) : Self.allReduceRounds(model, nodes, pieces[0].bytes)
    }

    /// Slices are cut from their ends, and become ready from the end of the gradient.
    private static func buckets(_ model: ScalingModel) -> [Piece] {
        let slice = model.gradientBytes / Double(model.ranksPerNode)
        let bucket = Double(max(64, model.exchange.bucketBytes))
        return (0..<model.ranksPerNode).reversed().flatMap { owner in
            var pieces: [Piece] = []
            var end = slice
            while end > 0 {
                let start = max(0, end - bucket)
                let floor = Double(owner) * slice + start
                pieces.append(Piece(bytes: end - start, readiness: 1 - floor / model.gradientBytes))
                end = start
            }
            return pieces
        }
    }

    private static func slices(_ model: ScalingModel) -> [Piece] {
        let bytes = model.exchange.compresses ? model.gradientBytes / 2 : model.gradientBytes
        let piece = Piece(bytes: bytes / Double(model.ranksPerNode), readiness: 1)
        return Array(repeating: piece, count: model.ranksPerNode)
    }

    private static func allReduceRounds(_ model: ScalingModel, _ nodes: Int, _ bytes: Double) -> [Round] {
        let count = nodes.trailingZeroBitCount
        if model.network.fastestAllReduce(bytes: bytes, ranks: nodes).algorithm == .recursiveDoubling {
            return (0..<count).map { Round(distance: 1 << $0, share: 1) }
        }
        let doubling = (0..<count).map { Round(distance: 1 << $0, share: Double(1 << $0) / Double(nodes)) }
        return doubling.reversed() + doubling
    }

    /// Each node sends each other one a part, and later the part's sum.
    private static func directRounds(_ nodes: Int) -> [Round] {
        let exchange = (1..<max(nodes, 2)).filter { $0 < nodes }.map { Round(distance: $0, share: 1 / Double(nodes)) }
        return exchange + exchange
    }

    private enum Event {
        /// Two nodes begin a round of a piece.
        case round(piece: Int, Int, Int)
        /// The message that has least left has gone out of a node, if its line is as it was.
        case sent(node: Int, version: Int)
    }

    /// What a node sends: its messages share the line, packet by packet.
    private struct Line {
        /// Seconds that each message under way has had the line for itself alone, since the beginning.
        private var service = 0.0
        private var updated = 0.0
        private var messages: [(end: Double, piece: Int)] = []
        /// Rises with each change.
        private(set) var version = 0

        mutating func begin(_ piece: Int, seconds: Double, at time: Double) {
            advance(to: time)
            messages.append((service + seconds, piece))
            version += 1
        }

        /// When the next message will have gone out; nil if there is none.
        var next: Double? {
            messages.map(\.end).min().map { updated + max(0, $0 - service) * Double(messages.count) }
        }

        /// The message that goes out at `time`.
        mutating func end(at time: Double) -> Int {
            advance(to: time)
            let place = messages.indices.min { messages[$0].end < messages[$1].end }!
            version += 1
            return messages.remove(at: place).piece
        }

        private mutating func advance(to time: Double) {
            if !messages.isEmpty { service += (time - updated) / Double(messages.count) }
            updated = time
        }
    }

    /// - Parameter draw: a number in 0 ..< 1 for a rank.
    /// - Returns: seconds until the last node has the sum of all gradients; sums within nodes take no time.
    func seconds(ranks: Int, batch: Int, draw: (Int) -> Double) -> Double {
        let arithmetic = model.arithmeticSeconds(ranks: ranks, batch: batch)
        let noise = model.noise
        let local = ranks / nodes
        let slowest = (0..<nodes).map { node in
            (0..<local).reduce(0.0) { slowest, rank in
                let place = Int(draw(node * local + rank) * Double(noise.count))
                return max(slowest, noise.isEmpty ? 1 : noise[min(noise.count - 1, place)])
            }
        }
        let ends = slowest.map { arithmetic * $0 }
        guard nodes > 1 else { return ends[0] }
        var state = State(pieces.count, nodes)
        for (number, piece) in pieces.enumerated() {
            for node in 0..<nodes {
                state.times[number * nodes + node] = ends[node] * (1 - model.backwardShare * (1 - piece.readiness))
            }
        }
        for piece in pieces.indices {
            for node in 0..<nodes where node < node ^ rounds[0].distance { propose(piece, node, &state) }
        }
        while let (time, event) = state.events.removeFirst() {
            switch event {
            case .round(let piece, let a, let b):
                let bytes = pieces[piece].bytes * rounds[state.next[piece * nodes + a]].share
                for node in [a, b] {
                    state.lines[node].begin(piece, seconds: bytes * model.network.secondsPerByte, at: time)
                    state.expectEnd(node)
                }
            case .sent(let node, let version):
                guard state.lines[node].version == version else { continue }
                let piece = state.lines[node].end(at: time)
                state.expectEnd(node)
                let partner = node ^ rounds[state.next[piece * nodes + node]].distance
                finish(piece, node, at: time, &state)
                finish(piece, partner, at: time + model.network.latency, &state)
            }
        }
        return max(state.times.max()!, ends.max()!)
    }

    private struct State {
        /// By piece and node: when the node has done the rounds before `next`, of which it is in the middle where `open` is 1.
        var times: [Double]
        var next: [Int]
        var open: [Int]
        var lines: [Line]
        var events = Heap<(time: Double, event: Event)> { $0.time < $1.time }

        init(_ pieces: Int, _ nodes: Int) {
            times = Array(repeating: 0, count: pieces * nodes)
            next = Array(repeating: 0, count: pieces * nodes)
            open = next
            lines = Array(repeating: Line(), count: nodes)
        }

        mutating func expectEnd(_ node: Int) {
            guard let time = lines[node].next else { return }
            events.insert((time, .sent(node: node, version: lines[node].version)))
        }
    }

    /// One of the two messages of a node's round, its own and its partner's, is done.
    private func finish(_ piece: Int, _ node: Int, at time: Double, _ state: inout State) {
        let place = piece * nodes + node
        state.times[place] = max(state.times[place], time)
        state.open[place] += 1
        guard state.open[place] == 2 else { return }
        state.open[place] = 0
        state.next[place] += 1
        propose(piece, node, &state)
    }

    /// Lets a node's next round begin if its partner has come as far; else the partner will.
    private func propose(_ piece: Int, _ node: Int, _ state: inout State) {
        let place = piece * nodes + node
        guard state.next[place] < rounds.count else { return }
        let partner = node ^ rounds[state.next[place]].distance
        let other = piece * nodes + partner
        guard state.next[other] == state.next[place], state.open[other] == 0 else { return }
        state.events.insert((max(state.times[place], state.times[other]), .round(piece: piece, node, partner)))
    }
}

extension ScalingModel {
    /// A step at `ranks` ranks, gone through event by event. What the closed form is held against: a power of two of nodes, all
    /// full.
    ///
    /// - Parameter draw: a number in 0 ..< 1 for a rank.
    /// - Returns: seconds until the last node has the sum of all gradients; neither sums within nodes nor the update are counted.
    func simulate(ranks: Int, batch: Int, draw: (Int) -> Double) -> Double {
        let nodes = nodes(of: ranks)
        precondition(ranks == nodes * ranksPerNode, "\(ranks) ranks on nodes of \(ranksPerNode)")
        func seconds(_ overlaps: Bool) -> Double {
            ScalingSimulation(self, nodes: nodes, overlaps: overlaps).seconds(ranks: ranks, batch: batch, draw: draw)
        }
        switch exchange.overlap {
        case .on: return seconds(true)
        case .off: return seconds(false)
        case .auto: return exchange.isDirect ? seconds(false) : min(seconds(true), seconds(false))
        }
    }
}
