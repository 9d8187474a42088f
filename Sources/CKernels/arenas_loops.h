// Loops over arenas of parameters and gradients, compiled for an instruction set.

static void NAME(every_sum)(float *destination, const float *const *sources, int64_t sourceCount, int64_t offset,
                            int64_t count) {
    // Not restrict: the destination may be a source.
    float *to = destination + offset;
    if (sourceCount == 2) {
        const float *first = sources[0] + offset, *second = sources[1] + offset;
        if (to == first || to == second) {
            const float *other = to == first ? second : first;
            for (int64_t i = 0; i < count; i++) to[i] += other[i];
        } else {
            for (int64_t i = 0; i < count; i++) to[i] = first[i] + second[i];
        }
        return;
    }
    // levels[l] holds the sum of 2^l sources while bit l of the number of sources that came is set.
    enum { width = 64, mostLevels = 32 };
    for (int64_t start = 0; start < count; start += width) {
        const int64_t length = start + width < count ? width : count - start;
        float levels[mostLevels][width], sum[width];
        for (int64_t s = 0; s < sourceCount; s++) {
            const float *source = sources[s] + offset + start;
            for (int64_t i = 0; i < length; i++) sum[i] = source[i];
            int level = 0;
            for (; s >> level & 1; level++) {
                for (int64_t i = 0; i < length; i++) sum[i] = levels[level][i] + sum[i];
            }
            if (s + 1 == sourceCount) {
                for (level++; s >> level; level++) {
                    if (!(s >> level & 1)) continue;
                    for (int64_t i = 0; i < length; i++) sum[i] = levels[level][i] + sum[i];
                }
            } else {
                for (int64_t i = 0; i < length; i++) levels[level][i] = sum[i];
            }
        }
        for (int64_t i = 0; i < length; i++) to[start + i] = sum[i];
    }
}

static void NAME(every_compress)(uint16_t *destination, const float *values, float *leftOver, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const float value = values[i] + leftOver[i];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        const int isFinite = (bits & 0x7F800000u) != 0x7F800000u;
        // To the nearest, ties to even; what is not a number stays so.
        uint32_t rounded = isFinite ? bits + 0x7FFFu + (bits >> 16 & 1) : bits | ((bits & 0x007FFFFFu) != 0 ? 0x10000u : 0);
        rounded &= 0xFFFF0000u;
        float kept;
        memcpy(&kept, &rounded, sizeof kept);
        destination[i] = (uint16_t)(rounded >> 16);
        const int isKept = (rounded & 0x7F800000u) != 0x7F800000u;
        leftOver[i] = isKept ? value - kept : 0.0f;
    }
}

static void NAME(every_expand)(float *destination, const uint16_t *values, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const uint32_t bits = (uint32_t)values[i] << 16;
        memcpy(&destination[i], &bits, sizeof bits);
    }
}

static void NAME(every_average)(float *restrict average, const float *restrict values, int64_t count, float weight) {
    for (int64_t i = 0; i < count; i++) average[i] += weight * (values[i] - average[i]);
}

static void NAME(every_exchange)(float *restrict first, float *restrict second, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const float value = first[i];
        first[i] = second[i];
        second[i] = value;
    }
}

static double NAME(every_sum_of_squares)(const float *values, int64_t count) {
    enum { parts = 16 };
    double sum[parts] = {0};
    int64_t i = 0;
    for (; i + parts <= count; i += parts)
        for (int part = 0; part < parts; part++) sum[part] += (double)values[i + part] * (double)values[i + part];
    for (int part = 0; i < count; i++, part++) sum[part] += (double)values[i] * (double)values[i];
    double total = 0;
    for (int part = 0; part < parts; part++) total += sum[part];
    return total;
}

static void NAME(every_mask)(float *destination, const float *source, const uint8_t *keep, int64_t count,
                             float scale) {
    for (int64_t i = 0; i < count; i++) destination[i] = keep[i] ? scale * source[i] : 0.0f;
}

static uint64_t NAME(every_hash)(const float *values, int64_t count) {
    enum { parts = 16 };
    // A multiplication by an odd number and an exclusive or can be undone: one changed word changes its part.
    uint32_t part[parts];
    for (int l = 0; l < parts; l++) part[l] = 0x9E3779B9u * (uint32_t)(l + 1);
    int64_t i = 0;
    for (; i + parts <= count; i += parts)
        for (int l = 0; l < parts; l++) {
            uint32_t bits;
            memcpy(&bits, values + i + l, sizeof bits);
            part[l] = ((part[l] << 7 | part[l] >> 25) ^ bits) * 0x85EBCA6Bu;
        }
    for (int l = 0; i < count; i++, l++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        part[l] = ((part[l] << 7 | part[l] >> 25) ^ bits) * 0x85EBCA6Bu;
    }
    uint64_t hash = 0xCBF29CE484222325u ^ (uint64_t)count;
    for (int l = 0; l < parts; l++) hash = (hash ^ part[l]) * 0x100000001B3u;
    return hash;
}
