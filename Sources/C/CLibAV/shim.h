// FFmpeg's libraries, as one module.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// Macros with casts, which the importer cannot bring over.
static const int64_t FLIP_AV_NOPTS = AV_NOPTS_VALUE;
static const int FLIP_AVERROR_EOF = AVERROR_EOF;
static const int FLIP_AVERROR_EAGAIN = AVERROR(EAGAIN);
static const int FLIP_AVERROR_EXIT = AVERROR_EXIT;
static const int FLIP_AVERROR_INVALIDDATA = AVERROR_INVALIDDATA;
static const int FLIP_AVERROR_ENOMEM = AVERROR(ENOMEM);
static const int FLIP_AVERROR_ENOSPC = AVERROR(ENOSPC);
static const int FLIP_AVERROR_EIO = AVERROR(EIO);
static const int FLIP_AVERROR_DECODER_NOT_FOUND = AVERROR_DECODER_NOT_FOUND;
static const int FLIP_AVERROR_ENCODER_NOT_FOUND = AVERROR_ENCODER_NOT_FOUND;
static const int FLIP_AVERROR_PATCHWELCOME = AVERROR_PATCHWELCOME;
static inline int flip_averror(int code) { return AVERROR(code); }

// Compound literals.
static inline AVRational flip_av_time_base_q(void) { return AV_TIME_BASE_Q; }
static inline AVChannelLayout flip_av_stereo(void) { return (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO; }
static inline AVChannelLayout flip_av_mono(void) { return (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO; }
