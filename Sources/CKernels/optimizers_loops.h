// The updates of the parameters, compiled for an instruction set.

static void NAME(every_sgd_plain)(float *restrict parameters, const float *restrict gradient, int64_t count,
                                  float rate, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        parameters[i] -= rate * g;
    }
}

static void NAME(every_sgd_momentum)(float *restrict parameters, float *restrict velocity,
                                     const float *restrict gradient, int64_t count, float rate, float momentum,
                                     float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = momentum * velocity[i] + g;
        velocity[i] = v;
        parameters[i] -= rate * v;
    }
}

static void NAME(every_sgd_nesterov)(float *restrict parameters, float *restrict velocity,
                                     const float *restrict gradient, int64_t count, float rate, float momentum,
                                     float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = momentum * velocity[i] + g;
        velocity[i] = v;
        parameters[i] -= rate * (g + momentum * v);
    }
}

static void NAME(every_adam)(float *restrict parameters, float *restrict mean, float *restrict square,
                             const float *restrict gradient, int64_t count, kernels_adam_factors f, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + f.weightDecay * parameters[i];
        const float m = mean[i] + f.meanShare * (g - mean[i]);
        const float v = f.squareDecay * square[i] + f.squareShare * (g * g);
        mean[i] = m;
        square[i] = v;
        parameters[i] = f.shrinkage * parameters[i] - f.stepSize * (m / (__builtin_elementwise_sqrt(v) / f.squareCorrection + f.epsilon));
    }
}

static void NAME(every_lamb_direction)(const float *restrict parameters, float *restrict mean, float *restrict square,
                                       float *restrict gradient, int64_t count, kernels_adam_factors f, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i];
        const float m = mean[i] + f.meanShare * (g - mean[i]);
        const float v = f.squareDecay * square[i] + f.squareShare * (g * g);
        mean[i] = m;
        square[i] = v;
        gradient[i] = f.stepSize * (m / (__builtin_elementwise_sqrt(v) / f.squareCorrection + f.epsilon)) + f.weightDecay * parameters[i];
    }
}

static void NAME(every_rmsprop_plain)(float *restrict parameters, float *restrict square,
                                      const float *restrict gradient, int64_t count, float rate, float alpha,
                                      float share, float epsilon, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = alpha * square[i] + share * (g * g);
        square[i] = v;
        parameters[i] -= rate * (g / (__builtin_elementwise_sqrt(v) + epsilon));
    }
}

static void NAME(every_rmsprop_centered)(float *restrict parameters, float *restrict square, float *restrict mean,
                                         const float *restrict gradient, int64_t count, float rate, float alpha,
                                         float share, float epsilon, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = alpha * square[i] + share * (g * g);
        const float m = mean[i] + share * (g - mean[i]);
        square[i] = v;
        mean[i] = m;
        // By rounding the difference can come out below 0.
        const float variance = v - m * m;
        parameters[i] -= rate * (g / (__builtin_elementwise_sqrt(variance > 0 ? variance : 0) + epsilon));
    }
}

static void NAME(every_rmsprop_momentum)(float *restrict parameters, float *restrict square, float *restrict velocity,
                                         const float *restrict gradient, int64_t count, float rate, float alpha,
                                         float share, float epsilon, float momentum, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = alpha * square[i] + share * (g * g);
        const float d = momentum * velocity[i] + g / (__builtin_elementwise_sqrt(v) + epsilon);
        square[i] = v;
        velocity[i] = d;
        parameters[i] -= rate * d;
    }
}

static void NAME(every_rmsprop_centered_momentum)(float *restrict parameters, float *restrict square,
                                                  float *restrict velocity, float *restrict mean,
                                                  const float *restrict gradient, int64_t count, float rate,
                                                  float alpha, float share, float epsilon, float momentum,
                                                  float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = alpha * square[i] + share * (g * g);
        const float m = mean[i] + share * (g - mean[i]);
        const float variance = v - m * m;
        const float d = momentum * velocity[i] + g / (__builtin_elementwise_sqrt(variance > 0 ? variance : 0) + epsilon);
        square[i] = v;
        mean[i] = m;
        velocity[i] = d;
        parameters[i] -= rate * d;
    }
}

static void NAME(every_adagrad)(float *restrict parameters, float *restrict sum, const float *restrict gradient,
                                int64_t count, float rate, float initial, float epsilon, float weightDecay,
                                float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float s = sum[i] + g * g;
        sum[i] = s;
        parameters[i] -= rate * (g / (__builtin_elementwise_sqrt(s + initial) + epsilon));
    }
}

static void NAME(every_lars)(float *restrict parameters, float *restrict velocity, const float *restrict gradient,
                             int64_t count, float rate, float momentum, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = momentum * velocity[i] + rate * g;
        velocity[i] = v;
        parameters[i] -= v;
    }
}
