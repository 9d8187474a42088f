// Registers of an instruction set: types, loads, stores and masks. NAME and lanes are defined as in each_instruction_set.h.

#define floats NAME(floats)
#define ints NAME(ints)
#define words NAME(words)
#define halves NAME(halves)
#define bytes NAME(bytes)
typedef float floats __attribute__((vector_size(4 * lanes)));
typedef int32_t ints __attribute__((vector_size(4 * lanes)));
typedef uint32_t words __attribute__((vector_size(4 * lanes)));
typedef uint16_t halves __attribute__((vector_size(2 * lanes)));
typedef uint8_t bytes __attribute__((vector_size(lanes)));

// Element `index` and those behind it that fill a register, of float or, where `isHalf`, of bfloat16.
INLINE floats NAME(load)(const void *base, int64_t index, int isHalf) {
    if (!isHalf) {
        floats values;
        memcpy(&values, (const float *)base + index, sizeof values);
        return values;
    }
    halves bits;
    memcpy(&bits, (const uint16_t *)base + index, sizeof bits);
    const words wide = __builtin_convertvector(bits, words) << 16;
    floats values;
    memcpy(&values, &wide, sizeof values);
    return values;
}

// Rounds to the nearest bfloat16, ties to even; what is not a number stays so.
INLINE void NAME(store)(void *base, int64_t index, floats values, int isHalf) {
    if (!isHalf) {
        memcpy((float *)base + index, &values, sizeof values);
        return;
    }
#ifdef rounds_to_bfloat16
    const __m256bh rounded = _mm512_cvtneps_pbh((__m512)values);
    memcpy((uint16_t *)base + index, &rounded, sizeof rounded);
#else
    words bits;
    memcpy(&bits, &values, sizeof bits);
    const words rounded = bits + 0x7FFF + ((bits >> 16) & 1);
    const words isNumber = (words)(values == values);
    bits = (rounded & isNumber) | ((bits | 0x400000) & ~isNumber);
    const halves narrow = __builtin_convertvector(bits >> 16, halves);
    memcpy((uint16_t *)base + index, &narrow, sizeof narrow);
#endif
}

// Subtracting 0 keeps every number, -0 too, and so costs nothing.
INLINE floats NAME(all)(float value) { return value - (floats){0}; }
INLINE floats NAME(get)(const void *base, int64_t index) { return NAME(load)(base, index, 0); }
INLINE void NAME(put)(float *base, int64_t index, floats values) { NAME(store)(base, index, values, 0); }

// The first `count` of them, 0 behind.
INLINE floats NAME(load_some)(const void *base, int64_t index, int isHalf, int64_t count) {
    if (count >= lanes) return NAME(load)(base, index, isHalf);
#if lanes == 16
    const __mmask16 mask = (__mmask16)((1u << count) - 1);
    if (!isHalf) return (floats)_mm512_maskz_loadu_ps(mask, (const float *)base + index);
    return (floats)_mm512_slli_epi32(
        _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, (const uint16_t *)base + index)), 16);
#endif
    uint32_t copy[lanes] = {0};
    memcpy(copy, (const char *)base + index * (isHalf ? 2 : 4), (size_t)count * (isHalf ? 2 : 4));
    return NAME(load)(copy, 0, isHalf);
}

INLINE void NAME(store_some)(void *base, int64_t index, floats values, int isHalf, int64_t count) {
    if (count >= lanes) {
        NAME(store)(base, index, values, isHalf);
        return;
    }
#if lanes == 16
    if (!isHalf) {
        _mm512_mask_storeu_ps((float *)base + index, (__mmask16)((1u << count) - 1), (__m512)values);
        return;
    }
#endif
    uint32_t copy[lanes];
    NAME(store)(copy, 0, values, isHalf);
    memcpy((char *)base + index * (isHalf ? 2 : 4), copy, (size_t)count * (isHalf ? 2 : 4));
}

INLINE int64_t NAME(least)(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t NAME(most)(int64_t a, int64_t b) { return a > b ? a : b; }

INLINE floats NAME(where)(ints mask, floats values) {
    ints bits;
    memcpy(&bits, &values, sizeof bits);
    bits &= mask;
    memcpy(&values, &bits, sizeof values);
    return values;
}

// 0 where x <= 0, so that what is not a number stays.
INLINE floats NAME(rectified)(floats x) { return NAME(where)(~(ints)(x <= 0), x); }

// `first` where the mask is set, else `second`.
INLINE floats NAME(select)(ints mask, floats first, floats second) {
    ints a, b;
    memcpy(&a, &first, sizeof a);
    memcpy(&b, &second, sizeof b);
    a = (a & mask) | (b & ~mask);
    memcpy(&first, &a, sizeof first);
    return first;
}

// Adds lanes in float to sums in double.
INLINE void NAME(accumulate)(double *sums, floats values) {
    for (int lane = 0; lane < lanes; lane++) sums[lane] += (double)values[lane];
}
