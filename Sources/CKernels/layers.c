// What the outputs of layers say about the labels: means over pixels, nearest class means, largest units.
#include "CKernels.h"
#include "dispatch.h"
#include <math.h>
#include <string.h>

// Sums that are made side by side, as many in every instruction set.
enum { parts = 16 };

static inline float float_of_half(uint16_t half) {
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#define LOOPS "layers_loops.h"
#include "each_instruction_set.h"

void kernels_pixel_means(kernels_channels shape, float *destination, const void *values) {
    DISPATCH(pixel_means, 16, shape, destination, values)
}

void kernels_add_to_class_sums(const float *values, const int32_t *labels, int64_t rows, int64_t units,
                               int64_t *sums) {
    DISPATCH(add_to_class_sums, 16, values, labels, rows, units, sums)
}

void kernels_nearest_means(const float *values, int64_t rows, int64_t units, const float *means, const float *offsets,
                           int64_t classes, int32_t *nearest) {
    DISPATCH(nearest_means, 16, values, rows, units, means, offsets, classes, nearest)
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
