// The loops over maps, compiled once an instruction set by maps.c, which defines NAME and lanes, the numbers in a register.

#include "registers_loops.h"

INLINE void NAME(moments)(const int block, const int isHalf, const kernels_map_shape shape, const void *values,
                    float *origin, double *sums, double *squares) {
    const int parts = block / lanes;
    for (int64_t c = 0; c < shape.blocks; c++) {
        floats first[most_parts];
        double sum[16] = {0}, square[16] = {0};
        for (int j = 0; j < parts; j++) {
            first[j] = NAME(load)(values, c * shape.pixels * block + j * lanes, isHalf);
            memcpy(origin + c * block + j * lanes, &first[j], sizeof first[j]);
        }
        for (int64_t n = 0; n < shape.samples; n++) {
            const int64_t plane = (n * shape.blocks + c) * shape.pixels * block;
            floats s[unroll][most_parts] = {{{0}}}, q[unroll][most_parts] = {{{0}}};
            int64_t p = 0;
            for (; p + unroll <= shape.pixels; p += unroll)
                for (int u = 0; u < unroll; u++)
                    for (int j = 0; j < parts; j++) {
                        const floats d = NAME(load)(values, plane + (p + u) * block + j * lanes, isHalf) - first[j];
                        s[u][j] += d;
                        q[u][j] += d * d;
                    }
            for (; p < shape.pixels; p++)
                for (int j = 0; j < parts; j++) {
                    const floats d = NAME(load)(values, plane + p * block + j * lanes, isHalf) - first[j];
                    s[0][j] += d;
                    q[0][j] += d * d;
                }
            for (int j = 0; j < parts; j++) {
                NAME(accumulate)(sum + j * lanes, (s[0][j] + s[1][j]) + (s[2][j] + s[3][j]));
                NAME(accumulate)(square + j * lanes, (q[0][j] + q[1][j]) + (q[2][j] + q[3][j]));
            }
        }
        for (int lane = 0; lane < block; lane++) {
            sums[c * block + lane] = sum[lane];
            squares[c * block + lane] = square[lane];
        }
    }
}

static void NAME(every_moments)(kernels_map_shape shape, const void *values, float *origin, double *sums, double *squares) {
    SPECIALIZE(NAME(moments), shape, values, origin, sums, squares)
}

INLINE void NAME(scale_shift)(const int block, const int isHalf, const kernels_map_shape shape, void *destination,
                        const void *values, const void *addend, const float *scale, const float *shift,
                        const float highest, const int hasAddend, const int function) {
    const int parts = block / lanes;
    for (int64_t n = 0; n < shape.samples; n++)
        for (int64_t c = 0; c < shape.blocks; c++) {
            const int64_t plane = (n * shape.blocks + c) * shape.pixels * block;
            floats a[most_parts], b[most_parts];
            for (int j = 0; j < parts; j++) {
                a[j] = NAME(load)(scale, c * block + j * lanes, 0);
                b[j] = NAME(load)(shift, c * block + j * lanes, 0);
            }
            for (int64_t p = 0; p < shape.pixels; p++)
                for (int j = 0; j < parts; j++) {
                    const int64_t at = plane + p * block + j * lanes;
                    floats y = NAME(load)(values, at, isHalf) * a[j] + b[j];
                    if (hasAddend) y += NAME(load)(addend, at, isHalf);
                    // What is not a number stays, so that the loss tells of it.
                    if (function != keeps) y = NAME(rectified)(y);
                    if (function == clips) y = NAME(select)((ints)(y > highest), NAME(all)(highest), y);
                    NAME(store)(destination, at, y, isHalf);
                }
        }
}

