// The loops over parameters, gradients, feature maps and class scores, compiled for several instruction sets and chosen
// by what the processor has and may use. Every variant gives the same bits: no contraction to fused multiply-add, fixed order of sums;
// convolutions ask for fused multiply-adds, in every variant.
#ifndef ENTRAIN_CKERNELS_H
#define ENTRAIN_CKERNELS_H

#include <stdint.h>

// destination[i] = sources[0][i] + sources[1][i] + ..., added in a binary tree: each source with its neighbour, the pairs in
// pairs, and so on; what is left over at the end is added from its smallest subtree on. For i in 0 ..< count.
// At least one source; destination may be one of the sources.
void kernels_sum(float *destination, const float *const *sources, int64_t sourceCount, int64_t offset, int64_t count);

// destination[i] = values[i] + leftOver[i] as bfloat16, rounded to the nearest; leftOver[i] becomes what the rounding leaves
// over, 0 where the value is not finite or becomes infinite.
void kernels_compress(uint16_t *destination, const float *values, float *leftOver, int64_t count);

// destination[i] = values[i], which are bfloat16.
void kernels_expand(float *destination, const uint16_t *values, int64_t count);

// average[i] += weight * (values[i] - average[i]).
void kernels_average(float *average, const float *values, int64_t count, float weight);

// Exchanges first[i] and second[i].
void kernels_exchange(float *first, float *second, int64_t count);

// The sum of values[i] squared, in double, accumulated in 16 lanes that are added in a fixed order.
double kernels_sum_of_squares(const float *values, int64_t count);

// The instruction sets that the processor has and that may be used, as bits, those of oneDNN's dnnl_cpu_isa_t; 0 where there
// are none of them. ONEDNN_MAX_CPU_ISA or DNNL_MAX_CPU_ISA limits them for these loops as for oneDNN: AVX2, SSE41, ...
uint32_t kernels_instruction_sets(void);

// Lets these loops use at most those of the sets, in place of an earlier limit. While no other thread runs them.
void kernels_limit_instruction_sets(uint32_t sets);

// Whether the processor, one with AVX-512's bfloat16 instructions, multiplies more numbers a cycle with them than in float.
int kernels_has_fast_avx512_bfloat16(void);

// A number that tells values from others: any one bit that differs makes it differ.
uint64_t kernels_hash(const float *values, int64_t count);

// Stochastic gradient descent, one pass. With g' = scale * gradient + weightDecay * parameter:
//   velocity = momentum * velocity + g'
//   parameter -= rate * (nesterov ? g' + momentum * velocity : velocity)
// velocity is NULL where momentum is 0.
void kernels_sgd(float *parameters, float *velocity, const float *gradient, int64_t count, float rate, float momentum,
                 float weightDecay, int nesterov, float scale);

// What a step of Adam and its kin multiplies with; the corrections for the moments' start at 0 are in stepSize and
// squareCorrection.
typedef struct {
    // 1 - beta1, beta2, 1 - beta2.
    float meanShare, squareDecay, squareShare;
    // rate / (1 - beta1^t), or for LAMB's direction 1 / (1 - beta1^t).
    float stepSize;
    // The square root of 1 - beta2^t.
    float squareCorrection;
    float epsilon;
    // Factor of the gradient's penalty; for LAMB's direction, what the parameters are multiplied by.
    float weightDecay;
    // What the parameters are multiplied by first: 1 - rate * weightDecay of AdamW, else 1.
    float shrinkage;
} kernels_adam_factors;

// Adam and AdamW, one pass. With g = scale * gradient + weightDecay * parameter:
//   mean += meanShare * (g - mean);  square = squareDecay * square + squareShare * g * g
//   parameter = shrinkage * parameter - stepSize * mean / (sqrt(square) / squareCorrection + epsilon)
void kernels_adam(float *parameters, float *mean, float *square, const float *gradient, int64_t count,
                  kernels_adam_factors factors, float scale);

// The direction of LAMB, which takes the gradient's place: stepSize * mean / (sqrt(square) / squareCorrection + epsilon) +
// weightDecay * parameter, after both moments took in scale * gradient.
void kernels_lamb_direction(const float *parameters, float *mean, float *square, float *gradient, int64_t count,
                            kernels_adam_factors factors, float scale);

