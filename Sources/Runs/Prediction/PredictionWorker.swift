import MPI

/// A rank that predicts what the first one sends.
struct PredictionWorker {
    let predictor: Predictor
    private(set) var failure: (any Error)?

    init(_ predictor: Predictor) { self.predictor = predictor }

    mutating func run() throws(MPIError) {
        let communicator = predictor.communicator
        while true {
            let count = try communicator.receive(Int.self, count: 1, from: 0)[0]
            if count == 0 { return }
            let features = try communicator.receive(Float.self, count: count * predictor.featureCount, from: 0)
            var predictions = Predictions(classNames: predictor.classNames)
            do { predictions = try predictor.predictions(ofPresented: features) } catch { failure = error }
            // The first rank, which waits, is told of a failure by there being none.
            try communicator.send(predictions.count, to: 0)
            if predictions.count == 0 { continue }
            try communicator.send(predictions.classes, to: 0)
            try communicator.send(predictions.probabilities, to: 0)
        }
    }
}
