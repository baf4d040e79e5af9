#include "CColour.h"

#include <string.h>

// So many pixels of a row are taken through all steps together: they stay in the fastest memory. Each step is a loop
// without branches, which the compiler does for as many pixels at once as the processor has room for; and a short one,
// for a pixel's long way through all of them would leave a processor waiting that sees no further than a pixel or two.
enum { SPAN = 256 };

#define INLINE static inline __attribute__((always_inline))

#ifdef __x86_64__
#define FOR_SEVERAL_PROCESSORS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_SEVERAL_PROCESSORS
#endif

INLINE float smaller(float a, float b) { return a < b ? a : b; }
INLINE float larger(float a, float b) { return a > b ? a : b; }

INLINE int32_t bits(float number) {
    int32_t result;
    memcpy(&result, &number, sizeof result);
    return result;
}

INLINE float from_bits(int32_t number) {
    float result;
    memcpy(&result, &number, sizeof result);
    return result;
}

// To within 0.0007. The polynomials here are those that miss their curve by the least at most.
INLINE float log2_of(float number) {
    int32_t all = bits(number);
    float part = from_bits((all & 0x7FFFFF) | 0x3F800000);
    float fraction = -2.15362065f + part * (3.04788353f + part * (-1.05187428f + part * 0.15824847f));
    return (float)((all >> 23) - 127) + fraction;
}

// To within 0.045: a number's bits grow with its logarithm, more or less.
INLINE float roughly_log2_of(float number) { return (float)bits(number) * 0x1p-23f - 126.957f; }

// The signal of a light, to within 0.0003: its 2.4th root.
INLINE float signal_of(float light) {
    float power = 5 / 12.0f * log2_of(larger(light, 1e-9f)) + 128;
    int32_t whole = (int32_t)power;
    float part = power - (float)whole;
    return from_bits((whole - 1) << 23) * (0.99989f + part * (0.69645f + part * (0.22434f + part * 0.07920f)));
}

struct span {
    // What the colours add to the places of red, green and blue.
    float tints[3][SPAN];
    // What becomes of the two rows; one more where a width is odd.
    float signals[2][3][SPAN + 1];
};

INLINE float weighed(const float weights[3], float red, float green, float blue) {
    return weights[0] * red + weights[1] * green + weights[2] * blue;
}

INLINE void find_lights(
    const struct flip_colours *colours, const uint16_t *luma, const float *tint, float *lights, int count) {
    int32_t places[SPAN];
    for (int x = 0; x < count; x++) {
        float place = smaller(larger(((float)(luma[x] & 1023) - 64) * colours->luma + tint[x], 0), FLIP_LIGHTS);
        places[x] = (int32_t)(place + 0.5f);
    }
    for (int x = 0; x < count; x++) lights[x] = colours->lights[places[x]];
}

// As much light of ordinary red, green and blue as there would be on an ordinary screen, if that showed everything.
INLINE void map_lights(
    const struct flip_colours *colours, float lights[3][SPAN], float greys[SPAN], int count, int is_ordinary) {
    for (int x = 0; x < count; x++) {
        float red = lights[0][x], green = lights[1][x], blue = lights[2][x];
        float grey = weighed(colours->luminance, red, green, blue);
        float power = colours->gain_power * roughly_log2_of(larger(grey, 1e-9f));
        float curve = 1.00001447f + power * (0.69215008f + power * (0.23297109f + power * 0.04099868f));
        float gain = is_ordinary ? 1 : colours->gain * curve;
        lights[0][x] = gain * weighed(colours->to_red, red, green, blue);
        lights[1][x] = gain * weighed(colours->to_green, red, green, blue);
        lights[2][x] = gain * weighed(colours->to_blue, red, green, blue);
        greys[x] = grey * gain;
    }
}

// What no ordinary screen shows loses as much of its saturation as it must, and highlights are rolled off.
INLINE void fit_lights(
    const struct flip_colours *colours, float lights[3][SPAN], const float greys[SPAN], int count, int is_ordinary) {
    for (int x = 0; x < count; x++) {
        float r = lights[0][x], g = lights[1][x], b = lights[2][x], grey = greys[x];
        float least = smaller(r, smaller(g, b)), most = larger(r, larger(g, b));
        float kept = least < 0 ? grey / (grey - least) : 1;
        if (is_ordinary) kept = most > 1 ? smaller(kept, larger(0, (1 - grey) / (most - grey))) : kept;
        r = larger(grey + (r - grey) * kept, 0);
        g = larger(grey + (g - grey) * kept, 0);
        b = larger(grey + (b - grey) * kept, 0);
        if (!is_ordinary) {
            most = larger(r, larger(g, b));
            float bent = smaller(larger((most - colours->knee) * colours->bend, 0), colours->most_bend);
            float rolled = colours->knee + colours->roll * log2_of(1 + bent);
            float factor = most > colours->knee ? rolled / most : 1;
            r *= factor, g *= factor, b *= factor;
        }
        lights[0][x] = r, lights[1][x] = g, lights[2][x] = b;
    }
}

