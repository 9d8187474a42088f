// Products of dense layers on AVX2: sources times weights, and the two products of their gradients.
//
// Weights lie in panels of 16 units, [units / 16, features, 16], which is what a tile of 6 x 16 sums reads line by line, forward,
// and writes, as their gradient, so that neither is copied and no rows of a power of two of bytes fall on one set of the cache.
// What the tiles read otherwise is packed first.
//
// A sum is one chain of fused multiply-adds a part of its terms; the parts are added up in order. How many rows there are and
// which tile holds a sum changes nothing.
#include "CKernels.h"
#include "dispatch.h"
#include <stddef.h>
#include <string.h>

enum {
    panel = 16,
    // Terms of a part of a sum of features or units: a panel of as many lines and the rows of a tile lie in the first cache.
    most_terms = 400,
    // Samples of a part of a sum of the weights' gradient, and features whose numbers are packed at a time.
    most_samples = 256,
    most_packed = 252,
    // Rows that a panel is used for before the next one.
    most_rows = 256,
    // Units up to which the source is read as it lies: packing it costs more.
    fewest_packed_units = 33,
};

INLINE int64_t product_least(int64_t a, int64_t b) { return a < b ? a : b; }

// As few parts as can be, of `most` at most.
INLINE int64_t part_count(int64_t count, int64_t most) { return (count + most - 1) / most; }

// Where part `index` of `parts` even ones begins.
INLINE int64_t part_start(int64_t index, int64_t parts, int64_t count) { return index * count / parts; }

INLINE int64_t whole_panels(int64_t count) { return (count + panel - 1) / panel * panel; }

int64_t kernels_product_scratch_count(kernels_product p) {
    return product_least(p.rows, most_samples) * product_least(p.features, most_packed);
}

int kernels_has_products(void) { return kernels_present_level == kernels_avx2; }

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "products_tiles.h"

// MARK: - Forward, and the gradient of the source

// What comes next is fetched while the rows are multiplied with a panel: runs of 16 lines.
typedef struct {
    // NULL for nothing.
    const float *first;
    int64_t count, step;
} line_runs;

// destination [rows, columns] from the rows of the left factor and a panel of the right one.
static void multiply_panel(int64_t rows, int64_t terms, const float *left, int64_t step, const float *right,
                           tile_result result, float *destination, line_runs next) {
    const int64_t groups = part_count(rows, tile_rows(result));
    for (int64_t g = 0; g < groups; g++) {
        const int64_t first = part_start(g, groups, rows), count = part_start(g + 1, groups, rows) - first;
        if (next.first != NULL)
            for (int64_t run = part_start(g, groups, next.count); run < part_start(g + 1, groups, next.count); run++)
                UNROLL for (int64_t line = 0; line < panel; line++)
                    __builtin_prefetch(next.first + run * next.step + line * panel);
        multiply_tile(left_rows, count, terms, left + first * step, step, right, result, destination + first * result.stride);
    }
}

void kernels_multiply(kernels_product p, float *destination, const float *source, const float *weights, const float *bias,
                      int relu) {
    const int64_t lines = whole_panels(p.features), parts = part_count(p.features, most_terms);
    for (int64_t row = 0; row < p.rows; row += most_rows)
        for (int64_t part = 0; part < parts; part++) {
            const int64_t f = part_start(part, parts, p.features), terms = part_start(part + 1, parts, p.features) - f;
            const int isLast = part == parts - 1;
            for (int64_t u = 0; u < p.units; u += panel) {
                const float *own = weights + u * lines + f * panel;
                const tile_result result = {
                    .stride = p.units,
                    .columns = product_least(panel, p.units - u),
                    .adds = part > 0,
                    .bias = isLast && bias != NULL ? bias + u : NULL,
                    .relu = isLast && relu,
                };
                const line_runs next = {
                    u + panel < p.units ? own + lines * panel : NULL, part_count(terms, panel), panel * panel};
                multiply_panel(product_least(most_rows, p.rows - row), terms, source + row * p.features + f, p.features,
                               own, result, destination + row * p.units + u, next);
            }
        }
}

// to [units, 16 features] from blocks [16 features, 16 units] that are `step` apart.
static void turn_panel(float *to, const float *from, int64_t blocks, int64_t step) {
    for (int64_t b = 0; b < blocks; b++)
        UNROLL for (int64_t i = 0; i < panel; i += lanes)
            UNROLL for (int64_t j = 0; j < panel; j += lanes)
                transpose(to + (b * panel + j) * panel + i, from + b * step + i * panel + j);
}

