#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pixels of JPEG and PNG files, and their size, orientation and colours.

   libjpeg and libpng report an error by a jump out of the function that was called. Here the jump ends in C, and an error is a
   return value: false, with its reason in a text. Pixels are interleaved bytes, [height][width][channels], with 1 or 3 channels:
   grey, or red, green and blue. */

/* Room that a reason takes with its final zero. */
enum { entrain_image_reason_size = 256 };

/* The size that the header of a JPEG file gives, which is bounded by 65,535. */
bool entrain_jpeg_size(
    const uint8_t *bytes, size_t count, size_t *width, size_t *height, char *reason);

/* Pixels of a JPEG file in `scale` / 8 of its size, `scale` being 1 to 8: each side is multiplied by it and rounded up.

   Grey is the luminance as the file has it. Four colours (CMYK, YCCK) are taken as Adobe writes them, inverted, and converted
   without a colour profile. A file that ends early, and damaged data that libjpeg would fill up with grey, are errors.

   - pixels: height * width * channels bytes, of the scaled size. */
bool entrain_jpeg_decode(
    const uint8_t *bytes, size_t count, int scale, int channels, size_t width, size_t height, uint8_t *pixels,
    char *reason);

/* The size that the header of a PNG file gives. */
bool entrain_png_size(
    const uint8_t *bytes, size_t count, size_t *width, size_t *height, char *reason);

/* Pixels of a PNG file of any colour type, depth and interlacing: of 16 bits the upper 8; transparent ones over white, and as
   the numbers stand, without gamma. */
bool entrain_png_decode(
    const uint8_t *bytes, size_t count, int channels, size_t width, size_t height, uint8_t *pixels,
    char *reason);

/* Turns and mirrors an image as its Exif orientation says, 2 to 8, so that it stands upright. From 5 on width and height are
   exchanged.

   - source: [height][width][channels]
   - target: as many bytes. */
void entrain_image_orient(
    const uint8_t *source, size_t width, size_t height, int channels, int orientation, uint8_t *target);

/* A part of an image that is scaled to another size: width and height of the whole, and the place and the size of the part. */
typedef struct {
    size_t scaled_width, scaled_height;
    size_t left, top, width, height;
} entrain_image_part;

/* Scales an image by linear interpolation, where it becomes smaller with the triangle widened by as much, which is what keeps
   patterns from becoming others (antialiasing), and cuts a part out.

   First rows, then columns, each with weights of 22 bits after the point, rounded to bytes in between: in integers alone, so
   that the bits are the same on every machine.

   - source: [height][width][channels]
   - target: [channels][part.height][part.width], a channel after the other
   - returns false where there is no memory. */
bool entrain_image_resample(
    const uint8_t *source, size_t width, size_t height, int channels, entrain_image_part part, uint8_t *target);
