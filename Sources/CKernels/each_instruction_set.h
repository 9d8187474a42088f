// Compiles LOOPS, the name of a file, for every instruction set of `kernels_level` but those with more for bfloat16. In it NAME
// makes the names, and `lanes` is the count of floats in a register.
//
// The compiler uses half of AVX-512's registers where processors of its first generation would slow down. Loops of products alone ask
// for all of them, by FULL_REGISTERS. WITHOUT_BASELINE leaves out the set that every processor has, for loops that need fused
// multiply-adds.
#ifdef FULL_REGISTERS
#define AVX512_TARGET "arch=x86-64-v4,no-prefer-256-bit"
#else
#define AVX512_TARGET "arch=x86-64-v4"
#endif
#if defined(__x86_64__)
#define INSTRUCTION_SET avx512
#define lanes 16
#pragma clang attribute push(__attribute__((target(AVX512_TARGET))), apply_to = function)
#include LOOPS
#pragma clang attribute pop
#undef lanes
#undef INSTRUCTION_SET

#define INSTRUCTION_SET avx2
#define lanes 8
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include LOOPS
#pragma clang attribute pop
#undef lanes
#undef INSTRUCTION_SET
#endif

#ifndef WITHOUT_BASELINE
#define INSTRUCTION_SET baseline
#define lanes 4
#include LOOPS
#undef lanes
#undef INSTRUCTION_SET
#endif
#undef LOOPS
#undef AVX512_TARGET
