#include "CKernels.h"
#include "dispatch.h"
#include "largest_logit.h"
#include <math.h>
#include <stddef.h>

// The loss of a row whose differences of logits are no floats; not finite where a logit is not.
static double far_loss(const float *row, int64_t classes, int32_t label, float largest, double sum, float smoothing) {
    double logitSum = 0;
    for (int64_t k = 0; k < classes; k++) {
        if (!isfinite(row[k])) return NAN;
        logitSum += (double)row[k] - (double)largest;
    }
    return log(sum) - (1.0 - smoothing) * ((double)row[label] - (double)largest)
        - (double)smoothing / (double)classes * logitSum;
}

// Adds a loss of at least 2^20 nats, at most 2^131, to the numbers with the weights 2^-24, 2^8, 2^40 and so on.
static void add_large(double loss, int64_t *sum) {
    int exponent;
    const double fraction = frexp(rint(loss * 0x1p24), &exponent);
    uint64_t significand = (uint64_t)ldexp(fraction, 53);
    int shift = exponent - 53;
    // An integer: the bits that go are 0.
    if (shift < 0) {
        significand >>= -shift;
        shift = 0;
    }
    unsigned __int128 digits = (unsigned __int128)significand << shift % 32;
    for (int i = shift / 32; digits != 0; i++, digits >>= 32) sum[i] += (uint32_t)digits;
}

void kernels_add_loss(double loss, int64_t *sums, int64_t *nonFinite) {
    if (loss >= 0 && loss < 0x1p20)
        sums[0] += llrint(loss * 0x1p24);
    else if (loss >= 0 && loss < 0x1p131)
        add_large(loss, sums);
    else
        *nonFinite += 1;
}

void kernels_softmax_cross_entropy(const float *logits, const int32_t *labels, int64_t rows, int64_t classes,
                                   float smoothing, float scale, float *gradient, int32_t *predictions, int64_t *sums,
                                   int64_t *nonFinite) {
    const float uniform = smoothing / (float)classes;
    int64_t total = 0;
    for (int64_t r = 0; r < rows; r++) {
        const float *row = logits + r * classes;
        const float labelLogit = row[labels[r]];
        predictions[r] = largest_logit(row, classes);
        const float largest = row[predictions[r]];

        double sum = 0, logitSum = 0;
        for (int64_t k = 0; k < classes; k++) {
            const float exponential = expf(row[k] - largest);
            logitSum += row[k] - largest;
            sum += exponential;
            if (gradient != NULL) gradient[r * classes + k] = exponential;
        }
        // -sum_k target_k log softmax_k, with log softmax_k = (logit_k - largest) - log(sum).
        double loss = log(sum) - (1.0 - smoothing) * (double)(labelLogit - largest) - (double)uniform * logitSum;
        if (loss >= 0 && loss < 0x1p20)
            total += llrint(loss * 0x1p24);
        else {
            if (!isfinite(loss)) loss = far_loss(row, classes, labels[r], largest, sum, smoothing);
            if (loss >= 0 && isfinite(loss))
                add_large(loss, sums);
            else
                *nonFinite += 1;
        }

        if (gradient == NULL) continue;
        const float inverse = (float)(1.0 / sum);
        float *to = gradient + r * classes;
        for (int64_t k = 0; k < classes; k++) to[k] = scale * (to[k] * inverse - uniform);
        to[labels[r]] -= scale * (1.0f - smoothing);
    }
    sums[0] += total & 0xFFFFFFFF;
    sums[1] += total >> 32;
}

void kernels_weighted_cross_entropy(const float *logits, const int32_t *labels, const float *weights, int64_t rows,
                                    int64_t classes, float smoothing, float scale, float *gradient,
                                    int32_t *predictions, int64_t *sums, int64_t *nonFinite) {
    double weightSum = 0;
    for (int64_t k = 0; k < classes; k++) weightSum += weights[k];
    const double uniform = (double)smoothing / (double)classes;
    for (int64_t r = 0; r < rows; r++) {
        const float *row = logits + r * classes;
        const double labelLogit = row[labels[r]];
        predictions[r] = largest_logit(row, classes);
        const float largest = row[predictions[r]];

        double sum = 0, weighted = 0;
        for (int64_t k = 0; k < classes; k++) {
            const float exponential = expf(row[k] - largest);
            weighted += (double)weights[k] * ((double)row[k] - (double)largest);
            sum += exponential;
            if (gradient != NULL) gradient[r * classes + k] = exponential;
        }
        const double own = (1.0 - (double)smoothing) * (double)weights[labels[r]];
        const double all = own + uniform * weightSum;
        kernels_add_loss(all * log(sum) - own * (labelLogit - (double)largest) - uniform * weighted, sums, nonFinite);

        if (gradient == NULL) continue;
        float *to = gradient + r * classes;
        for (int64_t k = 0; k < classes; k++)
            to[k] = (float)((double)scale * ((double)to[k] / sum * all - uniform * (double)weights[k]));
        to[labels[r]] -= (float)((double)scale * own);
    }
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
