// Sequences: rows of token numbers, positions, and what is taken of all positions together.
#include "CKernels.h"
#include "dispatch.h"
#include "row_index.h"
#include <math.h>
#include <string.h>

// Sums that are made side by side, as many in every instruction set.
enum { parts = 16 };

#define LOOPS "sequences_loops.h"
#include "each_instruction_set.h"

void kernels_embed(kernels_embedding e, float *destination, float *mask, const float *numbers, const float *weight) {
    const size_t row = sizeof(float) * (size_t)e.features;
    for (int64_t r = 0; r < e.rows; r++) {
        const int64_t token = row_index(numbers[r], e.tokens - 1);
        float *to = destination + r * e.features;
        const int isPadding = token >= 0 && token == e.padding;
        if (mask) mask[r] = isPadding ? 0 : 1;
        if (isPadding) {
            memset(to, 0, row);
        } else if (token >= 0) {
            memcpy(to, weight + token * e.features, row);
        } else {
            for (int64_t k = 0; k < e.features; k++) to[k] = NAN;
        }
    }
}

void kernels_embedding_gradient(kernels_embedding e, float *weight, const float *numbers, const float *gradient) {
    DISPATCH(embedding_gradient, 16, e, weight, numbers, gradient)
}

void kernels_prepend(kernels_sequences s, float *destination, const float *values, const float *row) {
    const int64_t features = s.features, count = s.positions * features;
    for (int64_t n = 0; n < s.samples; n++) {
        float *to = destination + n * (count + features);
        memcpy(to, row, sizeof(float) * (size_t)features);
        memcpy(to + features, values + n * count, sizeof(float) * (size_t)count);
    }
}

void kernels_prepend_gradient(kernels_sequences s, float *destination, float *row, const float *gradient) {
    const int64_t features = s.features, count = s.positions * features;
    memset(row, 0, sizeof(float) * (size_t)features);
    for (int64_t n = 0; n < s.samples; n++) {
        const float *from = gradient + n * (count + features);
        for (int64_t k = 0; k < features; k++) row[k] += from[k];
        if (destination) memcpy(destination + n * count, from + features, sizeof(float) * (size_t)count);
    }
}

void kernels_add_to_samples(kernels_sequences s, float *destination, const float *values, const float *addend) {
    DISPATCH(add_to_samples, 16, s, destination, values, addend)
}

void kernels_sum_over_samples(kernels_sequences s, float *sums, const float *values) {
    DISPATCH(sum_over_samples, 16, s, sums, values)
}

void kernels_mean_weights(kernels_sequences s, float *weights, const float *mask) {
    DISPATCH(mean_weights, 16, s, weights, mask)
}

void kernels_query_weights(kernels_sequences s, float *weights, const float *values, const float *query, const float *mask) {
    DISPATCH(query_weights, 16, s, weights, values, query, mask)
}

void kernels_weighted_sum(kernels_sequences s, float *destination, const float *values, const float *weights) {
    DISPATCH(weighted_sum, 16, s, destination, values, weights)
}

void kernels_weighted_sum_gradient(kernels_sequences s, float *destination, const float *gradient, const float *weights) {
    DISPATCH(weighted_sum_gradient, 16, s, destination, gradient, weights)
}

void kernels_query_gradient(kernels_sequences s, float *destination, float *queryGradient, const float *gradient,
                            const float *values, const float *weights, const float *query) {
    DISPATCH(query_gradient, 16, s, destination, queryGradient, gradient, values, weights, query)
}