// RMSprop, one pass, with share = 1 - alpha. With g = scale * gradient + weightDecay * parameter:
//   square = alpha * square + share * g * g;  mean += share * (g - mean)
//   d = g / (sqrt(square - mean * mean) + epsilon);  velocity = momentum * velocity + d
//   parameter -= rate * velocity
// velocity is NULL without momentum (then d in its place), mean NULL unless centered (then 0).
void kernels_rmsprop(float *parameters, float *square, float *velocity, float *mean, const float *gradient,
                     int64_t count, float rate, float alpha, float share, float epsilon, float momentum,
                     float weightDecay, float scale);

// AdaGrad, one pass. With g = scale * gradient + weightDecay * parameter:
//   sum += g * g;  parameter -= rate * g / (sqrt(sum + initial) + epsilon)
void kernels_adagrad(float *parameters, float *sum, const float *gradient, int64_t count, float rate, float initial,
                     float epsilon, float weightDecay, float scale);

// Momentum that sums rates times gradients, one pass. With g = scale * gradient + weightDecay * parameter:
//   velocity = momentum * velocity + rate * g;  parameter -= velocity
void kernels_lars(float *parameters, float *velocity, const float *gradient, int64_t count, float rate, float momentum,
                  float weightDecay, float scale);

// What a step of Schedule-Free SGD or AdamW multiplies with.
typedef struct {
    // Step sizes of the base iterate and of the iterate, the latter rate * (1 - beta * (1 - weight)).
    float rate, iterateStep;
    // Weight of the new base iterate in the average.
    float weight;
    float weightDecay;
    // AdamW alone: beta2, 1 - beta2, the square root of 1 - beta2^t.
    float squareDecay, squareShare, squareCorrection;
    float epsilon;
} kernels_schedule_free_factors;

// Schedule-Free SGD, one pass. With g = scale * gradient + weightDecay * iterate:
//   iterate += weight * (base - iterate) - iterateStep * g;  base -= rate * g
void kernels_schedule_free_sgd(float *iterate, float *base, const float *gradient, int64_t count,
                               kernels_schedule_free_factors factors, float scale);

// Schedule-Free AdamW, one pass: the same with square = squareDecay * square + squareShare * (scale * gradient)^2 and
//   g = scale * gradient / (sqrt(square) / squareCorrection + epsilon) + weightDecay * iterate
void kernels_schedule_free_adamw(float *iterate, float *base, float *square, const float *gradient, int64_t count,
                                 kernels_schedule_free_factors factors, float scale);

// destination = from + weight * (to - from)
void kernels_interpolate(float *destination, const float *from, const float *to, int64_t count, float weight);

// MoMo's first pass. With g = scale * gradient: mean = momentum * mean + share * g, and the sums in double precision of
// mean * parameter, mean^2 and g * parameter.
void kernels_momo_direction(const float *parameters, float *mean, const float *gradient, int64_t count, float momentum,
                            float share, float scale, double *sums);

// MoMo's second pass: parameter = shrinkage * (parameter - rate * mean)
void kernels_momo(float *parameters, const float *mean, int64_t count, float rate, float shrinkage);

// The sums in double precision of g^2, with g = scale * gradient + weightDecay * parameter, of (parameter - start)^2 and of
// start^2.
void kernels_distances(const float *parameters, const float *start, const float *gradient, int64_t count,
                       float weightDecay, float scale, double *sums);

// What a step of Prodigy multiplies the past and the gradient with.
typedef struct {
    float meanDecay, meanShare, squareDecay, squareShare, sumDecay, sumShare;
} kernels_prodigy_factors;

// Prodigy's first pass. With g = scale * gradient:
//   mean = meanDecay * mean + meanShare * g;  square = squareDecay * square + squareShare * g * g
//   sum = sumDecay * sum + sumShare * g
// and the sums in double precision of g * (start - parameter) and |sum|.
void kernels_prodigy_moments(const float *parameters, const float *start, float *mean, float *square, float *sum,
                             const float *gradient, int64_t count, kernels_prodigy_factors factors, float scale,
                             double *sums);

