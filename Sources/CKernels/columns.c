// Columns of a table that hold numbers of levels: rows of their weights beside numbers that stay as they are.
#include "CKernels.h"
#include "row_index.h"
#include <math.h>
#include <string.h>

void kernels_embed_column(kernels_column c, float *destination, const float *numbers, const float *weight) {
    for (int64_t r = 0; r < c.rows; r++) {
        const int64_t level = row_index(numbers[r * c.number_stride], c.levels);
        float *to = destination + r * c.stride;
        if (level > 0) {
            memcpy(to, weight + (level - 1) * c.width, sizeof(float) * (size_t)c.width);
        } else {
            for (int64_t k = 0; k < c.width; k++) to[k] = level == 0 ? 0 : NAN;
        }
    }
}

void kernels_embed_column_gradient(kernels_column c, float *weight, const float *numbers, const float *gradient) {
    memset(weight, 0, sizeof(float) * (size_t)(c.levels * c.width));
    for (int64_t r = 0; r < c.rows; r++) {
        const int64_t level = row_index(numbers[r * c.number_stride], c.levels);
        if (level <= 0) continue;
        float *to = weight + (level - 1) * c.width;
        const float *from = gradient + r * c.stride;
        for (int64_t k = 0; k < c.width; k++) to[k] += from[k];
    }
}