static void NAME(every_scale_shift)(kernels_map_shape shape, void *destination, const void *values, const void *addend,
                         const float *scale, const float *shift, float highest) {
#define SCALE_SHIFT(hasAddend, function) \
    SPECIALIZE(NAME(scale_shift), shape, destination, values, addend, scale, shift, highest, hasAddend, function)
    if (addend != NULL) {
        if (highest == 0) SCALE_SHIFT(1, keeps)
        else if (highest == INFINITY) SCALE_SHIFT(1, rectifies)
        else SCALE_SHIFT(1, clips)
    } else {
        if (highest == 0) SCALE_SHIFT(0, keeps)
        else if (highest == INFINITY) SCALE_SHIFT(0, rectifies)
        else SCALE_SHIFT(0, clips)
    }
#undef SCALE_SHIFT
}

// The gradient that reaches the normalised values: the sum of one or two gradients, 0 where the function is constant.
INLINE floats NAME(incoming)(const int isHalf, const void *first, const void *second, const void *result, const float highest,
                       int64_t at, const int hasSecond, const int function) {
    floats g = NAME(load)(first, at, isHalf);
    if (hasSecond) g += NAME(load)(second, at, isHalf);
    if (function == keeps) return g;
    const floats y = NAME(load)(result, at, isHalf);
    return NAME(where)(function == clips ? (ints)(y > 0) & (ints)(y < highest) : (ints)(y > 0), g);
}

INLINE void NAME(gradient_moments)(const int block, const int isHalf, const kernels_map_shape shape, const void *first,
                             const void *second, const void *result, const float highest, const void *values,
                             const float *mean, void *combined, double *sums, double *products, const int hasSecond,
                             const int function, const int writes) {
    const int parts = block / lanes;
    for (int64_t c = 0; c < shape.blocks; c++) {
        floats m[most_parts];
        double sum[16] = {0}, product[16] = {0};
        for (int j = 0; j < parts; j++) m[j] = NAME(load)(mean, c * block + j * lanes, 0);
        for (int64_t n = 0; n < shape.samples; n++) {
            const int64_t plane = (n * shape.blocks + c) * shape.pixels * block;
            floats s[unroll][most_parts] = {{{0}}}, q[unroll][most_parts] = {{{0}}};
            int64_t p = 0;
            for (; p + unroll <= shape.pixels; p += unroll)
                for (int u = 0; u < unroll; u++)
                    for (int j = 0; j < parts; j++) {
                        const int64_t at = plane + (p + u) * block + j * lanes;
                        const floats g = NAME(incoming)(isHalf, first, second, result, highest, at, hasSecond, function);
                        if (writes) NAME(store)(combined, at, g, isHalf);
                        s[u][j] += g;
                        q[u][j] += g * (NAME(load)(values, at, isHalf) - m[j]);
                    }
            for (; p < shape.pixels; p++)
                for (int j = 0; j < parts; j++) {
                    const int64_t at = plane + p * block + j * lanes;
                    const floats g = NAME(incoming)(isHalf, first, second, result, highest, at, hasSecond, function);
                    if (writes) NAME(store)(combined, at, g, isHalf);
                    s[0][j] += g;
                    q[0][j] += g * (NAME(load)(values, at, isHalf) - m[j]);
                }
            for (int j = 0; j < parts; j++) {
                NAME(accumulate)(sum + j * lanes, (s[0][j] + s[1][j]) + (s[2][j] + s[3][j]));
                NAME(accumulate)(product + j * lanes, (q[0][j] + q[1][j]) + (q[2][j] + q[3][j]));
            }
        }
        for (int lane = 0; lane < block; lane++) {
            sums[c * block + lane] = sum[lane];
            products[c * block + lane] = product[lane];
        }
    }
}