// Prodigy's second pass: parameter = shrinkage * parameter - rate * mean / (sqrt(square) + epsilon)
void kernels_prodigy(float *parameters, const float *mean, const float *square, int64_t count, float rate,
                     float epsilon, float shrinkage);

// Adds a sample's loss in units of 2^-24 to sums, 8 numbers with the weights 1, 2^32, 2^64 and so on; one that is negative, not
// finite or at least 2^131 adds 1 to *nonFinite instead.
void kernels_add_loss(double loss, int64_t *sums, int64_t *nonFinite);

// Softmax cross-entropy over logits [rows, classes] and its gradient.
//   target_k = (1 - smoothing) * [k == label] + smoothing / classes
//   gradient[r, k] = scale * (softmax(logits[r])_k - target_k)       (may be NULL; may be logits)
//   predictions[r] = the lowest k of the largest logit
// Adds the rows' losses in units of 2^-24 nats to sums, and the number of rows whose loss is not finite to *nonFinite; those
// rows add nothing to the sum. Integers, so that the sum over ranks is exact and the same in any order: 8 numbers with the
// weights 1, 2^32, 2^64 and so on. At most 2^19 rows, each label in 0 ..< classes.
void kernels_softmax_cross_entropy(const float *logits, const int32_t *labels, int64_t rows, int64_t classes,
                                   float smoothing, float scale, float *gradient, int32_t *predictions, int64_t *sums,
                                   int64_t *nonFinite);

// The same for labels in two classes: target_k = (1 - smoothing) * (share * [k == label] + (1 - share) * [k == other])
//   + smoothing / classes; others and shares are [rows]. Both labels may be the same.
void kernels_mixed_softmax_cross_entropy(const float *logits, const int32_t *labels, const int32_t *others,
                                         const float *shares, int64_t rows, int64_t classes, float smoothing,
                                         float scale, float *gradient, int32_t *predictions, int64_t *sums,
                                         int64_t *nonFinite);
// The same with a weight above 0 for each class, as PyTorch's CrossEntropyLoss(weight=, reduction="sum") has it: the target of
// a row is (1 - smoothing) * weights[label] on the label plus smoothing * weights[k] / classes on every class k.
void kernels_weighted_cross_entropy(const float *logits, const int32_t *labels, const float *weights, int64_t rows,
                                    int64_t classes, float smoothing, float scale, float *gradient,
                                    int32_t *predictions, int64_t *sums, int64_t *nonFinite);

// Adds each row's softmax of logits [rows, classes] to the row of its label in table [classes, classes], rounded to units
// of 2^-32.
void kernels_add_probabilities(const float *logits, const int32_t *labels, int64_t rows, int64_t classes, int64_t *table);

// destination[i] = keep[i] ? scale * source[i] : 0. destination may be source.
void kernels_mask(float *destination, const float *source, const uint8_t *keep, int64_t count, float scale);

// The same for bfloat16.
void kernels_mask_half(uint16_t *destination, const uint16_t *source, const uint8_t *keep, int64_t count, float scale);

// MARK: - Maps in blocked layouts
//
// A map [N, C, H, W] lies as [N, C / block, H, W, block] with a block of 8 or 16 channels (oneDNN's nChw8c and nChw16c);
// channels that fill the last block up are 0. Numbers are float or, where isHalf, bfloat16. Arrays over channels have
// blocks * block entries.

typedef struct {
    int64_t samples, blocks, pixels;
    int block, isHalf;
} kernels_map_shape;

// Per channel, with d = value - origin and origin the channel's first value: sums = sum of d, squares = sum of d * d. The
// origin keeps what is subtracted later small. Planes are added in float, their sums in double, in a fixed order.
void kernels_moments(kernels_map_shape shape, const void *values, float *origin, double *sums, double *squares);

// destination = f(values * scale + shift + addend), f being min(max(0, x), highest), where NaN stays: max(0, x) where that is
// INFINITY, and x where it is 0. addend may be NULL; destination may be any of the arguments.
void kernels_scale_shift(kernels_map_shape shape, void *destination, const void *values, const void *addend,
                         const float *scale, const float *shift, float highest);

