// Convolutions 3 x 3 by Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin and Gray, CVPR 2016), each tile from the map to its
// result without a transformed map in between: what is transformed at a time stays in the first two caches.
//
// A tile is 6 x 6 pixels of the source, of which 4 x 4 pixels of the result are made.
#include "CKernels.h"
#include "dispatch.h"
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define UNROLL _Pragma("clang loop unroll(full)")

enum {
    kernel = 3,
    // Pixels of a tile of the result and of one of the source, in a row.
    result_tile = 4,
    source_tile = 6,
    places = source_tile * source_tile,
    // Tiles that are transformed at a time, at most.
    most_tiles = 48,
};

typedef struct {
    int64_t sample, row, column;
} tile;

INLINE int64_t tiles_in(int64_t pixels) { return (pixels + result_tile - 1) / result_tile; }

INLINE int64_t tile_count(kernels_winograd w) { return w.samples * tiles_in(w.rows) * tiles_in(w.columns); }

// The tiles from `first` on, a row of a map after the other.
INLINE void find_tiles(kernels_winograd w, int64_t first, int64_t count, tile *tiles) {
    const int64_t across = tiles_in(w.columns), down = tiles_in(w.rows);
    tile at = {
        .sample = first / (across * down),
        .row = first / across % down * result_tile,
        .column = first % across * result_tile,
    };
    for (int64_t k = 0; k < count; k++) {
        tiles[k] = at;
        at.column += result_tile;
        if (at.column < w.columns) continue;
        at.column = 0;
        at.row += result_tile;
        if (at.row < w.rows) continue;
        at.row = 0;
        at.sample++;
    }
}

#define FULL_REGISTERS
#define WITHOUT_BASELINE
#define LOOPS "winograd_loops.h"
#include "each_instruction_set.h"

#if defined(__x86_64__)
// With AVX-512's bfloat16 instructions, for maps of bfloat16.
#define INSTRUCTION_SET avx512_bf16
#define lanes 16
#define rounds_to_bfloat16
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512bf16,no-prefer-256-bit"))), apply_to = function)
#include "winograd_loops.h"
#pragma clang attribute pop
#undef rounds_to_bfloat16
#undef lanes
#undef INSTRUCTION_SET

// By the layout of the maps, which is that of the processor's registers.
#define DISPATCH_TILES(PREFIX, name, w, ...)                                        \
    if ((w).isHalf) PREFIX every_winograd_##name##_avx512_bf16(w, __VA_ARGS__);     \
    else if ((w).block == 16) PREFIX every_winograd_##name##_avx512(w, __VA_ARGS__); \
    else PREFIX every_winograd_##name##_avx2(w, __VA_ARGS__);
#else
// Only processors with AVX2 come here.
#define DISPATCH_TILES(PREFIX, name, w, ...) __builtin_trap();
#endif

int kernels_has_winograd(int64_t block) {
    return kernels_present_level >= (block == 16 ? kernels_avx512 : kernels_avx2);
}

int64_t kernels_winograd_scratch_count(kernels_winograd w, kernels_winograd_pass pass) {
    DISPATCH_TILES(return, scratch_count, w, pass)
}

void kernels_winograd_convolve(kernels_winograd w, void *destination, const void *source, const float *weights,
                               const float *bias, int relu, float *scratch) {
    DISPATCH_TILES(, convolve, w, destination, source, weights, bias, relu, scratch)
}

void kernels_winograd_data_gradient(kernels_winograd w, void *destination, const void *gradient, const float *weights,
                                    float *scratch) {
    DISPATCH_TILES(, data_gradient, w, destination, gradient, weights, scratch)
}

void kernels_winograd_weight_gradient(kernels_winograd w, float *weights, float *bias, const void *source,
                                      const void *gradient, float *scratch) {
    DISPATCH_TILES(, weight_gradient, w, weights, bias, source, gradient, scratch)
}
