#include "CKernels.h"
#include "largest_logit.h"
#include <math.h>
#include <stddef.h>

void kernels_mixed_softmax_cross_entropy(const float *logits, const int32_t *labels, const int32_t *others,
                                         const float *shares, int64_t rows, int64_t classes, float smoothing,
                                         float scale, float *gradient, int32_t *predictions, int64_t *sums,
                                         int64_t *nonFinite) {
    const double uniform = (double)smoothing / (double)classes;
    for (int64_t r = 0; r < rows; r++) {
        const float *row = logits + r * classes;
        const int32_t label = labels[r], other = others[r];
        const double share = (1.0 - smoothing) * shares[r], rest = (1.0 - smoothing) * (1.0 - shares[r]);
        predictions[r] = largest_logit(row, classes);
        const float largest = row[predictions[r]];

        // The logits may lie in the place of the gradient.
        const double labelLogit = (double)row[label] - largest, otherLogit = (double)row[other] - largest;
        double sum = 0, logitSum = 0;
        for (int64_t k = 0; k < classes; k++) {
            const double difference = (double)row[k] - largest;
            const float exponential = expf((float)difference);
            logitSum += difference;
            sum += exponential;
            if (gradient != NULL) gradient[r * classes + k] = exponential;
        }
        kernels_add_loss(log(sum) - share * labelLogit - rest * otherLogit - uniform * logitSum, sums, nonFinite);

        if (gradient == NULL) continue;
        const float inverse = (float)(1.0 / sum);
        float *to = gradient + r * classes;
        for (int64_t k = 0; k < classes; k++) to[k] = scale * (to[k] * inverse - (float)uniform);
        to[label] -= scale * (float)share;
        to[other] -= scale * (float)rest;
    }
}
