// oneDNN's C API, with what Swift cannot see of it: macros that are casts or compound expressions. What versions 2 and 3
// name or pass differently stands in `version2.h` and `version3.h` under the same names; the library's header says which.
#ifndef ENTRAIN_CDNNL_SHIM_H
#define ENTRAIN_CDNNL_SHIM_H

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>
#include <stdint.h>
#include <stdlib.h>

// Argument indices of dnnl_primitive_execute (dnnl_types.h).
enum {
    CDNNL_ARG_SRC = DNNL_ARG_SRC,
    CDNNL_ARG_DST = DNNL_ARG_DST,
    CDNNL_ARG_WEIGHTS = DNNL_ARG_WEIGHTS,
    CDNNL_ARG_BIAS = DNNL_ARG_BIAS,
    CDNNL_ARG_MEAN = DNNL_ARG_MEAN,
    CDNNL_ARG_VARIANCE = DNNL_ARG_VARIANCE,
    CDNNL_ARG_SCALE = DNNL_ARG_SCALE,
    CDNNL_ARG_SHIFT = DNNL_ARG_SHIFT,
    CDNNL_ARG_DIFF_SCALE = DNNL_ARG_DIFF_SCALE,
    CDNNL_ARG_DIFF_SHIFT = DNNL_ARG_DIFF_SHIFT,
    CDNNL_ARG_SCRATCHPAD = DNNL_ARG_SCRATCHPAD,
    CDNNL_ARG_DIFF_SRC = DNNL_ARG_DIFF_SRC,
    CDNNL_ARG_DIFF_DST = DNNL_ARG_DIFF_DST,
    CDNNL_ARG_DIFF_WEIGHTS = DNNL_ARG_DIFF_WEIGHTS,
    CDNNL_ARG_DIFF_BIAS = DNNL_ARG_DIFF_BIAS,
};

// The second operand of the post-op at `place`.
static inline int cdnnl_arg_post_operation(int place) {
    return DNNL_ARG_ATTR_MULTIPLE_POST_OP(place) | DNNL_ARG_SRC_1;
}

// How a tensor lies in memory: of each of its `rank` axes the extent and the stride; then the blocks within, each with the axis
// that it cuts.
typedef struct {
    int rank, block_count;
    dnnl_data_type_t data_type;
    dnnl_dims_t shape, strides, block_extents, block_axes;
} cdnnl_blocking;

// Instruction sets of a processor as bits, those that `kernels_instruction_sets` of CKernels has.
enum {
    cdnnl_has_sse41 = 0x1,
    cdnnl_has_avx = 0x2,
    cdnnl_has_avx2 = 0x4,
    cdnnl_has_avx512_core = 0x20,
    cdnnl_has_avx512_vnni = 0x40,
    cdnnl_has_avx512_bf16 = 0x80,
    cdnnl_has_amx = 0x300,
    cdnnl_has_avx2_vnni = 0x400,
    cdnnl_has_avx512_fp16 = 0x800,
    cdnnl_has_amx_fp16 = 0x1000,
    cdnnl_has_avx2_vnni_2 = 0x2000,

    cdnnl_sets_avx2 = cdnnl_has_sse41 | cdnnl_has_avx | cdnnl_has_avx2,
    cdnnl_sets_avx512 = cdnnl_sets_avx2 | cdnnl_has_avx512_core,
    cdnnl_sets_avx512_bf16 = cdnnl_sets_avx512 | cdnnl_has_avx512_vnni | cdnnl_has_avx512_bf16,
};

typedef struct {
    uint32_t sets;
    dnnl_cpu_isa_t isa;
} cdnnl_instruction_set;

#if DNNL_VERSION_MAJOR == 2
#include "version2.h"
#elif DNNL_VERSION_MAJOR == 3
#include "version3.h"
#else
#error "expected oneDNN 2 or 3"
#endif

// A memory object whose buffer is set before its first use.
static inline dnnl_status_t cdnnl_memory_create_unbound(
    dnnl_memory_t *memory, cdnnl_layout descriptor, dnnl_engine_t engine) {
    return dnnl_memory_create(memory, descriptor, engine, DNNL_MEMORY_NONE);
}

// The instruction sets that oneDNN generates code for, those that later releases add left out; 0 where there are none.
static inline uint32_t cdnnl_instruction_sets(void) {
    const dnnl_cpu_isa_t found = dnnl_get_effective_cpu_isa();
    for (size_t i = 0; i < sizeof cdnnl_known_sets / sizeof *cdnnl_known_sets; i++)
        if ((found & cdnnl_known_sets[i].isa) == cdnnl_known_sets[i].isa) return cdnnl_known_sets[i].sets;
    return 0;
}

// Lets oneDNN generate code for these at most: for the most capable of its choices that needs no others.
static inline void cdnnl_limit_instruction_sets(uint32_t sets) {
    for (size_t i = 0; i < sizeof cdnnl_known_sets / sizeof *cdnnl_known_sets; i++)
        if ((sets & cdnnl_known_sets[i].sets) == cdnnl_known_sets[i].sets) {
            dnnl_set_max_cpu_isa(cdnnl_known_sets[i].isa);
            return;
        }
}

#endif
