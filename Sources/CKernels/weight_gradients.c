// The gradient of the weights of convolutions 3 x 3 in bfloat16. The processor's instruction multiplies pairs of numbers and adds
// both products to a float: here the pairs are of pixels that are neighbours in a row.
#include "CKernels.h"
#include "dispatch.h"
#include <string.h>

enum {
    block = 16,
    // Numbers in a register.
    register_halves = 32,
    kernel = 3,
    // Channels of a block whose sums are in registers at a time: 3 for each, and two registers are left for what is multiplied.
    channels_at_once = 8,
};

// Numbers in a row of pixels of one channel: 0 in front of the first and behind the last, up to a whole pair.
INLINE int64_t spread_columns(int64_t columns) { return (columns + 3) / 2 * 2; }

// Pairs of pixels in a row.
INLINE int64_t pair_count(int64_t columns) { return (columns + 1) / 2; }

// Numbers in such rows of one sample.
INLINE int64_t spread_count(kernels_weight_gradient g) {
    return g.inputBlocks * block * g.rows * spread_columns(g.columns);
}

int64_t kernels_weight_gradient_scratch_count(kernels_weight_gradient g) {
    const int64_t whole = (spread_count(g) + register_halves - 1) / register_halves * register_halves;
    return whole + g.outputBlocks * g.rows * pair_count(g.columns) * register_halves;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define UNROLL _Pragma("clang loop unroll(full)")
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512bf16"))), apply_to = function)

// Two pixels of a block, the second 0 where `count` is 1: the two numbers of each channel side by side.
INLINE __m512i pair_at(const uint16_t *pixels, int64_t count) {
    static const uint16_t order[register_halves] = {0, 16, 1, 17, 2, 18, 3, 19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                    8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const __m512i both =
        count > 1 ? _mm512_loadu_si512(pixels) : _mm512_zextsi256_si512(_mm256_loadu_si256((const __m256i *)pixels));
    return _mm512_permutexvar_epi16(_mm512_loadu_si512(order), both);
}

// Row i of 16 x 16 words becomes column i.
INLINE void transpose(__m512i r[block]) {
    __m512i t[block];
    UNROLL for (int i = 0; i < block; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    UNROLL for (int i = 0; i < block; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    UNROLL for (int i = 0; i < 4; i++) UNROLL for (int half = 0; half < 2; half++) {
        const __m512i first = r[8 * half + i], second = r[8 * half + i + 4];
        t[8 * half + i] = _mm512_shuffle_i32x4(first, second, 0x88);
        t[8 * half + i + 4] = _mm512_shuffle_i32x4(first, second, 0xdd);
    }
    UNROLL for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

// A block [rows, columns, 16] as [16, rows, spread_columns].
static void spread(kernels_weight_gradient g, uint16_t *destination, const uint16_t *source) {
    const int64_t stride = spread_columns(g.columns);
    for (int64_t y = 0; y < g.rows; y++) {
        for (int64_t x = 0; x < g.columns; x += register_halves) {
            const int64_t count = g.columns - x < register_halves ? g.columns - x : register_halves;
            __m512i pixels[block];
            UNROLL for (int64_t pair = 0; pair < block; pair++) {
                const uint16_t *at = source + (y * g.columns + x + 2 * pair) * block;
                pixels[pair] = 2 * pair < count ? pair_at(at, count - 2 * pair) : _mm512_setzero_si512();
            }
            transpose(pixels);
            const __mmask32 mask = (__mmask32)((1ull << count) - 1);
            UNROLL for (int64_t c = 0; c < block; c++)
                _mm512_mask_storeu_epi16(destination + (c * g.rows + y) * stride + 1 + x, mask, pixels[c]);
        }
        for (int64_t c = 0; c < block; c++) {
            uint16_t *row = destination + (c * g.rows + y) * stride;
            row[0] = 0;
            for (int64_t x = g.columns + 1; x < stride; x++) row[x] = 0;
        }
    }
}

// A block [rows, columns, 16] as [rows, pairs, 16, 2].
static void pair_up(kernels_weight_gradient g, uint16_t *destination, const uint16_t *gradient) {
    for (int64_t y = 0; y < g.rows; y++)
        for (int64_t x = 0; x < g.columns; x += 2, destination += register_halves)
            _mm512_storeu_si512(destination, pair_at(gradient + (y * g.columns + x) * block, g.columns - x));
}

// Adds what one sample gives the weights [3, 3, 16, 16] from one block of channels to another, added up by itself first, so
// that rounding does not grow with the number of samples.
static void add_products(kernels_weight_gradient g, float *weights, const uint16_t *spread, const uint16_t *pairs) {
    const int64_t stride = spread_columns(g.columns), count = pair_count(g.columns);
    for (int64_t ky = 0; ky < kernel; ky++)
        for (int64_t c = 0; c < block; c += channels_at_once) {
            float *first = weights + (ky * kernel * block + c) * block;
            __m512 sums[channels_at_once][kernel];
            UNROLL for (int i = 0; i < channels_at_once; i++)
                UNROLL for (int kx = 0; kx < kernel; kx++) sums[i][kx] = _mm512_setzero_ps();
            const int64_t from = ky == 0 ? 1 : 0, to = ky == 2 ? g.rows - 1 : g.rows;
            for (int64_t y = from; y < to; y++) {
                const uint16_t *gradient = pairs + y * count * register_halves;
                const uint16_t *row = spread + (c * g.rows + y + ky - 1) * stride;
                for (int64_t pair = 0; pair < count; pair++) {
                    const __m512bh two = (__m512bh)_mm512_loadu_si512(gradient + pair * register_halves);
                    UNROLL for (int i = 0; i < channels_at_once; i++)
                        UNROLL for (int kx = 0; kx < kernel; kx++) {
                            int neighbours;
                            memcpy(&neighbours, row + i * g.rows * stride + 2 * pair + kx, sizeof neighbours);
                            sums[i][kx] = _mm512_dpbf16_ps(sums[i][kx], two, (__m512bh)_mm512_set1_epi32(neighbours));
                        }
                }
            }
            UNROLL for (int i = 0; i < channels_at_once; i++)
                UNROLL for (int kx = 0; kx < kernel; kx++) {
                    float *own = first + (kx * block + i) * block;
                    _mm512_storeu_ps(own, _mm512_add_ps(_mm512_loadu_ps(own), sums[i][kx]));
                }
        }
}

static void add_sum(kernels_weight_gradient g, float *bias, const uint16_t *pairs) {
    const __m512bh ones = (__m512bh)_mm512_set1_epi16(0x3F80);
    __m512 sum = _mm512_setzero_ps();
    for (int64_t pair = 0; pair < g.rows * pair_count(g.columns); pair++)
        sum = _mm512_dpbf16_ps(sum, (__m512bh)_mm512_loadu_si512(pairs + pair * register_halves), ones);
    _mm512_storeu_ps(bias, _mm512_add_ps(_mm512_loadu_ps(bias), sum));
}

void kernels_find_weight_gradient(kernels_weight_gradient g, float *weights, float *bias, const uint16_t *source,
                                  const uint16_t *gradient, uint16_t *scratch) {
    const int64_t ofWeights = kernel * kernel * block * block, plane = g.rows * g.columns * block;
    const int64_t ofSpread = spread_count(g) / g.inputBlocks;
    const int64_t ofPairs = g.rows * pair_count(g.columns) * register_halves;
    uint16_t *pairs = scratch + kernels_weight_gradient_scratch_count(g) - g.outputBlocks * ofPairs;
    memset(weights, 0, (size_t)(g.outputBlocks * g.inputBlocks * ofWeights) * sizeof *weights);
    if (bias != NULL) memset(bias, 0, (size_t)(g.outputBlocks * block) * sizeof *bias);
    for (int64_t n = 0; n < g.samples; n++) {
        for (int64_t i = 0; i < g.inputBlocks; i++)
            spread(g, scratch + i * ofSpread, source + (n * g.inputBlocks + i) * plane);
        for (int64_t o = 0; o < g.outputBlocks; o++) {
            uint16_t *own = pairs + o * ofPairs;
            pair_up(g, own, gradient + (n * g.outputBlocks + o) * plane);
            if (bias != NULL) add_sum(g, bias + o * block, own);
            for (int64_t i = 0; i < g.inputBlocks; i++)
                add_products(g, weights + (o * g.inputBlocks + i) * ofWeights, scratch + i * ofSpread, own);
        }
    }
}

#pragma clang attribute pop
#else
void kernels_find_weight_gradient(kernels_weight_gradient g, float *weights, float *bias, const uint16_t *source,
                                  const uint16_t *gradient, uint16_t *scratch) {
    // Only processors with the instruction come here.
    __builtin_trap();
}
#endif