static void NAME(every_gradient_moments)(kernels_map_shape shape, const void *first, const void *second, const void *result,
                              float highest, const void *values, const float *mean, void *combined, double *sums,
                              double *products) {
#define GRADIENT_MOMENTS(hasSecond, function, writes)                                                               \
    SPECIALIZE(NAME(gradient_moments), shape, first, second, result, highest, values, mean, combined, sums, products, \
               hasSecond, function, writes)
#define GRADIENT_MOMENTS_OF_EACH(hasSecond, writes)                          \
    if (result == NULL) GRADIENT_MOMENTS(hasSecond, keeps, writes)        \
    else if (highest == INFINITY) GRADIENT_MOMENTS(hasSecond, rectifies, writes) \
    else GRADIENT_MOMENTS(hasSecond, clips, writes)
    if (combined == NULL) {
        GRADIENT_MOMENTS_OF_EACH(0, 0)
    } else if (second == NULL) {
        GRADIENT_MOMENTS_OF_EACH(0, 1)
    } else {
        GRADIENT_MOMENTS_OF_EACH(1, 1)
    }
#undef GRADIENT_MOMENTS_OF_EACH
#undef GRADIENT_MOMENTS
}

INLINE void NAME(normalization_gradient)(const int block, const int isHalf, const kernels_map_shape shape,
                                   void *destination, const void *gradient, const void *result, const float highest,
                                   const void *values, const float *mean, const float *scale, const float *slope,
                                   const float *shift, const int function) {
    const int parts = block / lanes;
    for (int64_t n = 0; n < shape.samples; n++)
        for (int64_t c = 0; c < shape.blocks; c++) {
            const int64_t plane = (n * shape.blocks + c) * shape.pixels * block;
            floats m[most_parts], a[most_parts], b[most_parts], d[most_parts];
            for (int j = 0; j < parts; j++) {
                m[j] = NAME(load)(mean, c * block + j * lanes, 0);
                a[j] = NAME(load)(scale, c * block + j * lanes, 0);
                b[j] = NAME(load)(slope, c * block + j * lanes, 0);
                d[j] = NAME(load)(shift, c * block + j * lanes, 0);
            }
            for (int64_t p = 0; p < shape.pixels; p++)
                for (int j = 0; j < parts; j++) {
                    const int64_t at = plane + p * block + j * lanes;
                    const floats g = NAME(incoming)(isHalf, gradient, NULL, result, highest, at, 0, function);
                    NAME(store)(destination, at, a[j] * g - (b[j] * (NAME(load)(values, at, isHalf) - m[j]) + d[j]), isHalf);
                }
        }
}

static void NAME(every_normalization_gradient)(kernels_map_shape shape, void *destination, const void *gradient,
                                    const void *result, float highest, const void *values, const float *mean,
                                    const float *scale, const float *slope, const float *shift) {
#define NORMALIZATION_GRADIENT(function)                                                                            \
    SPECIALIZE(NAME(normalization_gradient), shape, destination, gradient, result, highest, values, mean, scale, slope, \
               shift, function)
    if (result == NULL) NORMALIZATION_GRADIENT(keeps)
    else if (highest == INFINITY) NORMALIZATION_GRADIENT(rectifies)
    else NORMALIZATION_GRADIENT(clips)
#undef NORMALIZATION_GRADIENT
}

INLINE void NAME(scale_channels)(const int block, const int isHalf, const kernels_map_shape shape, void *destination,
                                 const void *values, const void *scales, int64_t channels) {
    for (int64_t n = 0; n < shape.samples; n++)
        for (int64_t c = 0; c < shape.blocks * block; c += lanes) {
            const int64_t first = n * shape.blocks * shape.pixels * block + c / block * shape.pixels * block + c % block;
            const int64_t count = NAME(most)(0, NAME(least)(lanes, channels - c));
            const floats scale = NAME(load_some)(scales, n * channels + c, isHalf, count);
            for (int64_t p = 0; p < shape.pixels; p++)
                NAME(store)(destination, first + p * block, NAME(load)(values, first + p * block, isHalf) * scale, isHalf);
        }
}

static void NAME(every_scale_channels)(kernels_map_shape shape, void *destination, const void *values, const void *scales,
                                       int64_t channels) {
    SPECIALIZE(NAME(scale_channels), shape, destination, values, scales, channels)
}

