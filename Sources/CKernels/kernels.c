#include "CKernels.h"
#include "instruction_sets.h"
#include <dlfcn.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <math.h>
#include <stddef.h>
#include <string.h>

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

FOR_EACH_INSTRUCTION_SET
void kernels_compress(uint16_t *destination, const float *values, float *leftOver, int64_t count) {
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

FOR_EACH_INSTRUCTION_SET
void kernels_expand(float *destination, const uint16_t *values, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const uint32_t bits = (uint32_t)values[i] << 16;
        memcpy(&destination[i], &bits, sizeof bits);
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

void kernels_add_probabilities(const float *logits, const int32_t *labels, int64_t rows, int64_t classes,
                               int64_t *table) {
    for (int64_t r = 0; r < rows; r++) {
        const float *row = logits + r * classes;
        int64_t *to = table + labels[r] * classes;
        float largest = row[0];
        for (int64_t k = 1; k < classes; k++)
            if (row[k] > largest) largest = row[k];
        double sum = 0;
        for (int64_t k = 0; k < classes; k++) sum += expf(row[k] - largest);
        const double units = 0x1p32 / sum;
        // Not of a row whose logits are not finite: its loss ends the training.
        if (!(sum >= 1)) continue;
        for (int64_t k = 0; k < classes; k++) to[k] += llrint((double)expf(row[k] - largest) * units);
    }
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

uint32_t kernels_instruction_sets(void) {
    uint32_t sets = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("sse4.1")) return sets;
    sets |= 0x1;
    if (!__builtin_cpu_supports("avx")) return sets;
    sets |= 0x2;
    if (!__builtin_cpu_supports("avx2")) return sets;
    sets |= 0x4;
    uint32_t a, b, c, d;
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1)) sets |= 0x400;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
        return sets;
    sets |= 0x20;
    if (!__builtin_cpu_supports("avx512vnni")) return sets;
    sets |= 0x40;
    if (!__builtin_cpu_supports("avx512bf16")) return sets;
    sets |= 0x80;
    // AMX: tiles, and products of 8-bit integers and of bfloat16.
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1) && (d >> 25 & 1)) sets |= 0x300;
#endif
    return sets;
}

int kernels_has_fast_avx512_bfloat16(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    // An instruction makes twice the products of one for float, but Intel's processors begin half as many of them a cycle.
    return __builtin_cpu_is("amd");
#else
    return 0;
#endif
}

void kernels_set_thread_count(int threads) {
    // oneDNN is linked against whichever OpenMP runtime the distribution chose, so the symbol is looked up, not linked.
    void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set != NULL) set(threads);
}

FOR_EACH_INSTRUCTION_SET
uint64_t kernels_hash(const float *values, int64_t count) {
    enum { lanes = 16 };
    // A multiplication by an odd number and an exclusive or can be undone: one changed word changes its lane.
    uint32_t lane[lanes];
    for (int l = 0; l < lanes; l++) lane[l] = 0x9E3779B9u * (uint32_t)(l + 1);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int l = 0; l < lanes; l++) {
            uint32_t bits;
            memcpy(&bits, values + i + l, sizeof bits);
            lane[l] = ((lane[l] << 7 | lane[l] >> 25) ^ bits) * 0x85EBCA6Bu;
        }
    for (int l = 0; i < count; i++, l++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        lane[l] = ((lane[l] << 7 | lane[l] >> 25) ^ bits) * 0x85EBCA6Bu;
    }
    uint64_t hash = 0xCBF29CE484222325u ^ (uint64_t)count;
    for (int l = 0; l < lanes; l++) hash = (hash ^ lane[l]) * 0x100000001B3u;
    return hash;
}
