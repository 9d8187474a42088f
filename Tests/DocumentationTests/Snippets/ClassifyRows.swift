import Entrain

func classify(_ rows: [[Float]], by run: String, over world: any Communicator) throws -> [(name: String, sure: Float)] {
    let predictor = try Predictor(of: run, over: world)
    let predictions = try predictor.predictions(of: rows.flatMap { $0 })
    return (0..<predictions.count).map { row in
        (predictions.className(of: row), predictions.probabilities(of: row).max() ?? 0)
    }
}

func classify(files: [String], by run: String, into table: String, over world: any Communicator) throws -> Int {
    let predictor = try Predictor(of: run, over: world)
    return try PredictionRun(of: files, by: predictor, as: .csv(top: nil), to: table).samples
}
