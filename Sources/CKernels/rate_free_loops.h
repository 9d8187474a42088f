// Updates by rules that find their own rate or average their own iterates, compiled for an instruction set. Sums are added in
// double precision over 16 parts, whatever the registers' width.

enum { NAME(sum_parts) = 16 };

// ADD(i, part) for each of `count` values, of which every sixteenth is added to the same part.
#undef EACH_IN_PARTS
#define EACH_IN_PARTS(count, ADD)                                                \
    int64_t i = 0;                                                               \
    for (; i + NAME(sum_parts) <= (count); i += NAME(sum_parts))                 \
        for (int part = 0; part < NAME(sum_parts); part++) ADD(i + part, part)   \
    for (int part = 0; i < (count); i++, part++) ADD(i, part)

static double NAME(total)(const double *parts) {
    double total = 0;
    for (int part = 0; part < NAME(sum_parts); part++) total += parts[part];
    return total;
}

static void NAME(every_schedule_free_sgd)(float *restrict iterate, float *restrict base, const float *restrict gradient,
                                          int64_t count, kernels_schedule_free_factors f, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float y = iterate[i], z = base[i];
        const float g = scale * gradient[i] + f.weightDecay * y;
        iterate[i] = (y + f.weight * (z - y)) - f.iterateStep * g;
        base[i] = z - f.rate * g;
    }
}

static void NAME(every_schedule_free_adamw)(float *restrict iterate, float *restrict base, float *restrict square,
                                            const float *restrict gradient, int64_t count,
                                            kernels_schedule_free_factors f, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float y = iterate[i], z = base[i];
        const float g = scale * gradient[i];
        const float v = f.squareDecay * square[i] + f.squareShare * (g * g);
        const float n = g / (__builtin_elementwise_sqrt(v) / f.squareCorrection + f.epsilon) + f.weightDecay * y;
        square[i] = v;
        iterate[i] = (y + f.weight * (z - y)) - f.iterateStep * n;
        base[i] = z - f.rate * n;
    }
}

static void NAME(every_interpolate)(float *restrict destination, const float *restrict from, const float *restrict to,
                                    int64_t count, float weight) {
    for (int64_t i = 0; i < count; i++) destination[i] = from[i] + weight * (to[i] - from[i]);
}

static void NAME(every_momo_direction)(const float *restrict parameters, float *restrict mean,
                                       const float *restrict gradient, int64_t count, float momentum, float share,
                                       float scale, double *restrict sums) {
    enum { parts = NAME(sum_parts) };
    double products[parts] = {0}, squares[parts] = {0}, present[parts] = {0};
#define ADD(i, part)                                                  \
    {                                                                 \
        const float g = scale * gradient[i];                          \
        const float d = momentum * mean[i] + share * g;               \
        mean[i] = d;                                                  \
        products[part] += (double)d * (double)parameters[i];          \
        squares[part] += (double)d * (double)d;                       \
        present[part] += (double)g * (double)parameters[i];           \
    }
    EACH_IN_PARTS(count, ADD)
#undef ADD
    sums[0] = NAME(total)(products);
    sums[1] = NAME(total)(squares);
    sums[2] = NAME(total)(present);
}

static void NAME(every_momo)(float *restrict parameters, const float *restrict mean, int64_t count, float rate,
                             float shrinkage) {
    for (int64_t i = 0; i < count; i++) parameters[i] = shrinkage * (parameters[i] - rate * mean[i]);
}

static void NAME(every_distances)(const float *restrict parameters, const float *restrict start,
                                  const float *restrict gradient, int64_t count, float weightDecay, float scale,
                                  double *restrict sums) {
    enum { parts = NAME(sum_parts) };
    double gradients[parts] = {0}, distances[parts] = {0}, starts[parts] = {0};
#define ADD(i, part)                                                        \
    {                                                                       \
        const float g = scale * gradient[i] + weightDecay * parameters[i];  \
        const double d = (double)parameters[i] - (double)start[i];          \
        gradients[part] += (double)g * (double)g;                           \
        distances[part] += d * d;                                           \
        starts[part] += (double)start[i] * (double)start[i];                \
    }
    EACH_IN_PARTS(count, ADD)
#undef ADD
    sums[0] = NAME(total)(gradients);
    sums[1] = NAME(total)(distances);
    sums[2] = NAME(total)(starts);
}

static void NAME(every_prodigy_moments)(const float *restrict parameters, const float *restrict start,
                                        float *restrict mean, float *restrict square, float *restrict sum,
                                        const float *restrict gradient, int64_t count, kernels_prodigy_factors f,
                                        float scale, double *restrict sums) {
    enum { parts = NAME(sum_parts) };
    double products[parts] = {0}, sizes[parts] = {0};
#define ADD(i, part)                                                                          \
    {                                                                                         \
        const float g = scale * gradient[i];                                                  \
        const float s = f.sumDecay * sum[i] + f.sumShare * g;                                 \
        mean[i] = f.meanDecay * mean[i] + f.meanShare * g;                                    \
        square[i] = f.squareDecay * square[i] + f.squareShare * (g * g);                      \
        sum[i] = s;                                                                           \
        products[part] += (double)g * ((double)start[i] - (double)parameters[i]);             \
        sizes[part] += (double)__builtin_fabsf(s);                                            \
    }
    EACH_IN_PARTS(count, ADD)
#undef ADD
    sums[0] = NAME(total)(products);
    sums[1] = NAME(total)(sizes);
}

static void NAME(every_prodigy)(float *restrict parameters, const float *restrict mean, const float *restrict square,
                                int64_t count, float rate, float epsilon, float shrinkage) {
    for (int64_t i = 0; i < count; i++) {
        parameters[i] = shrinkage * parameters[i] - rate * (mean[i] / (__builtin_elementwise_sqrt(square[i]) + epsilon));
    }
}
