extension Network.Options {
    /// True where a parameter stays as it is.
    func freezes(_ name: String) -> Bool {
        frozen.contains { name == $0 || name.hasPrefix("\($0).") }
    }
}

extension Network {
    /// Throws where a name of `options.frozen` is that of no parameter, or nothing is left to be trained.
    public func checkFrozen() throws(FrozenParametersError) {
        let names = layout.tensors.map(\.name)
        for frozen in options.frozen where !names.contains(where: { $0 == frozen || $0.hasPrefix("\(frozen).") }) {
            throw FrozenParametersError(
                expected: "names of parameters, or beginnings up to a full stop, of \(names.joined(separator: ", "))",
                found: frozen)
        }
        if layout.tensors.allSatisfy(\.isFrozen) {
            throw FrozenParametersError(expected: "a parameter that is left to be trained", found: "none")
        }
    }
}

/// Names of parameters to freeze that do not suit a network.
public struct FrozenParametersError: Error, Sendable, Equatable {
    public let expected: String
    public let found: String
}
