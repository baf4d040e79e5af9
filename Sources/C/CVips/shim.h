// libvips. Its operations are variadic: one shim for each one that is used.
#pragma once
#include <vips/vips.h>

static inline int flip_vips_init(const char *name) { return VIPS_INIT(name); }

// Shrinks to fit a box, never enlarges.
static inline int flip_vips_fit(VipsImage *in, VipsImage **out, int width, int height) {
    return vips_thumbnail_image(in, out, width, "height", height, "size", VIPS_SIZE_DOWN, NULL);
}

// A progressive JPEG without any metadata; the caller frees the bytes with g_free().
static inline int flip_vips_jpeg(VipsImage *in, void **bytes, size_t *count, int quality) {
    return vips_jpegsave_buffer(
        in, bytes, count, "Q", quality, "interlace", TRUE, "optimize_coding", TRUE, "strip", TRUE, NULL);
}
