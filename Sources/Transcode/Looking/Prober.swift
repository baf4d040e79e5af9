internal import CLibAV
internal import Model

/// Looks at an original: what it claims, and what of that can really be decoded.
///
/// Every track gets a trial, because claims are cheap: phones write sound that no decoder knows, and files that
/// were cut short list pictures that are not there. The first picture also knows best its size and colours.
struct Prober {
    private let demuxer: Demuxer
    private let size: Int64
    private var trials: [Int: Trial] = [:]

    /// H.264 as every browser plays it: baseline, constrained or not, main and high.
    static let plainProfiles: Set<Int32> = [66, 66 | 1 << 9, 77, 100]

    /// How far all trials together read before they give up.
    private static let packetsAtMost = 3000
    /// How far is read for a track of which nothing was seen yet: sound may begin minutes after the pictures.
    private static let searchAtMost_bytes: Int64 = 256 << 20

    /// `limit_s` is what a claim of a longer time is tested against.
    static func probe(_ file: FileIO, limit_s: Double) throws(Refusal) -> Probe {
        try look(file, limit_s: limit_s, for: .damage).probe
    }

    /// The same, and the key pictures that were decoded on the way, by their tracks: nobody has to decode them again.
    static func look(
        _ file: FileIO, limit_s: Double, for purpose: Decoder.Purpose
    ) throws(Refusal) -> (probe: Probe, keyPictures: [Int: Frame]) {
        let demuxer = try Demuxer.open(file)
        var prober = Prober(demuxer: demuxer, size: file.size)
        do throws(AVFailure) {
            try prober.tryEveryTrack(for: purpose)
        } catch {
            throw error.refusal(else: .corrupt)
        }
        var probe = prober.findings
        probe.reachesLimit = prober.reaches(limit_s, probe)
        probe.tags.merge(CameraNotes.xavc(demuxer.boxes, in: file)) { ofFile, _ in ofFile }
        return (probe, prober.trials.compactMapValues(\.keyPicture))
    }

    private init(demuxer: Demuxer, size: Int64) { (self.demuxer, self.size) = (demuxer, size) }

    private mutating func tryEveryTrack(for purpose: Decoder.Purpose) throws(AVFailure) {
        for stream in demuxer.streams {
            let kind = stream.pointee.codecpar.pointee.codec_type
            guard kind == AVMEDIA_TYPE_VIDEO || kind == AVMEDIA_TYPE_AUDIO else { continue }
            trials[Int(stream.pointee.index)] = try Trial(
                stream, in: demuxer.container, for: purpose)
        }
        try decodeUntilDecided(Set(trials.keys), bytesAtMost: .max)
        let unseen = trials.filter { !$0.value.isDecided && $0.value.packets == 0 }
        if !unseen.isEmpty { try decodeUntilDecided(Set(unseen.keys), bytesAtMost: Self.searchAtMost_bytes) }
        for trial in trials.values where !trial.isDecided { try trial.end() }
    }

    private func decodeUntilDecided(_ tracks: Set<Int>, bytesAtMost: Int64) throws(AVFailure) {
        demuxer.want(only: tracks)
        let packet = try Packet()
        let beginning = demuxer.position
        for _ in 0..<Self.packetsAtMost where tracks.contains(where: { trials[$0]?.isDecided == false }) {
            do throws(AVFailure) {
                guard try demuxer.next(packet), demuxer.position - beginning < bytesAtMost else { break }
            } catch {
                if error.code == AVFailure.outOfMemory || error.code == FLIP_AVERROR_EIO { throw error }
                break
            }
            try trials[packet.stream]?.take(packet)
        }
    }

    /// Whether a claim to play longer than `limit_s` is borne out by packets: there are some beyond half of it.
    private func reaches(_ limit_s: Double, _ probe: Probe) -> Bool {
        guard (probe.duration ?? 0) > limit_s,
            let track = probe.pictures.first(where: { $0.firstPicture != nil && $0.listing == nil }),
            let tick = track.timeBase.value, let packet = try? Packet()
        else { return false }
        demuxer.want(only: [track.index])
        guard demuxer.seek(track.index, seconds: track.firstPicture_s + limit_s),
            (try? demuxer.next(packet)) ?? false
        else { return false }
        return Double(packet.pointer.pointee.pts) * tick - track.firstPicture_s > limit_s / 2
    }

