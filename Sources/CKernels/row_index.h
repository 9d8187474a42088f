// The row of a weight that a number of a sample names.
#ifndef ROW_INDEX_H
#define ROW_INDEX_H

#include <math.h>
#include <stdint.h>

// The number as one of 0 ... last, which is at most 2^24; -1 for none of them.
static inline __attribute__((always_inline)) int64_t row_index(float number, int64_t last) {
    return number >= 0 && number <= (float)last && number == truncf(number) ? (int64_t)number : -1;
}

#endif
