// Updates of the parameters by rules that find their own rate or average their own iterates.
#include "CKernels.h"
#include "dispatch.h"
#include <stddef.h>

#define LOOPS "rate_free_loops.h"
#include "each_instruction_set.h"

void kernels_schedule_free_sgd(float *iterate, float *base, const float *gradient, int64_t count,
                               kernels_schedule_free_factors f, float scale) {
    DISPATCH(schedule_free_sgd, 16, iterate, base, gradient, count, f, scale)
}

void kernels_schedule_free_adamw(float *iterate, float *base, float *square, const float *gradient, int64_t count,
                                 kernels_schedule_free_factors f, float scale) {
    DISPATCH(schedule_free_adamw, 16, iterate, base, square, gradient, count, f, scale)
}

void kernels_interpolate(float *destination, const float *from, const float *to, int64_t count, float weight) {
    DISPATCH(interpolate, 16, destination, from, to, count, weight)
}

void kernels_momo_direction(const float *parameters, float *mean, const float *gradient, int64_t count, float momentum,
                            float share, float scale, double *sums) {
    DISPATCH(momo_direction, 16, parameters, mean, gradient, count, momentum, share, scale, sums)
}

void kernels_momo(float *parameters, const float *mean, int64_t count, float rate, float shrinkage) {
    DISPATCH(momo, 16, parameters, mean, count, rate, shrinkage)
}

void kernels_distances(const float *parameters, const float *start, const float *gradient, int64_t count,
                       float weightDecay, float scale, double *sums) {
    DISPATCH(distances, 16, parameters, start, gradient, count, weightDecay, scale, sums)
}

void kernels_prodigy_moments(const float *parameters, const float *start, float *mean, float *square, float *sum,
                             const float *gradient, int64_t count, kernels_prodigy_factors f, float scale,
                             double *sums) {
    DISPATCH(prodigy_moments, 16, parameters, start, mean, square, sum, gradient, count, f, scale, sums)
}

void kernels_prodigy(float *parameters, const float *mean, const float *square, int64_t count, float rate,
                     float epsilon, float shrinkage) {
    DISPATCH(prodigy, 16, parameters, mean, square, count, rate, epsilon, shrinkage)
}
