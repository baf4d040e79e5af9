internal import CVips

/// How much of a photo is there.
enum PhotoWholeness {
    /// A photo of which less than this is there is no photo any more.
    private static let least = 0.75
    private static let strip = 16

    /// Whether most of a picture can be drawn that is read from its top and fails where it is damaged.
    static func isMostThere(_ picture: Picture) -> Bool {
        Double(rows(of: picture)) >= least * Double(picture.height)
    }

    private static func rows(of picture: Picture) -> Int {
        guard let region = vips_region_new(picture.pointer) else { return 0 }
        defer {
            g_object_unref(region)
            vips_error_clear()
        }
        var row = 0
        while row < picture.height {
            var strip = VipsRect(
                left: 0, top: Int32(row), width: Int32(picture.width),
                height: Int32(min(Self.strip, picture.height - row)))
            if vips_region_prepare(region, &strip) != 0 { return row }
            row += Self.strip
        }
        return picture.height
    }
}
