/// The components that a choice is made from, such as all optimizers; an addition is one line here.
///
/// `Base` is what they have in common, such as `any Optimizer`.
public struct Registry<Base>: Sendable {
    public let types: [any Component.Type]

    /// - Parameter types: all of which are a `Base`, with names of their own.
    public init(_ types: [any Component.Type]) {
        for type in types {
            precondition(type.init() is Base, "\(type) in a registry of \(Base.self)")
        }
        precondition(Set(types.map { $0.name }).count == types.count, "two components have one name: \(types)")
        self.types = types
    }

    /// The same with those of `types` that are a `Base`.
    func adding(those types: [any Component.Type]) -> Self {
        let own = types.filter(Self.admits)
        return own.isEmpty ? self : Self(self.types + own)
    }

    /// True of a type whose values are a `Base`.
    static func admits(_ type: any Component.Type) -> Bool { type.init() is Base }

    public var names: [String] { types.map { $0.name } }

    package func type(named name: String) -> (any Component.Type)? { types.first { $0.name == name } }

    /// The same with those that the decoder knows of another package; see `CodingUserInfoKey.additions`.
    package func type(named name: String, in decoder: any Decoder) -> (any Component.Type)? {
        adding(those: decoder.userInfo[.additions] as? [any Component.Type] ?? []).type(named: name)
    }

    /// The component that `value` is.
    func component(_ value: Base) -> any Component {
        guard let component = value as? any Component else {
            preconditionFailure("\(Swift.type(of: value)) has no settings")
        }
        return component
    }

    public func name(of value: Base) -> String { Swift.type(of: component(value)).name }
}

extension CodingUserInfoKey {
    /// Components of another package, `[any Component.Type]`, that what is decoded may name.
    public static let additions = Self(rawValue: "entrain.additions")!
}

extension SectionReader {
    /// The component that `key` names, read from this section.
    ///
    /// - Parameter standard: what stands where the key is absent; nil where it has to be given.
    func choice<Base>(
        _ key: String, _ noun: String, among registry: Registry<Base>, default standard: Base?, common: [String]
    ) throws(ConfigurationError) -> Base {
        let registry = registry.adding(those: additions)
        let standard = defaultComponent(of: Base.self) ?? standard
        let name = try required(
            key, choice(key, registry.names) ?? standard.map(registry.name(of:)),
            expected: ValueForm.words(registry.names).name)
        guard let chosen = registry.type(named: name) else { preconditionFailure("\(name) is in no registry") }
        let own = Self.keys(of: chosen) + common
        let owner = key == noun ? "\(noun):" : noun
        for other in registry.types where other.name != name {
            noteAliases(of: other)
            try reject(
                Self.keys(of: other).filter { !own.contains($0) },
                because: "belongs to \(owner) \(other.name), but the \(noun) is \(name)", chosenBy: key)
        }
        let component: any Configurable = try component(chosen)
        return component as! Base
    }

    private func noteAliases(of type: any Configurable.Type) {
        func note<Chosen: Configurable>(_ type: Chosen.Type) { noteAliases(of: type.settings) }
        note(type)
    }

    static func keys(of type: any Configurable.Type) -> [String] {
        func keys<Chosen: Configurable>(_ type: Chosen.Type) -> [String] { type.settings.map(\.key) }
        return keys(type)
    }
}
