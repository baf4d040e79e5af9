package import Model

/// What will be made of an original. Pure: what was found goes in, a plan or a refusal comes out.
package struct Plan: Hashable, Sendable {
    package enum Way: Hashable, Sendable {
        /// Decoded, brought into shape, encoded.
        case convert
        /// It plays everywhere as it is: its packets are taken over, with these words about its colours.
        case copy(ColourCodes)
    }

    package var way: Way
    package var picture: PicturePlan
    /// Nil where there is nothing to hear.
    package var sound: SoundPlan?
    /// Where the original's clock stands when the published video begins, in seconds.
    package var start_s: Double
    /// How long it should play, as far as the original knows.
    package var duration: Double?
    package var maxDuration_s: Double
    /// What had to be left out, in plain sentences.
    package var remarks: [String] = []

    package init(for probe: Probe, recipe: Recipe) throws(Refusal) {
        let track = try Self.mainPicture(of: probe)
        let heard = Self.mainSound(of: probe, with: track)
        picture = try PicturePlan(for: track, recipe: recipe)
        sound = heard.map { SoundPlan(for: $0, recipe: recipe) }
        maxDuration_s = recipe.maxDuration_s
        let colours = Self.copiedColours(of: track, heard, in: probe, recipe)
        way = colours.map { .copy($0) } ?? .convert
        start_s = colours == nil ? Self.start(of: track, heard) : track.firstPicture_s
        duration = Self.duration(of: track, in: probe, from: start_s)
        if sound == nil, !probe.sounds.isEmpty { remarks.append("The sound of this file could not be read.") }
        // Claims are believed where packets bear them out; the others show when they are read.
        let known_s = track.listing?.span_s ?? (probe.reachesLimit ? duration : nil)
        if let known_s, known_s > recipe.maxDuration_s { throw Self.tooLong(recipe.maxDuration_s) }
    }
}

package struct SoundPlan: Hashable, Sendable {
    package var track: Int
    package var channels: Int
    package var rate: Int
    package var bitrate: Int
}

extension Plan {
    static func tooLong(_ most_s: Double) -> Refusal {
        let (hours, minutes) = (Int(most_s) / 3600, Int(most_s) / 60)
        let most =
            hours > 0 && minutes % 60 == 0 ? "\(hours) h" : minutes > 0 ? "\(minutes) min" : "\(Int(most_s)) s"
        return Refusal(.tooLong, "At most \(most) are accepted.")
    }

    /// A list of all packets is believed first. AVI counts its pictures, and libav's own guess shrinks with the file.
    static func duration(of track: PictureTrack, in probe: Probe, from start_s: Double) -> Double? {
        if let listing = track.listing { return listing.span_s }
        if probe.container == "avi", probe.wasEnded, let counted_s = track.counted_s { return counted_s }
        // Matroska says when it ends, not how long it plays.
        if probe.container.hasPrefix("matroska"), let end_s = probe.duration { return max(0, end_s - start_s) }
        return probe.duration ?? track.duration
    }

    /// The video begins with whichever comes first, so that nothing is cut off; a sound that is far ahead of the
    /// pictures has a damaged clock.
    static func start(of track: PictureTrack, _ sound: SoundTrack?) -> Double {
        let pictures_s = track.firstPicture_s
        guard let sound_s = sound?.start_s, sound_s < pictures_s, pictures_s - sound_s < longestHeadStart_s
        else {
            return pictures_s
        }
        return sound_s
    }

    private static let longestHeadStart_s = 60.0

    /// More than any camera records; what claims to be larger is a trap for our memory.
    static let pixelsAtMost = 16384 * 8704

    /// The track that people mean when they say "the video".
    static func mainPicture(of probe: Probe) throws(Refusal) -> PictureTrack {
        let moving = probe.pictures.filter { !$0.isAttached }
        guard !moving.isEmpty else {
            if !probe.sounds.isEmpty { throw Refusal(.noPicture) }
            throw Refusal(probe.endsEarly ? .truncated : probe.isDoubtful ? .notMedia : .corrupt)
        }
        let open = moving.filter { !$0.isEncrypted }
        guard !open.isEmpty else { throw Refusal(.drm) }
        let readable = open.filter(\.hasDecoder)
        guard !readable.isEmpty else {
            throw Refusal(
                .unsupportedCodec, open.first.flatMap { $0.codec == "none" ? nil : "It is \($0.codec)." })
        }
        let decoded = readable.filter { $0.firstPicture != nil }
        guard !decoded.isEmpty else {
            if readable.allSatisfy({ $0.pixels > Self.pixelsAtMost }) { throw Refusal(.tooManyPixels) }
            if probe.endsEarly { throw Refusal(.truncated) }
            if probe.isDoubtful { throw Refusal(.notMedia) }
            throw Refusal(.corrupt, "Not one picture in it could be decoded.")
        }
        let compatible = decoded.filter { $0.dolbyVision?.isCompatible ?? true }
        guard !compatible.isEmpty else {
            throw Refusal(.unsupportedCodec, Self.dolbyVisionAlone(decoded[0].dolbyVision?.profile ?? 5))
        }
        // A track of a few pictures beside one of many is an extra, however large its pictures are; so is one that
        // is soon over.
        let most = compatible.compactMap(\.count).max() ?? 0
        let longest = compatible.compactMap(\.duration).max() ?? 0
        let candidates = compatible.filter {
            ($0.count ?? most) * 4 >= most && ($0.duration ?? longest) * 4 >= longest
        }
        let best = candidates.max { $0.rank < $1.rank }
        return best ?? compatible[0]
    }

    private static func dolbyVisionAlone(_ profile: Int) -> String {
        "It is Dolby Vision of profile \(profile), which has the right colours only on devices made for it. Export "
            + "it again as HDR10, HLG or ordinary video, and drop that."
    }

    /// The track to listen to: the default one, else the one with most channels, as long as it plays. Television
    /// sends several programmes at once: the sound of another one is none of this picture's.
    static func mainSound(of probe: Probe, with picture: PictureTrack) -> SoundTrack? {
        let playing = probe.sounds.filter { $0.plays && !$0.isEncrypted && $0.programme == picture.programme }
        return playing.max {
            ($0.isDefault ? 1 : 0, $0.channels, -$0.index) < ($1.isDefault ? 1 : 0, $1.channels, -$1.index)
        }
    }
}

extension PictureTrack {
    var pixels: Int { width * height }

    /// When the first picture is shown, in seconds of the original's clock.
    var firstPicture_s: Double { Double(firstPicture ?? 0) * (timeBase.value ?? 0) }

    /// The default one comes first, then the largest, then the longest, then the first.
    fileprivate var rank: (Int, Int, Double, Int) { (isDefault ? 1 : 0, pixels, duration ?? 0, -index) }
}

extension SoundPlan {
    package init(for track: SoundTrack, recipe: Recipe) {
        self.track = track.index
        channels = track.channels == 1 ? 1 : 2
        rate = track.rate == 44_100 ? 44_100 : 48_000
        bitrate = recipe.audioBitrate
    }
}
