// Attention, compiled for an instruction set. Products are added by fused multiply-adds where the instruction set has them.

#define floats NAME(attention_floats)
#define integers NAME(attention_integers)
typedef float floats __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
typedef int32_t integers __attribute__((vector_size(4 * lanes), aligned(4), may_alias));


// MARK: - Products

// c [rows, 2 registers] += a b: a's element (i, k) at i * rowStep + k * step, b's rows `bStep` apart.
INLINE void NAME(product_tile)(const int rows, const int64_t depth, const float *a, const int64_t rowStep, const int64_t step,
                               const float *b, const int64_t bStep, float *c, const int64_t cStep, const int adds) {
#pragma STDC FP_CONTRACT ON
    floats sums[rows_at_once][2];
    UNROLL for (int i = 0; i < rows; i++) {
        UNROLL for (int j = 0; j < 2; j++)
            sums[i][j] = adds ? *(const floats *)(c + i * cStep + j * lanes) : (floats){0};
    }
    for (int64_t k = 0; k < depth; k++) {
        const floats b0 = *(const floats *)(b + k * bStep), b1 = *(const floats *)(b + k * bStep + lanes);
        UNROLL for (int i = 0; i < rows; i++) {
            const float factor = a[i * rowStep + k * step];
            sums[i][0] = factor * b0 + sums[i][0];
            sums[i][1] = factor * b1 + sums[i][1];
        }
    }
    UNROLL for (int i = 0; i < rows; i++) {
        UNROLL for (int j = 0; j < 2; j++) *(floats *)(c + i * cStep + j * lanes) = sums[i][j];
    }
}

// c [rows, columns] = a b, or += where `adds`; columns are whole pairs of registers.
static void NAME(product)(int64_t rows, int64_t columns, int64_t depth, const float *a, int64_t rowStep, int64_t step,
                          const float *b, int64_t bStep, float *c, int64_t cStep, int adds) {
    for (int64_t j = 0; j < columns; j += 2 * lanes) {
        int64_t i = 0;
        for (; i + rows_at_once <= rows; i += rows_at_once)
            NAME(product_tile)(rows_at_once, depth, a + i * rowStep, rowStep, step, b + j, bStep, c + i * cStep + j, cStep, adds);
        const float *rest = a + i * rowStep;
        float *to = c + i * cStep + j;
#define REST(count) \
    case count: NAME(product_tile)(count, depth, rest, rowStep, step, b + j, bStep, to, cStep, adds); break;
        switch (rows - i) { REST(1) REST(2) REST(3) REST(4) REST(5) default: break; }
#undef REST
    }
}

// MARK: - Exponentials

// e to the power of x <= 0 within 2 units in the last place; 0 below -87. By 2 to an integer times a polynomial of the rest
// (coefficients of the Cephes library's expf).
INLINE floats NAME(exponential)(floats x) {
#pragma STDC FP_CONTRACT ON
    const integers isTiny = x < -87.0f;
    x = (floats)(~isTiny & (integers)x);
    // Adding 1.5 * 2^23 rounds to an integer, which is in the lowest bits.
    const floats rounded = x * 1.44269504f + 12582912.0f;
    const floats n = rounded - 12582912.0f;
    const floats r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    floats p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const integers power = ((integers)rounded - 0x4B400000 + 127) << 23;
    return (floats)(~isTiny & (integers)(p * (floats)power));
}

INLINE float NAME(largest_lane)(floats x) {
    float found = x[0];
    for (int k = 1; k < lanes; k++) found = x[k] > found ? x[k] : found;
    return found;
}

// Halves are added until one number is left.
INLINE float NAME(sum_of_lanes)(floats x) {
    float sums[lanes];
    memcpy(sums, &x, sizeof sums);
    for (int half = lanes / 2; half > 0; half /= 2)
        for (int k = 0; k < half; k++) sums[k] += sums[k + half];
    return sums[0];
}

// MARK: - Copies of a head

// Turns the pairs of features (2 i, 2 i + 1) of a row by the position's angles (J. Su et al., "RoFormer", arXiv:2104.09864, equation
// 34); rotation: the cosine and the sine of each pair, [positions, head size].
INLINE void NAME(turn)(float *row, const float *rotation, int64_t features, float sign) {
    for (int64_t k = 0; k < features; k += 2) {
        const float cosine = rotation[k], sine = sign * rotation[k + 1], x = row[k], y = row[k + 1];
        row[k] = x * cosine - y * sine;
        row[k + 1] = x * sine + y * cosine;
    }
}