INLINE void NAME(scale_channels_gradient)(const int block, const int isHalf, const kernels_map_shape shape, void *destination,
                                          void *scaleGradient, const void *gradient, const void *values,
                                          const void *scales, int64_t channels) {
    for (int64_t n = 0; n < shape.samples; n++)
        for (int64_t c = 0; c < shape.blocks * block; c += lanes) {
            const int64_t first = n * shape.blocks * shape.pixels * block + c / block * shape.pixels * block + c % block;
            const int64_t count = NAME(most)(0, NAME(least)(lanes, channels - c));
            const floats scale = NAME(load_some)(scales, n * channels + c, isHalf, count);
            floats sum[unroll] = {{0}};
            for (int64_t p = 0; p < shape.pixels; p++) {
                const floats g = NAME(load)(gradient, first + p * block, isHalf);
                sum[p % unroll] += g * NAME(load)(values, first + p * block, isHalf);
                if (destination != NULL) NAME(store)(destination, first + p * block, g * scale, isHalf);
            }
            if (count > 0)
                NAME(store_some)(scaleGradient, n * channels + c, (sum[0] + sum[1]) + (sum[2] + sum[3]), isHalf, count);
        }
}

static void NAME(every_scale_channels_gradient)(kernels_map_shape shape, void *destination, void *scaleGradient,
                                                const void *gradient, const void *values, const void *scales,
                                                int64_t channels) {
    SPECIALIZE(NAME(scale_channels_gradient), shape, destination, scaleGradient, gradient, values, scales, channels)
}

INLINE void NAME(add)(const int isHalf, void *destination, const void *first, const void *second, int64_t count) {
    for (int64_t i = 0; i < count; i += lanes) {
        const int64_t rest = count - i;
        const floats sum = NAME(load_some)(first, i, isHalf, rest) + NAME(load_some)(second, i, isHalf, rest);
        NAME(store_some)(destination, i, sum, isHalf, rest);
    }
}

static void NAME(every_add)(void *destination, const void *first, const void *second, int64_t count, int isHalf) {
    if (isHalf) NAME(add)(1, destination, first, second, count);
    else NAME(add)(0, destination, first, second, count);
}

INLINE void NAME(scale_samples)(const int isHalf, void *destination, const void *source, const float *factors,
                                int64_t samples, int64_t count) {
    for (int64_t n = 0; n < samples; n++)
        for (int64_t i = 0; i < count; i += lanes) {
            const floats scaled = NAME(load_some)(source, n * count + i, isHalf, count - i) * factors[n];
            NAME(store_some)(destination, n * count + i, scaled, isHalf, count - i);
        }
}

static void NAME(every_scale_samples)(void *destination, const void *source, const float *factors, int64_t samples,
                                      int64_t count, int isHalf) {
    if (isHalf) NAME(scale_samples)(1, destination, source, factors, samples, count);
    else NAME(scale_samples)(0, destination, source, factors, samples, count);
}

// Index of a pixel's block in a blocked map [N, C, D, H, W].
INLINE int64_t NAME(place)(int64_t n, int64_t c, int64_t z, int64_t y, int64_t x, kernels_grid grid) {
    return (((n * grid.blocks + c) * grid.planes + z) * grid.rows + y) * grid.columns + x;
}

static void NAME(every_subsample)(void *destination, const void *source, int64_t samples, kernels_grid to, kernels_grid from,
                       int64_t stride, int64_t blockBytes) {
    for (int64_t n = 0; n < samples; n++)
        for (int64_t c = 0; c < to.blocks; c++)
            for (int64_t z = 0; z < to.planes; z++)
                for (int64_t y = 0; y < to.rows; y++) {
                    char *row = (char *)destination + NAME(place)(n, c, z, y, 0, to) * blockBytes;
                    if (c >= from.blocks) {
                        memset(row, 0, (size_t)(to.columns * blockBytes));
                        continue;
                    }
                    const char *sourceRow =
                        (const char *)source + NAME(place)(n, c, z * stride, y * stride, 0, from) * blockBytes;
                    for (int64_t x = 0; x < to.columns; x++)
                        memcpy(row + x * blockBytes, sourceRow + x * stride * blockBytes, (size_t)blockBytes);
                }
}

