internal import CLibAV
internal import Model

/// Reads back what was made, and refuses to publish anything but what was planned.
struct Verify {
    private let plan: Plan
    private let expected_s: Double
    private let threads: Int

    /// Throws `corrupt` with what is wrong, worded so that the reader knows it is the work and not the file.
    static func check(
        _ path: Path, plan: Plan, lasting expected_s: Double, threads: Int, meter: Meter
    ) throws(Refusal) {
        let file = try FileIO.reading(path)
        let demuxer = try Demuxer.open(file)
        let verify = Verify(plan: plan, expected_s: expected_s, threads: threads)
        guard demuxer.boxes.startsAtOnce else { throw wrong("its index is not in front") }
        try verify.checkTracks(of: demuxer)
        try verify.checkLength(of: demuxer)
        meter.tell(0.3)
        do throws(AVFailure) {
            for track in 0..<(plan.sound == nil ? 1 : 2) {
                try verify.decodeEnds(of: track, in: demuxer)
                meter.tell(track == 0 ? 0.8 : 1)
            }
        } catch {
            throw error.refusal(else: .corrupt)
        }
    }

    private static func wrong(_ what: String) -> Refusal {
        Refusal(.corrupt, "What was made of it did not pass the check: \(what).")
    }

    private func checkTracks(of demuxer: Demuxer) throws(Refusal) {
        let streams = demuxer.streams.map(\.pointee)
        guard streams.count == (plan.sound == nil ? 1 : 2) else {
            throw Self.wrong("its tracks are not the planned ones")
        }
        let picture = streams[0].codecpar.pointee
        guard picture.codec_id == AV_CODEC_ID_H264, picture.format == AV_PIX_FMT_YUV420P.rawValue,
            plan.profiles.contains(picture.profile)
        else { throw Self.wrong("its pictures are not H.264 as every browser plays it") }
        guard Int(picture.width) == plan.picture.width, Int(picture.height) == plan.picture.height else {
            throw Self.wrong("its pictures measure \(picture.width) by \(picture.height)")
        }
        let codes = ColourCodes(
            primaries: Int(picture.color_primaries.rawValue), transfer: Int(picture.color_trc.rawValue),
            matrix: Int(picture.color_space.rawValue))
        guard codes == plan.colourCodes, picture.color_range == AVCOL_RANGE_MPEG
        else { throw Self.wrong("its colours are not labelled") }
        guard trackData(of: demuxer.streams[0], AV_PKT_DATA_DISPLAYMATRIX) == nil else {
            throw Self.wrong("it would be turned twice")
        }
        guard let sound = plan.sound else { return }
        let track = streams[1].codecpar.pointee
        let isAsPlanned =
            switch plan.way {
            case .convert:
                Int(track.sample_rate) == sound.rate && Int(track.ch_layout.nb_channels) == sound.channels
            case .copy: track.profile == FF_PROFILE_AAC_LOW
            }
        guard track.codec_id == AV_CODEC_ID_AAC, isAsPlanned
        else { throw Self.wrong("its sound is not the planned one") }
    }

    private func checkLength(of demuxer: Demuxer) throws(Refusal) {
        let length = Double(demuxer.context.pointee.duration) / Double(AV_TIME_BASE)
        guard abs(length - expected_s) <= max(0.5, expected_s * 0.01) else {
            throw Self.wrong("it lasts \(length) s instead of \(expected_s) s")
        }
        let start = demuxer.streams[0].pointee.start_time
        guard start == 0 else { throw Self.wrong("its first picture is not at the start") }
    }

    /// A second from the first key picture on, and one from the key picture before the last second, if that is another, must
    /// give something, and nothing damaged; behind that it is read to its end. Pictures on which no others lean are left out.
    /// Of a copy, whose pictures were looked at on the way, one picture at either place will do.
    private func decodeEnds(of track: Int, in demuxer: Demuxer) throws(AVFailure) {
        let length = Double(demuxer.context.pointee.duration) / Double(AV_TIME_BASE)
        demuxer.want(only: [track])
        let first = try decode(track, in: demuxer, from: 0)
        if length > 2 { _ = try decode(track, in: demuxer, from: length - 1, unlessAt: first) }
    }

    /// From the key picture before `start_s` on; its time is the answer. Where that was `proven`, all is only read.
    private func decode(
        _ track: Int, in demuxer: Demuxer, from start_s: Double, unlessAt proven: Int64? = nil
    ) throws(AVFailure) -> Int64? {
        guard demuxer.seek(track, seconds: start_s) else {
            throw AVFailure(AVFailure.invalidData, "looking for the end of what was made")
        }
        let stream = demuxer.streams[track]
        // Several threads have several pictures in work before the first comes out.
        let decoder = try Decoder(stream, threads: plan.way == .convert ? threads : 1, for: .proof)
        let (packet, frame) = (try Packet(), try Frame())
        let second = rescale(1, from: AVRational(num: 1, den: 1), to: stream.pointee.time_base)
        var frames = 0
        var begin: Int64?
        while try demuxer.next(packet) {
            guard packet.stream == track else { continue }
            let time = packet.pointer.pointee.pts
            if begin == nil { begin = time }
            let isEnough =
                begin == proven || time > (begin ?? time) + second || frames > 0 && plan.way != .convert
            if !isEnough {
                try decoder.decode(packet, into: frame) { _ in frames += 1 }
            } else if start_s == 0 {
                break
            }
        }
        try decoder.decode(nil, into: frame) { _ in frames += 1 }
        guard begin != nil, frames > 0 || begin == proven, decoder.damaged == 0 else {
            throw AVFailure(AVFailure.invalidData, "reading back what was made")
        }
        return begin
    }
}

extension Plan {
    /// Those that what was made may have.
    fileprivate var profiles: Set<Int32> {
        switch way {
        case .convert:
            switch picture.encoder.profile {
            case .main: [FF_PROFILE_H264_MAIN]
            case .high: [FF_PROFILE_H264_HIGH]
            }
        case .copy: Prober.plainProfiles
        }
    }

    fileprivate var colourCodes: ColourCodes {
        switch way {
        case .convert: .bt709
        case .copy(let codes): codes
        }
    }
}
