internal import Model

/// What will be made of the pictures.
package struct PicturePlan: Hashable, Sendable {
    package var track: Int
    /// As published: upright, square pixels, even.
    package var width: Int
    package var height: Int
    /// As stored, before turning.
    package var storedWidth: Int
    package var storedHeight: Int
    /// The part of the stored picture that is used: all of it, but for a row or a column that would make it odd.
    package var usedWidth: Int
    package var usedHeight: Int
    package var orientation: Orientation
    package var colour: ColourWork
    package var deinterlaces: Bool
    package var frameRate: Double?
    package var maxFrameRate: Int
    package var quality: Int
    package var encoder: EncoderRecipe
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

extension PicturePlan {
    init(for track: PictureTrack, recipe: Recipe) throws(Refusal) {
        guard track.width > 0, track.height > 0 else { throw Refusal(.corrupt, "Its pictures have no size.") }
        self.track = track.index
        (storedWidth, storedHeight) = (track.width, track.height)
        let size = Self.size(of: track, longSide: recipe.longSide)
        (width, height, usedWidth, usedHeight) = (size.width, size.height, size.usedWidth, size.usedHeight)
        orientation = track.orientation
        colour = Self.colourWork(for: track)
        deinterlaces = track.isInterlaced
        // Rates beyond this are clocks, not pictures.
        frameRate = track.frameRate.flatMap { (1...480).contains($0) ? $0 : nil }
        maxFrameRate = recipe.maxFrameRate
        quality = recipe.quality
        encoder = EncoderRecipe(preset: recipe.preset)
    }

    /// Upright and in square pixels, then shrunk until its long side fits; never enlarged; always even, because
    /// colours are stored for two by two pixels. What is too much for that is cut off, not squeezed in.
    static func size(
        of track: PictureTrack, longSide: Int
    ) -> (width: Int, height: Int, usedWidth: Int, usedHeight: Int) {
        let shape = track.pixelShape.value.map { min(max($0, 1.0 / 8), 8) } ?? 1
        let (across, down) = (Double(track.width) * shape, Double(track.height))
        let shrink = min(1, Double(longSide) / max(across, down))
        let even = { (side: Double) in max(2, Int((side * shrink + 0.01).rounded(.down)) / 2 * 2) }
        let (width, height) = (even(across), even(down))
        let used = { (side: Int, scale: Double, stored: Int) in
            min(stored, max(1, Int((Double(side) / scale).rounded())))
        }
        let (usedWidth, usedHeight) = (
            used(width, shrink * shape, track.width), used(height, shrink, track.height)
        )
        return track.orientation.swapsSides
            ? (height, width, usedWidth, usedHeight) : (width, height, usedWidth, usedHeight)
    }

    /// What the file leaves open is filled in as every player does: high pictures are BT.709, others BT.601.
    static func colourWork(for track: PictureTrack) -> ColourWork {
        var colour = track.colour
        if colour.transfer == .unknown { colour.transfer = track.dolbyVision?.transfer ?? .unknown }
        if colour.transfer == .unknown { colour.transfer = .sdr }
        if colour.matrix == .unknown {
            colour.matrix = colour.transfer != .sdr ? .bt2020 : track.isHighDefinition ? .bt709 : .bt601
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

extension PictureTrack {
    /// Where players draw the line between the colours of old and of new television.
    var isHighDefinition: Bool { max(width, height) >= 1280 || min(width, height) > 576 }
}
