// The loops of Winograd's tiles, compiled once an instruction set by winograd.c. A register holds a block of channels.
#include "registers_loops.h"
#include "winograd_transforms.h"

// Sums that stay in registers, of which AVX-512 has twice as many: for products tiles and blocks of outputs, for gradients of weights
// inputs and blocks of outputs. Tiles between the one that is transformed and the one whose pixels are fetched: rows of a tile are too
// short for the processor to foresee them. Floats between the places of a tile, so that these do not compete for lines of the cache.
#if lanes == 16
#define register_tiles 8
#define register_outputs 1
#define register_inputs 16
#define gradient_outputs 1
#define read_ahead 0
#define write_ahead 0
#define gap 0
#else
#define register_tiles 6
#define register_outputs 2
#define register_inputs 4
#define gradient_outputs 2
#define read_ahead 4
#define write_ahead 3
#define gap 16
#endif
#ifdef rounds_to_bfloat16
#define is_half 1
#define pixel uint16_t
#else
#define is_half 0
#define pixel float
#endif
// Outputs whose weights lie together.
#define width (register_outputs * lanes)

// Tiles that are transformed at a time. The more channels, the more of them, for the weights are read anew for each such group.
INLINE int64_t NAME(tiles_at_once)(int64_t channels) {
    if (lanes == 16) return register_tiles;
    return channels < 128 ? 12 : channels < 256 ? 24 : most_tiles;
}

// Tiles whose gradients of the weights are added up before they go to memory.
INLINE int64_t NAME(tiles_of_gradient)(kernels_winograd w) {
    return lanes == 16 || NAME(most)(w.inputBlocks, w.outputBlocks) * lanes < 128 ? 16 : 32;
}

// Floats from a place of `tiles` to the next.
INLINE int64_t NAME(place_step)(int64_t tiles, int64_t channels) { return tiles * channels + gap; }

static int64_t NAME(every_winograd_scratch_count)(kernels_winograd w, kernels_winograd_pass pass) {
    const int64_t inputs = w.inputBlocks * lanes, outputs = w.outputBlocks * lanes, weights = places * inputs * outputs;
    if (pass == kernels_winograd_weights) {
        const int64_t tiles = NAME(tiles_of_gradient)(w);
        return weights + places * (NAME(place_step)(tiles, inputs) + NAME(place_step)(tiles, outputs));
    }
    const int64_t channels = pass == kernels_winograd_forward ? inputs : outputs, tiles = NAME(tiles_at_once)(channels);
    return weights + places * (NAME(place_step)(tiles, channels) + NAME(place_step)(tiles, width));
}

// MARK: - Tiles

// B^T d, or A y.
INLINE void NAME(transform_line)(const int64_t pixels, const floats line[source_tile], floats *to, const int64_t step) {
    if (pixels == source_tile) NAME(transform_source)(line, to, step);
    else NAME(transform_gradient)(line, to, step);
}

// Transforms the rows of a tile of `pixels` by as many, then their columns. The first pixel is at `from`, the next row `across`
// pixels behind; place p of the result is at to[p * step].
INLINE void NAME(transform_tile)(const int64_t pixels, const void *from, int64_t across, float *to, int64_t step) {
    floats turned[places];
    UNROLL for (int64_t i = 0; i < pixels; i++) {
        floats line[source_tile];
        UNROLL for (int64_t j = 0; j < pixels; j++) line[j] = NAME(load)(from, (i * across + j) * lanes, is_half);
        NAME(transform_line)(pixels, line, turned + i * source_tile, 1);
    }
    UNROLL for (int64_t j = 0; j < source_tile; j++) {
        floats line[source_tile], values[source_tile];
        UNROLL for (int64_t i = 0; i < pixels; i++) line[i] = turned[i * source_tile + j];
        NAME(transform_line)(pixels, line, values, 1);
        UNROLL for (int64_t i = 0; i < source_tile; i++) NAME(put)(to, (i * source_tile + j) * step, values[i]);
    }
}

INLINE const void *NAME(map_of)(const void *maps, int64_t index, kernels_winograd w) {
    return (const pixel *)maps + index * w.rows * w.columns * lanes;
}

