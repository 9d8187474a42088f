// The processor: its instruction sets and which of them are used, how it treats subnormal numbers, its threads.
#include "CKernels.h"
#include "dispatch.h"
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

// Bits of `cdnnl_instruction_set` of CDNNL.
enum {
    has_sse41 = 0x1,
    has_avx = 0x2,
    has_avx2 = 0x4,
    has_avx512_core = 0x20,
    has_avx512_core_vnni = 0x40,
    has_avx512_core_bf16 = 0x80,
    has_amx = 0x300,
    has_avx2_vnni = 0x400,
};

static uint32_t sets_of_processor(void) {
    uint32_t sets = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("sse4.1")) return sets;
    sets |= has_sse41;
    if (!__builtin_cpu_supports("avx")) return sets;
    sets |= has_avx;
    if (!__builtin_cpu_supports("avx2")) return sets;
    sets |= has_avx2;
    uint32_t a, b, c, d;
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1)) sets |= has_avx2_vnni;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
        return sets;
    sets |= has_avx512_core;
    if (!__builtin_cpu_supports("avx512vnni")) return sets;
    sets |= has_avx512_core_vnni;
    if (!__builtin_cpu_supports("avx512bf16")) return sets;
    sets |= has_avx512_core_bf16;
    // AMX: tiles, and products of 8-bit integers and of bfloat16.
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1) && (d >> 25 & 1)) sets |= has_amx;
#endif
    return sets;
}

// What the environment allows: oneDNN's variable, by the first of its two names, as oneDNN reads it; all where it is not set
// to the name of a set.
static uint32_t sets_of_environment(void) {
    const uint32_t avx2 = has_sse41 | has_avx | has_avx2, avx512 = avx2 | has_avx512_core;
    const struct {
        const char *name;
        uint32_t sets;
    } limits[] = {
        {"SSE41", has_sse41},
        {"AVX", has_sse41 | has_avx},
        {"AVX2", avx2},
        {"AVX2_VNNI", avx2 | has_avx2_vnni},
        {"AVX2_VNNI_2", avx2 | has_avx2_vnni},
        {"AVX512_CORE", avx512},
        {"AVX512_CORE_VNNI", avx512 | has_avx512_core_vnni},
        {"AVX512_CORE_BF16", avx512 | has_avx512_core_vnni | has_avx512_core_bf16},
        {"AVX512_CORE_FP16", avx512 | has_avx512_core_vnni | has_avx512_core_bf16},
        {"AVX512_CORE_AMX", avx512 | has_avx512_core_vnni | has_avx512_core_bf16 | has_amx},
    };
    const char *value = getenv("ONEDNN_MAX_CPU_ISA");
    if (value == NULL || *value == 0) value = getenv("DNNL_MAX_CPU_ISA");
    if (value == NULL) return UINT32_MAX;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strcasecmp(value, limits[i].name) == 0) return limits[i].sets;
    return UINT32_MAX;
}

static uint32_t allowed_sets = 0;
kernels_level kernels_present_level = kernels_baseline;

static void allow(uint32_t sets) {
    allowed_sets = sets;
    kernels_present_level = kernels_baseline;
#if defined(__x86_64__)
    if ((sets & has_avx2) && __builtin_cpu_supports("x86-64-v3")) kernels_present_level = kernels_avx2;
    if ((sets & has_avx512_core) && __builtin_cpu_supports("x86-64-v4")) {
        kernels_present_level = kernels_avx512;
        if (sets & has_avx512_core_bf16) kernels_present_level = kernels_avx512_bf16;
    }
#endif
}

// Before `main`, and so before there are threads.
__attribute__((constructor)) static void allow_at_start(void) { allow(sets_of_processor() & sets_of_environment()); }

uint32_t kernels_instruction_sets(void) { return allowed_sets; }

void kernels_limit_instruction_sets(uint32_t sets) { allow(sets_of_processor() & sets_of_environment() & sets); }

void kernels_flush_subnormals(void) {
#if defined(__x86_64__)
    const unsigned int flushToZero = 0x8000, denormalsAreZero = 0x0040;
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | flushToZero | denormalsAreZero);
#elif defined(__aarch64__)
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | (1ull << 24)));
#endif
}

int kernels_has_fast_avx512_bfloat16(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    // An instruction makes twice the products of one for float, but Intel's processors begin half as many of them a cycle.
    return __builtin_cpu_is("amd");
#else
    return 0;
#endif
}

void kernels_set_thread_count(int threads) {
    // oneDNN is linked against whichever OpenMP runtime the distribution chose, so the symbol is looked up, not linked.
    void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set != NULL) set(threads);
}
