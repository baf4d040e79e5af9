internal import Glibc
internal import Model

/// When an original is published as it is. Pure.
///
/// Copying loses nothing and costs next to nothing, so it is done wherever nobody would see a difference: every
/// browser plays it, it stands upright in ordinary colours, and it is no larger than what we would make of it.
extension Plan {
    /// How the colours of the copy are labelled; nil where the original has to be converted.
    static func copiedColours(
        of track: PictureTrack, _ sound: SoundTrack?, in probe: Probe, _ recipe: Recipe
    ) -> ColourCodes? {
        guard recipe.copyWhenPlayable, !probe.endsEarly,
            track.isPlainH264, !track.isInterlaced, hasOrdinaryColours(track),
            track.orientation == .upright, track.pixelShape.numerator == track.pixelShape.denominator,
            track.width % 2 == 0, track.height % 2 == 0, max(track.width, track.height) <= recipe.longSide,
            isInOnePiece(track), isModest(track, recipe), isPlayable(sound)
        else { return nil }
        // Sound from before the first picture is cut off: more than a trace of it is not.
        if let sound_s = sound?.start_s, track.firstPicture_s - sound_s > headStart_s { return nil }
        return track.colourCodes.filledIn(highDefinition: track.isHighDefinition)
    }

    private static let headStart_s = 0.1

    /// Also by the container's word, where the pictures say nothing.
    private static func hasOrdinaryColours(_ track: PictureTrack) -> Bool {
        if track.colour.isFullRange { return false }
        return switch (track.colour.transfer, track.colour.primaries) {
        case (.pq, _), (.hlg, _), (_, .p3), (_, .bt2020): false
        case (.sdr, _), (.unknown, _): true
        }
    }

    private static func isInOnePiece(_ track: PictureTrack) -> Bool {
        guard let listing = track.listing else { return true }
        return !listing.hasCuts && listing.inside_s >= listing.span_s
    }

    private static func isModest(_ track: PictureTrack, _ recipe: Recipe) -> Bool {
        // A hundredth more than the limit is the clock of a phone.
        guard let rate = track.frameRate, rate <= Double(recipe.maxFrameRate) * 1.01,
            let bitrate = track.bitrate
        else { return false }
        return bitrate <= likelyBitrate(width: track.width, height: track.height, rate: rate, recipe)
    }

    private static func isPlayable(_ sound: SoundTrack?) -> Bool {
        guard let sound else { return true }
        return sound.isPlainAAC && (1...2).contains(sound.channels)
            && [32_000, 44_100, 48_000].contains(sound.rate)
    }

    /// What the recipe would likely make: a tenth of a bit for each pixel at x264's CRF of 23, which halves with
    /// every six steps. Clips of phones came out between 0.03 and 0.15.
    static func likelyBitrate(width: Int, height: Int, rate: Double, _ recipe: Recipe) -> Double {
        let bitsPerPixel = 0.1 * exp2(Double(23 - recipe.quality) / 6)
        return Double(width * height) * min(rate, Double(recipe.maxFrameRate)) * bitsPerPixel
    }
}

extension ColourCodes {
    /// All three named, where they say BT.709 or its older likes; nil where the colours have to be converted.
    func filledIn(highDefinition: Bool) -> ColourCodes? {
        let usual = highDefinition ? Self.bt709 : Self.bt601
        var codes = self
        // 0 and 3 are reserved: some phones write them.
        let open = [0, 2, 3]
        if open.contains(codes.matrix) { codes.matrix = codes.primaries == 1 ? 1 : usual.matrix }
        if open.contains(codes.primaries) { codes.primaries = codes.matrix == 1 ? 1 : usual.primaries }
        if open.contains(codes.transfer) { codes.transfer = codes.matrix == 1 ? 1 : usual.transfer }
        let areOrdinary =
            [1, 5, 6].contains(codes.matrix) && [1, 5, 6].contains(codes.primaries)
            && [1, 6].contains(codes.transfer)
        return areOrdinary ? codes : nil
    }

    package static let bt709 = ColourCodes(primaries: 1, transfer: 1, matrix: 1)
    package static let bt601 = ColourCodes(primaries: 6, transfer: 6, matrix: 6)
}
