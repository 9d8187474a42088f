#include "CKernels.h"
#include "instruction_sets.h"
#include <dlfcn.h>
#include <math.h>
#include <stddef.h>

// A fused multiply-add rounds once where a multiplication and an addition round twice: without this pragma the result
// would depend on the processor.
#pragma STDC FP_CONTRACT OFF

FOR_EACH_INSTRUCTION_SET
void kernels_sum(float *destination, const float *const *sources, int64_t sourceCount, int64_t offset, int64_t count) {
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
    enum { width = 64 };
    for (int64_t start = 0; start < count; start += width) {
        const int64_t end = start + width < count ? start + width : count;
        float sum[width];
        for (int64_t i = start; i < end; i++) sum[i - start] = sources[0][offset + i];
        for (int64_t s = 1; s < sourceCount; s++) {
            const float *source = sources[s] + offset;
            for (int64_t i = start; i < end; i++) sum[i - start] += source[i];
        }
        for (int64_t i = start; i < end; i++) to[i] = sum[i - start];
    }
}

FOR_EACH_INSTRUCTION_SET
double kernels_sum_of_squares(const float *values, int64_t count) {
    enum { lanes = 16 };
    double sum[lanes] = {0};
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int lane = 0; lane < lanes; lane++) sum[lane] += (double)values[i + lane] * (double)values[i + lane];
    for (int lane = 0; i < count; i++, lane++) sum[lane] += (double)values[i] * (double)values[i];
    double total = 0;
    for (int lane = 0; lane < lanes; lane++) total += sum[lane];
    return total;
}

FOR_EACH_INSTRUCTION_SET
static void sgd_plain(float *restrict parameters, const float *restrict gradient, int64_t count, float rate,
                      float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        parameters[i] -= rate * g;
    }
}

FOR_EACH_INSTRUCTION_SET
static void sgd_momentum(float *restrict parameters, float *restrict velocity, const float *restrict gradient,
                         int64_t count, float rate, float momentum, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = momentum * velocity[i] + g;
        velocity[i] = v;
        parameters[i] -= rate * v;
    }
}

FOR_EACH_INSTRUCTION_SET
static void sgd_nesterov(float *restrict parameters, float *restrict velocity, const float *restrict gradient,
                         int64_t count, float rate, float momentum, float weightDecay, float scale) {
    for (int64_t i = 0; i < count; i++) {
        const float g = scale * gradient[i] + weightDecay * parameters[i];
        const float v = momentum * velocity[i] + g;
        velocity[i] = v;
        parameters[i] -= rate * (g + momentum * v);
    }
}

void kernels_sgd(float *parameters, float *velocity, const float *gradient, int64_t count, float rate, float momentum,
                 float weightDecay, int nesterov, float scale) {
    if (velocity == NULL)
        sgd_plain(parameters, gradient, count, rate, weightDecay, scale);
    else if (nesterov)
        sgd_nesterov(parameters, velocity, gradient, count, rate, momentum, weightDecay, scale);
    else
        sgd_momentum(parameters, velocity, gradient, count, rate, momentum, weightDecay, scale);
}

int64_t kernels_softmax_cross_entropy(const float *logits, const int32_t *labels, int64_t rows, int64_t classes,
                                      float smoothing, float scale, float *gradient, int32_t *predictions,
                                      int64_t *nonFinite) {
    const float uniform = smoothing / (float)classes;
    int64_t total = 0;
    for (int64_t r = 0; r < rows; r++) {
        const float *row = logits + r * classes;
        const float labelLogit = row[labels[r]];
        float largest = row[0];
        int32_t best = 0;
        for (int64_t k = 1; k < classes; k++)
            if (row[k] > largest) {
                largest = row[k];
                best = (int32_t)k;
            }
        predictions[r] = best;

        double sum = 0, logitSum = 0;
        for (int64_t k = 0; k < classes; k++) {
            const float exponential = expf(row[k] - largest);
            logitSum += row[k] - largest;
            sum += exponential;
            if (gradient != NULL) gradient[r * classes + k] = exponential;
        }
        // -sum_k target_k log softmax_k, with log softmax_k = (logit_k - largest) - log(sum).
        const double loss = log(sum) - (1.0 - smoothing) * (double)(labelLogit - largest) - (double)uniform * logitSum;
        if (loss >= 0 && loss < 0x1p20)
            total += llrint(loss * 0x1p24);
        else
            *nonFinite += 1;

        if (gradient == NULL) continue;
        const float inverse = (float)(1.0 / sum);
        float *to = gradient + r * classes;
        for (int64_t k = 0; k < classes; k++) to[k] = scale * (to[k] * inverse - uniform);
        to[labels[r]] -= scale * (1.0f - smoothing);
    }
    return total;
}

FOR_EACH_INSTRUCTION_SET
void kernels_mask(float *destination, const float *source, const uint8_t *keep, int64_t count, float scale) {
    for (int64_t i = 0; i < count; i++) destination[i] = keep[i] ? scale * source[i] : 0.0f;
}

void kernels_flush_subnormals(void) {
#if defined(__x86_64__)
    const unsigned int flushToZero = 0x8000, denormalsAreZero = 0x0040;
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | flushToZero | denormalsAreZero);
#elif defined(__aarch64__)
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | (1ull << 24)));
#endif
}

void kernels_set_thread_count(int threads) {
    // oneDNN is linked against whichever OpenMP runtime the distribution chose, so the symbol is looked up, not linked.
    void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set != NULL) set(threads);
}