INLINE void NAME(add_subsampled)(const int isHalf, void *destination, const void *gradient, int64_t samples,
                                 int64_t channels, kernels_grid to, kernels_grid from, int64_t stride, int block) {
    for (int64_t n = 0; n < samples; n++)
        for (int64_t c = 0; c < to.blocks && c < from.blocks; c++)
            for (int64_t z = 0; z < from.planes; z++)
                for (int64_t y = 0; y < from.rows; y++)
                    for (int64_t x = 0; x < from.columns; x++) {
                        const int64_t at = NAME(place)(n, c, z * stride, y * stride, x * stride, to) * block;
                        const int64_t source = NAME(place)(n, c, z, y, x, from) * block;
                        for (int j = 0; j < block; j += lanes) {
                            floats sum =
                                NAME(load)(destination, at + j, isHalf) + NAME(load)(gradient, source + j, isHalf);
                            // What is a channel there may fill a block up here.
                            for (int lane = 0; lane < lanes; lane++)
                                if (c * block + j + lane >= channels) sum[lane] = 0;
                            NAME(store)(destination, at + j, sum, isHalf);
                        }
                    }
}

static void NAME(every_add_subsampled)(void *destination, const void *gradient, int64_t samples, int64_t channels,
                                       kernels_grid to, kernels_grid from, int64_t stride, int block, int isHalf) {
    if (isHalf) NAME(add_subsampled)(1, destination, gradient, samples, channels, to, from, stride, block);
    else NAME(add_subsampled)(0, destination, gradient, samples, channels, to, from, stride, block);
}

static void NAME(every_mask_half)(uint16_t *destination, const uint16_t *source, const uint8_t *keep, int64_t count,
                                  float scale) {
    for (int64_t i = 0; i < count; i += lanes) {
        const int64_t rest = NAME(least)(lanes, count - i);
        floats values = NAME(load_some)(source, i, 1, rest) * scale;
        for (int64_t lane = 0; lane < rest; lane++) values[lane] = keep[i + lane] ? values[lane] : 0;
        NAME(store_some)(destination, i, values, 1, rest);
    }
}

// With those that fill the last block up, where input or output has room for them.
INLINE int64_t NAME(pooled_channels)(const kernels_pooling p) {
    if (!p.isInputPadded && !p.isOutputPadded) return p.channels;
    return (p.channels + p.group - 1) / p.group * p.group;
}

// A register of channels of one sample: how many are channels, and where it begins in the input and the output, with how
// many of its lanes are stored there.
#define channel_run NAME(channel_run)
typedef struct {
    int64_t count, input, output, inputCount, outputCount;
} channel_run;

INLINE channel_run NAME(run_at)(const kernels_pooling p, int64_t n, int64_t c) {
    const int64_t count = NAME(most)(0, NAME(least)(lanes, p.channels - c));
    const int64_t group = c / p.group, lane = c % p.group;
    return (channel_run){
        .count = count,
        .input = n * p.input.sample + group * p.input.group + lane,
        .output = n * p.output.sample + group * p.output.group + lane,
        .inputCount = p.isInputPadded ? lanes : count,
        .outputCount = p.isOutputPadded ? lanes : count,
    };
}

// Windows of 2 x 2 side by side in one plane, as most are.
INLINE int NAME(is_square_of_two)(const kernels_pooling p) {
    return p.inputPlanes == 1 && p.kernelPlanes == 1 && p.paddingPlanes == 0 && p.kernelRows == 2 && p.kernelColumns == 2 &&
           p.strideRows == 2 && p.strideColumns == 2 && p.paddingRows == 0 && p.paddingColumns == 0;
}

