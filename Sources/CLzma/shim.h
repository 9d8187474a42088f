#pragma once
#include <lzma.h>

/* The same values as the macros of lzma.h, whose casts Swift cannot see through. */
static const uint32_t entrain_LZMA_CONCATENATED = LZMA_CONCATENATED;
static const uint32_t entrain_LZMA_TELL_UNSUPPORTED_CHECK = LZMA_TELL_UNSUPPORTED_CHECK;