// With g = first + second, 0 where result (what f gave) is 0 or highest: sums = sum of g, products = sum of g * (values - mean),
// per channel. second and result may be NULL. g is written to combined, which may be first or second; combined may be
// NULL where second is.
void kernels_gradient_moments(kernels_map_shape shape, const void *first, const void *second, const void *result,
                              float highest, const void *values, const float *mean, void *combined, double *sums,
                              double *products);

// destination = scale * g - (slope * (values - mean) + shift), g being gradient, 0 where result is 0 or highest. result may be
// NULL; destination may be gradient.
void kernels_normalization_gradient(kernels_map_shape shape, void *destination, const void *gradient,
                                    const void *result, float highest, const void *values, const float *mean,
                                    const float *scale, const float *slope, const float *shift);

// destination = values * scales, of each sample and channel: scales [samples, channels] of the same numbers as the map. Channels
// that fill the last block up stay 0.
void kernels_scale_channels(kernels_map_shape shape, void *destination, const void *values, const void *scales,
                            int64_t channels);

// The gradients of what kernels_scale_channels multiplies: destination = gradient * scales, which may be NULL, and scaleGradient
// = the sum of gradient * values over the pixels.
void kernels_scale_channels_gradient(kernels_map_shape shape, void *destination, void *scaleGradient, const void *gradient,
                                     const void *values, const void *scales, int64_t channels);

// destination = first + second; destination may be either.
void kernels_add(void *destination, const void *first, const void *second, int64_t count, int isHalf);

// destination = source * factors[n] for the count numbers of each sample n; destination may be source.
void kernels_scale_samples(void *destination, const void *source, const float *factors, int64_t samples, int64_t count,
                           int isHalf);

// Blocks, planes, rows and columns of a map [N, C, D, H, W]; one plane of a map [N, C, H, W].
typedef struct {
    int64_t blocks, planes, rows, columns;
} kernels_grid;

// Takes every stride-th plane, row and column; further channels are 0.
void kernels_subsample(void *destination, const void *source, int64_t samples, kernels_grid to, kernels_grid from,
                       int64_t stride, int64_t blockBytes);

// The gradient of kernels_subsample's source (grid to, with `channels`), added to destination; from is the grid of its
// result.
void kernels_add_subsampled(void *destination, const void *gradient, int64_t samples, int64_t channels, kernels_grid to,
                            kernels_grid from, int64_t stride, int block, int isHalf);

// Copies `rows` of `bytes` each, which lie as many bytes apart as the strides say.
void kernels_copy_rows(void *destination, int64_t destinationStride, const void *source, int64_t sourceStride, int64_t bytes,
                       int64_t rows);

// How far apart, in numbers, samples, groups of channels and pixels of a map lie.
typedef struct {
    int64_t sample, group, pixel;
} kernels_strides;

// Windows of kernelPlanes x kernelRows x kernelColumns that slide over a map, of one plane where it is no volume. Channels lie together in groups: of a block in a blocked
// layout; in a layout with the channels last, of 16 too, one behind the other. Input and output may be laid out
// differently.
typedef struct {
    int64_t samples, channels, group;
    kernels_strides input, output;
    int64_t inputPlanes, inputRows, inputColumns, outputPlanes, outputRows, outputColumns;
    int64_t kernelPlanes, kernelRows, kernelColumns, stridePlanes, strideRows, strideColumns;
    int64_t paddingPlanes, paddingRows, paddingColumns;
    // Whether the input (output) has room for channels that fill the last group up.
    int isInputPadded, isOutputPadded;
    int isHalf;
} kernels_pooling;

// Bytes that the winners of a pooling take.
int64_t kernels_winner_count(kernels_pooling pooling);

// The largest value of each window, and, unless winners is NULL, which it was: the first of equals. At most 256 places in
// a window, at least one of them in the map.
void kernels_max_pooling(kernels_pooling pooling, void *destination, uint8_t *winners, const void *source);

// The gradient of the pooling's source: each value gets the gradients of the windows that it won; of those only whose
// result is positive, where result is given (the source is then what a ReLU gave).
void kernels_max_pooling_gradient(kernels_pooling pooling, void *destination, const uint8_t *winners,
                                  const void *gradient, const void *result);

