/* PNG files, by libpng. */

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "CImages.h"

/* Bytes of what an unknown or a text chunk unpacks to, and the number of such chunks. */
enum { largest_chunk = 8000000, largest_chunk_count = 1000 };

typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count, next;
    uint8_t *pixels;
    uint8_t **rows;
    char *reason;
} decoder;

static void fail(png_structp png, png_const_charp text) {
    decoder *own = png_get_error_ptr(png);
    snprintf(own->reason, entrain_image_reason_size, "%s", text);
    png_longjmp(png, 1);
}

/* Warnings are of chunks that no pixel depends on. */
static void be_silent(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void give(png_structp png, png_bytep target, size_t count) {
    decoder *own = png_get_io_ptr(png);
    if (count > own->count - own->next) png_error(png, "the end of the file in it");
    memcpy(target, own->bytes + own->next, count);
    own->next += count;
}

/* False where there is no memory. */
static bool prepare(decoder *own, const uint8_t *bytes, size_t count, char *reason) {
    memset(own, 0, sizeof *own);
    own->bytes = bytes;
    own->count = count;
    own->reason = reason;
    own->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, own, fail, be_silent);
    if (own->png != NULL) own->info = png_create_info_struct(own->png);
    if (own->info != NULL) return true;
    snprintf(reason, entrain_image_reason_size, "no memory, or another version of libpng than the program was built with");
    return false;
}

static void clean(decoder *own) {
    png_destroy_read_struct(&own->png, &own->info, NULL);
    free(own->pixels);
    free(own->rows);
}

/* Reads a file up to its pixels, and calls `work` with `context`; both end it by `png_error`. False where it was ended so, or there
   is no memory: `reason` says which. */
static bool decode(
    const uint8_t *bytes, size_t count, char *reason, void (*work)(decoder *own, void *context), void *context) {
    decoder own;
    if (!prepare(&own, bytes, count, reason)) {
        clean(&own);
        return false;
    }
    if (setjmp(png_jmpbuf(own.png))) {
        clean(&own);
        return false;
    }
    png_set_read_fn(own.png, &own, give);
    png_set_user_limits(own.png, 1000000, 1000000);
    png_set_chunk_malloc_max(own.png, largest_chunk);
    png_set_chunk_cache_max(own.png, largest_chunk_count);
    png_read_info(own.png, own.info);
    work(&own, context);
    clean(&own);
    return true;
}

typedef struct {
    size_t width, height;
} image_size;

static image_size size_of(const decoder *own) {
    return (image_size){png_get_image_width(own->png, own->info), png_get_image_height(own->png, own->info)};
}

static void take_size(decoder *own, void *context) {
    *(image_size *)context = size_of(own);
}

bool entrain_png_size(const uint8_t *bytes, size_t count, size_t *width, size_t *height, char *reason) {
    image_size size;
    if (!decode(bytes, count, reason, take_size, &size)) return false;
    *width = size.width;
    *height = size.height;
    return true;
}

/* Reads all rows as bytes of grey, grey and alpha, RGB or RGBA; gives the number of channels, 0 where there is no memory. */
static int read_rows(decoder *own, size_t width, size_t height) {
    png_set_expand(own->png);
    png_set_strip_16(own->png);
    png_set_interlace_handling(own->png);
    png_read_update_info(own->png, own->info);
    int channels = png_get_channels(own->png, own->info);
    own->pixels = calloc(width * height, channels);
    own->rows = malloc(height * sizeof *own->rows);
    if (own->pixels == NULL || own->rows == NULL) return 0;
    for (size_t row = 0; row < height; row++) own->rows[row] = own->pixels + row * width * channels;
    png_read_image(own->png, own->rows);
    png_read_end(own->png, NULL);
    return channels;
}

/* `found` channels of each pixel, the last one alpha where they are 2 or 4, as `channels` without alpha. */
static void convert(const uint8_t *source, int found, size_t count, int channels, uint8_t *pixels) {
    int colors = found < 3 ? 1 : 3;
    for (size_t pixel = 0; pixel < count; pixel++) {
        const uint8_t *old = source + pixel * found;
        unsigned color[3];
        for (int i = 0; i < 3; i++) {
            color[i] = old[colors == 1 ? 0 : i];
            if (found > colors) color[i] = (color[i] * old[colors] + 255 * (255 - old[colors]) + 127) / 255;
        }
        if (channels == 3) {
            for (int i = 0; i < 3; i++) pixels[3 * pixel + i] = color[i];
        } else if (colors == 1) {
            pixels[pixel] = color[0];
        } else {
            pixels[pixel] = (color[0] * 19595 + color[1] * 38470 + color[2] * 7471 + 0x8000) >> 16;
        }
    }
}

typedef struct {
    int channels;
    image_size size;
    uint8_t *pixels;
} wanted_pixels;

static void take_pixels(decoder *own, void *context) {
    const wanted_pixels *wanted = context;
    image_size size = size_of(own);
    if (size.width != wanted->size.width || size.height != wanted->size.height) {
        png_error(own->png, "another size than its header has");
    }
    int found = read_rows(own, size.width, size.height);
    if (found == 0) png_error(own->png, "no memory for its pixels");
    convert(own->pixels, found, size.width * size.height, wanted->channels, wanted->pixels);
}

bool entrain_png_decode(
    const uint8_t *bytes, size_t count, int channels, size_t width, size_t height, uint8_t *pixels, char *reason) {
    wanted_pixels wanted = {channels, {width, height}, pixels};
    return decode(bytes, count, reason, take_pixels, &wanted);
}
