// The class that a row of logits predicts.

#ifndef LARGEST_LOGIT_H
#define LARGEST_LOGIT_H

#include <stdint.h>

// Index of the largest of a row's logits; the first where several are.
static inline int32_t largest_logit(const float *row, int64_t classes) {
    float largest = row[0];
    int32_t best = 0;
    for (int64_t k = 1; k < classes; k++)
        if (row[k] > largest) {
            largest = row[k];
            best = (int32_t)k;
        }
    return best;
}

#endif
