#include "CKernels.h"
#include "instruction_sets.h"
#include <stddef.h>

FOR_EACH_INSTRUCTION_SET
static void sgd_plain(float *restrict parameters, const float *restrict gradient, int64_t count, float rate,
                      float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        parameters[i] -= rate * g;
    }
}

FOR_EACH_INSTRUCTION_SET
static void sgd_momentum(float *restrict parameters, float *restrict velocity, const float *restrict gradient,
                         int64_t count, float rate, float momentum, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = momentum * velocity[i] + g;
        velocity[i] = v;
        parameters[i] -= rate * v;
    }
}

FOR_EACH_INSTRUCTION_SET
static void sgd_nesterov(float *restrict parameters, float *restrict velocity, const float *restrict gradient,
                         int64_t count, float rate, float momentum, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = momentum * velocity[i] + g;
        velocity[i] = v;
        parameters[i] -= rate * (g + momentum * v);
    }
}

void kernels_sgd(float *parameters, float *velocity, const float *gradient, int64_t count, float rate, float momentum,
                 float weightDecay, int nesterov, float scale) {
    if (velocity == NULL)
        sgd_plain(parameters, gradient, count, rate, weightDecay, scale);
    else if (nesterov)
        sgd_nesterov(parameters, velocity, gradient, count, rate, momentum, weightDecay, scale);
    else
        sgd_momentum(parameters, velocity, gradient, count, rate, momentum, weightDecay, scale);
}

FOR_EACH_INSTRUCTION_SET
void kernels_adam(float *restrict parameters, float *restrict mean, float *restrict square,
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

FOR_EACH_INSTRUCTION_SET
void kernels_lamb_direction(const float *restrict parameters, float *restrict mean, float *restrict square,
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

FOR_EACH_INSTRUCTION_SET
static void rmsprop_plain(float *restrict parameters, float *restrict square, const float *restrict gradient,
                          int64_t count, float rate, float alpha, float share, float epsilon, float weightDecay,
                          float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = alpha * square[i] + share * (g * g);
        square[i] = v;
        parameters[i] -= rate * (g / (__builtin_elementwise_sqrt(v) + epsilon));
    }
}

FOR_EACH_INSTRUCTION_SET
static void rmsprop_centered(float *restrict parameters, float *restrict square, float *restrict mean,
                             const float *restrict gradient, int64_t count, float rate, float alpha, float share,
                             float epsilon, float weightDecay, float scale) {
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

FOR_EACH_INSTRUCTION_SET
static void rmsprop_momentum(float *restrict parameters, float *restrict square, float *restrict velocity,
                             const float *restrict gradient, int64_t count, float rate, float alpha, float share,
                             float epsilon, float momentum, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = alpha * square[i] + share * (g * g);
        const float d = momentum * velocity[i] + g / (__builtin_elementwise_sqrt(v) + epsilon);
        square[i] = v;
        velocity[i] = d;
        parameters[i] -= rate * d;
    }
}

FOR_EACH_INSTRUCTION_SET
static void rmsprop_centered_momentum(float *restrict parameters, float *restrict square, float *restrict velocity,
                                      float *restrict mean, const float *restrict gradient, int64_t count, float rate,
                                      float alpha, float share, float epsilon, float momentum, float weightDecay,
                                      float scale) {
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

void kernels_rmsprop(float *parameters, float *square, float *velocity, float *mean, const float *gradient,
                     int64_t count, float rate, float alpha, float share, float epsilon, float momentum,
                     float weightDecay, float scale) {
    if (velocity == NULL && mean == NULL)
        rmsprop_plain(parameters, square, gradient, count, rate, alpha, share, epsilon, weightDecay, scale);
    else if (velocity == NULL)
        rmsprop_centered(parameters, square, mean, gradient, count, rate, alpha, share, epsilon, weightDecay, scale);
    else if (mean == NULL)
        rmsprop_momentum(parameters, square, velocity, gradient, count, rate, alpha, share, epsilon, momentum,
                         weightDecay, scale);
    else
        rmsprop_centered_momentum(parameters, square, velocity, mean, gradient, count, rate, alpha, share, epsilon,
                                  momentum, weightDecay, scale);
}

FOR_EACH_INSTRUCTION_SET
void kernels_adagrad(float *restrict parameters, float *restrict sum, const float *restrict gradient, int64_t count,
                     float rate, float initial, float epsilon, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float s = sum[i] + g * g;
        sum[i] = s;
        parameters[i] -= rate * (g / (__builtin_elementwise_sqrt(s + initial) + epsilon));
    }
}

FOR_EACH_INSTRUCTION_SET
void kernels_lars(float *restrict parameters, float *restrict velocity, const float *restrict gradient, int64_t count,
                  float rate, float momentum, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = momentum * velocity[i] + rate * g;
        velocity[i] = v;
        parameters[i] -= v;
    }
}
