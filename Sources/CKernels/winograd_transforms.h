// The transforms of F(4 x 4, 3 x 3) on registers of an instruction set, included by winograd_loops.h.

// c + a b, and c - a b.
INLINE floats NAME(plus)(float a, floats b, floats c) { return __builtin_elementwise_fma(NAME(all)(a), b, c); }
INLINE floats NAME(minus)(float a, floats b, floats c) { return __builtin_elementwise_fma(-NAME(all)(a), b, c); }

// MARK: - The transforms of a row or column

// B^T d.
INLINE void NAME(transform_source)(const floats d[source_tile], floats *to, const int64_t step) {
    const floats even = NAME(minus)(4, d[2], d[4]), odd = NAME(minus)(4, d[1], d[3]);
    const floats outer = d[4] - d[2], inner = d[3] - d[1];
    to[0] = NAME(plus)(4, d[0], NAME(minus)(5, d[2], d[4]));
    to[step] = even + odd;
    to[2 * step] = even - odd;
    to[3 * step] = NAME(plus)(2, inner, outer);
    to[4 * step] = NAME(minus)(2, inner, outer);
    to[5 * step] = NAME(plus)(4, d[1], NAME(minus)(5, d[3], d[5]));
}

// A^T m.
INLINE void NAME(transform_result)(const floats m[source_tile], floats *to, const int64_t step) {
    const floats p = m[1] + m[2], q = m[1] - m[2];
    const floats r = m[3] + m[4], s = m[3] - m[4];
    to[0] = m[0] + (p + r);
    to[step] = NAME(plus)(2, s, q);
    to[2 * step] = NAME(plus)(4, r, p);
    to[3 * step] = NAME(plus)(8, s, q + m[5]);
}

// A y: the gradient's way back through A^T m.
INLINE void NAME(transform_gradient)(const floats y[result_tile], floats *to, const int64_t step) {
    const floats even = y[0] + y[2], odd = y[1] + y[3];
    const floats a = NAME(plus)(4, y[2], y[0]), b = NAME(plus)(4, y[3], y[1]);
    to[0] = y[0];
    to[step] = even + odd;
    to[2 * step] = even - odd;
    to[3 * step] = NAME(plus)(2, b, a);
    to[4 * step] = NAME(minus)(2, b, a);
    to[5 * step] = y[3];
}

// G g.
INLINE void NAME(transform_weights)(const floats g[kernel], floats *to, const int64_t step) {
    const floats sum = (-1.0f / 6) * (g[0] + g[2]), one = (1.0f / 6) * g[1];
    const floats ends = NAME(plus)(1.0f / 6, g[2], (1.0f / 24) * g[0]), middle = (1.0f / 12) * g[1];
    to[0] = 0.25f * g[0];
    to[step] = sum - one;
    to[2 * step] = sum + one;
    to[3 * step] = ends + middle;
    to[4 * step] = ends - middle;
    to[5 * step] = g[2];
}

// G^T u: the gradient's way back through G g.
INLINE void NAME(transform_weight_gradient)(const floats u[source_tile], floats *to, const int64_t step) {
    const floats p = u[1] + u[2], q = u[2] - u[1];
    const floats r = u[3] + u[4], s = u[3] - u[4];
    to[0] = NAME(plus)(0.25f, u[0], NAME(plus)(-1.0f / 6, p, (1.0f / 24) * r));
    to[step] = NAME(plus)(1.0f / 6, q, (1.0f / 12) * s);
    to[2 * step] = u[5] + NAME(plus)(-1.0f / 6, p, (1.0f / 6) * r);
}
