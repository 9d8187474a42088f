// oneDNN 2: layouts are structs, and a primitive descriptor is made from an operation descriptor.
#ifndef ENTRAIN_CDNNL_VERSION2_H
#define ENTRAIN_CDNNL_VERSION2_H

// MARK: - Layouts

typedef const dnnl_memory_desc_t *cdnnl_layout;

static inline dnnl_status_t cdnnl_layout_keep(
    cdnnl_layout *layout, const dnnl_memory_desc_t *made, dnnl_status_t status) {
    if (status != dnnl_success) return status;
    dnnl_memory_desc_t *kept = malloc(sizeof *kept);
    if (kept == NULL) return dnnl_out_of_memory;
    *kept = *made;
    *layout = kept;
    return dnnl_success;
}

static inline dnnl_status_t cdnnl_layout_create_with_strides(
    cdnnl_layout *layout, int rank, const dnnl_dim_t *shape, dnnl_data_type_t type, const dnnl_dim_t *strides) {
    dnnl_memory_desc_t made = {0};
    return cdnnl_layout_keep(layout, &made, dnnl_memory_desc_init_by_strides(&made, rank, shape, type, strides));
}

static inline dnnl_status_t cdnnl_layout_create_with_tag(
    cdnnl_layout *layout, int rank, const dnnl_dim_t *shape, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    dnnl_memory_desc_t made = {0};
    return cdnnl_layout_keep(layout, &made, dnnl_memory_desc_init_by_tag(&made, rank, shape, type, tag));
}

static inline void cdnnl_layout_destroy(cdnnl_layout layout) { free((void *)layout); }

static inline cdnnl_blocking cdnnl_layout_blocking(cdnnl_layout layout) {
    cdnnl_blocking found = {.rank = layout->ndims, .data_type = layout->data_type};
    for (int i = 0; i < found.rank; i++) found.shape[i] = layout->dims[i];
    if (layout->format_kind != dnnl_blocked) return found;
    const dnnl_blocking_desc_t *blocking = &layout->format_desc.blocking;
    found.block_count = blocking->inner_nblks;
    for (int i = 0; i < found.rank; i++) found.strides[i] = blocking->strides[i];
    for (int i = 0; i < found.block_count; i++) {
        found.block_extents[i] = blocking->inner_blks[i];
        found.block_axes[i] = blocking->inner_idxs[i];
    }
    return found;
}

// The layout chosen for an argument.
static inline dnnl_status_t cdnnl_layout_of_argument(
    cdnnl_layout *layout, const_dnnl_primitive_desc_t descriptor, int argument) {
    const dnnl_memory_desc_t *found = dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, argument);
    return cdnnl_layout_keep(layout, found, found == NULL ? dnnl_invalid_arguments : dnnl_success);
}

// MARK: - Primitive descriptors

static inline dnnl_status_t cdnnl_primitive(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_status_t described, const_dnnl_op_desc_t operation,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    return described != dnnl_success ? described : dnnl_primitive_desc_create(made, operation, attributes, engine, forward);
}

static inline dnnl_status_t cdnnl_append_elementwise(
    dnnl_post_ops_t chain, dnnl_alg_kind_t function, float alpha, float beta) {
    return dnnl_post_ops_append_eltwise(chain, 1, function, alpha, beta);
}

static inline dnnl_status_t cdnnl_inner_product_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout source, cdnnl_layout weights, cdnnl_layout bias,
    cdnnl_layout result, const_dnnl_primitive_attr_t attributes) {
    dnnl_inner_product_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_inner_product_forward_desc_init(&operation, dnnl_forward_training, source, weights, bias, result),
        &operation, NULL, attributes);
}

static inline dnnl_status_t cdnnl_inner_product_backward_data(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout source, cdnnl_layout weights, cdnnl_layout result,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    dnnl_inner_product_desc_t operation;
    return cdnnl_primitive(
        made, engine, dnnl_inner_product_backward_data_desc_init(&operation, source, weights, result), &operation,
        forward, attributes);
}

static inline dnnl_status_t cdnnl_inner_product_backward_weights(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout source, cdnnl_layout weights, cdnnl_layout bias,
    cdnnl_layout result, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    dnnl_inner_product_desc_t operation;
    return cdnnl_primitive(
        made, engine, dnnl_inner_product_backward_weights_desc_init(&operation, source, weights, bias, result),
        &operation, forward, attributes);
}

// `dilation` counts the pixels left out between two places of the kernel.
static inline dnnl_status_t cdnnl_convolution_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout weights, cdnnl_layout bias, cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *dilation,
    const dnnl_dim_t *front, const dnnl_dim_t *behind, const_dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_dilated_convolution_forward_desc_init(
            &operation, dnnl_forward_training, algorithm, source, weights, bias, result, strides, dilation, front,
            behind),
        &operation, NULL, attributes);
}

