/* Images in another orientation and another size. */

#include <stdlib.h>
#include <string.h>

#include "CImages.h"

void entrain_image_orient(
    const uint8_t *source, size_t width, size_t height, int channels, int orientation, uint8_t *target) {
    bool is_turned = orientation >= 5;
    size_t new_width = is_turned ? height : width, new_height = is_turned ? width : height;
    /* Where the stored rows and columns of the upright image run backwards (Exif 2.32, tag 0x0112). */
    bool flips_columns = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool flips_rows = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    for (size_t row = 0; row < new_height; row++) {
        for (size_t column = 0; column < new_width; column++) {
            size_t old_row = is_turned ? column : row, old_column = is_turned ? row : column;
            if (flips_rows) old_row = height - 1 - old_row;
            if (flips_columns) old_column = width - 1 - old_column;
            memcpy(
                target + (row * new_width + column) * channels, source + (old_row * width + old_column) * channels,
                channels);
        }
    }
}

enum { weight_bits = 22 };

/* The samples of a row or a column that one sample of the scaled one is made of. */
typedef struct {
    size_t first, count;
    int32_t *weights;
} contribution;

/* Weight of an old sample before all are divided by their sum, in units of which the middle has `reach`; 0 or less from there
   on. */
static inline int64_t weight(int64_t sample, size_t new_count, int64_t middle, int64_t reach) {
    return reach - llabs((2 * sample + 1) * (int64_t)new_count - middle);
}

/* Sample k of `new_count` has its middle at (2 k + 1) / (2 new_count) of the length, sample j of `old_count` at (2 j + 1) / (2
   old_count). All distances are multiplied by 2 old_count new_count, and so are integers. The weight falls from 1 in the middle
   to 0 at the distance of one sample, of the larger of the two.

   - returns NULL where there is no memory; all in one block. */
static contribution *contributions(size_t old_count, size_t new_count, size_t first, size_t count) {
    int64_t reach = 2 * (int64_t)(old_count > new_count ? old_count : new_count);
    /* Samples at less than the reach on both sides of the middle. */
    size_t most = reach / new_count + 2;
    contribution *all = malloc(count * (sizeof *all + most * sizeof(int32_t)));
    if (all == NULL) return NULL;
    int32_t *weights = (int32_t *)(all + count);
    for (size_t place = 0; place < count; place++, weights += most) {
        int64_t middle = (2 * (int64_t)(first + place) + 1) * (int64_t)old_count;
        int64_t begin = (middle - reach) / (2 * (int64_t)new_count) - 1;
        if (begin < 0) begin = 0;
        while (weight(begin, new_count, middle, reach) <= 0) begin++;
        int64_t end = begin, sum = 0;
        while (end < (int64_t)old_count && weight(end, new_count, middle, reach) > 0) {
            sum += weight(end++, new_count, middle, reach);
        }
        for (int64_t sample = begin; sample < end; sample++) {
            int64_t share = weight(sample, new_count, middle, reach) << (weight_bits + 1);
            weights[sample - begin] = (int32_t)((share + sum) / (2 * sum));
        }
        all[place] = (contribution){.first = begin, .count = end - begin, .weights = weights};
    }
    return all;
}

static inline uint8_t rounded(int32_t sum) {
    int32_t value = (sum + (1 << (weight_bits - 1))) >> weight_bits;
    return value > 255 ? 255 : (uint8_t)value;
}

/* Scales the columns of a row, [width][channels]. */
static void scale_row(
    const uint8_t *source, int channels, const contribution *columns, size_t count, uint8_t *target) {
    for (size_t column = 0; column < count; column++) {
        contribution own = columns[column];
        for (int channel = 0; channel < channels; channel++) {
            const uint8_t *samples = source + own.first * channels + channel;
            int32_t sum = 0;
            for (size_t i = 0; i < own.count; i++) sum += samples[i * channels] * own.weights[i];
            *target++ = rounded(sum);
        }
    }
}

bool entrain_image_resample(
    const uint8_t *source, size_t width, size_t height, int channels, entrain_image_part part, uint8_t *target) {
    contribution *columns = contributions(width, part.scaled_width, part.left, part.width);
    contribution *rows = contributions(height, part.scaled_height, part.top, part.height);
    size_t row_size = part.width * channels;
    /* The rows that the part needs, with their columns scaled. */
    size_t first = 0, count = 0;
    if (rows != NULL) {
        first = rows[0].first;
        count = rows[part.height - 1].first + rows[part.height - 1].count - first;
    }
    uint8_t *scaled = malloc(count * row_size);
    int32_t *sums = malloc(row_size * sizeof *sums);
    bool has_memory = columns != NULL && rows != NULL && scaled != NULL && sums != NULL;
    if (has_memory) {
        for (size_t row = 0; row < count; row++) {
            const uint8_t *from = source + (first + row) * width * channels;
            scale_row(from, channels, columns, part.width, scaled + row * row_size);
        }
        for (size_t row = 0; row < part.height; row++) {
            memset(sums, 0, row_size * sizeof *sums);
            for (size_t i = 0; i < rows[row].count; i++) {
                const uint8_t *from = scaled + (rows[row].first - first + i) * row_size;
                for (size_t place = 0; place < row_size; place++) sums[place] += from[place] * rows[row].weights[i];
            }
            for (size_t place = 0; place < row_size; place++) {
                target[(place % channels * part.height + row) * part.width + place / channels] = rounded(sums[place]);
            }
        }
    }
    free(columns);
    free(rows);
    free(scaled);
    free(sums);
    return has_memory;
}