void kernels_product_data_gradient(kernels_product p, float *destination, const float *gradient, const float *weights) {
    _Alignas(64) float turned[most_terms * panel];
    const int64_t step = whole_panels(p.features) * panel;
    const int64_t blocks = part_count(p.units, panel), parts = part_count(blocks, most_terms / panel);
    for (int64_t row = 0; row < p.rows; row += most_rows)
        for (int64_t part = 0; part < parts; part++) {
            const int64_t b = part_start(part, parts, blocks), count = part_start(part + 1, parts, blocks) - b;
            const int64_t u = b * panel, terms = product_least(count * panel, p.units - u);
            for (int64_t f = 0; f < p.features; f += panel) {
                const float *own = weights + b * step + f * panel;
                turn_panel(turned, own, count, step);
                const tile_result result = {
                    .stride = p.features, .columns = product_least(panel, p.features - f), .adds = part > 0};
                const line_runs next = {f + panel < p.features ? own + panel * panel : NULL, count, step};
                multiply_panel(product_least(most_rows, p.rows - row), terms, gradient + row * p.units + u, p.units,
                               turned, result, destination + row * p.features + f, next);
            }
        }
}

// MARK: - The gradient of the weights

// The columns of a matrix that a tile takes together: to [samples, columns].
static void pack_columns(float *to, const float *from, int64_t step, int64_t samples, int64_t columns) {
    if (columns == most_tile_rows)
        for (int64_t s = 0; s < samples; s++) memcpy(to + s * most_tile_rows, from + s * step, most_tile_rows * sizeof *to);
    else
        for (int64_t s = 0; s < samples; s++)
            for (int64_t c = 0; c < columns; c++) to[s * columns + c] = from[s * step + c];
}

// to [samples, 16], 0 behind the columns.
static void pack_panel(float *to, const float *from, int64_t step, int64_t samples, int64_t columns) {
    if (columns == panel)
        for (int64_t s = 0; s < samples; s++) memcpy(to + s * panel, from + s * step, panel * sizeof *to);
    else {
        memset(to, 0, (size_t)(samples * panel) * sizeof *to);
        for (int64_t s = 0; s < samples; s++)
            for (int64_t c = 0; c < columns; c++) to[s * panel + c] = from[s * step + c];
    }
}

static void add_columns(float *sums, const float *packed, int64_t samples, int64_t columns, int adds) {
    float own[panel] = {0};
    for (int64_t s = 0; s < samples; s++)
        UNROLL for (int64_t c = 0; c < panel; c += lanes) NAME(put)(own, c, NAME(get)(own, c) + NAME(get)(packed, s * panel + c));
    for (int64_t c = 0; c < columns; c++) sums[c] = adds ? sums[c] + own[c] : own[c];
}

// For the samples and features of a part: weights [units / 16, features, 16] and, unless it is NULL, bias [units].
static void add_part(kernels_product p, float *weights, float *bias, const float *source, const float *gradient,
                     int64_t samples, int64_t features, int adds, float *scratch) {
    _Alignas(64) float packed[most_samples * panel];
    const int64_t step = whole_panels(p.features) * panel, groups = part_count(features, most_tile_rows);
    const int isPacked = p.units >= fewest_packed_units;
    for (int64_t g = 0; isPacked && g < groups; g++) {
        const int64_t f = part_start(g, groups, features), count = part_start(g + 1, groups, features) - f;
        pack_columns(scratch + f * samples, source + f, p.features, samples, count);
    }
    for (int64_t u = 0; u < p.units; u += panel) {
        const tile_result result = {.stride = panel, .columns = product_least(panel, p.units - u), .adds = adds};
        pack_panel(packed, gradient + u, p.units, samples, result.columns);
        if (bias != NULL) add_columns(bias + u, packed, samples, result.columns, adds);
        for (int64_t g = 0; g < groups; g++) {
            const int64_t f = part_start(g, groups, features), count = part_start(g + 1, groups, features) - f;
            const float *left = isPacked ? scratch + f * samples : source + f;
            multiply_tile(left_columns, count, samples, left, isPacked ? count : p.features, packed, result,
                          weights + u / panel * step + f * panel);
        }
    }
}

void kernels_product_weight_gradient(kernels_product p, float *weights, float *bias, const float *source,
                                     const float *gradient, float *scratch) {
    const int64_t parts = part_count(p.rows, most_samples), pieces = part_count(p.features, most_packed);
    for (int64_t part = 0; part < parts; part++) {
        const int64_t row = part_start(part, parts, p.rows), samples = part_start(part + 1, parts, p.rows) - row;
        for (int64_t piece = 0; piece < pieces; piece++) {
            const int64_t f = part_start(piece, pieces, p.features), end = part_start(piece + 1, pieces, p.features);
            add_part(p, weights + f * panel, piece == 0 ? bias : NULL, source + row * p.features + f,
                     gradient + row * p.units, samples, end - f, part > 0, scratch);
        }
    }
}

#pragma clang attribute pop
#else
// Only processors with AVX2 come here.
void kernels_multiply(kernels_product p, float *destination, const float *source, const float *weights, const float *bias,
                      int relu) {
    __builtin_trap();
}

void kernels_product_data_gradient(kernels_product p, float *destination, const float *gradient, const float *weights) {
    __builtin_trap();
}

void kernels_product_weight_gradient(kernels_product p, float *weights, float *bias, const float *source,
                                     const float *gradient, float *scratch) {
    __builtin_trap();
}
#endif
