// Loops over sequences, compiled for an instruction set.

// Sums are made side by side, as many in every instruction set.
INLINE float NAME(dot)(const float *a, const float *b, int64_t count) {
    float sums[parts] = {0};
    int64_t k = 0;
    for (; k + parts <= count; k += parts)
        for (int part = 0; part < parts; part++) sums[part] += a[k + part] * b[k + part];
    for (int part = 0; k < count; k++, part++) sums[part] += a[k] * b[k];
    for (int half = parts / 2; half > 0; half /= 2)
        for (int part = 0; part < half; part++) sums[part] += sums[part + half];
    return sums[0];
}

static void NAME(every_embedding_gradient)(kernels_embedding e, float *weight, const float *numbers,
                                           const float *gradient) {
    memset(weight, 0, sizeof(float) * (size_t)(e.tokens * e.features));
    for (int64_t r = 0; r < e.rows; r++) {
        const int64_t token = row_index(numbers[r], e.tokens - 1);
        if (token < 0 || token == e.padding) continue;
        float *to = weight + token * e.features;
        const float *from = gradient + r * e.features;
        for (int64_t k = 0; k < e.features; k++) to[k] += from[k];
    }
}

// MARK: - Positions

static void NAME(every_add_to_samples)(kernels_sequences s, float *destination, const float *values, const float *addend) {
    const int64_t count = s.positions * s.features;
    for (int64_t n = 0; n < s.samples; n++)
        for (int64_t i = 0; i < count; i++) destination[n * count + i] = values[n * count + i] + addend[i];
}

static void NAME(every_sum_over_samples)(kernels_sequences s, float *sums, const float *values) {
    const int64_t count = s.positions * s.features;
    memcpy(sums, values, sizeof(float) * (size_t)count);
    for (int64_t n = 1; n < s.samples; n++)
        for (int64_t i = 0; i < count; i++) sums[i] += values[n * count + i];
}

// MARK: - Pooling

// The weights of a mean over the positions that have a token.
static void NAME(every_mean_weights)(kernels_sequences s, float *weights, const float *mask) {
    for (int64_t n = 0; n < s.samples; n++) {
        float count = 0;
        for (int64_t l = 0; l < s.positions; l++) count += mask ? mask[n * s.positions + l] : 1;
        const float weight = count > 0 ? 1 / count : 0;
        for (int64_t l = 0; l < s.positions; l++)
            weights[n * s.positions + l] = mask ? mask[n * s.positions + l] * weight : weight;
    }
}

// The softmax of what positions and query have in common, over the positions that have a token.
static void NAME(every_query_weights)(kernels_sequences s, float *weights, const float *values, const float *query,
                                      const float *mask) {
    const float scale = 1 / sqrtf((float)s.features);
    for (int64_t n = 0; n < s.samples; n++) {
        float *row = weights + n * s.positions, largest = -INFINITY, sum = 0;
        int isEmpty = 1;
        for (int64_t l = 0; l < s.positions; l++) {
            row[l] = scale * NAME(dot)(values + (n * s.positions + l) * s.features, query, s.features);
            if (mask && mask[n * s.positions + l] == 0) row[l] = -INFINITY;
            else isEmpty = 0;
            largest = row[l] > largest ? row[l] : largest;
        }
        for (int64_t l = 0; l < s.positions; l++) {
            row[l] = isEmpty ? 0 : expf(row[l] - largest);
            sum += row[l];
        }
        for (int64_t l = 0; l < s.positions; l++) row[l] = isEmpty ? 0 : row[l] / sum;
    }
}

static void NAME(every_weighted_sum)(kernels_sequences s, float *destination, const float *values, const float *weights) {
    for (int64_t n = 0; n < s.samples; n++) {
        float *to = destination + n * s.features;
        memset(to, 0, sizeof(float) * (size_t)s.features);
        for (int64_t l = 0; l < s.positions; l++) {
            const float weight = weights[n * s.positions + l];
            const float *from = values + (n * s.positions + l) * s.features;
            for (int64_t k = 0; k < s.features; k++) to[k] += weight * from[k];
        }
    }
}

static void NAME(every_weighted_sum_gradient)(kernels_sequences s, float *destination, const float *gradient,
                                              const float *weights) {
    for (int64_t n = 0; n < s.samples; n++)
        for (int64_t l = 0; l < s.positions; l++) {
            const float weight = weights[n * s.positions + l];
            float *to = destination + (n * s.positions + l) * s.features;
            for (int64_t k = 0; k < s.features; k++) to[k] = weight * gradient[n * s.features + k];
        }
}

static void NAME(every_query_gradient)(kernels_sequences s, float *destination, float *queryGradient, const float *gradient,
                                       const float *values, const float *weights, const float *query) {
    const float scale = 1 / sqrtf((float)s.features);
    memset(queryGradient, 0, sizeof(float) * (size_t)s.features);
    for (int64_t n = 0; n < s.samples; n++) {
        const float *back = gradient + n * s.features, *row = weights + n * s.positions;
        float mean = 0;
        for (int64_t l = 0; l < s.positions; l++)
            mean += row[l] * NAME(dot)(values + (n * s.positions + l) * s.features, back, s.features);
        for (int64_t l = 0; l < s.positions; l++) {
            const float *from = values + (n * s.positions + l) * s.features;
            const float slope = scale * row[l] * (NAME(dot)(from, back, s.features) - mean);
            for (int64_t k = 0; k < s.features; k++) queryGradient[k] += slope * from[k];
            if (!destination) continue;
            float *to = destination + (n * s.positions + l) * s.features;
            for (int64_t k = 0; k < s.features; k++) to[k] = row[l] * back[k] + slope * query[k];
        }
    }
}
