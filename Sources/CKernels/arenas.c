// Loops over arenas of parameters and gradients: sums, what is sent of them, their size and their hash.
#include "CKernels.h"
#include "dispatch.h"
#include <string.h>

#define LOOPS "arenas_loops.h"
#include "each_instruction_set.h"

void kernels_sum(float *destination, const float *const *sources, int64_t sourceCount, int64_t offset,
                 int64_t count) {
    DISPATCH(sum, 16, destination, sources, sourceCount, offset, count)
}

void kernels_compress(uint16_t *destination, const float *values, float *leftOver, int64_t count) {
    DISPATCH(compress, 16, destination, values, leftOver, count)
}

void kernels_expand(float *destination, const uint16_t *values, int64_t count) {
    DISPATCH(expand, 16, destination, values, count)
}

void kernels_average(float *average, const float *values, int64_t count, float weight) {
    DISPATCH(average, 16, average, values, count, weight)
}

void kernels_exchange(float *first, float *second, int64_t count) {
    DISPATCH(exchange, 16, first, second, count)
}

double kernels_sum_of_squares(const float *values, int64_t count) {
    DISPATCH_RESULT(sum_of_squares, 16, values, count)
}

void kernels_mask(float *destination, const float *source, const uint8_t *keep, int64_t count, float scale) {
    DISPATCH(mask, 16, destination, source, keep, count, scale)
}

uint64_t kernels_hash(const float *values, int64_t count) {
    DISPATCH_RESULT(hash, 16, values, count)
}
