#pragma once
#include <zlib.h>

/* inflateInit2 is a macro that passes the header's version and the size of z_stream, so that a library with another
   layout is refused; Swift cannot see function-like macros. */
static inline int entrain_inflateInit2(z_stream *stream, int windowBits) {
    return inflateInit2(stream, windowBits);
}

/* The same for deflateInit2; used by what writes compressed files. */
static inline int entrain_deflateInit2(z_stream *stream, int level, int windowBits) {
    return deflateInit2(stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
}
