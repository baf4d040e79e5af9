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
            + shaping + orientation.filters + ["setsar=1", "format=\(colour.format)"]).joined(separator: ",")
    }

    private var cut: [String] {
        (usedWidth, usedHeight) == (storedWidth, storedHeight)
            ? [] : ["crop=\(usedWidth):\(usedHeight):0:0:exact=1"]
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

    /// Eight bits for the encoder; ten where `ColourMapper` comes in between.
    fileprivate var format: String {
        switch self {
        case .rearrange: "yuv420p"
        case .narrow, .toneMap: "yuv420p10le"
        }
    }

    /// Shrinks, and brings the range to the limited one; and where the colours are the usual ones but for their
    /// order, puts that right as well.
    fileprivate func filters(width: Int, height: Int, keepsShape: Bool = false) -> [String] {
        let size =
            "\(width):\(height)"
            + (keepsShape ? ":force_original_aspect_ratio=decrease:force_divisible_by=2" : "")
        return switch self {
        case .rearrange(let colour): colour.rearranged(size)
        case .narrow(let colour), .toneMap(let colour):
            // Turned and shrunk in ten bits: light is still to be made of them.
            [colour.scale(size, to: colour.matrix), "format=\(format)"]
        }
    }
}

extension Colour {
    /// Shrunk, and then with the usual numbers.
    fileprivate func rearranged(_ size: String) -> [String] {
        if isRGB || matrix == .bt709 { return [scale(size, to: .bt709)] }
        return [
            scale(size, to: matrix, isFull: isFullRange), "format=yuv420p",
            Self.renumber(from: matrix, isFull: isFullRange, to: .bt709, isFull: false),
        ]
    }

    /// Other numbers for the same colours. The filter for scaling can do that too, but by way of RGB, which takes a
    /// hundred times as long and cuts colours off that RGB does not have.
    static func renumber(
        from: Matrix, isFull wasFull: Bool, to: Matrix, isFull: Bool
    ) -> String {
        "colorspace=ispace=\(from.spaceName):irange=\(rangeName(isFull: wasFull)):space=\(to.spaceName)"
            + ":range=\(rangeName(isFull: isFull)):iprimaries=bt709:primaries=bt709:itrc=bt709:trc=bt709:fast=1"
    }

    private static func rangeName(isFull: Bool) -> String { isFull ? "pc" : "tv" }

    fileprivate func scale(_ size: String, to result: Matrix, isFull: Bool = false) -> String {
        // What has the right numbers and the right size already is not even copied.
        if matrix == result, !isFullRange, !isRGB { return "scale=\(size):flags=\(ColourWork.scaling)" }
        let range = Self.rangeName(isFull: isFullRange)
        let from = isRGB ? "" : "in_color_matrix=\(matrix.scaleName):in_range=\(range):"
        return "scale=\(size):\(from)out_color_matrix=\(result.scaleName)"
            + ":out_range=\(Self.rangeName(isFull: isFull)):flags=\(ColourWork.scaling)"
    }
}

extension Colour.Matrix {
    fileprivate var scaleName: String {
        switch self {
        case .bt709: "bt709"
        case .bt601, .unknown: "bt601"
        case .bt2020: "bt2020"
        }
    }

    /// What another filter calls them.
    fileprivate var spaceName: String {
        switch self {
        case .bt709: "bt709"
        case .bt601, .unknown: "smpte170m"
        case .bt2020: "bt2020nc"
        }
    }
}
