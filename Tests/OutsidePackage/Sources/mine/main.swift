import Entrain
import Foundation

/// What this package brings.
let additions: [any Component.Type] = [LearnedSlope.self, Halving.self, Lion.self, SpiralData.self]

let arguments = Array(CommandLine.arguments.dropFirst())

if arguments.first == "keys" {
    print(try Configuration.keys(below: arguments.count > 1 ? arguments[1] : "", additions: additions))
    exit(0)
}

if arguments == ["check"] {
    let report = try checkGradient(of: LearnedSlope(), inputShape: [3, 5, 4])
    print(report)
    exit(report.isCorrect ? 0 : 1)
}

MPIRuntime.main { runtime in
    let world = runtime.world
    switch arguments.first {
    case "train" where arguments.count >= 3:
        let file = arguments[1]
        let configuration = try world.agree { try Configuration.load(path: file, additions: additions) }
        let run = try TrainingRun(
            configuration, file: file, dataRoot: nil, output: arguments[2], resumes: true,
            logger: Logger(label: "mine") { _ in SwiftLogNoOpLogHandler() }, over: world)
        let lines = CycleLines(interruptAt: arguments.dropFirst(3).first.flatMap { Int($0) })
        try run.run(showsProgress: false, observedBy: [lines])
    case "evaluate" where arguments.count == 2:
        let evaluation = try EvaluationRun(
            of: arguments[1], on: .test, dataRoot: nil, additions: additions, over: world)
        if world.rank == 0 { print("test accuracy \(evaluation.metrics.accuracy)") }
    case "predict" where arguments.count > 2:
        let predictor = try Predictor(of: arguments[1], additions: additions, over: world)
        let points = try world.agree { try predictor.predictions(of: arguments.dropFirst(2).map { Float($0) ?? .nan }) }
        if world.rank == 0 { print(points.classes.map(String.init).joined(separator: " ")) }
    default:
        print(
            "usage: mine train CONFIGURATION DIRECTORY [LAST-STEP] | mine evaluate DIRECTORY | mine predict DIRECTORY X Y … | mine keys [PATH] | mine check"
        )
        exit(2)
    }
}
