// The loops over parameters, gradients and class scores, compiled for several instruction sets and chosen when the
// program starts. Every variant gives the same bits: no contraction to fused multiply-add, fixed order of sums.
#ifndef ENTRAIN_CKERNELS_H
#define ENTRAIN_CKERNELS_H

#include <stdint.h>

// destination[i] = sources[0][i] + sources[1][i] + ... in that order, for i in 0 ..< count.
// At least one source; destination may be one of the sources.
void kernels_sum(float *destination, const float *const *sources, int64_t sourceCount, int64_t offset, int64_t count);

// The sum of values[i] squared, in double, accumulated in 16 lanes that are added in a fixed order.
double kernels_sum_of_squares(const float *values, int64_t count);

// Stochastic gradient descent, one pass. With g' = scale * gradient + weightDecay * parameter:
//   velocity = momentum * velocity + g'
//   parameter -= rate * (nesterov ? g' + momentum * velocity : velocity)
// velocity is NULL where momentum is 0.
void kernels_sgd(float *parameters, float *velocity, const float *gradient, int64_t count, float rate, float momentum,
                 float weightDecay, int nesterov, float scale);

// Softmax cross-entropy over logits [rows, classes] and its gradient.
//   target_k = (1 - smoothing) * [k == label] + smoothing / classes
//   gradient[r, k] = scale * (softmax(logits[r])_k - target_k)       (may be NULL; may be logits)
//   predictions[r] = the lowest k of the largest logit
// Returns the sum of the rows' losses in units of 2^-24 nats and adds the number of rows whose loss is not finite (or
// not below 2^20 nats) to *nonFinite; those rows add nothing to the sum. Integers, so that the sum over ranks is exact
// and the same in any order; 2^19 of the largest losses fit. At most 2^19 rows, each label in 0 ..< classes.
int64_t kernels_softmax_cross_entropy(const float *logits, const int32_t *labels, int64_t rows, int64_t classes,
                                      float smoothing, float scale, float *gradient, int32_t *predictions,
                                      int64_t *nonFinite);

// destination[i] = keep[i] ? scale * source[i] : 0. destination may be source.
void kernels_mask(float *destination, const float *source, const uint8_t *keep, int64_t count, float scale);

// Makes the calling thread treat subnormal numbers as 0. Velocities of units that fell silent decay into them within a
// thousand steps, and a processor computes with them many times slower.
void kernels_flush_subnormals(void);

// Sets the number of OpenMP threads of the calling thread's parallel regions, if an OpenMP runtime is loaded.
void kernels_set_thread_count(int threads);

#endif
