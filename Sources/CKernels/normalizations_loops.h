// Normalization over the channels of each pixel, compiled once an instruction set by normalizations.c.

#include "registers_loops.h"

// How many of the numbers from `at` on are channels.
INLINE int64_t NAME(present)(int64_t channels, int64_t at) {
    const int64_t left = channels - at;
    return left < 0 ? 0 : left < lanes ? left : lanes;
}

// Numbers of which the first `count` are kept and the others are 0.
INLINE floats NAME(first)(floats values, int64_t count) {
    if (count >= lanes) return values;
    for (int lane = 0; lane < lanes; lane++)
        if (lane >= count) values[lane] = 0;
    return values;
}

INLINE double NAME(total)(floats values) {
    float parts[lanes];
    memcpy(parts, &values, sizeof parts);
    for (int half = lanes / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) parts[lane] += parts[lane + half];
    return (double)parts[0];
}

// Stores the channels alone, or with what fills a block up.
INLINE void NAME(put_channels)(void *base, int64_t at, floats values, int isHalf, int64_t count, int fillsUp) {
    if (fillsUp) NAME(store)(base, at, values, isHalf);
    else if (count > 0) NAME(store_some)(base, at, values, isHalf, count);
}

// Runs BODY for every register of `width` pixels: `at` is its place, `count` its channels, from `channel` on.
#define EACH_REGISTER(shape, start, from, to, BODY)                                                              \
    for (int64_t c = (from); c < (to); c++)                                                                      \
        for (int t = 0; t < width; t++)                                                                          \
            for (int j = 0; j < parts; j++) {                                                                    \
                const int64_t channel = c * group + j * lanes;                                                   \
                const int64_t at = (start) + t * (shape).strides.pixel + c * (shape).strides.group + j * lanes;  \
                const int64_t count = NAME(present)((shape).channels, channel);                                  \
                BODY                                                                                             \
            }

INLINE void NAME(normalize_pixels)(const int group, const int isHalf, const int width, const kernels_channels shape,
                                   int64_t start, int64_t pixel, const int fillsUp, void *destination,
                                   const void *values, const float *weight, const float *bias, float *means,
                                   float *inverses, const float epsilon) {
    const int parts = group / lanes;
    const int64_t groups = (shape.channels + group - 1) / group;
    floats mean[most_width] = {{0}}, inverse[most_width];
    double total[most_width] = {0};
    if (means != NULL) {
        for (int64_t from = 0; from < groups; from += run) {
            floats sum[most_width] = {{0}};
            EACH_REGISTER(shape, start, from, NAME(least)(groups, from + run), {
                sum[t] += NAME(load_some)(values, at, isHalf, count);
            })
            for (int t = 0; t < width; t++) total[t] += NAME(total)(sum[t]);
        }
        for (int t = 0; t < width; t++) {
            means[pixel + t] = (float)(total[t] / (double)shape.channels);
            mean[t] += means[pixel + t];
            total[t] = 0;
        }
    }
    for (int64_t from = 0; from < groups; from += run) {
        floats sum[most_width] = {{0}};
        EACH_REGISTER(shape, start, from, NAME(least)(groups, from + run), {
            const floats d = NAME(first)(NAME(load_some)(values, at, isHalf, count) - mean[t], count);
            sum[t] += d * d;
        })
        for (int t = 0; t < width; t++) total[t] += NAME(total)(sum[t]);
    }
    for (int t = 0; t < width; t++) {
        inverses[pixel + t] = (float)(1 / sqrt(total[t] / (double)shape.channels + (double)epsilon));
        inverse[t] = (floats){0} + inverses[pixel + t];
    }
    EACH_REGISTER(shape, start, 0, groups, {
        const floats x = NAME(load_some)(values, at, isHalf, count);
        floats y = (x - mean[t]) * inverse[t] * NAME(load_some)(weight, channel, 0, count);
        if (bias != NULL) y += NAME(load_some)(bias, channel, 0, count);
        NAME(put_channels)(destination, at, y, isHalf, count, fillsUp);
    })
}

// Does CALL for the pixels of each sample, `most_width` at a time, then the rest one by one.
#define EACH_PIXEL(shape, CALL)                                                          \
    const int fillsUp = fills_up(shape);                                                 \
    for (int64_t n = 0; n < (shape).samples; n++) {                                      \
        int64_t p = 0;                                                                   \
        for (; p + most_width <= (shape).pixels; p += most_width) CALL(most_width);      \
        for (; p < (shape).pixels; p++) CALL(1);                                         \
    }

INLINE void NAME(normalize_channels)(const int group, const int isHalf, const kernels_channels shape, void *destination,
                                     const void *values, const float *weight, const float *bias, float *means,
                                     float *inverses, const float epsilon) {
#define NORMALIZE(width)                                                                                            \
    NAME(normalize_pixels)(group, isHalf, width, shape, n * shape.strides.sample + p * shape.strides.pixel,         \
                           n * shape.pixels + p, fillsUp, destination, values, weight, bias, means, inverses, epsilon)
    EACH_PIXEL(shape, NORMALIZE)
#undef NORMALIZE
}

static void NAME(every_normalize_channels)(kernels_channels shape, void *destination, const void *values,
                                           const float *weight, const float *bias, float *means, float *inverses,
                                           float epsilon) {
    SPECIALIZE_GROUP(NAME(normalize_channels), shape, destination, values, weight, bias, means, inverses, epsilon)
}

