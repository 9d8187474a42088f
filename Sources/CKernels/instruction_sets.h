// How the loops of this target are compiled: for several instruction sets, of which one is chosen when the program starts,
// with the same bits from each.
#ifndef ENTRAIN_INSTRUCTION_SETS_H
#define ENTRAIN_INSTRUCTION_SETS_H

// A fused multiply-add rounds once where a multiplication and an addition round twice: without this pragma the result
// would depend on the processor.
#pragma STDC FP_CONTRACT OFF

// The choice is made while the program is being linked, before the thread sanitizer is ready for the functions that make it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ENTRAIN_THREAD_SANITIZER
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(ENTRAIN_THREAD_SANITIZER)
#define FOR_EACH_INSTRUCTION_SET __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_INSTRUCTION_SET
#endif

#endif
