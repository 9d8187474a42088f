/// Where the time of an update is recorded.
package struct UpdateMeasurement {
    /// Takes the seconds of each part; nil not to measure them.
    package var profile: UpdateProfile?
    /// Takes when this rank did what; nil not to record it.
    package var timeline: Timeline?

    package init(profile: UpdateProfile? = nil, timeline: Timeline? = nil) {
        self.profile = profile
        self.timeline = timeline
    }
}

/// Does something, and adds its seconds to a part of a profile where there is one.
@inline(__always)
func measured<Failure: Error>(
    _ profile: UpdateProfile?, _ part: ReferenceWritableKeyPath<UpdateProfile, Double>,
    _ body: () throws(Failure) -> Void
) throws(Failure) {
    guard let profile else { return try body() }
    let start = ContinuousClock.now
    try body()
    profile[keyPath: part] += (ContinuousClock.now - start) / .seconds(1)
}
