#pragma once
/* jpeglib.h needs FILE and size_t to be declared before it. */
#include <stddef.h>
#include <stdio.h>
#include <jpeglib.h>
#include <jerror.h>
