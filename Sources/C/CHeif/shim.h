// libheif: the photos of phones.
#pragma once
#include <stdbool.h>
#include <libheif/heif.h>

// Numbers as they stand in the file. False where this libheif knows no way to that: it hands out those that JPEG has, whatever
// they were. The one that runs may be older than its header.
static inline bool flip_heif_keep_numbers(struct heif_decoding_options *options) {
#if LIBHEIF_HAVE_VERSION(1, 23, 0)
    if (options->version < 10) return false;
    options->output_image_nclx_profile_passthrough = 1;
    return true;
#else
    return false;
#endif
}