INLINE void find_signals(const float lights[SPAN], float signals[SPAN + 1], int count) {
    for (int x = 0; x < count; x++) signals[x] = signal_of(lights[x]);
    signals[count] = signals[count - 1];
}

INLINE void mix_luma(
    const struct flip_colours *colours, const float signals[3][SPAN + 1], uint8_t *made, int count) {
    for (int x = 0; x < count; x++) {
        float sum = colours->luma_of_red * signals[0][x] + colours->luma_of_green * signals[1][x]
            + colours->luma_of_blue * signals[2][x];
        made[x] = (uint8_t)(int32_t)(16.5f + sum);
    }
}

INLINE void map_row(
    const struct flip_colours *colours, const uint16_t *luma, const float tints[3][SPAN], float signals[3][SPAN + 1],
    uint8_t *made, int count, int is_ordinary) {
    // Red, green and blue, and how bright they are together.
    float lights[3][SPAN], greys[SPAN];
    for (int part = 0; part < 3; part++) find_lights(colours, luma, tints[part], lights[part], count);
    map_lights(colours, lights, greys, count, is_ordinary);
    fit_lights(colours, lights, greys, count, is_ordinary);
    for (int part = 0; part < 3; part++) find_signals(lights[part], signals[part], count);
    mix_luma(colours, signals, made, count);
}

INLINE void find_tints(
    const struct flip_colours *colours, const uint16_t *cb, const uint16_t *cr, float tints[3][SPAN], int blocks) {
    for (int x = 0; x < blocks; x++) {
        float blue = (float)(cb[x] & 1023) - 512, red = (float)(cr[x] & 1023) - 512;
        tints[0][2 * x] = tints[0][2 * x + 1] = colours->red_of_cr * red;
        tints[1][2 * x] = tints[1][2 * x + 1] = colours->green_of_cr * red + colours->green_of_cb * blue;
        tints[2][2 * x] = tints[2][2 * x + 1] = colours->blue_of_cb * blue;
    }
}

INLINE float mean_of(const float signals[2][3][SPAN + 1], int part, int x) {
    const float *upper = signals[0][part] + 2 * x, *lower = signals[1][part] + 2 * x;
    return (upper[0] + upper[1] + lower[0] + lower[1]) * 0.25f;
}

INLINE void mix_colours(
    const struct flip_colours *colours, const float signals[2][3][SPAN + 1], uint8_t *cb, uint8_t *cr, int blocks) {
    for (int x = 0; x < blocks; x++) {
        float red = mean_of(signals, 0, x), green = mean_of(signals, 1, x), blue = mean_of(signals, 2, x);
        float grey = colours->luma_of_red * red + colours->luma_of_green * green + colours->luma_of_blue * blue;
        cb[x] = (uint8_t)(int32_t)(128.5f + colours->cb_of_blue * (blue - grey * (1 / 219.0f)));
        cr[x] = (uint8_t)(int32_t)(128.5f + colours->cr_of_red * (red - grey * (1 / 219.0f)));
    }
}

FOR_SEVERAL_PROCESSORS
void flip_map_rows(
    const struct flip_colours *colours, const uint16_t *const luma[2], const uint16_t *cb, const uint16_t *cr,
    uint8_t *const made_luma[2], uint8_t *made_cb, uint8_t *made_cr, int width) {
    struct span span;
    for (int left = 0; left < width; left += SPAN) {
        int count = width - left < SPAN ? width - left : SPAN;
        int blocks = (count + 1) / 2;
        find_tints(colours, cb + left / 2, cr + left / 2, span.tints, blocks);
        for (int row = 0; row < 2; row++) {
            const uint16_t *from = luma[row] + left;
            uint8_t *to = made_luma[row] + left;
            if (colours->is_ordinary) map_row(colours, from, span.tints, span.signals[row], to, count, 1);
            else map_row(colours, from, span.tints, span.signals[row], to, count, 0);
        }
        mix_colours(colours, span.signals, made_cb + left / 2, made_cr + left / 2, blocks);
    }
}