// MARK: - Convolutions of few channels
//
// Maps [N, C, H, W] lie as [N / 16, C, H, W, 16], in blocks of 16 samples (oneDNN's Abcd16a); samples that fill the last block
// up are 0 in gradients. Weights [outputChannels, inputChannels, kernel, kernel] are plain. The stride is 1.
//
// Products are added by fused multiply-adds, which round once, in every variant, where the processor has none by the C
// library; each sum has one order. So the bits do not depend on the instruction set.

typedef struct {
    // Blocks of 16 samples.
    int64_t blocks;
    // At most 16 of each.
    int64_t inputChannels, outputChannels;
    int64_t inputRows, inputColumns, outputRows, outputColumns;
    // Rows and columns of the kernel, 3 or 5; the padding is less.
    int64_t kernel, paddingRows, paddingColumns;
    // Floats in the widest register that may be used: 16, 8 or 4.
    int registerFloats;
} kernels_convolution;

// destination = f(source * weights + bias), f being max(0, x), where NaN stays, if relu, else x. bias may be NULL.
void kernels_convolve(kernels_convolution convolution, float *destination, const float *source, const float *weights,
                      const float *bias, int relu);

// The gradient of the source.
void kernels_convolution_data_gradient(kernels_convolution convolution, float *destination, const float *gradient,
                                       const float *weights);

// The gradients of weights and bias; bias may be NULL.
void kernels_convolution_weight_gradient(kernels_convolution convolution, float *weights, float *bias,
                                         const float *source, const float *gradient);

// MARK: - The gradient of weights in bfloat16
//
// A convolution 3 x 3 with stride 1 and a padding of 1 between maps of bfloat16 in blocks of 16 channels; for processors with
// AVX-512's bfloat16 instructions.
typedef struct {
    int64_t samples, inputBlocks, outputBlocks, rows, columns;
} kernels_weight_gradient;

// Numbers of the memory that kernels_find_weight_gradient needs.
int64_t kernels_weight_gradient_scratch_count(kernels_weight_gradient gradient);

// weights: [output blocks, input blocks, 3, 3, 16 inputs, 16 outputs] (oneDNN's ABcd16b16a); bias may be NULL. Sums are float,
// over the pairs of pixels of a sample, then over the samples.
void kernels_find_weight_gradient(kernels_weight_gradient shape, float *weights, float *bias, const uint16_t *source,
                                  const uint16_t *gradient, uint16_t *scratch);

// MARK: - Convolutions by Winograd's minimal filtering
//
// 3 x 3 with stride 1 and a padding of 1, between maps in blocks of 16 channels, float or, where isHalf, bfloat16, or of 8, float;
// computed in float. Blocks of 16 are for processors with AVX-512, and its bfloat16 instructions where isHalf; blocks of 8, an even
// number of them, for AVX2. weights: [output blocks, input blocks, 3, 3, inputs, outputs] of a block (oneDNN's ABcd16b16a or
// ABcd8b8a). Each pixel comes out the same whatever the number of samples.
typedef struct {
    int64_t samples, inputBlocks, outputBlocks, rows, columns;
    // Channels in a block.
    int block, isHalf;
} kernels_winograd;

typedef enum { kernels_winograd_forward, kernels_winograd_data, kernels_winograd_weights } kernels_winograd_pass;

// 1 where the processor has, and may use, what the tiles of maps in blocks of as many channels are compiled for.
int kernels_has_winograd(int64_t block);

// Numbers of the memory that a pass needs.
int64_t kernels_winograd_scratch_count(kernels_winograd convolution, kernels_winograd_pass pass);

// f(source * weights + bias), f being max(0, x), where what is not a number stays, or x; bias may be NULL.
void kernels_winograd_convolve(kernels_winograd convolution, void *destination, const void *source, const float *weights,
                               const float *bias, int relu, float *scratch);

// The gradient of the source.
void kernels_winograd_data_gradient(kernels_winograd convolution, void *destination, const void *gradient,
                                    const float *weights, float *scratch);

// The gradients of weights and bias; bias may be NULL. Sums of the weights are over 16 tiles in a row, with AVX2 and 128
// channels or more over 32, then over all of these.
void kernels_winograd_weight_gradient(kernels_winograd convolution, float *weights, float *bias, const void *source,
                                      const void *gradient, float *scratch);

