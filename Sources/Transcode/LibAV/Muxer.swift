internal import CLibAV

/// The MP4 being written: packets in, a file with its index in front out.
///
/// Nothing of the original's description goes in: no place, no names, no dates.
final class Muxer {
    private let file: FileIO
    private let context: UnsafeMutablePointer<AVFormatContext>
    private var timeBases: [AVRational] = []

    init(into file: FileIO) throws(AVFailure) {
        self.file = file
        var context: UnsafeMutablePointer<AVFormatContext>?
        try av("preparing the video file", avformat_alloc_output_context2(&context, nil, "mp4", nil))
        self.context = try given(context, "preparing the video file")
        self.context.pointee.pb = file.context
        // Bit-exact: no version of ours and no date in the file, so that equal work gives equal bytes.
        self.context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT
        self.context.pointee.opaque = Unmanaged.passUnretained(file).toOpaque()
        self.context.pointee.io_open = openAgain
        self.context.pointee.io_close2 = closeAgain
    }

    deinit { avformat_free_context(context) }

    /// Tracks are numbered in the order in which they are added.
    func add(_ encoder: Encoder) throws(AVFailure) -> Int {
        var parameters = avcodec_parameters_alloc()
        defer { avcodec_parameters_free(&parameters) }
        let made = try given(parameters, "adding a track")
        try av("adding a track", avcodec_parameters_from_context(made, encoder.context))
        return try add(made, timeBase: encoder.timeBase, frameRate: encoder.context.pointee.framerate)
    }

    /// The same for packets that come from elsewhere.
    func add(
        _ parameters: UnsafePointer<AVCodecParameters>, timeBase: AVRational, frameRate: AVRational
    ) throws(AVFailure) -> Int {
        let stream = try given(avformat_new_stream(context, nil), "adding a track")
        try av("adding a track", avcodec_parameters_copy(stream.pointee.codecpar, parameters))
        // Its four letters in another container mean nothing here.
        stream.pointee.codecpar.pointee.codec_tag = 0
        stream.pointee.time_base = timeBase
        stream.pointee.avg_frame_rate = frameRate
        stream.pointee.sample_aspect_ratio = parameters.pointee.sample_aspect_ratio
        stream.pointee.disposition = AV_DISPOSITION_DEFAULT
        timeBases.append(timeBase)
        return Int(stream.pointee.index)
    }

    func begin() throws(AVFailure) {
        var options = Options()
        try options.set("movflags", "+faststart")
        try av("beginning the video file", avformat_write_header(context, &options.dictionary))
    }

    /// When a packet that is still to be written will be shown.
    func seconds(of packet: Packet, in track: Int) -> Double {
        Double(packet.pointer.pointee.pts) * (Ratio(timeBases[track]).value ?? 0)
    }

    /// Takes the packet's data over.
    func write(_ packet: Packet, to track: Int) throws(AVFailure) {
        guard let stream = context.pointee.streams[track] else { return }
        packet.pointer.pointee.stream_index = Int32(track)
        av_packet_rescale_ts(packet.pointer, timeBases[track], stream.pointee.time_base)
        try av("writing the video file", av_interleaved_write_frame(context, packet.pointer))
    }

    /// Writes the index and moves it to the front.
    func end() throws(AVFailure) {
        try av("finishing the video file", av_write_trailer(context))
        avio_flush(file.context)
        if let code = file.context?.pointee.error { try av("finishing the video file", code) }
    }
}

/// The muxer wants to read what it wrote, to make room for the index: another reader on the same descriptor.
private func openAgain(
    _ context: UnsafeMutablePointer<AVFormatContext>?,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?, _: UnsafePointer<CChar>?,
    _ flags: Int32, _: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    guard let opaque = context?.pointee.opaque, flags & AVIO_FLAG_WRITE == 0 else { return FLIP_AVERROR_EXIT }
    let file = Unmanaged<FileIO>.fromOpaque(opaque).takeUnretainedValue()
    guard let reader = try? file.reader(), let context = reader.context
    else { return AVFailure.outOfMemory }
    // Held until `closeAgain`, which finds it behind the opaque pointer.
    context.pointee.opaque = Unmanaged.passRetained(reader).toOpaque()
    result?.pointee = context
    return 0
}

private func closeAgain(
    _: UnsafeMutablePointer<AVFormatContext>?, _ reader: UnsafeMutablePointer<AVIOContext>?
) -> Int32 {
    if let opaque = reader?.pointee.opaque { Unmanaged<FileIO>.fromOpaque(opaque).release() }
    return 0
}
