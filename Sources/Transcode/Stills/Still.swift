internal import CLibAV
internal import CVips
internal import Model

/// A picture as it will be in a JPEG: upright, brightness for every pixel and colours for two by two, in all 256 values.
struct Still {
    private let frame: Frame

    /// Made of a picture of a video, in its usual colours.
    init(ofVideo frame: Frame, threads: Int) throws(AVFailure) {
        self.frame = try frame.filtered(
            Colour.renumber(from: .bt709, isFull: false, to: .bt601, isFull: true), threads: threads)
    }

    /// Made of a JPEG's own planes.
    init(
        ofPlanes frame: Frame, size: (width: Int, height: Int), turned orientation: Orientation
    ) throws(AVFailure) {
        self.frame = try frame.filtered(Self.filters(size, turned: orientation))
    }

    /// Made of a picture that is drawn, in RGB.
    init(of picture: Picture, turned orientation: Orientation) throws(Refusal) {
        let (width, height) = (picture.width, picture.height)
        // libjpeg-turbo takes as many bytes as that makes.
        guard picture.bands == 3, picture.format == VIPS_FORMAT_UCHAR,
            let start = vips_image_get_data(picture.pointer)
        else {
            throw VipsFailure().refusal(else: .corrupt)
        }
        frame = try refusing { () throws(AVFailure) in
            let frame = try JPEG.planes(
                ofRGB: start.assumingMemoryBound(to: UInt8.self), width: width, height: height,
                isFull: orientation != .upright)
            if orientation == .upright { return frame }
            return try frame.filtered(Self.filters((width, height), turned: orientation))
        }
    }

    var width: Int { frame.width }
    var height: Int { frame.height }

    func resized(_ size: (width: Int, height: Int)) throws(Refusal) -> Still {
        if size == (width, height) { return self }
        return try refusing { () throws(AVFailure) in
            try Still(ofPlanes: frame, size: size, turned: .upright)
        }
    }

    func write(_ path: Path, quality: Int) throws(Refusal) { try JPEG.write(frame, path, quality: quality) }

    /// Smaller, of a JPEG's own planes.
    static func scale(to size: (width: Int, height: Int)) -> String {
        "scale=\(size.width):\(size.height):in_color_matrix=bt601:in_range=pc:out_color_matrix=bt601:out_range=pc"
            + ":flags=bicubic+accurate_rnd"
    }

    private static func filters(
        _ size: (width: Int, height: Int), turned orientation: Orientation
    ) -> String {
        // At an odd side the last colours stand for one pixel only; turned, they would begin with it, one pixel off.
        let isFull = orientation != .upright && (size.width % 2 == 1 || size.height % 2 == 1)
        let steps = [scale(to: size), isFull ? "format=yuv444p" : "format=yuv420p"] + orientation.filters
        if !isFull { return steps.joined(separator: ",") }
        let turned = orientation.swapsSides ? (size.height, size.width) : size
        return (steps + [scale(to: turned), "format=yuv420p"]).joined(separator: ",")
    }
}
