import Training

extension ScalingModel {
    /// Where more ranks are of little use.
    public enum Limit: Sendable {
        /// The first number of ranks, doubling, at which the efficiency is under 80 %; what it is there; and what it would be with
        /// one thing changed, the best first, as far as that is more.
        case efficiency(ranks: Int, share: Double, remedies: [Remedy])
        /// Each of so many ranks has one sample of a step, and the efficiency is still 80 %.
        case samples(ranks: Int)
    }

    /// One thing changed.
    public struct Remedy: Sendable, Equatable {
        /// What and to what: a key of the configuration, where it is one.
        public let change: String
        /// The efficiency that the model gives for it.
        public let share: Double
    }

    /// Nil where the efficiency is 80 % at least up to 16,384 ranks.
    ///
    /// - Parameter batch: of all ranks where `kind` is strong, of each where it is weak.
    public func limit(_ kind: ScalingMeasurement.Kind, batch: Int) -> Limit? {
        if kind == .strong, batch < 2 { return .samples(ranks: batch) }
        var ranks = 2
        while ranks <= 16_384 {
            let share = efficiency(kind, ranks: ranks, batch: batch)
            if share < 0.8 {
                return .efficiency(
                    ranks: ranks, share: share,
                    remedies: remedies(kind, ranks: ranks, batch: batch).filter { $0.share > share + 0.001 })
            }
            if kind == .strong, ranks >= batch { return .samples(ranks: batch) }
            ranks = kind == .strong ? min(2 * ranks, batch) : 2 * ranks
        }
        return nil
    }

    /// Each change as the model sees it, the best first.
    private func remedies(_ kind: ScalingMeasurement.Kind, ranks: Int, batch: Int) -> [Remedy] {
        func remedy(_ change: String, batch newBatch: Int? = nil, _ adjust: (inout ScalingModel) -> Void) -> Remedy {
            var model = self
            adjust(&model)
            return Remedy(change: change, share: model.efficiency(kind, ranks: ranks, batch: newBatch ?? batch))
        }
        let total = kind == .strong ? batch : batch * ranks
        var all = [
            remedy("training.batch \(2 * total)", batch: 2 * batch) { _ in },
            remedy("steps that all take as long", { $0.noise = [] }),
        ]
        if nodes(of: ranks) > 1, !exchange.isOrdered {
            if exchange.compresses {
                all.append(remedy("reduction.compression none") { $0.exchange.compresses = false })
            } else {
                all.append(remedy("reduction.compression bf16") { $0.exchange.compresses = true })
                if exchange.overlap == .off {
                    all.append(remedy("reduction.overlap on") { $0.exchange.overlap = .on })
                }
                for bytes in [exchange.bucketBytes / 4, 4 * exchange.bucketBytes] where bytes >= 64 {
                    all.append(remedy("reduction.bucket \(bytes)") { $0.exchange.bucketBytes = bytes })
                }
            }
        }
        return all.sorted { $0.share > $1.share }
    }
}