// MARK: - Products of dense layers

// A dense layer of `rows` samples or positions: source [rows, features], result [rows, units], both plain. Weights are in panels
// of 16 units, [units / 16, features, 16], with features and units filled up to whole panels by 0, which stays as it is. With AVX2
// alone, on processors that have no more.
typedef struct {
    int64_t rows, features, units;
} kernels_product;

// 1 where the processor has AVX2 and FMA and no AVX-512, or may use no more.
int kernels_has_products(void);

// Floats that the gradient of the weights works in.
int64_t kernels_product_scratch_count(kernels_product product);

// destination = source times weights, plus bias where it is not NULL; 0 where that is negative, with relu.
void kernels_multiply(kernels_product product, float *destination, const float *source, const float *weights,
                      const float *bias, int relu);

// destination [rows, features] from the gradient of the result.
void kernels_product_data_gradient(kernels_product product, float *destination, const float *gradient,
                                   const float *weights);

// Sums over the rows, in the layout of the weights; bias may be NULL.
void kernels_product_weight_gradient(kernels_product product, float *weights, float *bias, const float *source,
                                     const float *gradient, float *scratch);

// MARK: - Sequences
//
// [samples, positions, features], float, plain. A mask [samples, positions] is 1 where there is a token and 0 at padding.

typedef struct {
    // Rows: positions of all samples.
    int64_t rows, tokens, features;
    // The token that fills sequences up; -1 for none.
    int64_t padding;
} kernels_embedding;

// destination[r] = weight[numbers[r]], 0 at padding, and what is not a number where numbers[r] is none of 0 ..< tokens. mask may
// be NULL.
void kernels_embed(kernels_embedding embedding, float *destination, float *mask, const float *numbers, const float *weight);

// The gradient of the weight [tokens, features]: each row the sum over its token's places, added from the first to the last; 0 of
// the padding.
void kernels_embedding_gradient(kernels_embedding embedding, float *weight, const float *numbers, const float *gradient);

typedef struct {
    // Samples; numbers of levels lie number_stride floats apart, the rows that stand for them stride floats.
    int64_t rows, number_stride, stride;
    int64_t levels, width;
} kernels_column;

// destination [rows, width] = weight [levels, width], the row of the level that numbers[r] is, from 1; 0 for 0, and what is not a
// number for others.
void kernels_embed_column(kernels_column column, float *destination, const float *numbers, const float *weight);

// The gradient of the weight: each row the sum over its level's samples, added from the first to the last.
void kernels_embed_column_gradient(kernels_column column, float *weight, const float *numbers, const float *gradient);

typedef struct {
    int64_t samples, positions, features;
} kernels_sequences;

// destination [samples, positions + 1, features]: the row [features] in front of each sample's.
void kernels_prepend(kernels_sequences sequences, float *destination, const float *values, const float *row);

// The gradients of values, which may be NULL, and of the row.
void kernels_prepend_gradient(kernels_sequences sequences, float *destination, float *row, const float *gradient);

// destination[n] = values[n] + addend [positions, features].
void kernels_add_to_samples(kernels_sequences sequences, float *destination, const float *values, const float *addend);

// sums [positions, features], from the first sample to the last.
void kernels_sum_over_samples(kernels_sequences sequences, float *sums, const float *values);

// weights [samples, positions]: of the mean over the positions that the mask leaves; 0 where it leaves none. mask may be NULL.
void kernels_mean_weights(kernels_sequences sequences, float *weights, const float *mask);

// weights: the softmax of the products with the query over the root of the features, over the positions that the mask leaves.
void kernels_query_weights(kernels_sequences sequences, float *weights, const float *values, const float *query,
                           const float *mask);

// destination [samples, features] = the sum over positions of weights times values.
void kernels_weighted_sum(kernels_sequences sequences, float *destination, const float *values, const float *weights);

// The gradient of its values.
void kernels_weighted_sum_gradient(kernels_sequences sequences, float *destination, const float *gradient,
                                   const float *weights);

// The gradients of the values, which may be NULL, and of the query, through the weights too.
void kernels_query_gradient(kernels_sequences sequences, float *destination, float *queryGradient, const float *gradient,
                            const float *values, const float *weights, const float *query);