// The same pooling, told by constants.
INLINE kernels_pooling NAME(of_square_of_two)(kernels_pooling p) {
    p.kernelRows = p.kernelColumns = p.strideRows = p.strideColumns = 2;
    p.inputPlanes = p.outputPlanes = p.kernelPlanes = p.stridePlanes = 1;
    p.paddingPlanes = p.paddingRows = p.paddingColumns = 0;
    return p;
}

// The places of a window along a dimension that lie in the map, from the first of them to behind the last; `start` is where
// the window begins in the map.
#define places_within NAME(places_within)
typedef struct {
    int64_t first, end;
} places_within;

INLINE places_within NAME(within)(int64_t start, int64_t kernel, int64_t input, const int isInside) {
    if (isInside) return (places_within){0, kernel};
    return (places_within){NAME(most)(0, -start), NAME(least)(kernel, input - start)};
}

// The first window that a place of the padded map is in.
INLINE int64_t NAME(first_window)(int64_t place, int64_t kernel, int64_t stride) {
    return place < kernel ? 0 : (place - kernel) / stride + 1;
}

// isInside tells that all windows lie in the map.
INLINE void NAME(max_pooling)(const int isHalf, const kernels_pooling p, void *destination, uint8_t *winners,
                              const void *source, const int writesWinners, const int isInside) {
    for (int64_t n = 0; n < p.samples; n++)
        for (int64_t c = 0; c < NAME(pooled_channels)(p); c += lanes) {
            const channel_run run = NAME(run_at)(p, n, c);
            int64_t output = run.output;
            for (int64_t z = 0; z < p.outputPlanes; z++)
                for (int64_t y = 0; y < p.outputRows; y++)
                    for (int64_t x = 0; x < p.outputColumns; x++, output += p.output.pixel) {
                        const int64_t front = z * p.stridePlanes - p.paddingPlanes;
                        const int64_t top = y * p.strideRows - p.paddingRows, left = x * p.strideColumns - p.paddingColumns;
                        floats best = {0};
                        ints winner = {0};
                        int isFirst = 1;
                        const places_within planes = NAME(within)(front, p.kernelPlanes, p.inputPlanes, isInside);
                        const places_within rows = NAME(within)(top, p.kernelRows, p.inputRows, isInside);
                        const places_within columns = NAME(within)(left, p.kernelColumns, p.inputColumns, isInside);
                        for (int64_t kz = planes.first; kz < planes.end; kz++)
                            for (int64_t ky = rows.first; ky < rows.end; ky++)
                                for (int64_t kx = columns.first; kx < columns.end; kx++) {
                                    const int64_t row = (front + kz) * p.inputRows + top + ky;
                                    const int64_t at = run.input + (row * p.inputColumns + left + kx) * p.input.pixel;
                                    const floats value = NAME(load_some)(source, at, isHalf, run.count);
                                    const int64_t place = (kz * p.kernelRows + ky) * p.kernelColumns + kx;
                                    const ints number = (ints){0} + (int32_t)place;
                                    // What is not a number wins, so that it is not lost.
                                    const ints wins = isFirst ? ~(ints){0} : (ints)(value > best) | (ints)(value != value);
                                    best = NAME(select)(wins, value, best);
                                    winner = (number & wins) | (winner & ~wins);
                                    isFirst = 0;
                                }
                        NAME(store_some)(destination, output, best, isHalf, run.outputCount);
                        if (writesWinners) {
                            const bytes narrow = __builtin_convertvector(winner, bytes);
                            memcpy(winners, &narrow, sizeof narrow);
                            winners += lanes;
                        }
                    }
        }
}

