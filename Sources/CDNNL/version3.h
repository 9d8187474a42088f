// oneDNN 3: layouts are handles, and a primitive descriptor is made at once.
#ifndef ENTRAIN_CDNNL_VERSION3_H
#define ENTRAIN_CDNNL_VERSION3_H

// MARK: - Layouts

typedef const_dnnl_memory_desc_t cdnnl_layout;

static inline dnnl_status_t cdnnl_layout_create_with_strides(
    cdnnl_layout *layout, int rank, const dnnl_dim_t *shape, dnnl_data_type_t type, const dnnl_dim_t *strides) {
    return dnnl_memory_desc_create_with_strides((dnnl_memory_desc_t *)layout, rank, shape, type, strides);
}

static inline dnnl_status_t cdnnl_layout_create_with_tag(
    cdnnl_layout *layout, int rank, const dnnl_dim_t *shape, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    return dnnl_memory_desc_create_with_tag((dnnl_memory_desc_t *)layout, rank, shape, type, tag);
}

static inline void cdnnl_layout_destroy(cdnnl_layout layout) { dnnl_memory_desc_destroy((dnnl_memory_desc_t)layout); }

// The first `count` of the numbers that a layout is asked for; zeros where it has none.
static inline void cdnnl_layout_query(cdnnl_layout layout, dnnl_query_t what, int count, dnnl_dim_t *numbers) {
    const dnnl_dims_t *found = NULL;
    if (dnnl_memory_desc_query(layout, what, &found) != dnnl_success || found == NULL) return;
    for (int i = 0; i < count; i++) numbers[i] = (*found)[i];
}

static inline cdnnl_blocking cdnnl_layout_blocking(cdnnl_layout layout) {
    cdnnl_blocking found = {0};
    int32_t rank = 0, blocks = 0;
    dnnl_memory_desc_query(layout, dnnl_query_ndims_s32, &rank);
    dnnl_memory_desc_query(layout, dnnl_query_data_type, &found.data_type);
    found.rank = rank;
    cdnnl_layout_query(layout, dnnl_query_dims, rank, found.shape);
    dnnl_format_kind_t kind;
    if (dnnl_memory_desc_query(layout, dnnl_query_format_kind, &kind) != dnnl_success || kind != dnnl_blocked) return found;
    dnnl_memory_desc_query(layout, dnnl_query_inner_nblks_s32, &blocks);
    found.block_count = blocks;
    cdnnl_layout_query(layout, dnnl_query_strides, rank, found.strides);
    cdnnl_layout_query(layout, dnnl_query_inner_blks, blocks, found.block_extents);
    cdnnl_layout_query(layout, dnnl_query_inner_idxs, blocks, found.block_axes);
    return found;
}

// The layout chosen for an argument.
static inline dnnl_status_t cdnnl_layout_of_argument(
    cdnnl_layout *layout, const_dnnl_primitive_desc_t descriptor, int argument) {
    cdnnl_layout found = dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, argument);
    return found == NULL ? dnnl_invalid_arguments : dnnl_memory_desc_clone((dnnl_memory_desc_t *)layout, found);
}

// MARK: - Primitive descriptors

static const dnnl_dims_t cdnnl_undilated = {0};

static inline dnnl_status_t cdnnl_append_elementwise(
    dnnl_post_ops_t chain, dnnl_alg_kind_t function, float alpha, float beta) {
    return dnnl_post_ops_append_eltwise(chain, function, alpha, beta);
}

static inline dnnl_status_t cdnnl_inner_product_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout source, cdnnl_layout weights, cdnnl_layout bias,
    cdnnl_layout result, const_dnnl_primitive_attr_t attributes) {
    return dnnl_inner_product_forward_primitive_desc_create(
        made, engine, dnnl_forward_training, source, weights, bias, result, attributes);
}

static inline dnnl_status_t cdnnl_inner_product_backward_data(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout source, cdnnl_layout weights, cdnnl_layout result,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return dnnl_inner_product_backward_data_primitive_desc_create(
        made, engine, source, weights, result, forward, attributes);
}

static inline dnnl_status_t cdnnl_inner_product_backward_weights(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout source, cdnnl_layout weights, cdnnl_layout bias,
    cdnnl_layout result, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return dnnl_inner_product_backward_weights_primitive_desc_create(
        made, engine, source, weights, bias, result, forward, attributes);
}

// `dilation` counts the pixels left out between two places of the kernel.
static inline dnnl_status_t cdnnl_convolution_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout weights, cdnnl_layout bias, cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *dilation,
    const dnnl_dim_t *front, const dnnl_dim_t *behind, const_dnnl_primitive_attr_t attributes) {
    return dnnl_convolution_forward_primitive_desc_create(
        made, engine, dnnl_forward_training, algorithm, source, weights, bias, result, strides, dilation, front,
        behind, attributes);
}