// Rows [positions, head size], `step` apart, times a factor, into [rows, columns], filled up with 0.
static void NAME(copy_rows)(kernels_attention a, const head_memory *m, float *to, const float *from, int64_t step, float factor,
                            const float *rotation) {
    for (int64_t i = 0; i < a.positions; i++) {
        float *row = to + i * m->columns;
        for (int64_t k = 0; k < a.headSize; k++) row[k] = factor * from[i * step + k];
        for (int64_t k = a.headSize; k < m->columns; k++) row[k] = 0;
        if (rotation) NAME(turn)(row, rotation + i * a.headSize, a.headSize, 1);
    }
    memset(to + a.positions * m->columns, 0, sizeof(float) * (size_t)((m->rows - a.positions) * m->columns));
}

// Rows [rows, columns] as columns [head size, tile_keys] of each tile of keys, in squares of 16.
static void NAME(copy_columns)(kernels_attention a, const head_memory *m, float *to, const float *from) {
    for (int64_t i = 0; i < m->rows; i += 16) {
        float *tile = to + i / tile_keys * tile_keys * a.headSize + i % tile_keys;
        for (int64_t k = 0; k < a.headSize; k += 16) {
            const int64_t features = a.headSize - k < 16 ? a.headSize - k : 16;
            for (int64_t f = 0; f < features; f++)
                for (int row = 0; row < 16; row++) tile[(k + f) * tile_keys + row] = from[(i + row) * m->columns + k + f];
        }
    }
}

static void NAME(note_unseen)(kernels_attention a, head_memory *m, const float *mask) {
    m->seen = 0;
    for (int64_t j = 0; j < m->rows; j++) {
        const int isSeen = j < a.positions && (!mask || mask[j] != 0);
        m->unseen[j] = isSeen ? 0 : -INFINITY;
        if (isSeen) m->seen = j + 1;
    }
}

