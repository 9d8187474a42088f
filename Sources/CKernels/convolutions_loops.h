// The loops of convolutions over blocks of samples, compiled once an instruction set by convolutions.c.
#include "registers_loops.h"

// The sums that stay in registers, of which AVX-512 has twice as many.
#if lanes == 16
#define most_columns 7
#define most_channels 4
#else
#define most_columns 5
#define most_channels 2
#endif

// `channels` x `columns` pixels of a row of the result, from channel o and column x on, for one register of samples. What
// lies beyond the border is left out, unless isInside tells that nothing does; the sums are of the same order either way.
INLINE void NAME(convolve_tile)(const int kernel, const int columns, const int channels, const kernels_convolution c,
                                float *destination, const float *source, const float *weights, const float *bias,
                                const int relu, const int64_t o, const int64_t y, const int64_t x, const int isInside) {
    floats sums[4][7];
    const int64_t perChannel = c.inputChannels * kernel * kernel;
    UNROLL for (int k = 0; k < channels; k++) {
        const float start = bias != NULL ? bias[o + k] : 0;
        UNROLL for (int j = 0; j < columns; j++) sums[k][j] = (floats){0} + start;
    }
    const int64_t top = y - c.paddingRows, left = x - c.paddingColumns;
    const int64_t firstRow = NAME(most)(0, -top), endRow = NAME(least)(kernel, c.inputRows - top);
    for (int64_t i = 0; i < c.inputChannels; i++)
        for (int64_t ky = firstRow; ky < endRow; ky++) {
            const int64_t row = (i * c.inputRows + top + ky) * c.inputColumns + left;
            const float *w = weights + o * perChannel + (i * kernel + ky) * kernel;
            UNROLL for (int kx = 0; kx < kernel; kx++) {
                floats factors[4];
                UNROLL for (int k = 0; k < channels; k++) factors[k] = (floats){0} + w[k * perChannel + kx];
                UNROLL for (int j = 0; j < columns; j++) {
                    if (!isInside && (left + kx + j < 0 || left + kx + j >= c.inputColumns)) continue;
                    const floats values = NAME(get)(source, (row + j + kx) * sample_block);
                    UNROLL for (int k = 0; k < channels; k++)
                        sums[k][j] = __builtin_elementwise_fma(values, factors[k], sums[k][j]);
                }
            }
        }
    UNROLL for (int k = 0; k < channels; k++)
        UNROLL for (int j = 0; j < columns; j++) {
            float *to = destination + (((o + k) * c.outputRows + y) * c.outputColumns + x + j) * sample_block;
            NAME(put)(to, 0, relu ? NAME(rectified)(sums[k][j]) : sums[k][j]);
        }
}

// All rows of `channels` channels. The last tile of a row may overlap the one before: it computes the same again.
INLINE void NAME(convolve_rows)(const int kernel, const int columns, const int channels, const kernels_convolution c,
                                float *destination, const float *source, const float *weights, const float *bias,
                                const int relu, const int64_t o) {
    for (int64_t y = 0; y < c.outputRows; y++)
        for (int64_t start = 0; start < c.outputColumns; start += columns) {
            const int64_t x = NAME(least)(start, c.outputColumns - columns);
            if (x >= c.paddingColumns && x - c.paddingColumns + columns + kernel - 1 <= c.inputColumns)
                NAME(convolve_tile)(kernel, columns, channels, c, destination, source, weights, bias, relu, o, y, x, 1);
            else
                NAME(convolve_tile)(kernel, columns, channels, c, destination, source, weights, bias, relu, o, y, x, 0);
        }
}

// The width of the tiles, of those that are compiled, that computes the fewest columns twice; the widest of them.
INLINE int NAME(tile_columns)(int64_t outputColumns) {
    int best = 1;
    int64_t fewest = INT64_MAX;
    const int widths[] = {7, 5, 4};
    for (int k = 0; k < 3; k++) {
        const int width = widths[k];
        if (width > most_columns || width > outputColumns) continue;
        const int64_t computed = (outputColumns + width - 1) / width * width;
        if (computed < fewest) {
            fewest = computed;
            best = width;
        }
    }
    return best;
}

