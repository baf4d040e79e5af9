// FFmpeg's libraries, as one module.
#pragma once
#include <stdbool.h>

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

// Where FFmpeg 5 (Debian 12) and FFmpeg 7 (Debian 13) differ; the newer one calls the older words deprecated.

// What had fields of its own became one of a frame's flags.
static inline bool flip_av_is_key(const AVFrame *frame) {
#ifdef AV_FRAME_FLAG_KEY
    return frame->flags & AV_FRAME_FLAG_KEY;
#else
    return frame->key_frame;
#endif
}
static inline bool flip_av_is_interlaced(const AVFrame *frame) {
#ifdef AV_FRAME_FLAG_INTERLACED
    return frame->flags & AV_FRAME_FLAG_INTERLACED;
#else
    return frame->interlaced_frame;
#endif
}
static inline void flip_av_set_progressive(AVFrame *frame) {
#ifdef AV_FRAME_FLAG_INTERLACED
    frame->flags &= ~AV_FRAME_FLAG_INTERLACED;
#else
    frame->interlaced_frame = 0;
#endif
}

// A frame's length has another name.
static inline int64_t flip_av_length(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}

// What a track brings with it beside its packets moved to its parameters.
static inline const uint8_t *flip_av_track_data(const AVStream *stream, enum AVPacketSideDataType type, size_t *size) {
#if LIBAVCODEC_VERSION_MAJOR >= 61
    const AVCodecParameters *track = stream->codecpar;
    const AVPacketSideData *data = av_packet_side_data_get(track->coded_side_data, track->nb_coded_side_data, type);
    *size = data ? data->size : 0;
    return data ? data->data : NULL;
#else
    return av_stream_get_side_data(stream, type, size);
#endif
}

// The one who writes is given bytes that are const.
static inline AVIOContext *flip_avio_alloc(
    unsigned char *buffer, int size, int writable, void *opaque, int (*read)(void *, uint8_t *, int),
    int (*write)(void *, const uint8_t *, int), int64_t (*seek)(void *, int64_t, int)) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
    return avio_alloc_context(buffer, size, writable, opaque, read, write, seek);
#else
    return avio_alloc_context(buffer, size, writable, opaque, read, (int (*)(void *, uint8_t *, int))write, seek);
#endif
}
