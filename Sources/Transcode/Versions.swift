internal import CHeif
internal import CLibAV
internal import CVips
internal import Glibc
package import Model

/// Which versions of which libraries do this kind of work here.
package func versions(for kind: JobKind) -> [String: String] {
    let libav = [
        "libavcodec": dotted(avcodec_version()), "libavformat": dotted(avformat_version()),
        "libswscale": dotted(swscale_version()),
    ]
    let others =
        switch kind {
        case .preview:
            [
                "libvips": String(cString: vips_version_string()),
                "libheif": String(cString: heif_get_version()),
            ]
        case .transcode: ["libx264": x264Version() ?? "unknown"]
        }
    return libav.merging(others) { $1 }
}

/// Whether everything that a job needs is here: one line for each thing, and whether it is there.
package func equipment() -> [(name: String, isThere: Bool)] {
    let encoders = ["libx264", "aac"].map { (name: String) in
        ("encoder \(name)", avcodec_find_encoder_by_name(name) != nil)
    }
    let decoders = [
        "h264", "hevc", "av1", "vp8", "vp9", "prores", "mjpeg", "mpeg4", "mpeg2video", "dvvideo", "aac", "mp3",
        "opus", "ac3", "pcm_s16le",
    ].map { (name: String) in ("decoder \(name)", hasDecoder(name)) }
    let filters = ["scale", "transpose", "bwdif", "aresample"].map { (name: String) in
        ("filter \(name)", avfilter_get_by_name(name) != nil)
    }
    return encoders + decoders + filters
}

/// A codec may be decoded by a library of another name.
private func hasDecoder(_ name: String) -> Bool {
    if avcodec_find_decoder_by_name(name) != nil { return true }
    guard let codec = avcodec_descriptor_get_by_name(name) else { return false }
    return avcodec_find_decoder(codec.pointee.id) != nil
}

private func dotted(_ version: UInt32) -> String { "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)" }

/// x264 signs its first packet: "x264 - core 164 r3095 baee400 - H.264". One tiny picture gets it to.
private func x264Version() -> String? {
    do throws(AVFailure) {
        let encoder = try Encoder("libx264", isForFile: false) { (context, options) throws(AVFailure) in
            (context.pointee.width, context.pointee.height) = (16, 16)
            context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
            context.pointee.time_base = AVRational(num: 1, den: 25)
            context.pointee.thread_count = 1
            try options.set("preset", "ultrafast")
            try options.set("tune", "zerolatency")
        }
        let frame = try Frame(width: 16, height: 16, format: AV_PIX_FMT_YUV420P)
        var signature: String?
        try encoder.encode(frame, into: try Packet()) { packet in
            signature = signature ?? x264Signature(in: packet)
        }
        return signature
    } catch {
        return nil
    }
}

private func x264Signature(in packet: Packet) -> String? {
    guard let start = packet.pointer.pointee.data else { return nil }
    let bytes = UnsafeBufferPointer(start: start, count: Int(packet.pointer.pointee.size))
    let mark = Array("x264 - core ".utf8)
    guard bytes.count > mark.count else { return nil }
    for offset in 0..<(bytes.count - mark.count) where bytes[offset...].starts(with: mark) {
        let words = bytes[(offset + mark.count)...].prefix(64).split(separator: UInt8(ascii: " "))
        return words.prefix(2).filter { $0.elementsEqual("-".utf8) == false }
            .map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
    return nil
}