static void NAME(every_max_pooling)(kernels_pooling p, void *destination, uint8_t *winners, const void *source) {
#define MAX_POOLING(p, isInside)                                                                 \
    if (p.isHalf) {                                                                              \
        if (winners != NULL) NAME(max_pooling)(1, p, destination, winners, source, 1, isInside); \
        else NAME(max_pooling)(1, p, destination, winners, source, 0, isInside);                 \
    } else {                                                                                     \
        if (winners != NULL) NAME(max_pooling)(0, p, destination, winners, source, 1, isInside); \
        else NAME(max_pooling)(0, p, destination, winners, source, 0, isInside);                 \
    }
    if (NAME(is_square_of_two)(p)) {
        const kernels_pooling square = NAME(of_square_of_two)(p);
        MAX_POOLING(square, 1)
    } else {
        MAX_POOLING(p, 0)
    }
#undef MAX_POOLING
}

INLINE void NAME(max_pooling_gradient)(const int isHalf, const kernels_pooling p, void *destination,
                                       const uint8_t *winners, const void *gradient, const void *result,
                                       const int relu) {
    const int64_t pixels = p.outputPlanes * p.outputRows * p.outputColumns;
    for (int64_t n = 0; n < p.samples; n++)
        for (int64_t c = 0; c < NAME(pooled_channels)(p); c += lanes, winners += pixels * lanes) {
            const channel_run run = NAME(run_at)(p, n, c);
            int64_t input = run.input;
            for (int64_t z = 0; z < p.inputPlanes; z++)
                for (int64_t y = 0; y < p.inputRows; y++)
                    for (int64_t x = 0; x < p.inputColumns; x++, input += p.input.pixel) {
                        // The windows that this pixel is in.
                        const int64_t back = z + p.paddingPlanes, bottom = y + p.paddingRows, right = x + p.paddingColumns;
                        const int64_t firstPlane = NAME(first_window)(back, p.kernelPlanes, p.stridePlanes);
                        const int64_t firstRow = NAME(first_window)(bottom, p.kernelRows, p.strideRows);
                        const int64_t firstColumn = NAME(first_window)(right, p.kernelColumns, p.strideColumns);
                        floats sum = {0};
                        for (int64_t wz = firstPlane; wz < p.outputPlanes && wz * p.stridePlanes <= back; wz++)
                            for (int64_t wy = firstRow; wy < p.outputRows && wy * p.strideRows <= bottom; wy++)
                                for (int64_t wx = firstColumn; wx < p.outputColumns && wx * p.strideColumns <= right; wx++) {
                                    const int64_t pixel = (wz * p.outputRows + wy) * p.outputColumns + wx;
                                    bytes narrow;
                                    memcpy(&narrow, winners + pixel * lanes, sizeof narrow);
                                    const int64_t row =
                                        (back - wz * p.stridePlanes) * p.kernelRows + bottom - wy * p.strideRows;
                                    const int32_t place =
                                        (int32_t)(row * p.kernelColumns + right - wx * p.strideColumns);
                                    ints mask = __builtin_convertvector(narrow, ints) == place;
                                    const int64_t at = run.output + pixel * p.output.pixel;
                                    if (relu) mask &= (ints)(NAME(load_some)(result, at, isHalf, run.count) > 0);
                                    sum += NAME(where)(mask, NAME(load_some)(gradient, at, isHalf, run.count));
                                }
                        NAME(store_some)(destination, input, sum, isHalf, run.inputCount);
                    }
        }
}

