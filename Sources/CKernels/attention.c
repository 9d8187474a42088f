// Scaled dot-product attention of several heads, by tiles of queries and keys, so that no matrix of positions x positions is in
// memory (T. Dao, D. Fu, S. Ermon, A. Rudra, C. Re, "FlashAttention", NeurIPS 2022: algorithm 1 forward, and the backward pass that
// computes the probabilities again from the logarithm of each row's sum).
//
// One head is computed at a time: queries and keys are copied into rows that registers fill, keys and values also by columns.
#include "CKernels.h"
#include "dispatch.h"
#include <math.h>
#include <string.h>

#define UNROLL _Pragma("clang loop unroll(full)")

enum {
    // Keys of a tile, and queries of one.
    tile_keys = 64,
    tile_queries = 48,
    // Rows of a product that are summed side by side, two registers each.
    rows_at_once = 6,
    // Random words of 16 bits, one a key, that come from a block.
    block_words = 8,
    // Floats of the two widest registers.
    pair = 32,
};

INLINE int64_t whole(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

// Where the copies of a head lie in the scratch memory.
typedef struct {
    // Positions and features up to whole tiles and pairs of registers.
    int64_t rows, columns;
    // Keys up to the last one that is seen.
    int64_t seen;
    // [rows, columns]: queries times the scale, keys, values, and what the backward pass has of each query.
    float *queries, *keys, *values, *gradient;
    // [head size, tile_keys] of each tile of keys.
    float *keyColumns, *valueColumns;
    // [rows, columns].
    float *queryGradient, *keyGradient, *valueGradient;
    // 0 where a key is seen, minus infinity where it is not, [rows].
    float *unseen;
    // [tile_queries, tile_keys].
    float *scores, *slopes, *kept;
    // [tile_queries, columns]; [rows] of each query.
    float *result, *shares;
} head_memory;

static int64_t place_head(kernels_attention a, int isBackward, float *start, head_memory *m) {
    float *next = start;
    m->rows = whole(a.positions, tile_keys);
    m->columns = whole(a.headSize, pair);
    const int64_t matrix = m->rows * m->columns, tile = tile_queries * tile_keys;
#define PLACE(name, count) (m->name = next, next += whole(count, pair))
    PLACE(queries, matrix);
    PLACE(values, matrix);
    PLACE(keyColumns, m->rows * a.headSize);
    PLACE(unseen, m->rows);
    PLACE(scores, tile);
    PLACE(kept, tile);
    PLACE(result, tile_queries * m->columns);
    if (isBackward) {
        PLACE(keys, matrix);
        PLACE(gradient, matrix);
        PLACE(valueColumns, m->rows * a.headSize);
        PLACE(queryGradient, matrix);
        PLACE(keyGradient, matrix);
        PLACE(valueGradient, matrix);
        PLACE(slopes, tile);
        PLACE(shares, m->rows);
    }
#undef PLACE
    return next - start;
}

int64_t kernels_attention_scratch_count(kernels_attention a, int isBackward) {
    head_memory m;
    return place_head(a, isBackward, (float *)64, &m);
}

#define FULL_REGISTERS
#define LOOPS "attention_loops.h"
#include "each_instruction_set.h"

void kernels_attend(kernels_attention a, float *destination, float *logSums, const float *projected, const float *mask,
                    const float *rotation, float *scratch) {
    DISPATCH(attend, 16, a, destination, logSums, projected, mask, rotation, scratch)
}

void kernels_attention_gradient(kernels_attention a, float *destination, const float *gradient, const float *result,
                                const float *logSums, const float *projected, const float *mask, const float *rotation,
                                float *scratch) {
    DISPATCH(attention_gradient, 16, a, destination, gradient, result, logSums, projected, mask, rotation, scratch)
}
