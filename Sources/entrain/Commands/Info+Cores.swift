import Training

/// The cores of a machine, and what of them a job's ranks there may use.
struct HostCores: CustomStringConvertible {
    let name: String
    let ranks: Int
    let online: Int
    /// In the affinity mask of a rank, which a launcher, taskset or a cpuset has set.
    let allowedARank: Int
    /// In the masks of all ranks together.
    let allowed: Int
    /// The processor time of the control group, in cores; nil without a limit.
    let quota: Double?

    var description: String {
        let limit = quota.map { ", time for \(Self.text($0)) by control groups" } ?? ""
        return "\(name): \(ranks) ranks, \(online) cores, \(allowedARank) a rank\(limit)"
    }

    /// What makes ranks slow that have so many threads each; nil where there is room.
    func warning(threads: Int) -> String? {
        let wanted = "\(name): \(ranks) ranks of \(threads) threads exceed"
        let advice = "start fewer, or expect each to be slower"
        if ranks * threads > online { return "\(wanted) \(online) cores; \(advice)" }
        if let quota, Double(ranks * threads) > quota {
            return "\(wanted) the time of \(Self.text(quota)) cores that control groups allow; \(advice)"
        }
        if threads > allowedARank {
            return "\(name): \(threads) threads a rank exceed the \(allowedARank) cores it is bound to; bind to more "
                + "(OMP_NUM_THREADS=\(threads) launch/mpirun.sh, or mpirun --map-by slot:PE=\(threads) --bind-to core)"
        }
        if ranks * threads > allowed {
            return "\(wanted) the \(allowed) of \(online) cores that they may run on; \(advice)"
        }
        return nil
    }

    private static func text(_ cores: Double) -> String {
        cores == cores.rounded() ? "\(Int(cores))" : NumberText.fixed(cores, digits: 2)
    }
}
