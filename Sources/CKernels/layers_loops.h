// What the outputs of layers say about the labels, compiled for an instruction set.

static void NAME(every_pixel_means)(kernels_channels shape, float *destination, const void *values) {
    const float count = (float)shape.pixels;
    for (int64_t n = 0; n < shape.samples; n++)
        for (int64_t first = 0; first < shape.channels; first += shape.group) {
            const int64_t left = shape.channels - first;
            const int width = (int)(left < shape.group ? left : shape.group);
            const int64_t start = n * shape.strides.sample + first / shape.group * shape.strides.group;
            float sum[parts] = {0};
            for (int64_t p = 0; p < shape.pixels; p++) {
                const int64_t at = start + p * shape.strides.pixel;
                if (shape.isHalf) {
                    for (int part = 0; part < width; part++) sum[part] += float_of_half(((const uint16_t *)values)[at + part]);
                } else {
                    for (int part = 0; part < width; part++) sum[part] += ((const float *)values)[at + part];
                }
            }
            float *to = destination + n * shape.channels + first;
            for (int part = 0; part < width; part++) to[part] = sum[part] / count;
        }
}

static void NAME(every_add_to_class_sums)(const float *values, const int32_t *labels, int64_t rows, int64_t units,
                                          int64_t *sums) {
    for (int64_t r = 0; r < rows; r++) {
        const float *row = values + r * units;
        int64_t *to = sums + labels[r] * units;
        for (int64_t u = 0; u < units; u++) {
            float value = row[u] == row[u] ? row[u] : 0.0f;
            value = value > 0x1p20f ? 0x1p20f : value < -0x1p20f ? -0x1p20f : value;
            to[u] += (int64_t)(value * 0x1p20f);
        }
    }
}

static void NAME(every_nearest_means)(const float *values, int64_t rows, int64_t units, const float *means,
                                      const float *offsets, int64_t classes, int32_t *nearest) {
    for (int64_t r = 0; r < rows; r++) {
        const float *row = values + r * units;
        float best = -INFINITY;
        nearest[r] = 0;
        for (int64_t k = 0; k < classes; k++) {
            const float *mean = means + k * units;
            float sum[parts] = {0};
            int64_t u = 0;
            for (; u + parts <= units; u += parts)
                for (int part = 0; part < parts; part++) sum[part] += row[u + part] * mean[u + part];
            for (int part = 0; u < units; u++, part++) sum[part] += row[u] * mean[u];
            float score = -offsets[k];
            for (int part = 0; part < parts; part++) score += sum[part];
            if (score > best) {
                best = score;
                nearest[r] = (int32_t)k;
            }
        }
    }
}