// The result's channels o to o + channels for all blocks.
#define CONVOLVE_TILES(kernel, channels)                                                                              \
    switch (columns) {                                                                                                \
    case 7:                                                                                                           \
        if (most_columns >= 7) NAME(convolve_rows)(kernel, 7, channels, c, to, from, weights, bias, relu, o);         \
        break;                                                                                                        \
    case 5: NAME(convolve_rows)(kernel, 5, channels, c, to, from, weights, bias, relu, o); break;                     \
    case 4: NAME(convolve_rows)(kernel, 4, channels, c, to, from, weights, bias, relu, o); break;                     \
    default: NAME(convolve_rows)(kernel, 1, channels, c, to, from, weights, bias, relu, o);                           \
    }

// Calls BODY with the number of channels as a constant.
#define FOR_CHANNELS(count, BODY, kernel)                    \
    switch (count) {                                         \
    case 4:                                                  \
        if (most_channels >= 4) { BODY(kernel, 4) }          \
        break;                                               \
    case 3:                                                  \
        if (most_channels >= 3) { BODY(kernel, 3) }          \
        break;                                               \
    case 2: BODY(kernel, 2) break;                           \
    default: BODY(kernel, 1)                                 \
    }

INLINE void NAME(convolve)(const int kernel, const kernels_convolution c, float *destination, const float *source,
                           const float *weights, const float *bias, const int relu) {
    const int columns = NAME(tile_columns)(c.outputColumns);
    const int64_t inputCount = c.inputChannels * c.inputRows * c.inputColumns * sample_block;
    const int64_t outputCount = c.outputChannels * c.outputRows * c.outputColumns * sample_block;
    const int64_t groups = (c.outputChannels + most_channels - 1) / most_channels;
    for (int64_t b = 0; b < c.blocks; b++)
        for (int part = 0; part < sample_block; part += lanes)
            for (int64_t g = 0; g < groups; g++) {
                // As even as can be.
                const int64_t o = g * c.outputChannels / groups, count = (g + 1) * c.outputChannels / groups - o;
                const float *from = source + b * inputCount + part;
                float *to = destination + b * outputCount + part;
                FOR_CHANNELS(count, CONVOLVE_TILES, kernel)
            }
}

static void NAME(every_convolve)(kernels_convolution c, float *destination, const float *source, const float *weights,
                                 const float *bias, int relu) {
    if (c.kernel == 3) NAME(convolve)(3, c, destination, source, weights, bias, relu);
    else NAME(convolve)(5, c, destination, source, weights, bias, relu);
}

// The products of a pixel of the gradient, of `channels` channels, with what lies under a row of the kernel.
INLINE void NAME(add_products)(const int kernel, const int channels, floats sums[4][5], const float *gradient,
                               int64_t plane, const float *source, int64_t row, int64_t left, int64_t width,
                               const int isInside) {
    floats g[4];
    UNROLL for (int k = 0; k < channels; k++) g[k] = NAME(get)(gradient, k * plane);
    UNROLL for (int kx = 0; kx < kernel; kx++) {
        if (!isInside && (left + kx < 0 || left + kx >= width)) continue;
        const floats value = NAME(get)(source, (row + left + kx) * sample_block);
        UNROLL for (int k = 0; k < channels; k++) sums[k][kx] = __builtin_elementwise_fma(value, g[k], sums[k][kx]);
    }
}

