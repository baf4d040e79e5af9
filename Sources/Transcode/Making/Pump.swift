internal import CLibAV
internal import Model

/// From the original to the published video, packet by packet; what is in memory at any time is little.
struct Pump {
    private let plan: Plan
    private let demuxer: Demuxer
    private let muxer: Muxer
    private let pictures: any Line
    private let sound: (any Line)?

    /// What went through.
    struct Outcome {
        /// Seconds, from the beginning to the end of the last picture or sound.
        var duration: Double
        var picturesEnd_s: Double
        var pictures: Condition
        var sound: Condition?
        /// Reading ended with an error, not at the end of the file.
        var brokeOff: Bool
        /// What the container found that it could not read.
        var complaints: Int
        /// Where the sound ends; 0 where none came out.
        var soundEnd_s: Double
        /// It was to be copied and turned out to be nothing that can be; what was made is worth nothing.
        var isUnfit: Bool
    }

    init(_ plan: Plan, from demuxer: Demuxer, into file: FileIO, threads: Int) throws(AVFailure) {
        (self.plan, self.demuxer) = (plan, demuxer)
        let streams = demuxer.streams
        guard plan.picture.track < streams.count, (plan.sound?.track ?? 0) < streams.count else {
            throw AVFailure(AVFailure.invalidData, "reading the original")
        }
        let picture = streams[plan.picture.track]
        let heard = plan.sound.map { ($0, streams[$0.track]) }
        let start_s = plan.start_s
        switch plan.way {
        case .convert:
            pictures = try PictureLine(plan.picture, picture, start_s: start_s, threads: threads)
            sound = try heard.map { (plan, stream) throws(AVFailure) in
                try SoundLine(plan, stream, start_s: start_s)
            }
        case .copy(let colours):
            pictures = try PassLine(picture, colours: colours, start_s: start_s, threads: threads)
            sound = try heard.map { (_, stream) throws(AVFailure) in
                try PassLine(stream, colours: nil, start_s: start_s, threads: 1)
            }
        }
        demuxer.followClock()
        demuxer.want(only: Set([pictures.track] + (sound.map { [$0.track] } ?? [])))
        muxer = try Muxer(into: file)
    }

    /// How far it is, in seconds of video: what went in, and what came out, which is later by all that the encoder
    /// looks ahead.
    struct Progress {
        var taken_s = 0.0
        var made_s = 0.0
    }

    /// `tell` hears of every packet.
    func run(tell: (Progress) throws(AVFailure) -> Void) throws(AVFailure) -> Outcome {
        let pictureTrack = try pictures.join(muxer)
        let soundTrack = try sound?.join(muxer) ?? -1
        try muxer.begin()
        let packet = try Packet()
        var (goesOn, brokeOff) = (true, false)
        var progress = Progress()
        let before = demuxer.complaints
        while goesOn, !isUnfit {
            do throws(AVFailure) {
                goesOn = try demuxer.next(packet)
            } catch {
                if error.code == FLIP_AVERROR_EIO || error.code == AVFailure.outOfMemory { throw error }
                (goesOn, brokeOff) = (false, true)
            }
            // Whoever takes a packet empties it.
            let track = packet.stream
            if !goesOn || track == pictures.track {
                try pictures.take(goesOn ? packet : nil) { (made) throws(AVFailure) in
                    progress.made_s = max(progress.made_s, muxer.seconds(of: made, in: pictureTrack))
                    try muxer.write(made, to: pictureTrack)
                    try tell(progress)
                }
            }
            if let sound, !goesOn || track == sound.track {
                try sound.take(goesOn ? packet : nil) { (made) throws(AVFailure) in
                    try muxer.write(made, to: soundTrack)
                }
            }
            progress.taken_s = max(pictures.end_s, sound?.end_s ?? 0)
            try tell(progress)
        }
        let complaints = demuxer.complaints - before
        let isUnfit = isUnfit || plan.way != .convert && (complaints > 0 || brokeOff)
        if !isUnfit { try muxer.end() }
        return Outcome(
            duration: max(pictures.end_s, sound?.end_s ?? 0), picturesEnd_s: pictures.end_s,
            pictures: pictures.condition, sound: sound?.condition, brokeOff: brokeOff, complaints: complaints,
            soundEnd_s: sound?.end_s ?? 0, isUnfit: isUnfit)
    }

    private var isUnfit: Bool { pictures.condition.isUnfit || sound?.condition.isUnfit ?? false }
}
