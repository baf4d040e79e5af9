internal import CLibAV
internal import CVips
internal import Model

/// libvips: it opens photos and writes the JPEGs. One thread, no cache, and none of its loaders for doubtful formats.
enum Stills {
    private static let quality = 82
    /// Posters fit into a square of this, photos' and videos' alike.
    static let posterSide = 1280
    /// Thumbs are as wide, and as high as they come.
    static let thumbWidth = 320

    static func start() throws(Refusal) {
        guard flip_vips_init("flip-worker") == 0 else { throw VipsFailure().refusal(else: .crashed) }
        vips_block_untrusted_set(1)
        // Called by name, for what says that it is one. What they do wrong, the sandbox is for.
        for loader in ["VipsForeignLoadJxl", "VipsForeignLoadJp2k"] { vips_operation_block_set(loader, 0) }
        vips_concurrency_set(1)
        vips_cache_set_max(0)
    }

    /// Poster and thumb, from an RGB picture that already has the poster's size.
    static func write(
        _ frame: Frame, poster: Path, thumb: Path
    ) throws(Refusal) -> (poster: (width: Int, height: Int), thumb: (width: Int, height: Int)) {
        let large = try picture(of: frame)
        let small = try refusing { () throws(VipsFailure) in try large.fitted(thumbWidth, .max) }
        try large.write(poster, quality: quality)
        try small.write(thumb, quality: quality)
        return ((large.width, large.height), (small.width, small.height))
    }

    /// The same picture, for libvips.
    static func picture(of frame: Frame) throws(Refusal) -> Picture {
        let (width, height) = (frame.width, frame.height)
        guard let start = frame.pointer.pointee.data.0 else { throw Refusal(.corrupt) }
        let stride = Int(frame.pointer.pointee.linesize.0)
        // Rows may be padded; libvips wants them close together.
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        pixels.withUnsafeMutableBytes { bytes in
            for row in 0..<height {
                bytes.baseAddress?.advanced(by: row * width * 3)
                    .copyMemory(from: start + row * stride, byteCount: width * 3)
            }
        }
        return try refusing { () throws(VipsFailure) in
            try Picture(from: nil) { (out) in
                pixels.withUnsafeBytes {
                    out = vips_image_new_from_memory_copy(
                        $0.baseAddress, $0.count, Int32(width), Int32(height), 3, VIPS_FORMAT_UCHAR)
                }
                return out == nil ? -1 : 0
            }
        }
    }
}
