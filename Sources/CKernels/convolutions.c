// Convolutions of few channels over blocks of 16 samples: a register holds a pixel of 16 samples, so that it is full however
// few channels there are, and borders are exact.
#include "CKernels.h"
#include "dispatch.h"
#include <stddef.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define UNROLL _Pragma("clang loop unroll(full)")

enum {
    sample_block = 16,
    // Most channels of source and result, and most numbers in a row and a column of the kernel.
    most_convolution_channels = 16,
    most_kernel = 5,
};

// Halves are added until one number is left.
INLINE float sum_of_samples(const float *lane) {
    float sums[sample_block];
    memcpy(sums, lane, sizeof sums);
    for (int half = sample_block / 2; half > 0; half /= 2)
        for (int k = 0; k < half; k++) sums[k] += sums[k + half];
    return sums[0];
}

#define LOOPS "convolutions_loops.h"
#include "each_instruction_set.h"

void kernels_convolve(kernels_convolution c, float *destination, const float *source, const float *weights,
                      const float *bias, int relu) {
    DISPATCH(convolve, c.registerFloats, c, destination, source, weights, bias, relu)
}

void kernels_convolution_data_gradient(kernels_convolution c, float *destination, const float *gradient,
                                       const float *weights) {
    // The convolution of the gradient with the kernels turned by 180 degrees, source and result exchanged.
    float turned[most_convolution_channels * most_convolution_channels * most_kernel * most_kernel];
    const int64_t area = c.kernel * c.kernel;
    for (int64_t o = 0; o < c.outputChannels; o++)
        for (int64_t i = 0; i < c.inputChannels; i++)
            for (int64_t place = 0; place < area; place++)
                turned[(i * c.outputChannels + o) * area + area - 1 - place] =
                    weights[(o * c.inputChannels + i) * area + place];
    const kernels_convolution back = {
        .blocks = c.blocks, .inputChannels = c.outputChannels, .outputChannels = c.inputChannels,
        .inputRows = c.outputRows, .inputColumns = c.outputColumns, .outputRows = c.inputRows,
        .outputColumns = c.inputColumns, .kernel = c.kernel, .paddingRows = c.kernel - 1 - c.paddingRows,
        .paddingColumns = c.kernel - 1 - c.paddingColumns, .registerFloats = c.registerFloats,
    };
    kernels_convolve(back, destination, gradient, turned, NULL, 0);
}

void kernels_convolution_weight_gradient(kernels_convolution c, float *weights, float *bias, const float *source,
                                         const float *gradient) {
    DISPATCH(weight_gradient, c.registerFloats, c, weights, bias, source, gradient)
}