// Transforms a tile of all blocks: of the source, from a pixel in front of the result's on, or of the result's gradient; 0
// outside of the map. to: [blocks, lanes] of the tile's first place, the next one `step` behind.
INLINE void NAME(read_tiles)(const kernels_winograd w, const int64_t pixels, const void *maps, int64_t blocks, tile t,
                             float *to, int64_t step) {
    const int64_t border = pixels == source_tile ? 1 : 0, row = t.row - border, column = t.column - border;
    const int64_t top = NAME(most)(0, -row), bottom = NAME(least)(pixels, w.rows - row);
    const int64_t left = NAME(most)(0, -column), right = NAME(least)(pixels, w.columns - column);
    const int isWhole = bottom - top == pixels && right - left == pixels;
    pixel copy[places * lanes];
    if (!isWhole) memset(copy, 0, sizeof copy);
    for (int64_t b = 0; b < blocks; b++) {
        const pixel *from = (const pixel *)NAME(map_of)(maps, t.sample * blocks + b, w) + (row * w.columns + column) * lanes;
        int64_t across = w.columns;
        if (!isWhole) {
            for (int64_t i = top; i < bottom; i++)
                UNROLL for (int64_t j = 0; j < pixels; j++)
                    if (j >= left && j < right)
                        memcpy(copy + (i * pixels + j) * lanes, from + (i * w.columns + j) * lanes, lanes * sizeof *from);
            from = copy;
            across = pixels;
        }
        NAME(transform_tile)(pixels, from, across, to + b * lanes, step);
    }
}

// Asks for the pixels of a tile: those of the result, or those of the source that no tile in front of it has.
INLINE void NAME(prefetch)(const kernels_winograd w, const int64_t pixels, const void *maps, int64_t index, tile t) {
    const int64_t row = pixels == source_tile ? t.row + 1 : t.row, column = pixels == source_tile ? t.column + 2 : t.column;
    const pixel *from = (const pixel *)NAME(map_of)(maps, index, w) + (row * w.columns + column) * lanes;
    UNROLL for (int64_t i = 0; i < result_tile; i++)
        UNROLL for (int64_t j = 0; j < result_tile; j += 2) __builtin_prefetch(from + (i * w.columns + j) * lanes);
}

INLINE void NAME(prefetch_all)(const kernels_winograd w, const int64_t pixels, const void *maps, int64_t blocks, tile t) {
    for (int64_t b = 0; b < blocks; b++) NAME(prefetch)(w, pixels, maps, t.sample * blocks + b, t);
}

// MARK: - Forward, and the gradient of the source

// products [places, tiles, width] = sources [places, tiles, channels] times weights [places, channels, width], of the first
// `count` tiles and those that fill registers up. A place of the tiles is `from` and `to` floats behind the one before.
static void NAME(multiply)(const float *sources, int64_t from, const float *weights, float *products, int64_t to,
                           int64_t channels, int64_t count) {
    for (int64_t place = 0; place < places; place++)
        for (int64_t first = 0; first < count; first += register_tiles) {
            const float *source = sources + place * from + first * channels;
            float *product = products + place * to + first * width;
            floats sums[register_tiles][register_outputs];
            UNROLL for (int64_t k = 0; k < register_tiles; k++)
                UNROLL for (int64_t o = 0; o < register_outputs; o++) sums[k][o] = (floats){0};
            for (int64_t c = 0; c < channels; c++) {
                floats own[register_outputs];
                UNROLL for (int64_t o = 0; o < register_outputs; o++)
                    own[o] = NAME(get)(weights, (place * channels + c) * width + o * lanes);
                UNROLL for (int64_t k = 0; k < register_tiles; k++) {
                    const floats value = NAME(all)(source[k * channels + c]);
                    UNROLL for (int64_t o = 0; o < register_outputs; o++)
                        sums[k][o] = __builtin_elementwise_fma(value, own[o], sums[k][o]);
                }
            }
            UNROLL for (int64_t k = 0; k < register_tiles; k++)
                UNROLL for (int64_t o = 0; o < register_outputs; o++)
                    NAME(put)(product, k * width + o * lanes, sums[k][o]);
        }
}

