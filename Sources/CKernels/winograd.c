// Convolutions 3 x 3 by Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin and Gray, CVPR 2016), each tile from the map to its
// result without a transformed map in between: what is transformed at a time stays in the first two caches.
//
// A tile is 6 x 6 pixels of the source, of which 4 x 4 pixels of the result are made. A register holds a block of 16 channels.
#include "CKernels.h"
#include "dispatch.h"
#include <string.h>

enum {
    block = 16,
    kernel = 3,
    // Pixels of a tile of the result and of one of the source, in a row.
    result_tile = 4,
    source_tile = 6,
    places = source_tile * source_tile,
    // Tiles that a register of weights is multiplied with before the next is loaded.
    tiles_at_once = 8,
    // Tiles whose products are added up before the sums go back to memory.
    tiles_of_gradient = 16,
};

int64_t kernels_winograd_scratch_count(kernels_winograd w, kernels_winograd_pass pass) {
    const int64_t weights = places * w.inputBlocks * w.outputBlocks * block * block;
    if (pass == kernels_winograd_weights)
        return weights + places * tiles_of_gradient * (w.inputBlocks + w.outputBlocks) * block;
    const int64_t sources = pass == kernels_winograd_forward ? w.inputBlocks : w.outputBlocks;
    return weights + places * tiles_at_once * (sources + 1) * block;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define UNROLL _Pragma("clang loop unroll(full)")
// The instruction that rounds to bfloat16 is used for maps of bfloat16 alone.
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512bf16"))), apply_to = function)

typedef __m512 floats;

INLINE floats all(float value) { return _mm512_set1_ps(value); }

// A pixel of a block.
INLINE floats load_pixel(const void *base, int64_t index, const int isHalf) {
    if (!isHalf) return _mm512_loadu_ps((const float *)base + index);
    const __m256i halves = _mm256_loadu_si256((const __m256i *)((const uint16_t *)base + index));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

INLINE void store_pixel(void *base, int64_t index, floats values, const int isHalf) {
    if (!isHalf) {
        _mm512_storeu_ps((float *)base + index, values);
        return;
    }
    const __m256bh rounded = _mm512_cvtneps_pbh(values);
    memcpy((uint16_t *)base + index, &rounded, sizeof rounded);
}

// MARK: - The transforms of a row or column

// B^T d.
INLINE void transform_source(const floats d[source_tile], floats *to, const int64_t step) {
    const floats even = _mm512_fnmadd_ps(all(4), d[2], d[4]), odd = _mm512_fnmadd_ps(all(4), d[1], d[3]);
    const floats outer = _mm512_sub_ps(d[4], d[2]), inner = _mm512_sub_ps(d[3], d[1]);
    to[0] = _mm512_fmadd_ps(all(4), d[0], _mm512_fnmadd_ps(all(5), d[2], d[4]));
    to[step] = _mm512_add_ps(even, odd);
    to[2 * step] = _mm512_sub_ps(even, odd);
    to[3 * step] = _mm512_fmadd_ps(all(2), inner, outer);
    to[4 * step] = _mm512_fnmadd_ps(all(2), inner, outer);
    to[5 * step] = _mm512_fmadd_ps(all(4), d[1], _mm512_fnmadd_ps(all(5), d[3], d[5]));
}

// A^T m.
INLINE void transform_result(const floats m[source_tile], floats *to, const int64_t step) {
    const floats p = _mm512_add_ps(m[1], m[2]), q = _mm512_sub_ps(m[1], m[2]);
    const floats r = _mm512_add_ps(m[3], m[4]), s = _mm512_sub_ps(m[3], m[4]);
    to[0] = _mm512_add_ps(m[0], _mm512_add_ps(p, r));
    to[step] = _mm512_fmadd_ps(all(2), s, q);
    to[2 * step] = _mm512_fmadd_ps(all(4), r, p);
    to[3 * step] = _mm512_fmadd_ps(all(8), s, _mm512_add_ps(q, m[5]));
}

// A y: the gradient's way back through A^T m.
INLINE void transform_gradient(const floats y[result_tile], floats *to, const int64_t step) {
    const floats even = _mm512_add_ps(y[0], y[2]), odd = _mm512_add_ps(y[1], y[3]);
    const floats a = _mm512_fmadd_ps(all(4), y[2], y[0]), b = _mm512_fmadd_ps(all(4), y[3], y[1]);
    to[0] = y[0];
    to[step] = _mm512_add_ps(even, odd);
    to[2 * step] = _mm512_sub_ps(even, odd);
    to[3 * step] = _mm512_fmadd_ps(all(2), b, a);
    to[4 * step] = _mm512_fnmadd_ps(all(2), b, a);
    to[5 * step] = y[3];
}

// G g.
INLINE void transform_weights(const floats g[kernel], floats *to, const int64_t step) {
    const floats sum = _mm512_mul_ps(all(-1.0f / 6), _mm512_add_ps(g[0], g[2])), one = _mm512_mul_ps(all(1.0f / 6), g[1]);
    const floats ends = _mm512_fmadd_ps(all(1.0f / 6), g[2], _mm512_mul_ps(all(1.0f / 24), g[0]));
    const floats middle = _mm512_mul_ps(all(1.0f / 12), g[1]);
    to[0] = _mm512_mul_ps(all(0.25f), g[0]);
    to[step] = _mm512_sub_ps(sum, one);
    to[2 * step] = _mm512_add_ps(sum, one);
    to[3 * step] = _mm512_add_ps(ends, middle);
    to[4 * step] = _mm512_sub_ps(ends, middle);
    to[5 * step] = g[2];
}

// G^T u: the gradient's way back through G g.
INLINE void transform_weight_gradient(const floats u[source_tile], floats *to, const int64_t step) {
    const floats p = _mm512_add_ps(u[1], u[2]), q = _mm512_sub_ps(u[2], u[1]);
    const floats r = _mm512_add_ps(u[3], u[4]), s = _mm512_sub_ps(u[3], u[4]);
    to[0] = _mm512_fmadd_ps(all(0.25f), u[0], _mm512_fmadd_ps(all(-1.0f / 6), p, _mm512_mul_ps(all(1.0f / 24), r)));
    to[step] = _mm512_fmadd_ps(all(1.0f / 6), q, _mm512_mul_ps(all(1.0f / 12), s));
    to[2 * step] = _mm512_add_ps(u[5], _mm512_fmadd_ps(all(-1.0f / 6), p, _mm512_mul_ps(all(1.0f / 6), r)));
}

// MARK: - Tiles

typedef struct {
    int64_t sample, row, column;
} tile;

INLINE int64_t tiles_in(int64_t pixels) { return (pixels + result_tile - 1) / result_tile; }

INLINE int64_t tile_count(kernels_winograd w) { return w.samples * tiles_in(w.rows) * tiles_in(w.columns); }

INLINE tile tile_at(kernels_winograd w, int64_t index) {
    const int64_t across = tiles_in(w.columns), down = tiles_in(w.rows);
    return (tile){
        .sample = index / (across * down),
        .row = index / across % down * result_tile,
        .column = index % across * result_tile,
    };
}

// B^T d, or A y.
INLINE void transform_line(const int64_t pixels, const floats line[source_tile], floats *to, const int64_t step) {
    if (pixels == source_tile) transform_source(line, to, step);
    else transform_gradient(line, to, step);
}

// Reads a tile of `pixels` by as many whose first one is at (row, column), 0 outside of the map, and transforms its rows, then
// their columns. Place p of the result is at to[p * step].
INLINE void read_tile(const kernels_winograd w, const int isHalf, const int64_t pixels, const int isWhole, const void *map,
                      int64_t row, int64_t column, float *to, int64_t step) {
    floats turned[places];
    UNROLL for (int64_t i = 0; i < pixels; i++) {
        floats line[source_tile];
        const int64_t y = row + i;
        UNROLL for (int64_t j = 0; j < pixels; j++) {
            const int64_t x = column + j;
            const int isInside = isWhole || (y >= 0 && y < w.rows && x >= 0 && x < w.columns);
            line[j] = isInside ? load_pixel(map, (y * w.columns + x) * block, isHalf) : _mm512_setzero_ps();
        }
        transform_line(pixels, line, turned + i * source_tile, 1);
    }
    UNROLL for (int64_t j = 0; j < source_tile; j++) {
        floats line[source_tile], values[source_tile];
        UNROLL for (int64_t i = 0; i < pixels; i++) line[i] = turned[i * source_tile + j];
        transform_line(pixels, line, values, 1);
        UNROLL for (int64_t i = 0; i < source_tile; i++) _mm512_storeu_ps(to + (i * source_tile + j) * step, values[i]);
    }
}

INLINE const void *map_of(const void *maps, int64_t index, kernels_winograd w, const int isHalf) {
    return (const char *)maps + index * w.rows * w.columns * block * (isHalf ? 2 : 4);
}

// Transforms a tile of all blocks: of the source, from a pixel in front of the result's on, or of the result's gradient.
// to: [places, tiles, blocks * 16], from the tile's own place on.
INLINE void read_tiles(const kernels_winograd w, const int isHalf, const int64_t pixels, const void *maps, int64_t blocks,
                       tile t, float *to, int64_t tiles) {
    const int64_t border = pixels == source_tile ? 1 : 0, row = t.row - border, column = t.column - border;
    const int isWhole = row >= 0 && column >= 0 && row + pixels <= w.rows && column + pixels <= w.columns;
    for (int64_t b = 0; b < blocks; b++) {
        const void *map = map_of(maps, t.sample * blocks + b, w, isHalf);
        if (isWhole) read_tile(w, isHalf, pixels, 1, map, row, column, to + b * block, tiles * blocks * block);
        else read_tile(w, isHalf, pixels, 0, map, row, column, to + b * block, tiles * blocks * block);
    }
}

// MARK: - Forward, and the gradient of the source

// products [places, tiles, 16] = sources [places, tiles, channels] times weights [places, channels, 16].
static void multiply(const float *sources, const float *weights, float *products, int64_t channels) {
    for (int64_t place = 0; place < places; place++) {
        floats sums[tiles_at_once];
        UNROLL for (int64_t k = 0; k < tiles_at_once; k++) sums[k] = _mm512_setzero_ps();
        for (int64_t c = 0; c < channels; c++) {
            const floats own = _mm512_loadu_ps(weights + (place * channels + c) * block);
            const float *at = sources + place * tiles_at_once * channels + c;
            UNROLL for (int64_t k = 0; k < tiles_at_once; k++) sums[k] = _mm512_fmadd_ps(all(at[k * channels]), own, sums[k]);
        }
        UNROLL for (int64_t k = 0; k < tiles_at_once; k++)
            _mm512_storeu_ps(products + (place * tiles_at_once + k) * block, sums[k]);
    }
}

INLINE void write_result(const kernels_winograd w, const int isHalf, void *maps, int64_t index, tile t, const float *products,
                         floats bias, int relu) {
    floats turned[result_tile * source_tile];
    UNROLL for (int64_t j = 0; j < source_tile; j++) {
        floats line[source_tile];
        UNROLL for (int64_t i = 0; i < source_tile; i++)
            line[i] = _mm512_loadu_ps(products + (i * source_tile + j) * tiles_at_once * block);
        transform_result(line, turned + j, source_tile);
    }
    void *map = (void *)map_of(maps, index, w, isHalf);
    UNROLL for (int64_t i = 0; i < result_tile; i++) {
        floats line[result_tile];
        transform_result(turned + i * source_tile, line, 1);
        if (t.row + i >= w.rows) break;
        UNROLL for (int64_t j = 0; j < result_tile; j++) {
            if (t.column + j >= w.columns) break;
            floats y = _mm512_add_ps(line[j], bias);
            // What is not a number stays, so that the loss tells of it.
            if (relu) y = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_NLE_UQ), y);
            store_pixel(map, ((t.row + i) * w.columns + t.column + j) * block, y, isHalf);
        }
    }
}

