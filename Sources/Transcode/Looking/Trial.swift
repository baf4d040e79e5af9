internal import CLibAV

/// What of a track can really be decoded: its first picture, or its first sound.
final class Trial {
    /// Nil where none opens: a finding, not a failure.
    private let decoder: Decoder?
    private(set) var isEncrypted: Bool
    private(set) var isDecided = false
    private(set) var packets = 0
    private(set) var picture: Frame?
    /// The first key picture, where it was decoded alone, as good as the trial's purpose wants it.
    private(set) var keyPicture: Frame?
    private(set) var soundStart_s: Double?
    private(set) var notes: [String: String] = [:]
    /// AVCHD's notes stand beside key pictures, and the first one to come out may be another.
    private let awaitsKeyPicture: Bool
    /// A key picture was decoded alone, and these are its packet and those that came since.
    private var kept: [Packet] = []
    private var keptBytes: Int { kept.reduce(0) { $0 + Int($1.pointer.pointee.size) } }
    private var canDecodeAlone: Bool
    /// Whoever begins at a later key picture knows all it takes.
    private let hasParameterSets: Bool
    private let frame: Frame

    /// A track that gave nothing out of so many packets is not going to.
    private static let packetsAtMost = 600
    /// No more can be decoded before one that is shown first.
    private static let picturesAhead = 16
    /// Nor are honest ones larger together.
    private static let bytesAhead = 32 << 20

    init(
        _ stream: UnsafeMutablePointer<AVStream>, in container: String, for purpose: Decoder.Purpose
    ) throws(AVFailure) {
        let codec = stream.pointee.codecpar.pointee.codec_id
        decoder = try? Decoder(stream, threads: 1, for: purpose)
        isDecided = decoder == nil
        isEncrypted = Self.isLocked(stream.pointee.codecpar.pointee)
        awaitsKeyPicture = container == "mpegts" && codec == AV_CODEC_ID_H264
        canDecodeAlone = codec == AV_CODEC_ID_HEVC
        // A description without them has 23 bytes.
        hasParameterSets = stream.pointee.codecpar.pointee.extradata_size > 23
        frame = try Frame()
    }

    var hasDecoder: Bool { decoder != nil }

    /// Takes the track's next packet, and may keep what is in it.
    func take(_ packet: Packet) throws(AVFailure) {
        packets += 1
        if packet.isEncrypted { (isEncrypted, isDecided) = (true, true) }
        guard !isDecided else { return }
        if !kept.isEmpty {
            try judge(packet)
        } else if canDecodeAlone, packet.isKey, packet.isShown, packet.pointer.pointee.pts != FLIP_AV_NOPTS {
            try decodeAlone(packet)
        } else {
            try decode(packet)
        }
        // Later ones may lean on those that the decoder has seen by then.
        canDecodeAlone = false
        if packets >= Self.packetsAtMost { isDecided = true }
    }

    /// No more will come.
    func end() throws(AVFailure) {
        if kept.isEmpty { try decode(nil) }
    }

    /// Of HEVC a decoder keeps the first picture back until it has decoded those that might be shown before it, two or three
    /// large ones. Told that it was the last, it gives it at once.
    private func decodeAlone(_ packet: Packet) throws(AVFailure) {
        try decode(packet)
        let waits = picture == nil
        if waits {
            try decode(nil)
            decoder?.flush()
        }
        guard let picture else { return }
        // A container may call anything a key picture.
        if picture.isKey, hasParameterSets { keyPicture = picture }
        guard waits else { return }
        isDecided = false
        kept = [try packet.taken()]
    }

    /// It stays the first, unless one follows in the file that is shown before it: then all begins again, in their order.
    private func judge(_ packet: Packet) throws(AVFailure) {
        let (shown, decoded) = (packet.pointer.pointee.pts, packet.pointer.pointee.dts)
        guard let first = picture?.time, kept.count < Self.picturesAhead, keptBytes < Self.bytesAhead,
            decoded == FLIP_AV_NOPTS || decoded < first
        else { return (isDecided, kept) = (true, []) }
        kept.append(try packet.taken())
        guard shown != FLIP_AV_NOPTS, shown < first else { return }
        let again = kept
        (picture, kept) = (nil, [])
        for packet in again { try decode(packet) }
    }

    private func decode(_ packet: Packet?) throws(AVFailure) {
        guard let decoder else { return }
        try decoder.decode(packet, into: frame) { (frame) throws(AVFailure) in
            guard !isDecided else { return }
            isDecided = !awaitsKeyPicture || frame.isKey
            notes.merge(CameraNotes.avchd(frame)) { first, _ in first }
            if frame.width == 0 {
                soundStart_s = Double(frame.time ?? 0) * (Ratio(decoder.timeBase).value ?? 0)
            } else if picture == nil {
                picture = try frame.shared()
            }
        }
    }

    /// Tracks of shops that lock what they sell say so in their four letters.
    private static func isLocked(_ parameters: AVCodecParameters) -> Bool {
        let letters = (0..<4).map { UInt8(truncatingIfNeeded: parameters.codec_tag >> (8 * $0)) }
        return ["drmi", "drms", "encv", "enca"].contains(String(decoding: letters, as: UTF8.self))
    }
}
