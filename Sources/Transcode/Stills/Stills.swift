internal import CVips
internal import Model

/// What posters, thumbs and photos have in common; and libvips, which opens all photos but those of phones. One thread, no
/// cache, and none of its loaders for doubtful formats.
enum Stills {
    private static let quality = 82
    /// Posters fit into a square of this, photos' and videos' alike.
    static let posterSide = 1280
    /// Thumbs are as wide, and as high as they come.
    static let thumbWidth = 320

    /// JPEG XL is known to one of libvips' modules, which are loaded all or none.
    static func start(loadsModules: Bool) throws(Refusal) {
        guard flip_vips_init("flip-worker", loadsModules) == 0 else {
            throw VipsFailure().refusal(else: .crashed)
        }
        vips_block_untrusted_set(1)
        // Called by name, for what says that it is one. What they do wrong, the sandbox is for.
        for loader in ["VipsForeignLoadJxl", "VipsForeignLoadJp2k"] { vips_operation_block_set(loader, 0) }
        vips_concurrency_set(1)
        vips_cache_set_max(0)
    }

    /// Poster and thumb, from a still that already has the poster's size.
    static func write(
        _ still: Still, poster: Path, thumb: Path
    ) throws(Refusal) -> (poster: Still, thumb: Still) {
        let small = try still.resized(fit((still.width, still.height), into: (thumbWidth, .max)))
        try still.write(poster, quality: quality)
        try small.write(thumb, quality: quality)
        return (still, small)
    }

    /// A JPEG's own planes for libvips, which knows what profiles mean.
    static func picture(
        ofPlanes frame: Frame, size: (width: Int, height: Int), profile: [UInt8]
    ) throws(Refusal) -> Picture {
        let pixels = try refusing { () throws(AVFailure) in
            try JPEG.rgb(of: frame.filtered(Still.scale(to: size) + ",format=yuv444p"))
        }
        return try refusing { () throws(VipsFailure) in
            let picture = try Picture(from: nil) { (out) in
                out = vips_image_new_from_memory_copy(
                    pixels, pixels.count, Int32(size.width), Int32(size.height), 3, VIPS_FORMAT_UCHAR)
                return out == nil ? -1 : 0
            }
            return try picture.understood(as: VIPS_INTERPRETATION_sRGB, profile: profile)
        }
    }

    /// The size of what is fitted into a box whole and never enlarged. Pure.
    static func fit(
        _ size: (width: Int, height: Int), into box: (width: Int, height: Int)
    ) -> (width: Int, height: Int) {
        let shrink = min(1, Double(box.width) / Double(size.width), Double(box.height) / Double(size.height))
        let side = { (side: Int) in max(1, Int((Double(side) * shrink).rounded())) }
        return (side(size.width), side(size.height))
    }
}