// With h = gradient * weight, d = value - mean and i = inverse: i * (h - mean of h - d * i * i * mean of h * d), where what is
// not centered has mean 0 and no mean of h.
INLINE void NAME(unnormalize_pixels)(const int group, const int isHalf, const int width, const kernels_channels shape,
                                     int64_t start, int64_t pixel, const int fillsUp, void *destination,
                                     const void *gradient, const void *values, const float *weight, const float *means,
                                     const float *inverses) {
    const int parts = group / lanes;
    const int64_t groups = (shape.channels + group - 1) / group;
    floats mean[most_width] = {{0}}, slope[most_width], shift[most_width] = {{0}}, inverse[most_width];
    double total[most_width] = {0}, product[most_width] = {0};
    for (int t = 0; t < width; t++) {
        inverse[t] = (floats){0} + inverses[pixel + t];
        if (means != NULL) mean[t] += means[pixel + t];
    }
    for (int64_t from = 0; from < groups; from += run) {
        floats sum[most_width] = {{0}}, with[most_width] = {{0}};
        EACH_REGISTER(shape, start, from, NAME(least)(groups, from + run), {
            const floats h = NAME(load_some)(gradient, at, isHalf, count) * NAME(load_some)(weight, channel, 0, count);
            sum[t] += h;
            with[t] += h * (NAME(load_some)(values, at, isHalf, count) - mean[t]);
        })
        for (int t = 0; t < width; t++) {
            total[t] += NAME(total)(sum[t]);
            product[t] += NAME(total)(with[t]);
        }
    }
    for (int t = 0; t < width; t++) {
        const double i = (double)inverses[pixel + t];
        slope[t] = (floats){0} + (float)(i * i * product[t] / (double)shape.channels);
        if (means != NULL) shift[t] += (float)(total[t] / (double)shape.channels);
    }
    EACH_REGISTER(shape, start, 0, groups, {
        const floats h = NAME(load_some)(gradient, at, isHalf, count) * NAME(load_some)(weight, channel, 0, count);
        const floats d = NAME(load_some)(values, at, isHalf, count) - mean[t];
        NAME(put_channels)(destination, at, NAME(first)(inverse[t] * (h - shift[t] - d * slope[t]), count), isHalf, count, fillsUp);
    })
}

INLINE void NAME(unnormalize_channels)(const int group, const int isHalf, const kernels_channels shape,
                                       void *destination, const void *gradient, const void *values,
                                       const float *weight, const float *means, const float *inverses) {
#define UNNORMALIZE(width)                                                                                            \
    NAME(unnormalize_pixels)(group, isHalf, width, shape, n * shape.strides.sample + p * shape.strides.pixel,         \
                             n * shape.pixels + p, fillsUp, destination, gradient, values, weight, means, inverses)
    EACH_PIXEL(shape, UNNORMALIZE)
#undef UNNORMALIZE
}

static void NAME(every_unnormalize_channels)(kernels_channels shape, void *destination, const void *gradient,
                                             const void *values, const float *weight, const float *means,
                                             const float *inverses) {
    SPECIALIZE_GROUP(NAME(unnormalize_channels), shape, destination, gradient, values, weight, means, inverses)
}

// Sums over all pixels, in float over `run` of them and in double over these.
INLINE void NAME(weigh_channels)(const int group, const int isHalf, const kernels_channels shape, const void *gradient,
                                 const void *values, const float *means, const float *inverses, float *weightGradient,
                                 float *biasGradient) {
    for (int64_t channel = 0; channel < shape.channels; channel += lanes) {
        const int64_t count = NAME(present)(shape.channels, channel);
        double sums[lanes] = {0}, products[lanes] = {0};
        floats sum = {0}, product = {0};
        int added = 0;
        for (int64_t n = 0; n < shape.samples; n++)
            for (int64_t p = 0; p < shape.pixels; p++) {
                const int64_t pixel = n * shape.pixels + p;
                const int64_t at = n * shape.strides.sample + p * shape.strides.pixel +
                                   channel / group * shape.strides.group + channel % group;
                const floats g = NAME(load_some)(gradient, at, isHalf, count);
                floats d = NAME(load_some)(values, at, isHalf, count);
                if (means != NULL) d -= means[pixel];
                sum += g;
                product += g * (d * inverses[pixel]);
                if (++added < run && pixel + 1 < shape.samples * shape.pixels) continue;
                NAME(accumulate)(sums, sum);
                NAME(accumulate)(products, product);
                sum = product = (floats){0};
                added = 0;
            }
        for (int64_t lane = 0; lane < count; lane++) {
            weightGradient[channel + lane] = (float)products[lane];
            if (biasGradient != NULL) biasGradient[channel + lane] = (float)sums[lane];
        }
    }
}

static void NAME(every_weigh_channels)(kernels_channels shape, const void *gradient, const void *values,
                                       const float *means, const float *inverses, float *weightGradient,
                                       float *biasGradient) {
    SPECIALIZE_GROUP(NAME(weigh_channels), shape, gradient, values, means, inverses, weightGradient, biasGradient)
}

#undef EACH_REGISTER
#undef EACH_PIXEL