static inline dnnl_status_t cdnnl_convolution_backward_data(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout weights, cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *dilation,
    const dnnl_dim_t *front, const dnnl_dim_t *behind, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_dilated_convolution_backward_data_desc_init(
            &operation, algorithm, source, weights, result, strides, dilation, front, behind),
        &operation, forward, attributes);
}

static inline dnnl_status_t cdnnl_convolution_backward_weights(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout weights, cdnnl_layout bias, cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *dilation,
    const dnnl_dim_t *front, const dnnl_dim_t *behind, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_dilated_convolution_backward_weights_desc_init(
            &operation, algorithm, source, weights, bias, result, strides, dilation, front, behind),
        &operation, forward, attributes);
}

static inline dnnl_status_t cdnnl_pooling_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *kernel, const dnnl_dim_t *padding,
    const_dnnl_primitive_attr_t attributes) {
    dnnl_pooling_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_pooling_forward_desc_init(
            &operation, dnnl_forward_training, algorithm, source, result, strides, kernel, padding, padding),
        &operation, NULL, attributes);
}

static inline dnnl_status_t cdnnl_pooling_backward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout result, const dnnl_dim_t *strides, const dnnl_dim_t *kernel, const dnnl_dim_t *padding,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    dnnl_pooling_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_pooling_backward_desc_init(&operation, algorithm, source, result, strides, kernel, padding, padding),
        &operation, forward, attributes);
}

static inline dnnl_status_t cdnnl_resampling_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout result, const_dnnl_primitive_attr_t attributes) {
    dnnl_resampling_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_resampling_forward_desc_init(&operation, dnnl_forward_training, algorithm, NULL, source, result), &operation,
        NULL, attributes);
}

static inline dnnl_status_t cdnnl_resampling_backward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, cdnnl_layout source,
    cdnnl_layout result, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    dnnl_resampling_desc_t operation;
    return cdnnl_primitive(
        made, engine, dnnl_resampling_backward_desc_init(&operation, algorithm, NULL, source, result), &operation,
        forward, attributes);
}

static inline dnnl_status_t cdnnl_elementwise_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t function, float alpha, float beta,
    cdnnl_layout layout, const_dnnl_primitive_attr_t attributes) {
    dnnl_eltwise_desc_t operation;
    return cdnnl_primitive(
        made, engine, dnnl_eltwise_forward_desc_init(&operation, dnnl_forward_training, function, layout, alpha, beta),
        &operation, NULL, attributes);
}

static inline dnnl_status_t cdnnl_elementwise_backward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, dnnl_alg_kind_t function, float alpha, float beta,
    cdnnl_layout layout, const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    dnnl_eltwise_desc_t operation;
    return cdnnl_primitive(
        made, engine, dnnl_eltwise_backward_desc_init(&operation, function, layout, layout, alpha, beta), &operation,
        forward, attributes);
}

static inline dnnl_status_t cdnnl_layer_normalization_forward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout layout, cdnnl_layout statistics, float epsilon,
    const_dnnl_primitive_attr_t attributes) {
    dnnl_layer_normalization_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_layer_normalization_forward_desc_init(
            &operation, dnnl_forward_training, layout, statistics, epsilon, dnnl_use_scale | dnnl_use_shift),
        &operation, NULL, attributes);
}

static inline dnnl_status_t cdnnl_layer_normalization_backward(
    dnnl_primitive_desc_t *made, dnnl_engine_t engine, cdnnl_layout layout, cdnnl_layout statistics, float epsilon,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
    dnnl_layer_normalization_desc_t operation;
    return cdnnl_primitive(
        made, engine,
        dnnl_layer_normalization_backward_desc_init(
            &operation, dnnl_backward, layout, layout, statistics, epsilon, dnnl_use_scale | dnnl_use_shift),
        &operation, forward, attributes);
}

// MARK: - Instruction sets

// From the most capable on.
static const cdnnl_instruction_set cdnnl_known_sets[] = {
    {cdnnl_sets_avx512_bf16 | cdnnl_has_amx, dnnl_cpu_isa_avx512_core_amx},
    {cdnnl_sets_avx512_bf16, dnnl_cpu_isa_avx512_core_bf16},
    {cdnnl_sets_avx512 | cdnnl_has_avx512_vnni, dnnl_cpu_isa_avx512_core_vnni},
    {cdnnl_sets_avx512, dnnl_cpu_isa_avx512_core},
    {cdnnl_sets_avx2 | cdnnl_has_avx2_vnni, dnnl_cpu_isa_avx2_vnni},
    {cdnnl_sets_avx2, dnnl_cpu_isa_avx2},
    {cdnnl_has_sse41 | cdnnl_has_avx, dnnl_cpu_isa_avx},
    {cdnnl_has_sse41, dnnl_cpu_isa_sse41},
};

#endif
