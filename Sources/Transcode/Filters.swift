/// The plan for a picture, spelled as libav's filters. Pure.
extension PicturePlan {
    /// From a decoded picture of `stored` size to one that can be encoded, in the plan's size or one that fits
    /// `longSide`.
    package func filters(
        of stored: (width: Int, height: Int)? = nil, fitting longSide: Int? = nil
    ) -> String {
        let (width, height) = size(fitting: longSide)
        // Turning comes last: by then there is less to turn.
        let (across, down) = orientation.swapsSides ? (height, width) : (width, height)
        let isAsPlanned = stored.map { $0 == (storedWidth, storedHeight) } ?? true
        let shaping =
            isAsPlanned
            ? cut + colour.filters(width: across, height: down)
            // A recorder that was turned in the middle: its new shape stands between black bars.
            : colour.filters(width: across, height: down, keepsShape: true) + ["pad=\(across):\(down):-1:-1"]
        return
            ((deinterlaces ? ["bwdif=mode=send_frame:deint=interlaced"] : [])
            + shaping + orientation.filters + ["setsar=1", "format=yuv420p"]).joined(separator: ",")
    }

    private var cut: [String] {
        (usedWidth, usedHeight) == (storedWidth, storedHeight)
            ? [] : ["crop=\(usedWidth):\(usedHeight):0:0:exact=1"]
    }

    /// The same picture for a still: RGB, as screens show it.
    package func stillFilters(fitting longSide: Int) -> String {
        filters(fitting: longSide)
            + ",scale=in_color_matrix=bt709:in_range=tv:flags=\(ColourWork.scaling),format=rgb24"
    }

    package func size(fitting longSide: Int?) -> (width: Int, height: Int) {
        guard let longSide, longSide < max(width, height) else { return (width, height) }
        let shrink = Double(longSide) / Double(max(width, height))
        let even = { (side: Int) in max(2, Int((Double(side) * shrink).rounded()) / 2 * 2) }
        return (even(width), even(height))
    }
}

extension ColourWork {
    static let scaling = "lanczos+accurate_rnd+full_chroma_int"

    /// Shrinks, and brings the colours to BT.709 in the limited range.
    func filters(width: Int, height: Int, keepsShape: Bool = false) -> [String] {
        let size =
            "\(width):\(height)"
            + (keepsShape ? ":force_original_aspect_ratio=decrease:force_divisible_by=2" : "")
        switch self {
        case .rearrange(let colour):
            let from =
                colour.isRGB ? "" : "in_color_matrix=\(colour.matrix.scaleName):in_range=\(colour.scaleRange):"
            return ["scale=\(size):\(from)out_color_matrix=bt709:out_range=tv:flags=\(Self.scaling)"]
        case .narrow(let colour):
            return [
                Self.shrunk(size, colour),
                "zscale=\(colour.zscaleInput):transfer=709:primaries=709:matrix=709:range=limited",
            ]
        case .toneMap(let colour):
            // Paper white of HDR (203 cd/m², BT.2408) becomes the white of ordinary video.
            return [
                Self.shrunk(size, colour),
                "zscale=\(colour.zscaleInput):transfer=linear:npl=203", "format=gbrpf32le",
                "zscale=primaries=709", "tonemap=tonemap=hable:desat=0",
                "zscale=transfer=709:matrix=709:range=limited",
            ]
        }
    }

    /// Shrinks without touching the colours; ten bits are kept for what comes after.
    private static func shrunk(_ size: String, _ colour: Colour) -> String {
        let same = "in_color_matrix=\(colour.matrix.scaleName):out_color_matrix=\(colour.matrix.scaleName)"
        let range = "in_range=\(colour.scaleRange):out_range=\(colour.scaleRange)"
        return "scale=\(size):\(same):\(range):flags=\(scaling),format=yuv420p10le"
    }
}

extension Colour {
    var scaleRange: String { isFullRange ? "pc" : "tv" }

    /// What zscale is told of its input, so that it need not rely on what the file says.
    var zscaleInput: String {
        "matrixin=\(matrix.zscaleName):primariesin=\(primaries.zscaleName):transferin=\(transfer.zscaleName)"
            + ":rangein=\(isFullRange ? "full" : "limited")"
    }
}

extension Colour.Matrix {
    var scaleName: String {
        switch self {
        case .bt709: "bt709"
        case .bt601, .unknown: "bt601"
        case .bt2020: "bt2020"
        }
    }

    var zscaleName: String {
        switch self {
        case .bt709, .unknown: "709"
        case .bt601: "170m"
        case .bt2020: "2020_ncl"
        }
    }
}

extension Colour.Primaries {
    var zscaleName: String {
        switch self {
        case .bt709, .unknown: "709"
        case .sd: "170m"
        case .p3: "smpte432"
        case .bt2020: "2020"
        }
    }
}

extension Colour.Transfer {
    var zscaleName: String {
        switch self {
        case .sdr: "709"
        case .pq: "smpte2084"
        case .hlg: "arib-std-b67"
        }
    }
}