// products: the first place's, the next one `step` behind.
INLINE void NAME(write_result)(const kernels_winograd w, void *maps, int64_t index, tile t, const float *products,
                               int64_t step, floats bias, int relu) {
    floats turned[result_tile * source_tile];
    UNROLL for (int64_t j = 0; j < source_tile; j++) {
        floats line[source_tile];
        UNROLL for (int64_t i = 0; i < source_tile; i++)
            line[i] = NAME(get)(products, (i * source_tile + j) * step);
        NAME(transform_result)(line, turned + j, source_tile);
    }
    void *map = (void *)NAME(map_of)(maps, index, w);
    UNROLL for (int64_t i = 0; i < result_tile; i++) {
        floats line[result_tile];
        NAME(transform_result)(turned + i * source_tile, line, 1);
        if (t.row + i >= w.rows) break;
        UNROLL for (int64_t j = 0; j < result_tile; j++) {
            if (t.column + j >= w.columns) break;
            floats y = line[j] + bias;
            // What is not a number stays, so that the loss tells of it.
            if (relu) y = NAME(rectified)(y);
            NAME(store)(map, ((t.row + i) * w.columns + t.column + j) * lanes, y, is_half);
        }
    }
}

// weights: [results / register_outputs, places, channels, width].
INLINE void NAME(convolve)(const kernels_winograd w, void *destination, int64_t results, const void *source, int64_t sources,
                           const float *weights, const float *bias, int relu, float *scratch) {
    const int64_t channels = sources * lanes, all = tile_count(w), group = NAME(tiles_at_once)(channels);
    const int64_t from = NAME(place_step)(group, channels), to = NAME(place_step)(group, width);
    float *transformed = scratch, *products = scratch + places * from;
    for (int64_t first = 0; first < all; first += group) {
        const int64_t count = NAME(least)(all - first, group);
        tile tiles[most_tiles + read_ahead];
        find_tiles(w, first, count + read_ahead, tiles);
        for (int64_t k = 0; k < count; k++) {
            if (read_ahead > 0) NAME(prefetch_all)(w, source_tile, source, sources, tiles[k + read_ahead]);
            NAME(read_tiles)(w, source_tile, source, sources, tiles[k], transformed + k * channels, from);
        }
        for (int64_t o = 0; o < results; o += register_outputs) {
            NAME(multiply)(transformed, from, weights + o * places * channels * lanes, products, to, channels, count);
            UNROLL for (int64_t part = 0; part < register_outputs; part++) {
                const floats own = bias == NULL ? (floats){0} : NAME(get)(bias, (o + part) * lanes);
                for (int64_t k = 0; k < count; k++) {
                    const tile next = tiles[k + write_ahead];
                    if (write_ahead > 0) NAME(prefetch)(w, result_tile, destination, next.sample * results + o + part, next);
                    NAME(write_result)(w, destination, tiles[k].sample * results + o + part, tiles[k],
                                       products + k * width + part * lanes, to, own, relu);
                }
            }
        }
    }
}

// Transforms a block [3, 3, inputs, outputs] to [places][inputs][outputs], lines being `width` and places `step` apart.
INLINE void NAME(transform_block)(const float *weights, float *to, int64_t step) {
    for (int64_t line = 0; line < lanes; line++) {
        floats turned[kernel * source_tile];
        UNROLL for (int64_t i = 0; i < kernel; i++) {
            floats row[kernel];
            UNROLL for (int64_t j = 0; j < kernel; j++)
                row[j] = NAME(get)(weights, ((i * kernel + j) * lanes + line) * lanes);
            NAME(transform_weights)(row, turned + i * source_tile, 1);
        }
        UNROLL for (int64_t j = 0; j < source_tile; j++) {
            floats column[kernel], values[source_tile];
            UNROLL for (int64_t i = 0; i < kernel; i++) column[i] = turned[i * source_tile + j];
            NAME(transform_weights)(column, values, 1);
            UNROLL for (int64_t i = 0; i < source_tile; i++)
                NAME(put)(to, (i * source_tile + j) * step + line * width, values[i]);
        }
    }
}

