// libvips. Its operations are variadic: one shim for each one that is used.
#pragma once
#include <stdbool.h>
#include <vips/vips.h>

// libvips loads every module that lies in its folder: ImageMagick, OpenSlide, Poppler. Told of a home where nothing is, it
// loads none; and what is in it is found all the same.
static inline int flip_vips_init(const char *name, bool loads_modules) {
    if (!loads_modules) g_setenv("VIPSHOME", "/nonexistent", TRUE);
    return VIPS_INIT(name);
}

// Loaders, by name: which of them sees a stranger's bytes is not left to guessing. Each reads from top to bottom, and
// fails at what is damaged as early as it is told to.
static inline int flip_vips_jpegload(void *bytes, size_t count, VipsImage **out, VipsFailOn fail_on, int shrink) {
    return vips_jpegload_buffer(
        bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, "shrink", shrink, NULL);
}
#define FLIP_VIPS_LOADER(name)                                                                                        \
    static inline int flip_vips_##name(void *bytes, size_t count, VipsImage **out, VipsFailOn fail_on) {              \
        return vips_##name##_buffer(bytes, count, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, NULL);   \
    }
FLIP_VIPS_LOADER(pngload)
FLIP_VIPS_LOADER(gifload)
FLIP_VIPS_LOADER(webpload)
FLIP_VIPS_LOADER(tiffload)
FLIP_VIPS_LOADER(jxlload)
FLIP_VIPS_LOADER(jp2kload)

static inline int flip_vips_understand(VipsImage *in, VipsImage **out, VipsInterpretation space) {
    return vips_copy(in, out, "interpretation", space, NULL);
}

static inline int flip_vips_area(VipsImage *in, VipsImage **out, int left, int top, int width, int height) {
    return vips_extract_area(in, out, left, top, width, height, NULL);
}

// By cubic curves: a third less work than libvips' own choice, and softer by less than a camera's lens.
static inline int flip_vips_resize(VipsImage *in, VipsImage **out, double across, double down) {
    return vips_resize(in, out, across, "vscale", down, "kernel", VIPS_KERNEL_CUBIC, NULL);
}

// What is transparent becomes white, which is `white` in this kind of picture.
static inline int flip_vips_flatten(VipsImage *in, VipsImage **out, double white) {
    VipsArrayDouble *background = vips_array_double_newv(1, white);
    int result = vips_flatten(in, out, "background", background, "max_alpha", white, NULL);
    vips_area_unref(VIPS_AREA(background));
    return result;
}

// To sRGB with eight bits: from the profile that the picture brings, or from one of libvips' own.
static inline int flip_vips_from_its_profile(VipsImage *in, VipsImage **out, VipsIntent intent) {
    return vips_icc_transform(
        in, out, "srgb", "embedded", TRUE, "intent", intent, "black_point_compensation", TRUE, "depth", 8,
        NULL);
}
static inline int flip_vips_from_profile(VipsImage *in, VipsImage **out, const char *profile) {
    return vips_icc_transform(
        in, out, "srgb", "input_profile", profile, "intent", VIPS_INTENT_RELATIVE, "black_point_compensation", TRUE,
        "depth", 8, NULL);
}

// One of libvips' own profiles, or NULL; the caller lets go of it.
static inline VipsBlob *flip_vips_profile(const char *name) {
    VipsBlob *profile = NULL;
    return vips_profile_load(name, &profile, NULL) == 0 ? profile : NULL;
}
static inline void flip_vips_let_go(VipsBlob *profile) { vips_area_unref(VIPS_AREA(profile)); }

static inline int flip_vips_colourspace(VipsImage *in, VipsImage **out, VipsInterpretation space) {
    return vips_colourspace(in, out, space, NULL);
}
static inline int flip_vips_cast(VipsImage *in, VipsImage **out, VipsBandFormat format) {
    return vips_cast(in, out, format, NULL);
}
static inline int flip_vips_bands(VipsImage *in, VipsImage **out, int count) {
    return vips_extract_band(in, out, 0, "n", count, NULL);
}
