// Updates of the parameters, one pass each.
#include "CKernels.h"
#include "dispatch.h"
#include <stddef.h>

#define LOOPS "optimizers_loops.h"
#include "each_instruction_set.h"

void kernels_sgd(float *parameters, float *velocity, const float *gradient, int64_t count, float rate, float momentum,
                 float weightDecay, int nesterov, float scale) {
    if (velocity == NULL) {
        DISPATCH(sgd_plain, 16, parameters, gradient, count, rate, weightDecay, scale)
    } else if (nesterov) {
        DISPATCH(sgd_nesterov, 16, parameters, velocity, gradient, count, rate, momentum, weightDecay, scale)
    } else {
        DISPATCH(sgd_momentum, 16, parameters, velocity, gradient, count, rate, momentum, weightDecay, scale)
    }
}

void kernels_adam(float *parameters, float *mean, float *square, const float *gradient, int64_t count,
                  kernels_adam_factors f, float scale) {
    DISPATCH(adam, 16, parameters, mean, square, gradient, count, f, scale)
}

void kernels_lamb_direction(const float *parameters, float *mean, float *square, float *gradient, int64_t count,
                            kernels_adam_factors f, float scale) {
    DISPATCH(lamb_direction, 16, parameters, mean, square, gradient, count, f, scale)
}

void kernels_rmsprop(float *parameters, float *square, float *velocity, float *mean, const float *gradient,
                     int64_t count, float rate, float alpha, float share, float epsilon, float momentum,
                     float weightDecay, float scale) {
    if (velocity == NULL && mean == NULL) {
        DISPATCH(rmsprop_plain, 16, parameters, square, gradient, count, rate, alpha, share, epsilon, weightDecay, scale)
    } else if (velocity == NULL) {
        DISPATCH(rmsprop_centered, 16, parameters, square, mean, gradient, count, rate, alpha, share, epsilon, weightDecay,
                 scale)
    } else if (mean == NULL) {
        DISPATCH(rmsprop_momentum, 16, parameters, square, velocity, gradient, count, rate, alpha, share, epsilon,
                 momentum, weightDecay, scale)
    } else {
        DISPATCH(rmsprop_centered_momentum, 16, parameters, square, velocity, mean, gradient, count, rate, alpha, share,
                 epsilon, momentum, weightDecay, scale)
    }
}

void kernels_adagrad(float *parameters, float *sum, const float *gradient, int64_t count, float rate, float initial,
                     float epsilon, float weightDecay, float scale) {
    DISPATCH(adagrad, 16, parameters, sum, gradient, count, rate, initial, epsilon, weightDecay, scale)
}

void kernels_lars(float *parameters, float *velocity, const float *gradient, int64_t count, float rate, float momentum,
                  float weightDecay, float scale) {
    DISPATCH(lars, 16, parameters, velocity, gradient, count, rate, momentum, weightDecay, scale)
}
