/// What was found in an original, as plain values: all that the plan is made from.
package struct Probe: Sendable {
    /// As libav names it: "mov,mp4,m4a,3gp,3g2,mj2".
    package var container: String
    package var duration: Double?
    /// The file ends before its container says so.
    package var endsEarly = false
    /// Its recorder ended as it should: what it says of its length was written when that was known.
    package var wasEnded = true
    /// In pieces, as live recorders write it: its beginning does not list what follows.
    package var isFragmented = false
    /// There are packets far beyond what may be published: a claim of such a length is true.
    package var reachesLimit = false
    /// Recognised by no more than a guess.
    package var isDoubtful = false
    package var pictures: [PictureTrack] = []
    package var sounds: [SoundTrack] = []
    package var tags: [String: String] = [:]

    package init(container: String, duration: Double?) {
        self.container = container
        self.duration = duration
    }

    /// A length that the file is large enough for: fragmented files are known to claim days.
    package static func plausible(_ seconds: Double, size: Int64) -> Double? {
        seconds > 0 && seconds * 20 < Double(max(size, 400)) ? seconds : nil
    }
}

package struct PictureTrack: Sendable {
    package var index: Int
    package var codec: String
    /// As stored: before turning, and with its own pixel shape.
    package var width: Int
    package var height: Int
    package var pixelShape = Ratio(1, 1)
    package var orientation = Orientation.upright
    package var colour = Colour()
    package var frameRate: Double?
    package var duration: Double?
    /// How many pictures the container lists; nil where it does not.
    package var count: Int?
    /// How long so many pictures last; nil where a recorder that never ended left no honest count.
    package var counted_s: Double?
    /// What the container lists of it, where it lists everything.
    package var listing: Listing?
    package var timeBase = Ratio(1, 90_000)
    /// When the first picture that could be decoded is shown, in `timeBase`; nil if there was none.
    package var firstPicture: Int64?
    package var isDefault = false
    /// Which of several programmes of one broadcast it belongs to.
    package var programme: Int?
    /// A cover, not a moving picture.
    package var isAttached = false
    package var isEncrypted = false
    package var hasDecoder = true
    package var isInterlaced = false
    /// H.264 in a profile that every browser plays, eight bits deep, with colours for two by two pixels.
    package var isPlainH264 = false
    package var colourCodes = ColourCodes()
    package var bitrate: Double?
    package var dolbyVision: DolbyVision?

    package init(index: Int, codec: String, width: Int, height: Int) {
        self.index = index
        self.codec = codec
        self.width = width
        self.height = height
    }
}

package struct SoundTrack: Sendable {
    package var index: Int
    package var codec: String
    package var channels: Int
    package var rate: Int
    package var isDefault = false
    package var programme: Int?
    package var isEncrypted = false
    /// When the first sound that could be decoded is heard, in seconds; nil if there was none.
    package var start_s: Double?
    /// AAC as every browser plays it.
    package var isPlainAAC = false

    /// Its decoder opened and gave sound.
    package var plays: Bool { start_s != nil }

    package init(index: Int, codec: String, channels: Int, rate: Int) {
        self.index = index
        self.codec = codec
        self.channels = channels
        self.rate = rate
    }
}

/// What a container's index says of a track: every packet with its place and time.
package struct Listing: Hashable, Sendable {
    package var packets: Int
    package var bytes: Int64
    /// From the first packet to the end of the last.
    package var span_s: Double
    /// The same up to the first packet that lies beyond the end of the file.
    package var inside_s: Double
    /// Packets that are decoded but not shown: what somebody cut away without writing the file anew.
    package var hasCuts: Bool

    package init(packets: Int, bytes: Int64, span_s: Double, inside_s: Double, hasCuts: Bool) {
        self.packets = packets
        self.bytes = bytes
        self.span_s = span_s
        self.inside_s = inside_s
        self.hasCuts = hasCuts
    }
}

/// What a file says of its colours, in the numbers of H.273, which are the same in every container.
package struct ColourCodes: Hashable, Sendable {
    package var primaries: Int
    package var transfer: Int
    package var matrix: Int

    package init(primaries: Int = 2, transfer: Int = 2, matrix: Int = 2) {
        self.primaries = primaries
        self.transfer = transfer
        self.matrix = matrix
    }
}

