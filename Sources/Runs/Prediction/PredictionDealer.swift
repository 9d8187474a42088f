import Datasets
import MPI

/// The first rank of a prediction: reads samples, deals them out to all ranks, itself the last one, and writes what comes back.
///
/// A message to another rank is a number of samples and their features; one of no samples ends it. See ``PredictionWorker``.
struct PredictionDealer {
    private let predictor: Predictor
    private let communicator: any Communicator
    private(set) var samples = 0
    private(set) var notes: [String] = []
    private(set) var warnings: [String] = []
    /// The error that has ended the run before its end, unless another rank knows it.
    private(set) var failure: (any Error)?
    private var nonFiniteCount = 0

    init(_ predictor: Predictor) {
        self.predictor = predictor
        communicator = predictor.communicator
    }

    /// Predicts the samples of some files; keeps what fails, and lets the other ranks end.
    ///
    /// - Parameter makeOutput: opens what is written to.
    mutating func run(_ files: [String], into makeOutput: () throws -> PredictionOutput) throws(MPIError) {
        do {
            let output = try makeOutput()
            for file in files { try predict(file, into: output) }
            try output.finish()
        } catch let error as MPIError {
            throw error
        } catch is FailureElsewhere {
        } catch {
            failure = error
        }
        for rank in 1..<communicator.size { try communicator.send(0, to: rank) }
        if nonFiniteCount > 0 {
            let noun =
                predictor.model.meaning.targetScales == nil || predictor.model.meaning.hasLabels
                ? "probabilities" : "values"
            warnings.append(
                "the \(noun) of \(nonFiniteCount) of \(samples) samples are not finite: the network's outputs overflow; check "
                    + "the features, or train with a lower rate")
        }
    }

    private mutating func predict(_ file: String, into output: PredictionOutput) throws {
        let data = predictor.model.configuration.data
        var reader = try data.source.reader(of: file, predictor.options)
        let looks = reader.warnings
        try tell(looks, data.warnings)
        var first = 0
        while true {
            let (predictions, isLast) = try predictRound(&reader, of: file, first: first)
            for predictions in predictions {
                try output.write(predictions, file: file, first: first)
                first += predictions.count
                samples += predictions.count
                nonFiniteCount += predictions.nonFiniteCount
            }
            if isLast { break }
        }
        try tell(Array(reader.warnings.dropFirst(looks.count)), data.warnings)
    }

    /// Predicts a batch on each rank, or what there is left.
    ///
    /// - Parameter first: number of the first sample in the file.
    /// - Returns: the predictions in the order of the samples, and whether there are no more samples.
    private func predictRound(
        _ reader: inout any SampleReader, of file: String, first: Int
    ) throws -> ([Predictions], isLast: Bool) {
        var read = first
        var others = 0
        var names: [[String]?] = []
        func next() throws -> [Float]? {
            let features = try reader.next(Predictor.batch).map(Predictor.features)
            if let features {
                try predictor.checkTokens(in: features, first: read, subject: file)
                read += features.count / predictor.featureCount
            }
            names.append(reader.names)
            return features
        }
        let own = Result {
            while others < communicator.size - 1 {
                guard let features = try next() else { return nil as Predictions? }
                others += 1
                try send(features, to: others)
            }
            return try next().map { try predictor.predictions(ofPresented: $0) }
        }
        if case .failure(let error as MPIError) = own { throw error }
        // Those that were sent samples wait for their predictions to be taken.
        var predictions: [Predictions] = []
        for rank in 0..<others { predictions.append(try receive(from: rank + 1)) }
        let last = try own.get()
        predictions = try whole(predictions) + [last].compactMap(\.self)
        for index in predictions.indices { predictions[index].sampleNames = names[index] }
        return (predictions, last == nil)
    }

    private func send(_ features: [Float], to rank: Int) throws(MPIError) {
        try communicator.send(features.count / predictor.featureCount, to: rank)
        try communicator.send(features, to: rank)
    }

    private func receive(from rank: Int) throws(MPIError) -> Predictions {
        let count = try communicator.receive(Int.self, count: 1, from: rank)[0]
        guard count > 0 else { return Predictions(classNames: predictor.classNames) }
        return Predictions(
            classes: try communicator.receive(Int32.self, count: count, from: rank),
            probabilities: try communicator.receive(
                Float.self, count: count * predictor.classNames.count, from: rank),
            classNames: predictor.classNames)
    }

    private func whole(_ predictions: [Predictions]) throws(FailureElsewhere) -> [Predictions] {
        if predictions.contains(where: { $0.count == 0 }) { throw FailureElsewhere() }
        return predictions
    }

    /// Another rank has failed, and will say so.
    private struct FailureElsewhere: Error {}

    private mutating func tell(_ looks: [DataWarning], _ warnings: Configuration.Data.Warnings) throws {
        // Columns that nobody asks for are no mistake.
        notes += looks.filter { $0.kind == .unknownColumns }.map(\.description)
        let others = looks.filter { $0.kind != .unknownColumns }
        try warnings.handle(others) { _ in }
        self.warnings += others.map(\.description)
    }
}
