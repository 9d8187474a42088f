import Training

/// A moment of a run, and the line that shows it.
struct ProgressBar: Equatable {
    /// Passes over the training set so far and in all.
    var epoch: Double
    var epochs: Int
    /// In [0, 1].
    var fraction: Double
    var samplesPerSecond: Double?
    var secondsLeft: Double?
    var loss: Double?

    /// `epoch 3/10`: the epoch that is under way.
    private var position: String { "epoch \(min(epochs, Int(epoch) + 1))/\(epochs)" }

    private var details: [String] {
        [
            "\(Int(min(max(fraction, 0), 1) * 100)) %",
            secondsLeft.map { "\(NumberText.duration($0)) left" },
            samplesPerSecond.map { "\(NumberText.grouped($0)) samples/s" },
            loss.map { "loss \(NumberText.loss($0))" },
        ].compactMap { $0 }
    }

    /// The line for a terminal of that many columns: what is less important goes first when it is narrow. Never longer
    /// than one less than `columns`, as some terminals begin a new line after the last.
    func line(columns: Int) -> String {
        let room = columns - 1
        var details = details
        func text() -> String { ([position] + details).joined(separator: "  ") }
        while text().count + 2 > room, details.count > 1 { details.removeLast() }
        let length = room - text().count - 2
        guard length >= 10 else { return String(text().prefix(max(0, room))) }
        let bar = Self.bar(fraction: fraction, length: min(length, 40))
        return ([position, bar] + details).joined(separator: "  ")
    }

    /// A line for a file.
    var plainLine: String {
        ([position] + details).joined(separator: "  ")
    }

    static func bar(fraction: Double, length: Int) -> String {
        let halves = Int((min(max(fraction, 0), 1) * Double(2 * length)).rounded(.down))
        let full = String(repeating: "━", count: halves / 2) + (halves % 2 == 1 ? "╸" : "")
        return full + String(repeating: "─", count: length - full.count)
    }
}