/// A fraction: the shape of pixels, the length of a tick.
package struct Ratio: Hashable, Sendable {
    package var numerator: Int
    package var denominator: Int

    package init(_ numerator: Int, _ denominator: Int) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Nil where one of the two is missing.
    package var value: Double? {
        numerator > 0 && denominator > 0 ? Double(numerator) / Double(denominator) : nil
    }
}

/// What a track of Dolby Vision is made of.
package struct DolbyVision: Hashable, Sendable {
    package var profile: Int
    /// What its pictures are to those who do not know Dolby Vision: 0 for nothing.
    package var compatibility: Int

    package init(profile: Int, compatibility: Int) {
        self.profile = profile
        self.compatibility = compatibility
    }

    /// Whether its pictures have the right colours without what only Dolby's own devices know. Old profiles
    /// with two layers always do, and older files do not say so.
    package var isCompatible: Bool { compatibility != 0 || profile < 5 || profile == 6 || profile == 7 }

    /// The kind of light that its pictures stand for, where they do not say so themselves.
    var transfer: Colour.Transfer {
        switch compatibility {
        case 1, 6: .pq
        case 2: .sdr
        case 4: .hlg
        default: .unknown
        }
    }
}

/// How the stored picture is to be turned, or mirrored, to stand upright.
package enum Orientation: String, CaseIterable, Sendable {
    case upright, right, upsideDown, left
    case mirrored, mirroredUpsideDown, transposed, transverse

    /// From the first two rows of a display matrix, a point (x, y) going to (ax + cy, bx + dy). A slanted one
    /// counts as the nearest right angle.
    package init(a: Int32, b: Int32, c: Int32, d: Int32) {
        let straight = abs(Int64(a)) + abs(Int64(d)) >= abs(Int64(b)) + abs(Int64(c))
        self =
            switch (straight, straight ? a < 0 : b < 0, straight ? d < 0 : c < 0) {
            case (true, false, false): .upright
            case (true, true, true): .upsideDown
            case (true, true, false): .mirrored
            case (true, false, true): .mirroredUpsideDown
            case (false, false, true): .right
            case (false, true, false): .left
            case (false, false, false): .transposed
            case (false, true, true): .transverse
            }
    }

    /// As Exif counts, from 1 to 8.
    init(exif number: Int?) {
        self =
            switch number {
            case 2: .mirrored
            case 3: .upsideDown
            case 4: .mirroredUpsideDown
            case 5: .transposed
            case 6: .right
            case 7: .transverse
            case 8: .left
            default: .upright
            }
    }

    /// Whether width and height change places.
    package var swapsSides: Bool {
        switch self {
        case .upright, .upsideDown, .mirrored, .mirroredUpsideDown: false
        case .right, .left, .transposed, .transverse: true
        }
    }

    /// The filters that do it.
    var filters: [String] {
        switch self {
        case .upright: []
        case .right: ["transpose=clock"]
        case .left: ["transpose=cclock"]
        case .upsideDown: ["hflip", "vflip"]
        case .mirrored: ["hflip"]
        case .mirroredUpsideDown: ["vflip"]
        case .transposed: ["transpose=cclock_flip"]
        case .transverse: ["transpose=clock_flip"]
        }
    }
}

/// What the numbers of a picture mean. What a file does not say, or says wrongly, is `unknown`.
package struct Colour: Hashable, Sendable {
    package enum Matrix: String, Sendable { case bt709, bt601, bt2020, unknown }
    /// `ebu` and `smpteC` are those of old television, in countries with PAL and with NTSC.
    package enum Primaries: String, Sendable { case bt709, ebu, smpteC, p3, bt2020, unknown }
    package enum Transfer: String, Sendable { case sdr, pq, hlg, unknown }

    package var matrix = Matrix.unknown
    package var primaries = Primaries.unknown
    package var transfer = Transfer.unknown
    package var isFullRange = false
    /// RGB and palettes have no matrix.
    package var isRGB = false
    /// The brightest light in it, in cd/m², as far as the file says.
    package var peak: Double?

    package init() {}
}
