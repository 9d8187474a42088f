/* JPEG files, by libjpeg-turbo. */

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "CImages.h"

/* Passes over a progressive image that are looked at: a small file can ask for thousands, each as long as a decoding. Those that
   programs write have about ten. */
enum { largest_scan_count = 100 };

typedef struct {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf end;
    char *reason;
    uint8_t *row;
} decoder;

static void fail(j_common_ptr info) {
    decoder *own = info->client_data;
    char text[JMSG_LENGTH_MAX];
    own->errors.format_message(info, text);
    snprintf(own->reason, entrain_image_reason_size, "%s", text);
    longjmp(own->end, 1);
}

/* A warning of libjpeg says that something was made up for data that were not there; that is refused, but for what harms no
   pixel. Levels from 0 on are traces. */
static void warn(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA: return;
    default: fail(info);
    }
}

static void be_silent(j_common_ptr info) { (void)info; }

static void watch(j_common_ptr info) {
    decoder *own = info->client_data;
    if (own->info.input_scan_number <= largest_scan_count) return;
    snprintf(own->reason, entrain_image_reason_size, "more than %d scans of one image", largest_scan_count);
    longjmp(own->end, 1);
}

/* Reads the header; to be called with `end` set. */
static void begin(decoder *own, const uint8_t *bytes, size_t count) {
    jpeg_create_decompress(&own->info);
    own->info.progress = &own->progress;
    jpeg_mem_src(&own->info, (uint8_t *)bytes, count);
    jpeg_read_header(&own->info, TRUE);
}

static void prepare(decoder *own, char *reason) {
    memset(own, 0, sizeof *own);
    own->reason = reason;
    own->info.err = jpeg_std_error(&own->errors);
    own->info.client_data = own;
    own->errors.error_exit = fail;
    own->errors.emit_message = warn;
    own->errors.output_message = be_silent;
    own->progress.progress_monitor = watch;
}

bool entrain_jpeg_size(const uint8_t *bytes, size_t count, size_t *width, size_t *height, char *reason) {
    decoder own;
    prepare(&own, reason);
    if (setjmp(own.end)) {
        jpeg_destroy_decompress(&own.info);
        return false;
    }
    begin(&own, bytes, count);
    *width = own.info.image_width;
    *height = own.info.image_height;
    jpeg_destroy_decompress(&own.info);
    return true;
}

/* a * b / 255, rounded. */
static inline unsigned product(unsigned a, unsigned b) {
    unsigned value = a * b + 128;
    return (value + (value >> 8)) >> 8;
}

/* Red, green and blue of inverted CMYK: what black leaves, less what an ink takes of it. */
static void convert_inks(const uint8_t *inks, size_t width, int channels, uint8_t *pixels) {
    for (size_t column = 0; column < width; column++) {
        const uint8_t *ink = inks + 4 * column;
        unsigned color[3];
        for (int i = 0; i < 3; i++) {
            unsigned taken = product(255 - ink[i], ink[3]);
            color[i] = taken < ink[3] ? ink[3] - taken : 0;
        }
        if (channels == 3) {
            for (int i = 0; i < 3; i++) pixels[3 * column + i] = color[i];
        } else {
            pixels[column] = (color[0] * 19595 + color[1] * 38470 + color[2] * 7471 + 0x8000) >> 16;
        }
    }
}

/* Decodes what `begin` began; to be called with `end` set. */
static bool read_rows(decoder *own, int scale, int channels, size_t width, size_t height, uint8_t *pixels) {
    j_decompress_ptr info = &own->info;
    bool has_inks = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
    info->out_color_space = has_inks ? JCS_CMYK : channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    info->scale_num = scale;
    info->scale_denom = 8;
    /* The same numbers on every processor. */
    info->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(info);
    if (info->output_width != width || info->output_height != height
        || info->output_components != (has_inks ? 4 : channels)) {
        snprintf(own->reason, entrain_image_reason_size, "another size than its header has");
        return false;
    }
    if (has_inks) {
        own->row = malloc(4 * width);
        if (own->row == NULL) {
            snprintf(own->reason, entrain_image_reason_size, "no memory for a row");
            return false;
        }
    }
    while (info->output_scanline < height) {
        uint8_t *target = pixels + info->output_scanline * width * channels;
        JSAMPROW row = has_inks ? own->row : target;
        jpeg_read_scanlines(info, &row, 1);
        if (has_inks) convert_inks(own->row, width, channels, target);
    }
    jpeg_finish_decompress(info);
    return true;
}

bool entrain_jpeg_decode(
    const uint8_t *bytes, size_t count, int scale, int channels, size_t width, size_t height, uint8_t *pixels,
    char *reason) {
    decoder own;
    prepare(&own, reason);
    if (setjmp(own.end)) {
        jpeg_destroy_decompress(&own.info);
        free(own.row);
        return false;
    }
    begin(&own, bytes, count);
    bool is_whole = read_rows(&own, scale, channels, width, height, pixels);
    jpeg_destroy_decompress(&own.info);
    free(own.row);
    return is_whole;
}