// sums[k][ky][kx] of `channels` channels of the result, from o on, and channel i of the source, for one register of
// samples of one block.
INLINE void NAME(add_weight_gradient)(const int kernel, const int channels, const kernels_convolution c,
                                      float sums[4][5][5][sample_block], const float *source, const float *gradient,
                                      const int part) {
    const int64_t plane = c.outputRows * c.outputColumns * sample_block;
    for (int ky = 0; ky < kernel; ky++) {
        floats row[4][5];
        UNROLL for (int k = 0; k < channels; k++)
            UNROLL for (int kx = 0; kx < kernel; kx++) row[k][kx] = NAME(get)(sums[k][ky][kx], part);
        const int64_t firstRow = NAME(most)(0, c.paddingRows - ky);
        const int64_t endRow = NAME(least)(c.outputRows, c.inputRows + c.paddingRows - ky);
        // Columns whose whole row of the kernel lies in the source.
        const int64_t firstColumn = NAME(least)(c.paddingColumns, c.outputColumns);
        const int64_t endColumn = NAME(most)(firstColumn, c.inputColumns + c.paddingColumns - kernel + 1);
        for (int64_t y = firstRow; y < endRow; y++) {
            const float *g = gradient + y * c.outputColumns * sample_block;
            const int64_t at = (y + ky - c.paddingRows) * c.inputColumns, width = c.inputColumns;
            int64_t x = 0, left = -c.paddingColumns;
            for (; x < firstColumn; x++, left++)
                NAME(add_products)(kernel, channels, row, g + x * sample_block, plane, source, at, left, width, 0);
            for (; x < endColumn; x++, left++)
                NAME(add_products)(kernel, channels, row, g + x * sample_block, plane, source, at, left, width, 1);
            for (; x < c.outputColumns; x++, left++)
                NAME(add_products)(kernel, channels, row, g + x * sample_block, plane, source, at, left, width, 0);
        }
        UNROLL for (int k = 0; k < channels; k++)
            UNROLL for (int kx = 0; kx < kernel; kx++) NAME(put)(sums[k][ky][kx], part, row[k][kx]);
    }
}

#define ADD_WEIGHT_GRADIENT(kernel, channels) \
    NAME(add_weight_gradient)(kernel, channels, c, sums, from, by, part);

INLINE void NAME(weight_gradient)(const int kernel, const kernels_convolution c, float *weights, const float *source,
                                  const float *gradient) {
    const int64_t inputPlane = c.inputRows * c.inputColumns * sample_block;
    const int64_t outputPlane = c.outputRows * c.outputColumns * sample_block;
    const int64_t groups = (c.outputChannels + most_channels - 1) / most_channels;
    for (int64_t g = 0; g < groups; g++) {
        const int64_t o = g * c.outputChannels / groups, count = (g + 1) * c.outputChannels / groups - o;
        for (int64_t i = 0; i < c.inputChannels; i++) {
            float sums[4][5][5][sample_block] = {{{{0}}}};
            for (int64_t b = 0; b < c.blocks; b++)
                for (int part = 0; part < sample_block; part += lanes) {
                    const float *from = source + (b * c.inputChannels + i) * inputPlane + part;
                    const float *by = gradient + (b * c.outputChannels + o) * outputPlane + part;
                    FOR_CHANNELS(count, ADD_WEIGHT_GRADIENT, kernel)
                }
            for (int64_t k = 0; k < count; k++)
                for (int ky = 0; ky < kernel; ky++)
                    for (int kx = 0; kx < kernel; kx++)
                        weights[(((o + k) * c.inputChannels + i) * kernel + ky) * kernel + kx] =
                            sum_of_samples(sums[k][ky][kx]);
        }
    }
}

static void NAME(every_weight_gradient)(kernels_convolution c, float *weights, float *bias, const float *source,
                                        const float *gradient) {
    if (c.kernel == 3) NAME(weight_gradient)(3, c, weights, source, gradient);
    else NAME(weight_gradient)(5, c, weights, source, gradient);
    if (bias == NULL) return;
    const int64_t pixels = c.outputRows * c.outputColumns;
    for (int64_t o = 0; o < c.outputChannels; o++) {
        float sums[sample_block] = {0};
        for (int part = 0; part < sample_block; part += lanes) {
            // Rounding errors grow with the terms of a sum: each plane has one of its own.
            floats sum = {0};
            for (int64_t b = 0; b < c.blocks; b++) {
                const float *plane = gradient + (b * c.outputChannels + o) * pixels * sample_block + part;
                floats ofPlane = {0};
                for (int64_t p = 0; p < pixels; p++) ofPlane += NAME(get)(plane, p * sample_block);
                sum += ofPlane;
            }
            NAME(put)(sums, part, sum);
        }
        bias[o] = sum_of_samples(sums);
    }
}

#undef most_channels
#undef most_columns
#undef CONVOLVE_TILES
#undef FOR_CHANNELS
#undef ADD_WEIGHT_GRADIENT
#undef floats
#undef ints
#undef words
#undef halves
#undef bytes
