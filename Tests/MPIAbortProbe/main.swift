import MPI

// Ends in the ways a program can end, for the tests of how the launcher and the user see it. Started by `AbortTests`.

struct ProbeError: ExitStatusProviding, CustomStringConvertible {
    let description: String
    let exitStatus: ExitStatus
}

let ending = CommandLine.arguments.dropFirst().first ?? ""

MPIRuntime.mainReturningStatus { runtime in
    let world = runtime.world
    switch ending {
    case "success":
        try world.barrier()
        return .success
    case "status":
        return 7
    case "uncaught":
        // The others wait for a rank that never comes.
        if world.rank == world.size - 1 { throw ProbeError(description: "probe: uncaught", exitStatus: 3) }
        while true { try world.barrier() }
    case "shared":
        let window = try world.allocateShared(Int64.self, count: 1000)
        if world.rank == world.size - 1 { throw ProbeError(description: "probe: shared", exitStatus: 3) }
        while true { try window.synchronize() }
    case "agreed":
        try world.agree {
            if world.rank == world.size - 1 { throw ProbeError(description: "probe: agreed", exitStatus: 4) }
        }
    case "agreed-in-part":
        // Only one rank of the world takes part, so the others do not know of the error.
        if let part = try world.split(color: world.rank == 0 ? 0 : nil, key: 0) {
            try part.agree { throw ProbeError(description: "probe: agreed in part", exitStatus: 5) }
        }
        while true { try world.barrier() }
    case "everywhere":
        throw AgreedError(everywhere: ProbeError(description: "probe: everywhere", exitStatus: 6))
    case "busy":
        // One rank works for four times as long as the others may wait.
        let watch = try StallWatch(world, limit: 1.5, advice: "probe: busy")
        if world.rank == world.size - 1 {
            let end = ContinuousClock.now + .seconds(6)
            while ContinuousClock.now < end {}
        }
        try world.barrier()
        watch.end()
    case "circle":
        // Each waits for a message from the next one.
        let watch = try StallWatch(world, limit: 4, advice: "probe: circle")
        _ = try world.receive(Int32.self, count: 1, from: (world.rank + 1) % world.size)
        watch.end()
    default:
        throw AgreedError(everywhere: ProbeError(description: "probe: no ending \(ending)", exitStatus: 64))
    }
    return .success
}
