import Settings

/// The optimizers that a configuration chooses from.
public enum OptimizerRegistry {
    public static let all = Registry<any Optimizer>([
        SGD.self,
        Adam.self,
        AdamW.self,
        RMSprop.self,
        AdaGrad.self,
        LARS.self,
        LAMB.self,
        ScheduleFreeSGD.self,
        ScheduleFreeAdamW.self,
        MoMo.self,
        DoG.self,
        Prodigy.self,
    ])
}

// MARK: - Settings of several

extension Setting where Root: Optimizer {
    public static func weightDecay(_ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init(
            "weightDecay", path, .atLeast(0).inSinglePrecision,
            "factor of the L2 penalty's gradient, or of the parameters' own decay where that is decoupled; not applied to "
                + "biases and normalizations"
        ).alsoKnownAs("wd", "l2")
    }

    public static func momentum(_ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init("momentum", path, .from(0, below: 1).inSinglePrecision, "decay of the velocity")
    }

    public static func beta1(_ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init("beta1", path, .from(0, below: 1).inSinglePrecision, "decay of the mean gradient")
            .alsoKnownAs("betas")
    }

    public static func beta2(_ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init("beta2", path, .from(0, below: 1).inSinglePrecision, "decay of the mean square")
    }

    public static func epsilon(_ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init("epsilon", path, .above(0).inSinglePrecision, "number added to the root of the square")
    }
}
