#include "CKernels.h"
#include "dispatch.h"
#include <math.h>
#include <stddef.h>

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
