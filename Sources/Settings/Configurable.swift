/// A type that says its own settings, in one table: what it is read from, written as, checked by and documented with.
///
///     public struct StepDecay: Configurable {
///         public var every = 10.0, factor = 0.1
///         public static let settings: [Setting<Self>] = [
///             .init("every", \.every, .above(0), unit: "epochs", "time from one fall to the next"),
///             .init("factor", \.factor, .above(0, through: 1), "what a fall leaves of the rate"),
///         ]
///     }
///
/// Every stored property that a user may choose has a setting; a property's initial value is the default.
public protocol Configurable: Sendable {
    init()
    static var settings: [Setting<Self>] { get }
    /// The first setting that contradicts another one of this component, each being fine by itself.
    var contradiction: Contradiction? { get }
}

/// Two settings that do not go together.
public struct Contradiction: Sendable, Hashable {
    /// The key of the setting, from the component on: `bounds.max`.
    public var key: String
    /// In one line, what was expected and what was found.
    public var problem: String

    public init(_ key: String, _ problem: String) {
        self.key = key
        self.problem = problem
    }

    /// The same as seen from the section that has the component under `key`.
    public func under(_ key: String) -> Self {
        Self(self.key.isEmpty ? key : self.key.hasPrefix("[") ? key + self.key : "\(key).\(self.key)", problem)
    }
}

extension Configurable {
    public var contradiction: Contradiction? { nil }

    /// The component as written in a section, by the table.
    package init(reading reader: SectionReader) throws(ConfigurationError) {
        self = try reader.component(Self.self)
    }

    /// The settings with their values, in the order of the table; those that do not apply are left out.
    public var written: [WrittenValue.Entry] { Self.settings.flatMap { $0.write(self) } }

    /// The first setting whose value is out of its range or contradicts another one, here or further in.
    public var problem: Contradiction? {
        for setting in Self.settings {
            if let problem = setting.problem(self) { return problem }
        }
        return contradiction
    }
}

/// A component that is chosen by its name among others.
public protocol Component: Configurable {
    static var name: String { get }
}