static inline dnnl_status_t cdnnl_convolution_backward_data(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout weights, cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *dilation,
    const dnnl_dim_t *front, const dnnl_dim_t *behind, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return dnnl_convolution_backward_data_primitive_desc_create(
        made, engine, algorithm, source, weights, result, strides, dilation, front, behind, forward, attributes);
}

static inline dnnl_status_t cdnnl_convolution_backward_weights(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout weights, cdnnl_layout bias, cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *dilation,
    const dnnl_dim_t *front, const dnnl_dim_t *behind, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return dnnl_convolution_backward_weights_primitive_desc_create(
        made, engine, algorithm, source, weights, bias, result, strides, dilation, front, behind, forward,
        attributes);
}

static inline dnnl_status_t cdnnl_pooling_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *kernel, const dnnl_dim_t *padding,
    const_dnnl_primitive_attr_t attributes) {
    return dnnl_pooling_forward_primitive_desc_create(
        made, engine, dnnl_forward_training, algorithm, source, result, strides, kernel, cdnnl_undilated, padding,
        padding, attributes);
}

static inline dnnl_status_t cdnnl_pooling_backward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *kernel, const dnnl_dim_t *padding,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return dnnl_pooling_backward_primitive_desc_create(
        made, engine, algorithm, source, result, strides, kernel, cdnnl_undilated, padding, padding, forward, attributes);
}

static inline dnnl_status_t cdnnl_resampling_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout result, const_dnnl_primitive_attr_t attributes) {
    return dnnl_resampling_forward_primitive_desc_create(
        made, engine, dnnl_forward_training, algorithm, NULL, source, result, attributes);
}

static inline dnnl_status_t cdnnl_resampling_backward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout result, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return dnnl_resampling_backward_primitive_desc_create(
        made, engine, algorithm, NULL, source, result, forward, attributes);
}

static inline dnnl_status_t cdnnl_elementwise_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t function, float alpha, float beta,
    cdnnl_layout layout, const_dnnl_primitive_attr_t attributes) {
    return dnnl_eltwise_forward_primitive_desc_create(
        made, engine, dnnl_forward_training, function, layout, layout, alpha, beta, attributes);
}

static inline dnnl_status_t cdnnl_elementwise_backward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t function, float alpha, float beta,
    cdnnl_layout layout, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return dnnl_eltwise_backward_primitive_desc_create(
        made, engine, function, layout, layout, layout, alpha, beta, forward, attributes);
}

static inline dnnl_status_t cdnnl_layer_normalization_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout layout, cdnnl_layout statistics, float epsilon,
    const_dnnl_primitive_attr_t attributes) {
    return dnnl_layer_normalization_forward_primitive_desc_create(
        made, engine, dnnl_forward_training, layout, layout, statistics, epsilon, dnnl_use_scale | dnnl_use_shift,
        attributes);
}

static inline dnnl_status_t cdnnl_layer_normalization_backward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout layout, cdnnl_layout statistics, float epsilon,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return dnnl_layer_normalization_backward_primitive_desc_create(
        made, engine, dnnl_backward, layout, layout, layout, statistics, epsilon, dnnl_use_scale | dnnl_use_shift, forward,
        attributes);
}

// MARK: - Instruction sets

// From the most capable on. Later releases name more, each a set with one of these in it.
static const cdnnl_instruction_set cdnnl_known_sets[] = {
    {cdnnl_sets_avx512_bf16 | cdnnl_has_avx512_fp16 | cdnnl_has_amx | cdnnl_has_amx_fp16, dnnl_cpu_isa_avx512_core_amx_fp16},
    {cdnnl_sets_avx512_bf16 | cdnnl_has_avx512_fp16 | cdnnl_has_amx, dnnl_cpu_isa_avx512_core_amx},
    {cdnnl_sets_avx512_bf16 | cdnnl_has_avx512_fp16, dnnl_cpu_isa_avx512_core_fp16},
    {cdnnl_sets_avx512_bf16, dnnl_cpu_isa_avx512_core_bf16},
    {cdnnl_sets_avx512 | cdnnl_has_avx512_vnni, dnnl_cpu_isa_avx512_core_vnni},
    {cdnnl_sets_avx512, dnnl_cpu_isa_avx512_core},
    {cdnnl_sets_avx2 | cdnnl_has_avx2_vnni | cdnnl_has_avx2_vnni_2, dnnl_cpu_isa_avx2_vnni_2},
    {cdnnl_sets_avx2 | cdnnl_has_avx2_vnni, dnnl_cpu_isa_avx2_vnni},
    {cdnnl_sets_avx2, dnnl_cpu_isa_avx2},
    {cdnnl_has_sse41 | cdnnl_has_avx, dnnl_cpu_isa_avx},
    {cdnnl_has_sse41, dnnl_cpu_isa_sse41},
};

#endif
