internal import CLibAV

/// One track's decoder: packets in, pictures or sound out.
///
/// Damaged packets are counted and passed over, as players do; what cannot be passed over is thrown.
final class Decoder {
    private let context: UnsafeMutablePointer<AVCodecContext>
    let timeBase: AVRational
    /// Packets that went in, and those among them that were damaged.
    private(set) var packets = 0
    private(set) var damaged = 0

    /// What it is decoded for.
    enum Purpose {
        case pictures
        case keyPictures
        /// Nobody will see the pictures: what only makes them beautiful is left out.
        case damage
        /// Nor those on which no others lean: only whether there is something to see matters.
        case proof
    }

    init(
        _ stream: UnsafeMutablePointer<AVStream>, threads: Int, for purpose: Purpose = .pictures
    ) throws(AVFailure) {
        let parameters = stream.pointee.codecpar
        guard let id = parameters?.pointee.codec_id, let codec = Codecs.decoder(for: id) else {
            throw AVFailure(FLIP_AVERROR_DECODER_NOT_FOUND, "looking for a decoder")
        }
        timeBase = stream.pointee.time_base
        context = try given(avcodec_alloc_context3(codec), "opening a decoder")
        try av("opening a decoder", avcodec_parameters_to_context(context, parameters))
        context.pointee.pkt_timebase = timeBase
        context.pointee.thread_count = Int32(threads)
        context.pointee.max_pixels = Int64(Plan.pixelsAtMost)
        switch purpose {
        case .pictures: break
        case .keyPictures: context.pointee.skip_frame = AVDISCARD_NONKEY
        case .damage, .proof:
            if purpose == .proof { context.pointee.skip_frame = AVDISCARD_NONREF }
            context.pointee.skip_loop_filter = AVDISCARD_ALL
            context.pointee.skip_idct = AVDISCARD_ALL
        }
        try av("opening a decoder", avcodec_open2(context, codec, nil))
    }

    deinit {
        var doomed: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&doomed)
    }

    /// Takes a packet, or with nil the news that no more will come, and hands every frame that is ready to
    /// `consume`.
    func decode(
        _ packet: Packet?, into frame: Frame, _ consume: (Frame) throws(AVFailure) -> Void
    ) throws(AVFailure) {
        // A packet is damaged once, however often that shows.
        var isDamaged = false
        defer { if isDamaged { damaged += 1 } }
        let code = avcodec_send_packet(context, packet?.pointer)
        if packet != nil { packets += 1 }
        if code < 0, code != AVFailure.endOfFile {
            isDamaged = true
            if code == AVFailure.outOfMemory { throw AVFailure(code, "decoding") }
        }
        while true {
            frame.empty()
            let code = avcodec_receive_frame(context, frame.pointer)
            if code == AVFailure.wantsMore || code == AVFailure.endOfFile { return }
            if code < 0 {
                isDamaged = true
                if code == AVFailure.outOfMemory { throw AVFailure(code, "decoding") }
                // It goes on with the next packet; a decoder that is being emptied might fail for ever.
                return
            }
            if frame.pointer.pointee.decode_error_flags != 0
                || frame.pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
            {
                isDamaged = true
            }
            try consume(frame)
        }
    }

    /// Forgets what it has seen, after a jump.
    func flush() { avcodec_flush_buffers(context) }
}
