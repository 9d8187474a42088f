/// Lets something through now and then: what comes sooner than so many seconds after the last one, or the beginning, does not pass.
package struct Pace {
    private let seconds: Double
    private var last = 0.0

    package init(seconds: Double) {
        self.seconds = seconds
    }

    /// - Parameter time: seconds since the beginning.
    package mutating func isDue(at time: Double) -> Bool {
        guard time - last >= seconds else { return false }
        last = time
        return true
    }
}
