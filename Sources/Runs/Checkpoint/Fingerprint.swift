import Datasets
import MPI
import NeuralNetwork
import Training

/// What a training was computed by, and on what data: a run that goes on does so with the same.
package struct Fingerprint: Codable, Sendable, Equatable {
    /// Digest of the program's file.
    package var program: String
    /// oneDNN's version.
    var library: String
    var instructionSet: String
    /// What computes the passes, by layer and pass.
    package var primitives: [String: [String: String]]
    /// The samples at once for which they were chosen.
    package var batch: Int
    /// Digests of the sets, by what they are called.
    package var sets: [String: String]
    /// What samples and labels mean; nil in checkpoints that did not keep it.
    package var meaning: DataMeaning?

    /// In the order in which they are looked at: all are standardised by what the first one has.
    static let setNames = ["training set", "validation set", "test set"]

    package init(_ replica: Replica, program: String = "", sets: [String: String] = [:], meaning: DataMeaning? = nil) {
        self.meaning = meaning
        self.program = program
        library = Processor.libraryVersion
        instructionSet = Processor.instructionSet
        primitives = replica.network.primitives
        batch = replica.microBatch
        self.sets = sets
    }

    /// Why a training with the fingerprint `kept` cannot go on with this one: the first difference; nil where it can.
    package func refusal(of kept: Fingerprint) -> String? {
        if let meaning, let difference = kept.meaning?.difference(from: meaning) {
            return "expected \(difference.expected), with which the run began, found \(difference.found); give it the "
                + "same files, or another directory with --output"
        }
        if let (name, digest, found) = LoadedData.difference(of: sets, from: kept.sets) {
            return
                "expected the \(name) that the run began with, \(digest), found \(found); give it the same files, or another "
                + "directory with --output"
        }
        // oneDNN may choose by the size of a pass, which another number of ranks changes; the algorithm goes by the shape.
        func compared(_ implementation: String) -> String {
            kept.batch == batch ? implementation : implementation.contains("wino") ? "Winograd" : "direct"
        }
        for (layer, passes) in kept.primitives.sorted(by: { $0.key < $1.key }) {
            for (pass, old) in passes.sorted(by: { $0.key < $1.key }) {
                let new = primitives[layer]?[pass] ?? "none"
                guard compared(old) != compared(new) else { continue }
                return "expected \(old) (\(kept.instructionSet)) for the \(pass) pass of layer \(layer), as the run "
                    + "began, found \(new) (\(instructionSet)); go on with the same version of the program, "
                    + "kind of processor, oneDNN and training.threads, or set "
                    + "DNNL_MAX_CPU_ISA to the instructions that the run began with"
            }
        }
        return nil
    }

    /// What has changed since `kept` without forbidding to go on; nil for nothing.
    package func notice(since kept: Fingerprint) -> String? {
        let changes = [(kept.program != program, "the program"), (kept.library != library, "oneDNN")]
            .filter(\.0).map(\.1)
        guard !changes.isEmpty else { return nil }
        return
            "changed since the checkpoint: \(changes.joined(separator: " and ")); results may differ from those of an "
            + "undisturbed run"
    }
}

extension LoadedData {
    /// Tells the sets from others, by what they are called.
    package var digests: [String: String] { digests { $0.digest } }

    /// Collective. The same; the ranks of a node share the work where samples are read from files each time.
    ///
    /// - Throws: `AgreedError` of a `DatasetError` of a file that could not be read; `MPIError`.
    package func digests(over communicator: any Communicator) throws -> [String: String] {
        let sets = [train, test, validation].compactMap(\.self)
        guard sets.contains(where: \.readsFiles) else { return digests }
        let node = try communicator.splitShared()
        let digests = try digests { try $0.digest(over: node) }
        try communicator.agree {
            for set in sets { if let failure = set.readFailure { throw failure } }
        }
        return digests
    }

    private func digests(_ digest: (any Dataset) throws -> String) rethrows -> [String: String] {
        var digests = ["training set": try digest(train), "test set": try digest(test)]
        digests["validation set"] = try validation.map(digest)
        return digests
    }

    /// The first set whose digest is another one than was kept; what was kept of it, and what it has.
    package static func difference(
        of digests: [String: String], from kept: [String: String]
    ) -> (set: String, kept: String, found: String)? {
        for name in Fingerprint.setNames {
            guard let old = kept[name], digests[name] != old else { continue }
            return (name, old, digests[name] ?? "none")
        }
        return nil
    }
}
