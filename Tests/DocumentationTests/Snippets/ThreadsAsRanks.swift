import MPI

/// Collective. The mean over the values of all ranks; a rank may have none.
func mean(of values: [Double], over communicator: any Communicator) throws -> Double {
    var sums = [values.reduce(0, +), Double(values.count)]
    try communicator.allReduce(&sums, .sum)
    return sums[0] / sums[1]
}

/// The same on threads, a rank for each of the lists.
func means(of lists: [[Double]]) throws -> [Double] {
    try InProcessCommunicator.run(ranks: lists.count) { communicator in
        try mean(of: lists[communicator.rank], over: communicator)
    }
}
