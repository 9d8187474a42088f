// Tiles of the products of products.c: sums that stay in registers, of which AVX2 has 16.

#define UNROLL _Pragma("clang loop unroll(full)")
#define INSTRUCTION_SET avx2
#define lanes 8
#include "registers_loops.h"

enum {
    // 12 sums, 2 registers of the right factor and 1 of the left one.
    most_tile_rows = 6,
    // Where the columns fill one register.
    most_narrow_rows = 8,
};

typedef float half_floats __attribute__((vector_size(2 * lanes)));

// Row i of 8 x 8 numbers, of rows of 16, becomes column i.
INLINE void transpose(float *to, const float *from) {
    UNROLL for (int part = 0; part < lanes; part += 4) {
        floats r[4];
        UNROLL for (int i = 0; i < 4; i++) {
            half_floats low, high;
            memcpy(&low, from + i * panel + part, sizeof low);
            memcpy(&high, from + (i + 4) * panel + part, sizeof high);
            r[i] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
        }
        const floats a = __builtin_shufflevector(r[0], r[1], 0, 8, 1, 9, 4, 12, 5, 13);
        const floats b = __builtin_shufflevector(r[0], r[1], 2, 10, 3, 11, 6, 14, 7, 15);
        const floats c = __builtin_shufflevector(r[2], r[3], 0, 8, 1, 9, 4, 12, 5, 13);
        const floats d = __builtin_shufflevector(r[2], r[3], 2, 10, 3, 11, 6, 14, 7, 15);
        NAME(put)(to, part * panel, __builtin_shufflevector(a, c, 0, 1, 8, 9, 4, 5, 12, 13));
        NAME(put)(to, (part + 1) * panel, __builtin_shufflevector(a, c, 2, 3, 10, 11, 6, 7, 14, 15));
        NAME(put)(to, (part + 2) * panel, __builtin_shufflevector(b, d, 0, 1, 8, 9, 4, 5, 12, 13));
        NAME(put)(to, (part + 3) * panel, __builtin_shufflevector(b, d, 2, 3, 10, 11, 6, 7, 14, 15));
    }
}

// What becomes of the sums of a tile.
typedef struct {
    // From a row of the result to the next.
    int64_t stride;
    // 1 to 16; what lies behind them stays.
    int64_t columns;
    // To what is there already.
    int adds;
    // [16], of the columns; NULL for none.
    const float *bias;
    int relu;
} tile_result;

// How the left factor lies: its rows are `step` apart, or its columns.
typedef enum { left_rows, left_columns } left_layout;

INLINE int64_t tile_rows(tile_result result) { return result.columns <= lanes ? most_narrow_rows : most_tile_rows; }

// `rows` rows of `registers` registers. Three rows are one address.
INLINE void tile(const left_layout layout, const int rows, const int registers, int64_t terms, const float *left,
                 const int64_t step, const float *right, const tile_result *result, float *to) {
    const int64_t stride = result->stride;
    floats sums[most_narrow_rows][2];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < registers; j++) sums[i][j] = (floats){0};
    // The lines of the tile that is likely to come next.
    UNROLL for (int i = 0; i < rows; i++) __builtin_prefetch(to + (rows + i) * stride, 1);
    const float *from[] = {left, left + (rows > 3 ? 3 * step : 0), left + (rows > 6 ? 6 * step : 0)};
    _Pragma("clang loop unroll_count(4)") for (int64_t k = 0; k < terms; k++) {
        floats factors[2];
        UNROLL for (int j = 0; j < registers; j++) factors[j] = NAME(get)(right, k * panel + j * lanes);
        UNROLL for (int i = 0; i < rows; i++) {
            const floats own = NAME(all)(layout == left_rows ? from[i / 3][i % 3 * step + k] : left[k * step + i]);
            UNROLL for (int j = 0; j < registers; j++) sums[i][j] = __builtin_elementwise_fma(own, factors[j], sums[i][j]);
        }
    }
    if (result->adds)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < registers; j++) sums[i][j] = NAME(get)(to, i * stride + j * lanes) + sums[i][j];
    if (result->bias != NULL)
        UNROLL for (int j = 0; j < registers; j++) {
            const floats bias = NAME(get)(result->bias, j * lanes);
            UNROLL for (int i = 0; i < rows; i++) sums[i][j] += bias;
        }
    if (result->relu)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < registers; j++) sums[i][j] = NAME(rectified)(sums[i][j]);
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < registers; j++) NAME(put)(to, i * stride + j * lanes, sums[i][j]);
}

// Tiles with the number of rows and registers as constants.
typedef void (*tile_function)(int64_t, const float *, int64_t, const float *, const tile_result *, float *);
#define TILE(layout, rows, registers)                                                                                   \
    static void layout##_##rows##_##registers(int64_t terms, const float *left, int64_t step, const float *right,       \
                                              const tile_result *result, float *to) {                                   \
        tile(layout, rows, registers, terms, left, step, right, result, to);                                            \
    }
#define TILES(layout)                                                                                                   \
    TILE(layout, 1, 2) TILE(layout, 2, 2) TILE(layout, 3, 2) TILE(layout, 4, 2) TILE(layout, 5, 2) TILE(layout, 6, 2)   \
    TILE(layout, 1, 1) TILE(layout, 2, 1) TILE(layout, 3, 1) TILE(layout, 4, 1) TILE(layout, 5, 1) TILE(layout, 6, 1)   \
    TILE(layout, 7, 1) TILE(layout, 8, 1)
TILES(left_rows)
TILES(left_columns)

// By layout, by whether one register is enough, by rows - 1.
#define WIDE_AND_NARROW(layout)                                                                                         \
    {{layout##_1_2, layout##_2_2, layout##_3_2, layout##_4_2, layout##_5_2, layout##_6_2},                              \
     {layout##_1_1, layout##_2_1, layout##_3_1, layout##_4_1, layout##_5_1, layout##_6_1, layout##_7_1, layout##_8_1}}
static const tile_function tiles[2][2][most_narrow_rows] = {WIDE_AND_NARROW(left_rows), WIDE_AND_NARROW(left_columns)};

// to [rows, columns] from `rows` rows of the left factor, at most tile_rows(result), and a panel [terms, 16] of the right one.
static void multiply_tile(left_layout layout, int64_t rows, int64_t terms, const float *left, int64_t step,
                          const float *right, tile_result result, float *to) {
    const tile_function multiply = tiles[layout][result.columns <= lanes][rows - 1];
    if (result.columns % lanes == 0) {
        multiply(terms, left, step, right, &result, to);
        return;
    }
    // A tile of its own, of which the columns are copied.
    float own[most_narrow_rows * panel] = {0}, bias[panel] = {0};
    const size_t bytes = (size_t)result.columns * sizeof *to;
    if (result.adds)
        for (int64_t i = 0; i < rows; i++) memcpy(own + i * panel, to + i * result.stride, bytes);
    if (result.bias != NULL) memcpy(bias, result.bias, bytes);
    const tile_result whole = {
        .stride = panel, .columns = panel, .adds = result.adds, .bias = result.bias != NULL ? bias : NULL, .relu = result.relu};
    multiply(terms, left, step, right, &whole, own);
    for (int64_t i = 0; i < rows; i++) memcpy(to + i * result.stride, own + i * panel, bytes);
}