INLINE void convolve(const kernels_winograd w, const int isHalf, void *destination, int64_t results, const void *source,
                     int64_t sources, const float *weights, const float *bias, int relu, float *scratch) {
    const int64_t channels = sources * block, all = tile_count(w);
    float *transformed = scratch, *products = scratch + places * tiles_at_once * channels;
    for (int64_t first = 0; first < all; first += tiles_at_once) {
        const int64_t count = all - first < tiles_at_once ? all - first : tiles_at_once;
        for (int64_t k = 0; k < count; k++)
            read_tiles(w, isHalf, source_tile, source, sources, tile_at(w, first + k), transformed + k * channels, tiles_at_once);
        for (int64_t o = 0; o < results; o++) {
            multiply(transformed, weights + o * places * channels * block, products, channels);
            const floats own = bias == NULL ? _mm512_setzero_ps() : _mm512_loadu_ps(bias + o * block);
            for (int64_t k = 0; k < count; k++) {
                const tile t = tile_at(w, first + k);
                write_result(w, isHalf, destination, t.sample * results + o, t, products + k * block, own, relu);
            }
        }
    }
}

// Transforms a block [3, 3, 16, 16] to lines that are `step` apart, [places][16 lines].
INLINE void transform_block(const float *weights, float *to, int64_t step) {
    for (int64_t line = 0; line < block; line++) {
        floats turned[kernel * source_tile];
        UNROLL for (int64_t i = 0; i < kernel; i++) {
            floats row[kernel];
            UNROLL for (int64_t j = 0; j < kernel; j++)
                row[j] = _mm512_loadu_ps(weights + ((i * kernel + j) * block + line) * block);
            transform_weights(row, turned + i * source_tile, 1);
        }
        UNROLL for (int64_t j = 0; j < source_tile; j++) {
            floats column[kernel], values[source_tile];
            UNROLL for (int64_t i = 0; i < kernel; i++) column[i] = turned[i * source_tile + j];
            transform_weights(column, values, 1);
            UNROLL for (int64_t i = 0; i < source_tile; i++)
                _mm512_storeu_ps(to + (i * source_tile + j) * step + line * block, values[i]);
        }
    }
}