// Where the block of output o and input i goes to.
INLINE float *NAME(place_of)(float *weights, int64_t o, int64_t i, int64_t channels) {
    return weights + o / register_outputs * places * channels * width + i * lanes * width + o % register_outputs * lanes;
}

static void NAME(every_winograd_convolve)(kernels_winograd w, void *destination, const void *source, const float *weights,
                                          const float *bias, int relu, float *scratch) {
    const int64_t ofBlock = kernel * kernel * lanes * lanes, channels = w.inputBlocks * lanes;
    for (int64_t o = 0; o < w.outputBlocks; o++)
        for (int64_t i = 0; i < w.inputBlocks; i++)
            NAME(transform_block)(weights + (o * w.inputBlocks + i) * ofBlock, NAME(place_of)(scratch, o, i, channels),
                                  channels * width);
    NAME(convolve)(w, destination, w.outputBlocks, source, w.inputBlocks, scratch, bias, relu,
                   scratch + w.outputBlocks * places * channels * lanes);
}

// The convolution of the gradient with the weights turned by half a turn, inputs and outputs exchanged.
static void NAME(every_winograd_data_gradient)(kernels_winograd w, void *destination, const void *gradient,
                                               const float *weights, float *scratch) {
    const int64_t ofBlock = kernel * kernel * lanes * lanes, channels = w.outputBlocks * lanes;
    for (int64_t o = 0; o < w.outputBlocks; o++)
        for (int64_t i = 0; i < w.inputBlocks; i++) {
            float turned[kernel * kernel * lanes * lanes];
            const float *own = weights + (o * w.inputBlocks + i) * ofBlock;
            for (int64_t place = 0; place < kernel * kernel; place++)
                for (int64_t input = 0; input < lanes; input++)
                    for (int64_t output = 0; output < lanes; output++)
                        turned[(place * lanes + output) * lanes + input] =
                            own[((kernel * kernel - 1 - place) * lanes + input) * lanes + output];
            NAME(transform_block)(turned, NAME(place_of)(scratch, i, o, channels), channels * width);
        }
    NAME(convolve)(w, destination, w.inputBlocks, gradient, w.outputBlocks, scratch, NULL, 0,
                   scratch + w.inputBlocks * places * channels * lanes);
}

// MARK: - The gradient of the weights

// sums [blocks of outputs, inputs, block] += products of the tiles' sources [tiles, channels] and gradients [tiles, outputs],
// added up by themselves first, so that rounding does not grow with the number of tiles. Blocks are `step` apart.
INLINE void NAME(add_products)(float *sums, int64_t step, const float *sources, int64_t channels, const float *gradients,
                               int64_t outputs, int64_t tiles) {
    floats own[register_inputs][gradient_outputs];
    UNROLL for (int64_t c = 0; c < register_inputs; c++)
        UNROLL for (int64_t o = 0; o < gradient_outputs; o++) own[c][o] = (floats){0};
    for (int64_t k = 0; k < tiles; k++) {
        floats gradient[gradient_outputs];
        UNROLL for (int64_t o = 0; o < gradient_outputs; o++) gradient[o] = NAME(get)(gradients, k * outputs + o * lanes);
        const float *source = sources + k * channels;
        UNROLL for (int64_t c = 0; c < register_inputs; c++) {
            const floats value = NAME(all)(source[c]);
            UNROLL for (int64_t o = 0; o < gradient_outputs; o++)
                own[c][o] = __builtin_elementwise_fma(value, gradient[o], own[c][o]);
        }
    }
    UNROLL for (int64_t c = 0; c < register_inputs; c++)
        UNROLL for (int64_t o = 0; o < gradient_outputs; o++) {
            const int64_t at = o * step + c * lanes;
            NAME(put)(sums, at, NAME(get)(sums, at) + own[c][o]);
        }
}

