// How loops that are written with registers are compiled: once an instruction set, by including them with NAME and lanes
// defined, and chosen by what the processor has.
#ifndef ENTRAIN_DISPATCH_H
#define ENTRAIN_DISPATCH_H

// A fused multiply-add rounds once where a multiplication and an addition round twice: without this pragma the result
// would depend on the processor.
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))
#define JOIN_(name, suffix) name##_##suffix
#define JOIN(name, suffix) JOIN_(name, suffix)
#define NAME(name) JOIN(name, INSTRUCTION_SET)

// A register holds at most one block.
#if defined(__x86_64__)
#define DISPATCH(name, block, ...)                                                                \
    if (block >= 16 && __builtin_cpu_supports("x86-64-v4")) every_##name##_avx512(__VA_ARGS__);   \
    else if (block >= 8 && __builtin_cpu_supports("x86-64-v3")) every_##name##_avx2(__VA_ARGS__); \
    else every_##name##_baseline(__VA_ARGS__);
#else
#define DISPATCH(name, block, ...) every_##name##_baseline(__VA_ARGS__);
#endif

#endif
