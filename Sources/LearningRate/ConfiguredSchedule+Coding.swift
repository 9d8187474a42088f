/// A name and the state of the schedule that it stands for.
extension ConfiguredSchedule {
    private enum Name: String, Codable {
        case constant
        case step = "step-decay"
        case multiStep = "multi-step-decay"
        case exponential = "exponential-decay"
        case inverseTime = "inverse-time-decay"
        case polynomial = "polynomial-decay"
        case cosine = "cosine-decay"
        case constantCooldown = "constant-cooldown"
        case cosineRestarts = "cosine-warm-restarts"
        case oneCycle = "one-cycle"
        case cyclical
        case plateau
        case mutualInformationDecay = "mutual-information-decay"
        case layerwiseMutualInformationDecay = "layerwise-mutual-information-decay"
        case warmUp = "warm-up"
        case joined
    }

    private enum CodingKeys: CodingKey {
        case schedule, state
    }

    /// Throws `DecodingError` when the schedule's name is unknown or its state out of range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func state<State: Decodable>(_ type: State.Type = State.self) throws -> State {
            try container.decode(State.self, forKey: .state)
        }
        switch try container.decode(Name.self, forKey: .schedule) {
        case .constant: self = .constant(try state())
        case .step: self = .step(try state())
        case .multiStep: self = .multiStep(try state())
        case .exponential: self = .exponential(try state())
        case .inverseTime: self = .inverseTime(try state())
        case .polynomial: self = .polynomial(try state())
        case .cosine: self = .cosine(try state())
        case .constantCooldown: self = .constantCooldown(try state())
        case .cosineRestarts: self = .cosineRestarts(try state())
        case .oneCycle: self = .oneCycle(try state())
        case .cyclical: self = .cyclical(try state())
        case .plateau: self = .plateau(try state())
        case .mutualInformationDecay: self = .mutualInformationDecay(try state())
        case .layerwiseMutualInformationDecay: self = .layerwiseMutualInformationDecay(try state())
        case .warmUp: self = .warmUp(try state())
        case .joined: self = .joined(try state())
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func encode(_ name: Name, _ state: some Encodable) throws {
            try container.encode(name, forKey: .schedule)
            try container.encode(state, forKey: .state)
        }
        switch self {
        case .constant(let schedule): try encode(.constant, schedule)
        case .step(let schedule): try encode(.step, schedule)
        case .multiStep(let schedule): try encode(.multiStep, schedule)
        case .exponential(let schedule): try encode(.exponential, schedule)
        case .inverseTime(let schedule): try encode(.inverseTime, schedule)
        case .polynomial(let schedule): try encode(.polynomial, schedule)
        case .cosine(let schedule): try encode(.cosine, schedule)
        case .constantCooldown(let schedule): try encode(.constantCooldown, schedule)
        case .cosineRestarts(let schedule): try encode(.cosineRestarts, schedule)
        case .oneCycle(let schedule): try encode(.oneCycle, schedule)
        case .cyclical(let schedule): try encode(.cyclical, schedule)
        case .plateau(let schedule): try encode(.plateau, schedule)
        case .mutualInformationDecay(let schedule): try encode(.mutualInformationDecay, schedule)
        case .layerwiseMutualInformationDecay(let schedule):
            try encode(.layerwiseMutualInformationDecay, schedule)
        case .warmUp(let schedule): try encode(.warmUp, schedule)
        case .joined(let schedule): try encode(.joined, schedule)
        }
    }
}
