internal import CLibAV

/// A packet of compressed data, owned.
final class Packet {
    private(set) var pointer: UnsafeMutablePointer<AVPacket>

    init() throws(AVFailure) { pointer = try given(av_packet_alloc(), "reserving a packet") }

    deinit {
        var doomed: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&doomed)
    }

    var stream: Int { Int(pointer.pointee.stream_index) }

    /// Gives its data back; the packet can be filled again.
    func empty() { av_packet_unref(pointer) }

    /// Its contents in another handle; this one is empty then.
    func taken() throws(AVFailure) -> Packet {
        let other = try Packet()
        av_packet_move_ref(other.pointer, pointer)
        return other
    }

    /// The container knows that something before it or in it is missing.
    var isDamaged: Bool { pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }

    var isKey: Bool { pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 }

    /// Not one that only others lean on, as where a phone's video was shortened.
    var isShown: Bool { pointer.pointee.flags & AV_PKT_FLAG_DISCARD == 0 }

    /// Nothing comes with it that changes how what follows is to be read.
    var isPlain: Bool {
        av_packet_get_side_data(pointer, AV_PKT_DATA_NEW_EXTRADATA, nil) == nil
            && av_packet_get_side_data(pointer, AV_PKT_DATA_PARAM_CHANGE, nil) == nil
    }

    /// Whether its data is locked.
    var isEncrypted: Bool {
        av_packet_get_side_data(pointer, AV_PKT_DATA_ENCRYPTION_INFO, nil) != nil
    }
}

/// A picture or a stretch of sound, owned.
final class Frame {
    private(set) var pointer: UnsafeMutablePointer<AVFrame>

    init() throws(AVFailure) { pointer = try given(av_frame_alloc(), "reserving a frame") }

    /// A picture that nothing is in yet.
    convenience init(width: Int32, height: Int32, format: AVPixelFormat) throws(AVFailure) {
        try self.init()
        (pointer.pointee.width, pointer.pointee.height) = (width, height)
        pointer.pointee.format = format.rawValue
        try av("reserving a frame", av_frame_get_buffer(pointer, 0))
    }

    deinit {
        var doomed: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&doomed)
    }

    func empty() { av_frame_unref(pointer) }

    /// One sample of nothing, of the same kind.
    static func silence(like sound: Frame) throws(AVFailure) -> Frame {
        let silence = try Frame()
        silence.pointer.pointee.format = sound.pointer.pointee.format
        silence.pointer.pointee.sample_rate = sound.pointer.pointee.sample_rate
        silence.pointer.pointee.nb_samples = 1
        let doing = "filling a hole in the sound"
        try av(
            doing,
            av_channel_layout_copy(&silence.pointer.pointee.ch_layout, &sound.pointer.pointee.ch_layout))
        try av(doing, av_frame_get_buffer(silence.pointer, 0))
        try av(
            doing,
            av_samples_set_silence(
                silence.pointer.pointee.extended_data, 0, 1, silence.pointer.pointee.ch_layout.nb_channels,
                AVSampleFormat(silence.pointer.pointee.format)))
        return silence
    }

    /// Another handle to the same picture; its bytes are shared, not copied.
    func shared() throws(AVFailure) -> Frame {
        let other = try Frame()
        try av("keeping a picture", av_frame_ref(other.pointer, pointer))
        return other
    }

    var width: Int { Int(pointer.pointee.width) }
    var height: Int { Int(pointer.pointee.height) }

    /// What the numbers of a picture mean.
    struct Look: Equatable {
        let format: Int32
        let range, primaries, transfer, matrix: UInt32
        let shape: Ratio
    }

    var look: Look {
        let picture = pointer.pointee
        return Look(
            format: picture.format, range: picture.color_range.rawValue,
            primaries: picture.color_primaries.rawValue,
            transfer: picture.color_trc.rawValue, matrix: picture.colorspace.rawValue,
            shape: Ratio(picture.sample_aspect_ratio))
    }

    /// Two half pictures in one, taken one after the other.
    var isInterlaced: Bool { flip_av_is_interlaced(pointer) }

    var isKey: Bool { flip_av_is_key(pointer) }

    /// How long it is shown, in its track's time base; 0 where nothing in the file tells.
    var length: Int64 { flip_av_length(pointer) }

    /// When it is shown, in its track's time base; nil where nothing in the file tells.
    var time: Int64? {
        let time = pointer.pointee.best_effort_timestamp
        return time == FLIP_AV_NOPTS ? nil : time
    }
}

/// What a track brings with it beside its packets, such as how it is to be turned.
func trackData(
    of stream: UnsafePointer<AVStream>, _ type: AVPacketSideDataType
) -> UnsafeRawBufferPointer? {
    var count = 0
    guard let data = flip_av_track_data(stream, type, &count) else { return nil }
    return UnsafeRawBufferPointer(start: data, count: count)
}

extension Ratio {
    init(_ value: AVRational) { self.init(Int(value.num), Int(value.den)) }

    var av: AVRational { AVRational(num: Int32(clamping: numerator), den: Int32(clamping: denominator)) }
}

/// Seconds as ticks of a time base; what no clock can hold is its beginning.
func ticks(_ seconds: Double, _ base: AVRational) -> Int64 {
    let ticks = (seconds * Double(base.den) / Double(max(1, base.num))).rounded()
    return abs(ticks) < 0x1p62 ? Int64(ticks) : 0
}

/// A moment or a length, from one time base to another, rounded to the nearest.
func rescale(_ time: Int64, from: AVRational, to: AVRational) -> Int64 { av_rescale_q(time, from, to) }