    private var findings: Probe {
        let whole = demuxer.context.pointee.duration
        var probe = Probe(
            container: demuxer.container,
            duration: whole == FLIP_AV_NOPTS
                ? nil : Probe.plausible(Double(whole) / Double(AV_TIME_BASE), size: size))
        probe.endsEarly = demuxer.endsEarly
        probe.wasEnded = demuxer.wasEnded
        probe.isFragmented = demuxer.boxes.first("moof") != nil
        probe.isDoubtful = demuxer.isDoubtful
        probe.tags = demuxer.tags
        for stream in demuxer.streams {
            guard let trial = trials[Int(stream.pointee.index)] else { continue }
            if stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO {
                var track = pictureTrack(stream, trial, demuxer.coloursOfContainer[stream.pointee.index])
                track.duration = track.duration.flatMap { Probe.plausible($0, size: size) }
                if demuxer.container.hasPrefix("mov"), !probe.isFragmented {
                    track.listing = Listing(stream, fileSize: size)
                }
                if let count = track.count, let rate = track.frameRate, rate > 0 {
                    track.counted_s = Probe.plausible(Double(count) / rate, size: size)
                }
                track.bitrate = bitrate(of: track, in: probe)
                probe.pictures.append(track)
            } else {
                probe.sounds.append(soundTrack(stream, trial))
            }
            // Some phones write what they are into the track and not into the file.
            probe.tags.merge(texts(stream.pointee.metadata)) { ofFile, _ in ofFile }
            probe.tags.merge(trial.notes) { ofFile, _ in ofFile }
        }
        return probe
    }

    /// As the index adds it up; else what the file would have if it were all pictures.
    private func bitrate(of track: PictureTrack, in probe: Probe) -> Double? {
        if let listing = track.listing { return Double(listing.bytes) * 8 / listing.span_s }
        return (track.duration ?? probe.duration).map { Double(size) * 8 / $0 }
    }

    private func programme(of stream: UnsafeMutablePointer<AVStream>) -> Int? {
        (av_find_program_from_stream(demuxer.context, nil, stream.pointee.index)?.pointee.id).map { Int($0) }
    }

    private func soundTrack(_ stream: UnsafeMutablePointer<AVStream>, _ trial: Trial) -> SoundTrack {
        let parameters = stream.pointee.codecpar.pointee
        var track = SoundTrack(
            index: Int(stream.pointee.index), codec: String(cString: avcodec_get_name(parameters.codec_id)),
            channels: Int(parameters.ch_layout.nb_channels), rate: Int(parameters.sample_rate))
        track.isDefault = stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0
        track.isEncrypted = trial.isEncrypted
        track.start_s = trial.soundStart_s
        track.programme = programme(of: stream)
        track.isPlainAAC = parameters.codec_id == AV_CODEC_ID_AAC && parameters.profile == FF_PROFILE_AAC_LOW
        return track
    }

    private func pictureTrack(
        _ stream: UnsafeMutablePointer<AVStream>, _ trial: Trial, _ colourOfContainer: Colour?
    ) -> PictureTrack {
        let parameters = stream.pointee.codecpar.pointee
        var track = PictureTrack(
            index: Int(stream.pointee.index), codec: String(cString: avcodec_get_name(parameters.codec_id)),
            width: trial.picture?.width ?? Int(parameters.width),
            height: trial.picture?.height ?? Int(parameters.height))
        track.timeBase = Ratio(stream.pointee.time_base)
        track.frameRate =
            Ratio(stream.pointee.avg_frame_rate).value ?? Ratio(stream.pointee.r_frame_rate).value
        if stream.pointee.duration != FLIP_AV_NOPTS, let tick = track.timeBase.value {
            track.duration = Double(stream.pointee.duration) * tick
        }
        track.count = stream.pointee.nb_frames > 0 ? Int(stream.pointee.nb_frames) : nil
        track.isDefault = stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0
        track.isAttached =
            stream.pointee.disposition
            & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS | AV_DISPOSITION_STILL_IMAGE) != 0
        track.isEncrypted = trial.isEncrypted
        track.hasDecoder = trial.hasDecoder
        track.programme = programme(of: stream)
        track.orientation = Self.orientation(of: stream)
        track.dolbyVision = PictureTrack.dolbyVision(of: stream)
        if let picture = trial.picture {
            // The container's word on the shape of pixels counts more than the codec's.
            let shape = av_guess_sample_aspect_ratio(nil, stream, picture.pointer)
            track.pixelShape = Ratio(shape).value == nil ? Ratio(1, 1) : Ratio(shape)
            track.colour = Colour(of: picture.pointer.pointee, else: colourOfContainer)
            track.colour.peak = PictureTrack.peak(of: picture.pointer, stream)
            track.isInterlaced = picture.isInterlaced
            track.firstPicture = picture.time ?? 0
            track.isPlainH264 =
                parameters.codec_id == AV_CODEC_ID_H264 && Self.plainProfiles.contains(parameters.profile)
                && [AV_PIX_FMT_YUV420P.rawValue, AV_PIX_FMT_YUVJ420P.rawValue].contains(
                    picture.pointer.pointee.format)
            track.colourCodes = ColourCodes(
                primaries: Int(picture.pointer.pointee.color_primaries.rawValue),
                transfer: Int(picture.pointer.pointee.color_trc.rawValue),
                matrix: Int(picture.pointer.pointee.colorspace.rawValue))
        }
        return track
    }

    private static func orientation(of stream: UnsafeMutablePointer<AVStream>) -> Orientation {
        guard let data = trackData(of: stream, AV_PKT_DATA_DISPLAYMATRIX), data.count >= 36 else {
            return .upright
        }
        let cell = { data.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
        return Orientation(a: cell(0), b: cell(1), c: cell(3), d: cell(4))
    }
}
