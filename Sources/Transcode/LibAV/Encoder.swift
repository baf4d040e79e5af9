internal import CLibAV

/// One track's encoder: frames in, packets out.
final class Encoder {
    let context: UnsafeMutablePointer<AVCodecContext>

    /// Ticks of the published video: fine enough for every camera's times, and exact for the usual rates.
    static let pictureTicks = AVRational(num: 1, den: 90_000)

    /// H.264 in a profile that every browser plays.
    static func pictures(_ plan: PicturePlan, threads: Int) throws(AVFailure) -> Encoder {
        try Encoder("libx264") { (context, options) throws(AVFailure) in
            context.pointee.width = Int32(plan.width)
            context.pointee.height = Int32(plan.height)
            context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
            context.pointee.time_base = pictureTicks
            context.pointee.framerate = av_d2q(plan.frameRate ?? 30, 100_000)
            context.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
            context.pointee.colorspace = AVCOL_SPC_BT709
            context.pointee.color_primaries = AVCOL_PRI_BT709
            context.pointee.color_trc = AVCOL_TRC_BT709
            context.pointee.color_range = AVCOL_RANGE_MPEG
            context.pointee.chroma_sample_location = AVCHROMA_LOC_LEFT
            // x264's own measure: each works on one picture, and waits at times for the one before it to be far enough, by
            // two rows of blocks at least.
            context.pointee.thread_count = Int32(min(threads * 3 / 2, max(1, (plan.height + 15) / 32)))
            try options.set("preset", plan.encoder.preset)
            try options.set("profile", plan.encoder.profile.rawValue)
            try options.set("x264-params", plan.encoder.parameters(width: plan.width, height: plan.height))
            // The fastest preset would leave it out, and with it the main profile.
            try options.set("coder", "cabac")
            try options.set("crf", String(plan.quality))
        }
    }

    /// AAC, in mono or stereo.
    static func sound(_ plan: SoundPlan) throws(AVFailure) -> Encoder {
        try Encoder("aac") { (context, _) throws(AVFailure) in
            context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
            context.pointee.sample_rate = Int32(plan.rate)
            context.pointee.time_base = AVRational(num: 1, den: Int32(plan.rate))
            context.pointee.ch_layout = plan.channels == 1 ? flip_av_mono() : flip_av_stereo()
            context.pointee.bit_rate = Int64(plan.bitrate)
        }
    }

    init(
        _ name: String, isForFile: Bool = true,
        _ settle: (UnsafeMutablePointer<AVCodecContext>, inout Options) throws(AVFailure) -> Void
    ) throws(AVFailure) {
        guard let codec = avcodec_find_encoder_by_name(name) else {
            throw AVFailure(FLIP_AVERROR_ENCODER_NOT_FOUND, "looking for the encoder \(name)")
        }
        context = try given(avcodec_alloc_context3(codec), "opening the encoder \(name)")
        if isForFile { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
        var options = Options()
        try settle(context, &options)
        try av("opening the encoder \(name)", avcodec_open2(context, codec, &options.dictionary))
    }

    deinit {
        var doomed: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&doomed)
    }

    var timeBase: AVRational { context.pointee.time_base }

    /// Takes a frame, or with nil the news that no more will come, and hands out the packets that are ready.
    func encode(
        _ frame: Frame?, into packet: Packet, _ consume: (Packet) throws(AVFailure) -> Void
    ) throws(AVFailure) {
        try av("encoding", avcodec_send_frame(context, frame?.pointer))
        while true {
            packet.empty()
            let code = avcodec_receive_packet(context, packet.pointer)
            if code == AVFailure.wantsMore || code == AVFailure.endOfFile { return }
            try av("encoding", code)
            try consume(packet)
        }
    }
}

/// Options by name, for libav to take; what it does not take is lost, as it is only a wish.
struct Options: ~Copyable {
    var dictionary: OpaquePointer?

    mutating func set(_ name: String, _ value: String) throws(AVFailure) {
        try av("setting \(name)", av_dict_set(&dictionary, name, value, 0))
    }

    deinit {
        var doomed = dictionary
        av_dict_free(&doomed)
    }
}