// The same where windows neither overlap nor reach over the map: each is looked at once.
INLINE void NAME(tiled_max_pooling_gradient)(const int isHalf, const kernels_pooling p, void *destination,
                                             const uint8_t *winners, const void *gradient, const void *result,
                                             const int relu) {
    const int64_t pixels = p.outputPlanes * p.outputRows * p.outputColumns;
    const floats zero = {0};
    for (int64_t n = 0; n < p.samples; n++)
        for (int64_t c = 0; c < NAME(pooled_channels)(p); c += lanes, winners += pixels * lanes) {
            const channel_run run = NAME(run_at)(p, n, c);
            for (int64_t z = 0; z < p.outputPlanes; z++)
                for (int64_t y = 0; y < p.outputRows; y++)
                    for (int64_t x = 0; x < p.outputColumns; x++) {
                        const int64_t pixel = (z * p.outputRows + y) * p.outputColumns + x;
                        const int64_t at = run.output + pixel * p.output.pixel;
                        floats g = NAME(load_some)(gradient, at, isHalf, run.count);
                        if (relu) g = NAME(where)(NAME(load_some)(result, at, isHalf, run.count) > 0, g);
                        bytes narrow;
                        memcpy(&narrow, winners + pixel * lanes, sizeof narrow);
                        const ints winner = __builtin_convertvector(narrow, ints);
                        for (int64_t kz = 0; kz < p.kernelPlanes; kz++)
                            for (int64_t ky = 0; ky < p.kernelRows; ky++)
                                for (int64_t kx = 0; kx < p.kernelColumns; kx++) {
                                    const int64_t row = (z * p.kernelPlanes + kz) * p.inputRows + y * p.kernelRows + ky;
                                    const int64_t place = row * p.inputColumns + x * p.kernelColumns + kx;
                                    const int64_t number = (kz * p.kernelRows + ky) * p.kernelColumns + kx;
                                    NAME(store_some)(destination, run.input + place * p.input.pixel,
                                                     NAME(where)(winner == (int32_t)number, g), isHalf, run.inputCount);
                                }
                    }
            // Planes, rows and columns that no window reaches.
            for (int64_t z = 0; z < p.inputPlanes; z++)
                for (int64_t y = 0; y < p.inputRows; y++) {
                    const int isCovered = z < p.outputPlanes * p.kernelPlanes && y < p.outputRows * p.kernelRows;
                    for (int64_t x = isCovered ? p.outputColumns * p.kernelColumns : 0; x < p.inputColumns; x++) {
                        const int64_t place = (z * p.inputRows + y) * p.inputColumns + x;
                        NAME(store_some)(destination, run.input + place * p.input.pixel, zero, isHalf, run.inputCount);
                    }
                }
        }
}

// Along a dimension.
INLINE int NAME(is_tiled)(int64_t kernel, int64_t stride, int64_t padding, int64_t input, int64_t output) {
    return stride == kernel && padding == 0 && output * kernel <= input;
}

static void NAME(every_max_pooling_gradient)(kernels_pooling p, void *destination, const uint8_t *winners,
                                             const void *gradient, const void *result) {
#define MAX_POOLING_GRADIENT(name, p)                                                               \
    if (p.isHalf) {                                                                                 \
        if (result != NULL) NAME(name)(1, p, destination, winners, gradient, result, 1);            \
        else NAME(name)(1, p, destination, winners, gradient, result, 0);                           \
    } else {                                                                                        \
        if (result != NULL) NAME(name)(0, p, destination, winners, gradient, result, 1);            \
        else NAME(name)(0, p, destination, winners, gradient, result, 0);                           \
    }
    if (NAME(is_square_of_two)(p)) {
        const kernels_pooling square = NAME(of_square_of_two)(p);
        MAX_POOLING_GRADIENT(tiled_max_pooling_gradient, square)
    } else if (NAME(is_tiled)(p.kernelPlanes, p.stridePlanes, p.paddingPlanes, p.inputPlanes, p.outputPlanes) &&
               NAME(is_tiled)(p.kernelRows, p.strideRows, p.paddingRows, p.inputRows, p.outputRows) &&
               NAME(is_tiled)(p.kernelColumns, p.strideColumns, p.paddingColumns, p.inputColumns, p.outputColumns)) {
        MAX_POOLING_GRADIENT(tiled_max_pooling_gradient, p)
    } else {
        MAX_POOLING_GRADIENT(max_pooling_gradient, p)
    }
#undef MAX_POOLING_GRADIENT
}

#undef floats
#undef ints
#undef words
#undef halves
#undef bytes
#undef channel_run
#undef places_within
