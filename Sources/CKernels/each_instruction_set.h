// Compiles LOOPS, the name of a file, for every instruction set of `kernels_level` but those with more for bfloat16. In it NAME
// makes the names, and `lanes` is the count of floats in a register.
#if defined(__x86_64__)
#define INSTRUCTION_SET avx512
#define lanes 16
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
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

#define INSTRUCTION_SET baseline
#define lanes 4
#include LOOPS
#undef lanes
#undef INSTRUCTION_SET
#undef LOOPS
