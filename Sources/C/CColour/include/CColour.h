// Colours of whole rows, many pixels at a time. In C because here a function can be built for several kinds of processor,
// of which the best one is taken where it runs; Swift builds all of a module for one.
#pragma once
#include <stdint.h>

// By signal, from 0 to 1 in so many steps: the nearest counts, for they are nine times as fine as those of ten bits.
enum { FLIP_LIGHTS = 8192 };

// What ColourMap does to a pixel, in numbers; ColourKernel fills them in.
struct flip_colours {
    // The light of a signal.
    const float *lights;
    // What samples, black and grey being 0, add to the places of red, green and blue among the lights.
    float luma, red_of_cr, green_of_cr, green_of_cb, blue_of_cb;
    // How much light counts, and what it is of ordinary red, green and blue.
    float luminance[3], to_red[3], to_green[3], to_blue[3];
    // Light is multiplied by `gain` times a power of its luminance.
    float gain, gain_power;
    // Light beyond `knee` is rolled off, as `knee + roll * log2(1 + bend * (light - knee))`, up to white.
    float knee, bend, most_bend, roll;
    // Without highlights to roll off, what is beyond white loses saturation.
    int is_ordinary;
    // What signals of red, green and blue add to luma; and what their distance from it adds to the colours.
    float luma_of_red, luma_of_green, luma_of_blue, cb_of_blue, cr_of_red;
};

// Two rows, which share their colours, from ten bits to eight.
void flip_map_rows(
    const struct flip_colours *colours, const uint16_t *const luma[2], const uint16_t *cb, const uint16_t *cr,
    uint8_t *const made_luma[2], uint8_t *made_cb, uint8_t *made_cr, int width);