// MARK: - Attention

// Attention of `heads` heads of `headSize` features each, side by side. Sums have one order whatever the number of samples;
// their bits depend on the instruction set, which has fused multiply-adds or has not.
typedef struct {
    int64_t samples, positions, heads, headSize;
    // Factor of the products of queries and keys.
    float scale;
    // Whether a query sees the keys up to its own position alone.
    int isCausal;
    // Probabilities dropped of 65536; random words below it drop one.
    uint32_t dropped;
    // What the random words are keyed by, and the upper half of their counter.
    uint64_t seed, stream;
    // Place of the first sample in the global batch, for the random words.
    int64_t firstSample;
} kernels_attention;

// Floats of the memory that a pass needs.
int64_t kernels_attention_scratch_count(kernels_attention attention, int isBackward);

// destination [samples, positions, heads * headSize] = softmax(scale * queries keys^T) values, of projected [samples, positions, 3,
// heads * headSize]: queries, keys, values. Keys where mask [samples, positions] is 0 are not seen; it may be NULL. rotation
// [positions, headSize]: cosine and sine by which each pair of features of queries and keys is turned; it may be NULL. logSums
// [samples, heads, positions]: the logarithms of the sums of exponentials. 0 comes out where no key is seen.
void kernels_attend(kernels_attention attention, float *destination, float *logSums, const float *projected, const float *mask,
                    const float *rotation, float *scratch);

// The gradient of projected; result and logSums are what the forward pass gave.
void kernels_attention_gradient(kernels_attention attention, float *destination, const float *gradient, const float *result,
                                const float *logSums, const float *projected, const float *mask, const float *rotation,
                                float *scratch);

// MARK: - What layers know
//
// The output of a layer as [rows, units]: a row a sample, a unit a channel.

// A map [samples, channels, ...]. Channels lie together in groups of at most 16, one behind the other.
typedef struct {
    int64_t samples, channels, pixels, group;
    kernels_strides strides;
    int isHalf;
} kernels_channels;

// destination [samples, channels] = the mean over the pixels.
void kernels_pixel_means(kernels_channels shape, float *destination, const void *values);

// Adds each row to the sums [classes, units] of its label, in units of 2^-20 and cut off at +-2^20, so that the sum over
// samples and ranks is exact and the same in any order. What is not a number adds 0.
void kernels_add_to_class_sums(const float *values, const int32_t *labels, int64_t rows, int64_t units, int64_t *sums);

// nearest[r] = the class whose mean [classes, units] is nearest to the row: the lowest k of the largest values[r] . means[k]
// - offsets[k], offsets being half of the means' squared lengths; a class with an infinite offset is never the nearest.
void kernels_nearest_means(const float *values, int64_t rows, int64_t units, const float *means, const float *offsets,
                           int64_t classes, int32_t *nearest);

// largest[r] = the lowest index of the row's largest value.
void kernels_largest_units(const float *values, int64_t rows, int64_t units, int32_t *largest);

// Makes the calling thread treat subnormal numbers as 0. Velocities of units that fell silent decay into them within a
// thousand steps, and a processor computes with them many times slower.
void kernels_flush_subnormals(void);

// Sets the number of OpenMP threads of the calling thread's parallel regions, if an OpenMP runtime is loaded.
void kernels_set_thread_count(int threads);

// MARK: - Normalization over channels

// The channels of each pixel to mean 0 and mean square 1, times a weight plus a bias, both [channels]:
//   destination = (values - mean) * inverse * weight + bias, inverse = 1 / sqrt(mean square of values - mean + epsilon)
// means and inverses are [samples, pixels], and are written. Without means, which may be NULL, the mean is taken for 0; bias
// may be NULL. Groups are of 8 or 16 channels.
void kernels_normalize_channels(kernels_channels shape, void *destination, const void *values, const float *weight,
                                const float *bias, float *means, float *inverses, float epsilon);

// The gradients of values, weight and bias: destination and biasGradient may be NULL.
void kernels_normalize_channels_gradient(kernels_channels shape, void *destination, const void *gradient,
                                         const void *values, const float *weight, const float *means,
                                         const float *inverses, float *weightGradient, float *biasGradient);

#endif
