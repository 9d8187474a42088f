// Normalization over the channels of each pixel of a map, or over vectors.
#include "CKernels.h"
#include "dispatch.h"
#include <math.h>
#include <stddef.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
    // Pixels side by side, so that an addition need not wait for the one before, and lines of memory follow each other.
    most_width = 4,
    // Numbers that are added in float before their sum is added in double.
    run = 64,
};

// True of blocks, in which zeros fill the last one up.
static int fills_up(kernels_channels shape) {
    return shape.strides.sample == (shape.channels + shape.group - 1) / shape.group * shape.group * shape.pixels;
}

// Calls BODY with group and number format as constants, so that each combination is a loop of its own.
#define SPECIALIZE_GROUP(BODY, shape, ...)                            \
    if ((shape).group == 16) {                                        \
        if ((shape).isHalf) BODY(16, 1, shape, __VA_ARGS__);          \
        else BODY(16, 0, shape, __VA_ARGS__);                         \
    } else {                                                          \
        if ((shape).isHalf) BODY(8, 1, shape, __VA_ARGS__);           \
        else BODY(8, 0, shape, __VA_ARGS__);                          \
    }

#define LOOPS "normalizations_loops.h"
#include "each_instruction_set.h"

void kernels_normalize_channels(kernels_channels shape, void *destination, const void *values, const float *weight,
                                const float *bias, float *means, float *inverses, float epsilon) {
    DISPATCH(normalize_channels, shape.group, shape, destination, values, weight, bias, means, inverses, epsilon)
}

void kernels_normalize_channels_gradient(kernels_channels shape, void *destination, const void *gradient,
                                         const void *values, const float *weight, const float *means,
                                         const float *inverses, float *weightGradient, float *biasGradient) {
    DISPATCH(weigh_channels, shape.group, shape, gradient, values, means, inverses, weightGradient, biasGradient)
    if (destination == NULL) return;
    DISPATCH(unnormalize_channels, shape.group, shape, destination, gradient, values, weight, means, inverses)
}