void kernels_winograd_convolve(kernels_winograd w, void *destination, const void *source, const float *weights,
                               const float *bias, int relu, float *scratch) {
    const int64_t ofBlock = kernel * kernel * block * block, channels = w.inputBlocks * block;
    for (int64_t o = 0; o < w.outputBlocks; o++)
        for (int64_t i = 0; i < w.inputBlocks; i++)
            transform_block(weights + (o * w.inputBlocks + i) * ofBlock,
                            scratch + o * places * channels * block + i * block * block, channels * block);
    float *rest = scratch + w.outputBlocks * places * channels * block;
    if (w.isHalf) convolve(w, 1, destination, w.outputBlocks, source, w.inputBlocks, scratch, bias, relu, rest);
    else convolve(w, 0, destination, w.outputBlocks, source, w.inputBlocks, scratch, bias, relu, rest);
}

// The convolution of the gradient with the weights turned by half a turn, inputs and outputs exchanged.
void kernels_winograd_data_gradient(kernels_winograd w, void *destination, const void *gradient, const float *weights,
                                    float *scratch) {
    const int64_t ofPlace = block * block, ofBlock = kernel * kernel * ofPlace, channels = w.outputBlocks * block;
    for (int64_t o = 0; o < w.outputBlocks; o++)
        for (int64_t i = 0; i < w.inputBlocks; i++) {
            float turned[kernel * kernel * block * block];
            const float *own = weights + (o * w.inputBlocks + i) * ofBlock;
            for (int64_t place = 0; place < kernel * kernel; place++)
                for (int64_t input = 0; input < block; input++)
                    for (int64_t output = 0; output < block; output++)
                        turned[(place * block + output) * block + input] =
                            own[((kernel * kernel - 1 - place) * block + input) * block + output];
            transform_block(turned, scratch + i * places * channels * block + o * ofPlace, channels * block);
        }
    float *rest = scratch + w.inputBlocks * places * channels * block;
    if (w.isHalf) convolve(w, 1, destination, w.inputBlocks, gradient, w.outputBlocks, scratch, NULL, 0, rest);
    else convolve(w, 0, destination, w.inputBlocks, gradient, w.outputBlocks, scratch, NULL, 0, rest);
}

