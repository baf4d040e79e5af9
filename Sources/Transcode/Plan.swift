package import Model

/// What will be made of an original. Pure: what was found goes in, a plan or a refusal comes out.
package struct Plan: Hashable, Sendable {
    package var picture: PicturePlan
    /// Nil where there is nothing to hear.
    package var sound: SoundPlan?
    /// How long it should play, as far as the original knows.
    package var duration: Double?
    /// What had to be left out, in plain sentences.
    package var remarks: [String] = []

    package init(for probe: Probe, recipe: Recipe) throws(Refusal) {
        let track = try Self.mainPicture(of: probe)
        picture = try PicturePlan(for: track, recipe: recipe)
        sound = Self.mainSound(of: probe).map { SoundPlan(for: $0, recipe: recipe) }
        duration = probe.knowsItsLength ? track.duration ?? probe.duration : probe.duration ?? track.duration
        if sound == nil, !probe.sounds.isEmpty { remarks.append("The sound of this file could not be read.") }
    }
}

package struct PicturePlan: Hashable, Sendable {
    package var track: Int
    /// As published: upright, square pixels, even.
    package var width: Int
    package var height: Int
    package var orientation: Orientation
    package var colour: ColourWork
    package var deinterlaces: Bool
    package var frameRate: Double?
    /// When the first picture stands in the original; it will stand at 0.
    package var start: Int64
    package var timeBase: Ratio
    package var quality: Int
    package var preset: String
}

package struct SoundPlan: Hashable, Sendable {
    package var track: Int
    package var channels: Int
    package var rate: Int
    package var bitrate: Int
}

/// What is to be done to the colours, so that they are what every browser expects.
package enum ColourWork: Hashable, Sendable {
    /// The numbers are put into the usual order.
    case rearrange(Colour)
    /// Colours beyond the usual ones are brought inside.
    case narrow(Colour)
    /// Light beyond the usual range is brought inside, and its colours.
    case toneMap(Colour)
}

extension Plan {
    /// More than any camera records; what claims to be larger is a trap for our memory.
    static let pixelsAtMost = 16384 * 8704

    /// The track that people mean when they say "the video".
    static func mainPicture(of probe: Probe) throws(Refusal) -> PictureTrack {
        let moving = probe.pictures.filter { !$0.isAttached }
        guard !moving.isEmpty else {
            throw probe.sounds.isEmpty ? Refusal(probe.endsEarly ? .truncated : .notMedia) : Refusal(.noPicture)
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
        // A track of a few pictures beside one of many is an extra, however large its pictures are.
        let most = compatible.compactMap(\.count).max() ?? 0
        let candidates = compatible.filter { ($0.count ?? most) * 4 >= most }
        let best = candidates.max {
            ($0.isDefault ? 1 : 0, $0.pixels, -$0.index) < ($1.isDefault ? 1 : 0, $1.pixels, -$1.index)
        }
        return best ?? compatible[0]
    }

    private static func dolbyVisionAlone(_ profile: Int) -> String {
        "It is Dolby Vision of profile \(profile), which has the right colours only on devices made for it. Export "
            + "it again as HDR10, HLG or ordinary video, and drop that."
    }

    /// The track to listen to: the default one, else the one with most channels, as long as it plays.
    static func mainSound(of probe: Probe) -> SoundTrack? {
        let playing = probe.sounds.filter { $0.plays && !$0.isEncrypted }
        return playing.max {
            ($0.isDefault ? 1 : 0, $0.channels, -$0.index) < ($1.isDefault ? 1 : 0, $1.channels, -$1.index)
        }
    }
}

extension PictureTrack {
    var pixels: Int { width * height }
}

extension PicturePlan {
    init(for track: PictureTrack, recipe: Recipe) throws(Refusal) {
        guard track.width > 0, track.height > 0 else { throw Refusal(.corrupt, "Its pictures have no size.") }
        self.track = track.index
        (width, height) = Self.size(of: track, longSide: recipe.longSide)
        orientation = track.orientation
        colour = Self.colourWork(for: track)
        deinterlaces = track.isInterlaced
        // Rates beyond this are clocks, not pictures.
        frameRate = track.frameRate.flatMap { (1...480).contains($0) ? $0 : nil }
        start = track.firstPicture ?? 0
        timeBase = track.timeBase
        quality = recipe.quality
        preset = recipe.preset
    }

    /// Upright and in square pixels, then shrunk until its long side fits; never enlarged; always even, because
    /// colours are stored for two by two pixels.
    static func size(of track: PictureTrack, longSide: Int) -> (width: Int, height: Int) {
        let shape = track.pixelShape.value.map { min(max($0, 1.0 / 8), 8) } ?? 1
        var (width, height) = (Double(track.width) * shape, Double(track.height))
        if track.orientation.swapsSides { swap(&width, &height) }
        let shrink = min(1, Double(longSide) / max(width, height))
        let even = { (side: Double) in max(2, Int((side * shrink + 0.01).rounded(.down)) / 2 * 2) }
        return (even(width), even(height))
    }

    /// What the file leaves open is filled in as every player does: high pictures are BT.709, others BT.601.
    static func colourWork(for track: PictureTrack) -> ColourWork {
        var colour = track.colour
        if colour.transfer == .unknown { colour.transfer = track.dolbyVision?.transfer ?? .unknown }
        if colour.transfer == .unknown { colour.transfer = .sdr }
        if colour.matrix == .unknown {
            colour.matrix =
                colour.transfer != .sdr ? .bt2020 : min(track.width, track.height) >= 720 ? .bt709 : .bt601
        }
        if colour.primaries == .unknown {
            colour.primaries = colour.transfer != .sdr || colour.matrix == .bt2020 ? .bt2020 : .bt709
        }
        return switch (colour.transfer, colour.primaries) {
        case (.pq, _), (.hlg, _): .toneMap(colour)
        case (_, .bt709), (_, .unknown): .rearrange(colour)
        case (_, .ebu), (_, .smpteC), (_, .p3), (_, .bt2020): .narrow(colour)
        }
    }
}

extension SoundPlan {
    package init(for track: SoundTrack, recipe: Recipe) {
        self.track = track.index
        channels = track.channels == 1 ? 1 : 2
        rate = track.rate == 44_100 ? 44_100 : 48_000
        bitrate = recipe.audioBitrate
    }
}
