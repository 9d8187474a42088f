#include "CKernels.h"
#include "dispatch.h"
#include <math.h>
#include <stddef.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
    // Pixels that are summed side by side, so that an addition need not wait for the one before.
    unroll = 4,
    // Registers of a block of 16 channels, at least 4 lanes each.
    most_parts = 4,
};

// Functions behind a normalization, as a constant of its loops.
enum { keeps, rectifies, clips };

// Calls BODY with block width and number format as constants, so that each combination is a loop of its own.
#define SPECIALIZE(BODY, shape, ...)                                  \
    if ((shape).block == 16) {                                        \
        if ((shape).isHalf) BODY(16, 1, shape, __VA_ARGS__);          \
        else BODY(16, 0, shape, __VA_ARGS__);                         \
    } else {                                                          \
        if ((shape).isHalf) BODY(8, 1, shape, __VA_ARGS__);           \
        else BODY(8, 0, shape, __VA_ARGS__);                          \
    }

#define LOOPS "maps_loops.h"
#include "each_instruction_set.h"

#if defined(__x86_64__)
// With AVX-512's bfloat16 instructions, of which the one that rounds is used.
#define INSTRUCTION_SET avx512_bf16
#define lanes 16
#define rounds_to_bfloat16
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512bf16"))), apply_to = function)
#include "maps_loops.h"
#pragma clang attribute pop
#undef rounds_to_bfloat16
#undef lanes
#undef INSTRUCTION_SET
#endif

#if defined(__x86_64__)
// For loops that store bfloat16 where `isHalf`.
#define DISPATCH_ROUNDING(name, block, isHalf, ...)                                                                          \
    if ((isHalf) && (block) >= 16 && kernels_present_level >= kernels_avx512_bf16) every_##name##_avx512_bf16(__VA_ARGS__); \
    else DISPATCH(name, block, __VA_ARGS__)
#else
#define DISPATCH_ROUNDING(name, block, isHalf, ...) DISPATCH(name, block, __VA_ARGS__)
#endif

void kernels_moments(kernels_map_shape shape, const void *values, float *origin, double *sums, double *squares) {
    DISPATCH(moments, shape.block, shape, values, origin, sums, squares)
}

void kernels_scale_shift(kernels_map_shape shape, void *destination, const void *values, const void *addend,
                         const float *scale, const float *shift, float highest) {
    DISPATCH_ROUNDING(scale_shift, shape.block, shape.isHalf, shape, destination, values, addend, scale, shift, highest)
}

void kernels_gradient_moments(kernels_map_shape shape, const void *first, const void *second, const void *result,
                              float highest, const void *values, const float *mean, void *combined, double *sums,
                              double *products) {
    DISPATCH_ROUNDING(gradient_moments, shape.block, shape.isHalf, shape, first, second, result, highest, values, mean,
                      combined, sums, products)
}

void kernels_normalization_gradient(kernels_map_shape shape, void *destination, const void *gradient,
                                    const void *result, float highest, const void *values, const float *mean,
                                    const float *scale, const float *slope, const float *shift) {
    DISPATCH_ROUNDING(normalization_gradient, shape.block, shape.isHalf, shape, destination, gradient, result, highest, values,
                      mean, scale, slope, shift)
}

void kernels_scale_channels(kernels_map_shape shape, void *destination, const void *values, const void *scales,
                            int64_t channels) {
    DISPATCH_ROUNDING(scale_channels, shape.block, shape.isHalf, shape, destination, values, scales, channels)
}

void kernels_scale_channels_gradient(kernels_map_shape shape, void *destination, void *scaleGradient, const void *gradient,
                                     const void *values, const void *scales, int64_t channels) {
    DISPATCH_ROUNDING(scale_channels_gradient, shape.block, shape.isHalf, shape, destination, scaleGradient, gradient, values,
                      scales, channels)
}

void kernels_add(void *destination, const void *first, const void *second, int64_t count, int isHalf) {
    DISPATCH_ROUNDING(add, 16, isHalf, destination, first, second, count, isHalf)
}

void kernels_scale_samples(void *destination, const void *source, const float *factors, int64_t samples, int64_t count,
                           int isHalf) {
    DISPATCH_ROUNDING(scale_samples, 16, isHalf, destination, source, factors, samples, count, isHalf)
}

void kernels_subsample(void *destination, const void *source, int64_t samples, kernels_grid to, kernels_grid from,
                       int64_t stride, int64_t blockBytes) {
    DISPATCH(subsample, 16, destination, source, samples, to, from, stride, blockBytes)
}

void kernels_add_subsampled(void *destination, const void *gradient, int64_t samples, int64_t channels,
                            kernels_grid to, kernels_grid from, int64_t stride, int block, int isHalf) {
    DISPATCH_ROUNDING(add_subsampled, block, isHalf, destination, gradient, samples, channels, to, from, stride, block, isHalf)
}

void kernels_mask_half(uint16_t *destination, const uint16_t *source, const uint8_t *keep, int64_t count, float scale) {
    DISPATCH_ROUNDING(mask_half, 16, 1, destination, source, keep, count, scale)
}

void kernels_copy_rows(void *destination, int64_t destinationStride, const void *source, int64_t sourceStride, int64_t bytes,
                       int64_t rows) {
    for (int64_t row = 0; row < rows; row++)
        memcpy((char *)destination + row * destinationStride, (const char *)source + row * sourceStride, (size_t)bytes);
}

int64_t kernels_winner_count(kernels_pooling p) {
    // Whole registers of the widest instruction set.
    return p.samples * ((p.channels + 15) / 16 * 16) * p.outputPlanes * p.outputRows * p.outputColumns;
}

void kernels_max_pooling(kernels_pooling p, void *destination, uint8_t *winners, const void *source) {
    DISPATCH_ROUNDING(max_pooling, p.group, p.isHalf, p, destination, winners, source)
}

void kernels_max_pooling_gradient(kernels_pooling p, void *destination, const uint8_t *winners,
                                  const void *gradient,
                                  const void *result) {
    DISPATCH_ROUNDING(max_pooling_gradient, p.group, p.isHalf, p, destination, winners, gradient, result)
}