// sums: [output blocks, input blocks, places, inputs, outputs].
INLINE void NAME(add_tiles)(const kernels_winograd w, float *sums, float *bias, const void *source, const void *gradient,
                            float *scratch) {
    const int64_t channels = w.inputBlocks * lanes, outputs = w.outputBlocks * lanes, all = tile_count(w);
    const int64_t group = NAME(tiles_of_gradient)(w), ofBlock = places * lanes * lanes;
    const int64_t ofSource = NAME(place_step)(group, channels), ofGradient = NAME(place_step)(group, outputs);
    float *sources = scratch, *gradients = scratch + places * ofSource;
    for (int64_t first = 0; first < all; first += group) {
        const int64_t count = NAME(least)(all - first, group);
        tile tiles[most_tiles + read_ahead];
        find_tiles(w, first, count + read_ahead, tiles);
        for (int64_t k = 0; k < count; k++) {
            if (read_ahead > 0) {
                NAME(prefetch_all)(w, source_tile, source, w.inputBlocks, tiles[k + read_ahead]);
                NAME(prefetch_all)(w, result_tile, gradient, w.outputBlocks, tiles[k + read_ahead]);
            }
            NAME(read_tiles)(w, source_tile, source, w.inputBlocks, tiles[k], sources + k * channels, ofSource);
            NAME(read_tiles)(w, result_tile, gradient, w.outputBlocks, tiles[k], gradients + k * outputs, ofGradient);
        }
        for (int64_t o = 0; o < w.outputBlocks; o += gradient_outputs)
            for (int64_t i = 0; i < w.inputBlocks; i++)
                for (int64_t place = 0; place < places; place++)
                    for (int64_t c = 0; c < lanes; c += register_inputs)
                        NAME(add_products)(sums + (o * w.inputBlocks + i) * ofBlock + (place * lanes + c) * lanes,
                                           w.inputBlocks * ofBlock, sources + place * ofSource + i * lanes + c, channels,
                                           gradients + place * ofGradient + o * lanes, outputs, count);
        if (bias == NULL) continue;
        for (int64_t o = 0; o < w.outputBlocks; o++) {
            // The place at which all pixels of a tile are added.
            const float *whole = gradients + (source_tile + 1) * ofGradient + o * lanes;
            floats sum = NAME(get)(bias, o * lanes);
            for (int64_t k = 0; k < count; k++) sum += NAME(get)(whole, k * outputs);
            NAME(put)(bias, o * lanes, sum);
        }
    }
}

static void NAME(every_winograd_weight_gradient)(kernels_winograd w, float *weights, float *bias, const void *source,
                                                 const void *gradient, float *scratch) {
    const int64_t blocks = w.inputBlocks * w.outputBlocks;
    memset(scratch, 0, (size_t)(blocks * places * lanes * lanes) * sizeof *scratch);
    if (bias != NULL) memset(bias, 0, (size_t)(w.outputBlocks * lanes) * sizeof *bias);
    NAME(add_tiles)(w, scratch, bias, source, gradient, scratch + blocks * places * lanes * lanes);
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t input = 0; input < lanes; input++) {
            const float *sums = scratch + b * places * lanes * lanes + input * lanes;
            floats turned[kernel * source_tile];
            UNROLL for (int64_t j = 0; j < source_tile; j++) {
                floats column[source_tile];
                UNROLL for (int64_t i = 0; i < source_tile; i++)
                    column[i] = NAME(get)(sums, (i * source_tile + j) * lanes * lanes);
                NAME(transform_weight_gradient)(column, turned + j, source_tile);
            }
            UNROLL for (int64_t i = 0; i < kernel; i++) {
                floats row[kernel];
                NAME(transform_weight_gradient)(turned + i * source_tile, row, 1);
                UNROLL for (int64_t j = 0; j < kernel; j++)
                    NAME(put)(weights, ((b * kernel * kernel + i * kernel + j) * lanes + input) * lanes, row[j]);
            }
        }
}

#undef register_tiles
#undef register_outputs
#undef register_inputs
#undef gradient_outputs
#undef read_ahead
#undef write_ahead
#undef gap
#undef is_half
#undef pixel
#undef width
#undef floats
#undef ints
#undef words
#undef halves
#undef bytes
