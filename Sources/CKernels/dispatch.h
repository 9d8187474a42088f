// How loops are compiled: once an instruction set, by including them with NAME and lanes defined, and chosen by what the
// processor has and may use.
#ifndef ENTRAIN_DISPATCH_H
#define ENTRAIN_DISPATCH_H

// A fused multiply-add rounds once where a multiplication and an addition round twice: without this pragma the result
// would depend on the processor.
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))
#define JOIN_(name, suffix) name##_##suffix
#define JOIN(name, suffix) JOIN_(name, suffix)
#define NAME(name) JOIN(name, INSTRUCTION_SET)

// The instruction sets that loops are compiled for, from the least to the most.
typedef enum { kernels_baseline, kernels_avx2, kernels_avx512, kernels_avx512_bf16 } kernels_level;

// The highest one that the processor has and may use.
extern kernels_level kernels_present_level;

// A register holds at most one block. With PREFIX `return` for loops that have a result.
#if defined(__x86_64__)
#define DISPATCH_TO(PREFIX, name, block, ...)                                                             \
    if ((block) >= 16 && kernels_present_level >= kernels_avx512) PREFIX every_##name##_avx512(__VA_ARGS__); \
    else if ((block) >= 8 && kernels_present_level >= kernels_avx2) PREFIX every_##name##_avx2(__VA_ARGS__); \
    else PREFIX every_##name##_baseline(__VA_ARGS__);
#else
#define DISPATCH_TO(PREFIX, name, block, ...) PREFIX every_##name##_baseline(__VA_ARGS__);
#endif
#define DISPATCH(name, block, ...) DISPATCH_TO(, name, block, __VA_ARGS__)
#define DISPATCH_RESULT(name, block, ...) DISPATCH_TO(return, name, block, __VA_ARGS__)

#endif
