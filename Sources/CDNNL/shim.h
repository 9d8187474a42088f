// oneDNN's C API, with what Swift cannot see of it: macros that are casts or compound expressions, and calls on
// members of C arrays.
#ifndef ENTRAIN_CDNNL_SHIM_H
#define ENTRAIN_CDNNL_SHIM_H

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

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

// A memory object without a buffer (DNNL_MEMORY_NONE); its handle is set before the first use.
static inline dnnl_status_t cdnnl_memory_create_unbound(
    dnnl_memory_t *memory, const dnnl_memory_desc_t *descriptor, dnnl_engine_t engine) {
    return dnnl_memory_create(memory, descriptor, engine, DNNL_MEMORY_NONE);
}

// The second operand of the post-op at `place`.
static inline int cdnnl_arg_post_operation(int place) {
    return DNNL_ARG_ATTR_MULTIPLE_POST_OP(place) | DNNL_ARG_SRC_1;
}

#endif