// MARK: - The gradient of the weights

// sums [16, 16] += products of the tiles' sources [tiles, channels] and gradients [tiles, outputs], added up by themselves first,
// so that rounding does not grow with the number of tiles.
INLINE void add_products(float *sums, const float *sources, int64_t channels, const float *gradients, int64_t outputs,
                         int64_t tiles) {
    floats own[block];
    UNROLL for (int64_t c = 0; c < block; c++) own[c] = _mm512_setzero_ps();
    for (int64_t k = 0; k < tiles; k++) {
        const floats gradient = _mm512_loadu_ps(gradients + k * outputs);
        const float *source = sources + k * channels;
        UNROLL for (int64_t c = 0; c < block; c++) own[c] = _mm512_fmadd_ps(all(source[c]), gradient, own[c]);
    }
    UNROLL for (int64_t c = 0; c < block; c++)
        _mm512_storeu_ps(sums + c * block, _mm512_add_ps(_mm512_loadu_ps(sums + c * block), own[c]));
}

// sums: [output blocks, input blocks, places, 16 inputs, 16 outputs].
INLINE void add_tiles(const kernels_winograd w, const int isHalf, float *sums, float *bias, const void *source,
                      const void *gradient, float *scratch) {
    const int64_t channels = w.inputBlocks * block, outputs = w.outputBlocks * block, all = tile_count(w);
    float *sources = scratch, *gradients = scratch + places * tiles_of_gradient * channels;
    for (int64_t first = 0; first < all; first += tiles_of_gradient) {
        const int64_t count = all - first < tiles_of_gradient ? all - first : tiles_of_gradient;
        for (int64_t k = 0; k < count; k++) {
            const tile t = tile_at(w, first + k);
            read_tiles(w, isHalf, source_tile, source, w.inputBlocks, t, sources + k * channels, tiles_of_gradient);
            read_tiles(w, isHalf, result_tile, gradient, w.outputBlocks, t, gradients + k * outputs, tiles_of_gradient);
        }
        for (int64_t o = 0; o < w.outputBlocks; o++) {
            for (int64_t i = 0; i < w.inputBlocks; i++)
                for (int64_t place = 0; place < places; place++)
                    add_products(sums + ((o * w.inputBlocks + i) * places + place) * block * block,
                                 sources + place * tiles_of_gradient * channels + i * block, channels,
                                 gradients + place * tiles_of_gradient * outputs + o * block, outputs, count);
            if (bias == NULL) continue;
            // The place at which all pixels of a tile are added.
            const float *whole = gradients + (source_tile + 1) * tiles_of_gradient * outputs + o * block;
            floats sum = _mm512_loadu_ps(bias + o * block);
            for (int64_t k = 0; k < count; k++) sum = _mm512_add_ps(sum, _mm512_loadu_ps(whole + k * outputs));
            _mm512_storeu_ps(bias + o * block, sum);
        }
    }
}

