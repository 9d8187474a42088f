import MPI

MPIRuntime.main { runtime in
    let world = runtime.world
    let sum = try world.allReduce(world.rank, .sum)
    print("rank \(world.rank) of \(world.size): the ranks add up to \(sum)")
}