// What dropout leaves of a tile: 0, or what a probability is multiplied by. Random words are those of ten rounds of Philox4x32
// (Salmon et al., SC'11), whose counter has the head of the sample in the global batch, the query and the key.
static void NAME(draw_tile)(kernels_attention a, int64_t head, int64_t query, int64_t queries, int64_t key, float *kept) {
    enum { blocks = tile_keys / block_words };
    const float scale = 65536.0f / (float)(65536 - a.dropped);
    for (int64_t i = 0; i < queries; i++) {
        const uint64_t row = (uint64_t)head * (uint64_t)a.positions + (uint64_t)(query + i);
        const uint64_t first = (row * (uint64_t)whole(a.positions, tile_keys) + (uint64_t)key) / block_words;
        uint32_t c[4][blocks], k0 = (uint32_t)a.seed, k1 = (uint32_t)(a.seed >> 32);
        for (int b = 0; b < blocks; b++) {
            c[0][b] = (uint32_t)(first + b);
            c[1][b] = (uint32_t)((first + b) >> 32);
            c[2][b] = (uint32_t)a.stream;
            c[3][b] = (uint32_t)(a.stream >> 32);
        }
        for (int round = 0; round < 10; round++) {
            for (int b = 0; b < blocks; b++) {
                const uint64_t p0 = (uint64_t)0xD2511F53 * c[0][b], p1 = (uint64_t)0xCD9E8D57 * c[2][b];
                c[0][b] = (uint32_t)(p1 >> 32) ^ c[1][b] ^ k0;
                c[1][b] = (uint32_t)p1;
                c[2][b] = (uint32_t)(p0 >> 32) ^ c[3][b] ^ k1;
                c[3][b] = (uint32_t)p0;
            }
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        float *to = kept + i * tile_keys;
        for (int word = 0; word < block_words; word++)
            for (int b = 0; b < blocks; b++) {
                const uint32_t bits = c[word / 2][b] >> (word % 2 * 16) & 0xFFFF;
                to[b * block_words + word] = bits < a.dropped ? 0 : scale;
            }
    }
}

// Scores of a tile: what queries and keys have in common, minus infinity where a key is not seen.
static void NAME(score_tile)(kernels_attention a, const head_memory *m, int64_t query, int64_t queries, int64_t key) {
    NAME(product)(queries, tile_keys, a.headSize, m->queries + query * m->columns, m->columns, 1, m->keyColumns + key * a.headSize,
                  tile_keys, m->scores, tile_keys, 0);
    for (int64_t i = 0; i < queries; i++) {
        float *row = m->scores + i * tile_keys;
        for (int j = 0; j < tile_keys; j += lanes) *(floats *)(row + j) += *(const floats *)(m->unseen + key + j);
        if (a.isCausal)
            for (int64_t j = query + i + 1 > key ? query + i + 1 - key : 0; j < tile_keys; j++) row[j] = -INFINITY;
    }
}

// Keys that the queries of a tile see, without the padding at the end: of causal attention those up to the last of the queries.
INLINE int64_t NAME(last_key)(kernels_attention a, const head_memory *m, int64_t query, int64_t queries) {
    return a.isCausal && query + queries < m->seen ? query + queries : m->seen;
}

// MARK: - The passes

static void NAME(attend_tile)(kernels_attention a, const head_memory *m, int64_t head, int64_t query, int64_t queries,
                              float *destination, float *logSums) {
    float largest[tile_queries], sums[tile_queries];
    for (int64_t i = 0; i < queries; i++) {
        largest[i] = -INFINITY;
        sums[i] = 0;
    }
    memset(m->result, 0, sizeof(float) * (size_t)(queries * m->columns));
    for (int64_t key = 0; key < NAME(last_key)(a, m, query, queries); key += tile_keys) {
        NAME(score_tile)(a, m, query, queries, key);
        if (a.dropped) NAME(draw_tile)(a, head, query, queries, key, m->kept);
        for (int64_t i = 0; i < queries; i++) {
            float *row = m->scores + i * tile_keys;
            floats most = *(const floats *)row;
            for (int j = lanes; j < tile_keys; j += lanes) {
                const floats next = *(const floats *)(row + j);
                const integers isMore = next > most;
                most = (floats)((isMore & (integers)next) | (~isMore & (integers)most));
            }
            const float found = NAME(largest_lane)(most), before = largest[i];
            const float now = found > before ? found : before;
            // Nothing is subtracted from minus infinity where no key is seen.
            const float origin = now == -INFINITY ? 0 : now;
            floats sum = {0};
            for (int j = 0; j < tile_keys; j += lanes) {
                const floats p = NAME(exponential)(*(const floats *)(row + j) - origin);
                sum += p;
                *(floats *)(row + j) = a.dropped ? p * *(const floats *)(m->kept + i * tile_keys + j) : p;
            }
            const float share = before == -INFINITY ? 0 : expf(before - origin);
            sums[i] = sums[i] * share + NAME(sum_of_lanes)(sum);
            largest[i] = now;
            if (share != 1) {
                float *result = m->result + i * m->columns;
                for (int64_t k = 0; k < m->columns; k += lanes) *(floats *)(result + k) *= share;
            }
        }
        NAME(product)(queries, m->columns, tile_keys, m->scores, tile_keys, 1, m->values + key * m->columns, m->columns, m->result,
                      m->columns, 1);
    }
    const int64_t width = a.heads * a.headSize;
    for (int64_t i = 0; i < queries; i++) {
        const float factor = sums[i] > 0 ? 1 / sums[i] : 0;
        // Where no key is seen the probabilities are 0 in the backward pass too.
        logSums[query + i] = sums[i] > 0 ? largest[i] + logf(sums[i]) : INFINITY;
        for (int64_t k = 0; k < a.headSize; k++)
            destination[(query + i) * width + k] = factor * m->result[i * m->columns + k];
    }
}

static void NAME(every_attend)(kernels_attention a, float *destination, float *logSums, const float *projected,
                               const float *mask, const float *rotation, float *scratch) {
    head_memory m;
    place_head(a, 0, scratch, &m);
    const int64_t width = a.heads * a.headSize;
    for (int64_t n = 0; n < a.samples; n++) {
        NAME(note_unseen)(a, &m, mask ? mask + n * a.positions : NULL);
        for (int64_t h = 0; h < a.heads; h++) {
            const float *from = projected + n * a.positions * 3 * width + h * a.headSize;
            // The values' room has the keys until they lie in columns.
            NAME(copy_rows)(a, &m, m.values, from + width, 3 * width, 1, rotation);
            NAME(copy_columns)(a, &m, m.keyColumns, m.values);
            NAME(copy_rows)(a, &m, m.queries, from, 3 * width, a.scale, rotation);
            NAME(copy_rows)(a, &m, m.values, from + 2 * width, 3 * width, 1, NULL);
            for (int64_t query = 0; query < a.positions; query += tile_queries) {
                const int64_t left = a.positions - query;
                NAME(attend_tile)(a, &m, (a.firstSample + n) * a.heads + h, query, left < tile_queries ? left : tile_queries,
                                  destination + n * a.positions * width + h * a.headSize,
                                  logSums + (n * a.heads + h) * a.positions);
            }
        }
    }
}

// The part of the gradients that a tile of queries and one of keys have.
static void NAME(gradient_tile)(kernels_attention a, const head_memory *m, int64_t head, int64_t query, int64_t queries,
                                int64_t key, const float *logSums) {
    const float *gradient = m->gradient + query * m->columns;
    NAME(score_tile)(a, m, query, queries, key);
    NAME(product)(queries, tile_keys, a.headSize, gradient, m->columns, 1, m->valueColumns + key * a.headSize,
                  tile_keys, m->slopes, tile_keys, 0);
    if (a.dropped) NAME(draw_tile)(a, head, query, queries, key, m->kept);
    for (int64_t i = 0; i < queries; i++) {
        float *row = m->scores + i * tile_keys, *slopes = m->slopes + i * tile_keys;
        const float *kept = m->kept + i * tile_keys;
        const float logSum = logSums[query + i], share = m->shares[query + i];
        for (int j = 0; j < tile_keys; j += lanes) {
            const floats p = NAME(exponential)(*(const floats *)(row + j) - logSum);
            floats slope = *(const floats *)(slopes + j);
            if (a.dropped) slope *= *(const floats *)(kept + j);
            *(floats *)(slopes + j) = p * (slope - share);
            *(floats *)(row + j) = a.dropped ? p * *(const floats *)(kept + j) : p;
        }
    }
    const int64_t left = a.positions - key, keys = left < tile_keys ? left : tile_keys;
    NAME(product)(keys, m->columns, queries, m->scores, 1, tile_keys, gradient, m->columns, m->valueGradient + key * m->columns,
                  m->columns, 1);
    NAME(product)(keys, m->columns, queries, m->slopes, 1, tile_keys, m->queries + query * m->columns, m->columns,
                  m->keyGradient + key * m->columns, m->columns, 1);
    NAME(product)(queries, m->columns, keys, m->slopes, tile_keys, 1, m->keys + key * m->columns, m->columns,
                  m->queryGradient + query * m->columns, m->columns, 1);
}

// Writes rows [positions, head size], `step` apart, times a factor, turned back.
static void NAME(write_rows)(kernels_attention a, const head_memory *m, float *to, int64_t step, float *from, float factor,
                             const float *rotation) {
    for (int64_t i = 0; i < a.positions; i++) {
        float *row = from + i * m->columns;
        if (rotation) NAME(turn)(row, rotation + i * a.headSize, a.headSize, -1);
        for (int64_t k = 0; k < a.headSize; k++) to[i * step + k] = factor * row[k];
    }
}

static void NAME(every_attention_gradient)(kernels_attention a, float *destination, const float *gradient, const float *result,
                                           const float *logSums, const float *projected, const float *mask,
                                           const float *rotation, float *scratch) {
    head_memory m;
    place_head(a, 1, scratch, &m);
    const int64_t width = a.heads * a.headSize;
    const size_t matrix = sizeof(float) * (size_t)(m.rows * m.columns);
    for (int64_t n = 0; n < a.samples; n++) {
        NAME(note_unseen)(a, &m, mask ? mask + n * a.positions : NULL);
        for (int64_t h = 0; h < a.heads; h++) {
            const int64_t start = n * a.positions * width + h * a.headSize;
            const float *from = projected + n * a.positions * 3 * width + h * a.headSize;
            NAME(copy_rows)(a, &m, m.queries, from, 3 * width, a.scale, rotation);
            NAME(copy_rows)(a, &m, m.keys, from + width, 3 * width, 1, rotation);
            NAME(copy_rows)(a, &m, m.values, from + 2 * width, 3 * width, 1, NULL);
            NAME(copy_rows)(a, &m, m.gradient, gradient + start, width, 1, NULL);
            NAME(copy_columns)(a, &m, m.keyColumns, m.keys);
            NAME(copy_columns)(a, &m, m.valueColumns, m.values);
            memset(m.queryGradient, 0, matrix);
            memset(m.keyGradient, 0, matrix);
            memset(m.valueGradient, 0, matrix);
            for (int64_t i = 0; i < a.positions; i++) {
                float share = 0;
                for (int64_t k = 0; k < a.headSize; k++)
                    share += gradient[start + i * width + k] * result[start + i * width + k];
                m.shares[i] = share;
            }
            for (int64_t key = 0; key < a.positions; key += tile_keys)
                for (int64_t query = 0; query < a.positions; query += tile_queries) {
                    const int64_t left = a.positions - query, queries = left < tile_queries ? left : tile_queries;
                    if (key >= NAME(last_key)(a, &m, query, queries)) continue;
                    NAME(gradient_tile)(a, &m, (a.firstSample + n) * a.heads + h, query, queries, key,
                                        logSums + (n * a.heads + h) * a.positions);
                }
            float *to = destination + n * a.positions * 3 * width + h * a.headSize;
            NAME(write_rows)(a, &m, to, 3 * width, m.queryGradient, a.scale, rotation);
            NAME(write_rows)(a, &m, to + width, 3 * width, m.keyGradient, 1, rotation);
            NAME(write_rows)(a, &m, to + 2 * width, 3 * width, m.valueGradient, 1, NULL);
        }
    }
}

#undef floats
#undef integers
