internal import CLibAV
internal import Model

/// From the original to the published video, packet by packet; what is in memory at any time is little.
struct Pump {
    private let plan: Plan
    private let demuxer: Demuxer
    private let muxer: Muxer
    private let pictures: PictureLine
    private let sound: SoundLine?
    private let (pictureTrack, soundTrack): (Int, Int?)

    /// What went through.
    struct Outcome {
        var pictures: Int
        /// Seconds, from the first picture to the end of the last picture or sound.
        var duration: Double
        var picturesEnd: Double
        /// The part of the picture packets that were damaged.
        var damage: Double
        /// Reading ended with an error, not at the end of the file.
        var brokeOff: Bool
    }

    init(_ plan: Plan, from demuxer: Demuxer, into file: FileIO, threads: Int) throws(AVFailure) {
        (self.plan, self.demuxer) = (plan, demuxer)
        let streams = demuxer.streams
        guard plan.picture.track < streams.count, (plan.sound?.track ?? 0) < streams.count else {
            throw AVFailure(AVFailure.invalidData, "reading the original")
        }
        pictures = try PictureLine(plan.picture, streams[plan.picture.track], threads: threads)
        let start = Double(plan.picture.start) * (plan.picture.timeBase.value ?? 0)
        if let sound = plan.sound {
            self.sound = try SoundLine(sound, streams[sound.track], start: start)
        } else {
            sound = nil
        }
        demuxer.want(only: Set([plan.picture.track] + (plan.sound.map { [$0.track] } ?? [])))
        muxer = try Muxer(into: file)
        pictureTrack = try muxer.add(pictures.encoder)
        if let sound { soundTrack = try muxer.add(sound.encoder) } else { soundTrack = nil }
    }

    /// `progress` hears of every packet, how many seconds of video are done.
    func run(progress: (Double) -> Void) throws(AVFailure) -> Outcome {
        try muxer.begin()
        let packet = try Packet()
        var brokeOff = false
        while true {
            do throws(AVFailure) {
                guard try demuxer.next(packet) else { break }
            } catch {
                if error.code == FLIP_AVERROR_EIO || error.code == AVFailure.outOfMemory { throw error }
                brokeOff = true
                break
            }
            try route(packet)
            progress(pictures.end)
        }
        try route(nil)
        try muxer.end()
        return Outcome(
            pictures: pictures.pictures, duration: max(pictures.end, sound?.end ?? 0),
            picturesEnd: pictures.end,
            damage: Double(pictures.decoder.damaged) / Double(max(1, pictures.decoder.packets)),
            brokeOff: brokeOff)
    }

    /// A nil packet tells both lines that there are no more.
    private func route(_ packet: Packet?) throws(AVFailure) {
        if packet.map({ $0.stream == plan.picture.track }) ?? true {
            try pictures.take(packet) { (made) throws(AVFailure) in try muxer.write(made, to: pictureTrack) }
        }
        if let sound, let soundTrack, packet.map({ $0.stream == plan.sound?.track }) ?? true {
            try sound.take(packet) { (made) throws(AVFailure) in try muxer.write(made, to: soundTrack) }
        }
    }
}
