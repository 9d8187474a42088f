// What the outputs of layers say about the labels: means over pixels, nearest class means, largest units.
#include "CKernels.h"
#include "instruction_sets.h"
#include <math.h>
#include <string.h>

enum { lanes = 16 };

static inline float float_of_half(uint16_t half) {
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

FOR_EACH_INSTRUCTION_SET
void kernels_pixel_means(kernels_channels shape, float *destination, const void *values) {
    const float count = (float)shape.pixels;
    for (int64_t n = 0; n < shape.samples; n++)
        for (int64_t first = 0; first < shape.channels; first += shape.group) {
            const int64_t left = shape.channels - first;
            const int width = (int)(left < shape.group ? left : shape.group);
            const int64_t start = n * shape.strides.sample + first / shape.group * shape.strides.group;
            float sum[lanes] = {0};
            for (int64_t p = 0; p < shape.pixels; p++) {
                const int64_t at = start + p * shape.strides.pixel;
                if (shape.isHalf) {
                    for (int lane = 0; lane < width; lane++) sum[lane] += float_of_half(((const uint16_t *)values)[at + lane]);
                } else {
                    for (int lane = 0; lane < width; lane++) sum[lane] += ((const float *)values)[at + lane];
                }
            }
            float *to = destination + n * shape.channels + first;
            for (int lane = 0; lane < width; lane++) to[lane] = sum[lane] / count;
        }
}

FOR_EACH_INSTRUCTION_SET
void kernels_add_to_class_sums(const float *values, const int32_t *labels, int64_t rows, int64_t units, int64_t *sums) {
    for (int64_t r = 0; r < rows; r++) {
        const float *row = values + r * units;
        int64_t *to = sums + labels[r] * units;
        for (int64_t u = 0; u < units; u++) {
            float value = row[u] == row[u] ? row[u] : 0.0f;
            value = value > 0x1p20f ? 0x1p20f : value < -0x1p20f ? -0x1p20f : value;
            to[u] += (int64_t)(value * 0x1p20f);
        }
    }
}

FOR_EACH_INSTRUCTION_SET
void kernels_nearest_means(const float *values, int64_t rows, int64_t units, const float *means, const float *offsets,
                           int64_t classes, int32_t *nearest) {
    for (int64_t r = 0; r < rows; r++) {
        const float *row = values + r * units;
        float best = -INFINITY;
        nearest[r] = 0;
        for (int64_t k = 0; k < classes; k++) {
            const float *mean = means + k * units;
            float sum[lanes] = {0};
            int64_t u = 0;
            for (; u + lanes <= units; u += lanes)
                for (int lane = 0; lane < lanes; lane++) sum[lane] += row[u + lane] * mean[u + lane];
            for (int lane = 0; u < units; u++, lane++) sum[lane] += row[u] * mean[u];
            float score = -offsets[k];
            for (int lane = 0; lane < lanes; lane++) score += sum[lane];
            if (score > best) {
                best = score;
                nearest[r] = (int32_t)k;
            }
        }
    }
}

void kernels_largest_units(const float *values, int64_t rows, int64_t units, int32_t *largest) {
    for (int64_t r = 0; r < rows; r++) {
        const float *row = values + r * units;
        int64_t best = 0;
        for (int64_t u = 1; u < units; u++)
            if (row[u] > row[best]) best = u;
        largest[r] = (int32_t)best;
    }
}