void kernels_winograd_weight_gradient(kernels_winograd w, float *weights, float *bias, const void *source,
                                      const void *gradient, float *scratch) {
    const int64_t blocks = w.inputBlocks * w.outputBlocks;
    memset(scratch, 0, (size_t)(blocks * places * block * block) * sizeof *scratch);
    if (bias != NULL) memset(bias, 0, (size_t)(w.outputBlocks * block) * sizeof *bias);
    float *rest = scratch + blocks * places * block * block;
    if (w.isHalf) add_tiles(w, 1, scratch, bias, source, gradient, rest);
    else add_tiles(w, 0, scratch, bias, source, gradient, rest);
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t input = 0; input < block; input++) {
            const float *sums = scratch + b * places * block * block + input * block;
            floats turned[kernel * source_tile];
            UNROLL for (int64_t j = 0; j < source_tile; j++) {
                floats column[source_tile];
                UNROLL for (int64_t i = 0; i < source_tile; i++)
                    column[i] = _mm512_loadu_ps(sums + (i * source_tile + j) * block * block);
                transform_weight_gradient(column, turned + j, source_tile);
            }
            UNROLL for (int64_t i = 0; i < kernel; i++) {
                floats row[kernel];
                transform_weight_gradient(turned + i * source_tile, row, 1);
                UNROLL for (int64_t j = 0; j < kernel; j++)
                    _mm512_storeu_ps(weights + ((b * kernel * kernel + i * kernel + j) * block + input) * block, row[j]);
            }
        }
}

#pragma clang attribute pop
#else
// Only processors with AVX-512 come here.
void kernels_winograd_convolve(kernels_winograd w, void *destination, const void *source, const float *weights,
                               const float *bias, int relu, float *scratch) {
    __builtin_trap();
}

void kernels_winograd_data_gradient(kernels_winograd w, void *destination, const void *gradient, const float *weights,
                                    float *scratch) {
    __builtin_trap();
}

void kernels_winograd_weight_gradient(kernels_winograd w, float *weights, float *bias, const void *source,
                                      const void *gradient, float *scratch) {
    __builtin_trap();
}
#endif
