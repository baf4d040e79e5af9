internal import CVips
internal import Model

/// A picture of libvips, owned. It is drawn when somebody looks at it, and no more of it than is looked at.
final class Picture {
    let pointer: UnsafeMutablePointer<VipsImage>
    /// What its pixels come from.
    private let origin: AnyObject?

    /// What a call of libvips makes.
    init(
        from origin: AnyObject?, _ make: (inout UnsafeMutablePointer<VipsImage>?) -> Int32
    ) throws(VipsFailure) {
        var image: UnsafeMutablePointer<VipsImage>?
        guard make(&image) == 0, let image else { throw VipsFailure() }
        pointer = image
        self.origin = origin
    }

    deinit { g_object_unref(pointer) }

    /// What another call makes of this one.
    func changed(
        _ make: (UnsafeMutablePointer<VipsImage>, inout UnsafeMutablePointer<VipsImage>?) -> Int32
    ) throws(VipsFailure) -> Picture {
        try Picture(from: self) { (out) in make(pointer, &out) }
    }

    var width: Int { Int(vips_image_get_width(pointer)) }
    var height: Int { Int(vips_image_get_height(pointer)) }
    var bands: Int { Int(vips_image_get_bands(pointer)) }
    var format: VipsBandFormat { vips_image_get_format(pointer) }
    var space: VipsInterpretation { vips_image_guess_interpretation(pointer) }
    /// How Exif says that it has to be turned, from 1 to 8.
    var orientation: Int { Int(vips_image_get_orientation(pointer)) }
    var pages: Int { Int(vips_image_get_n_pages(pointer)) }

    /// By how much a JPEG can be made smaller while it is read, the most first. libvips ends where nothing would be left.
    var shrinks: [Int] { [8, 4, 2, 1].filter { $0 == 1 || min(width, height) >= 2 * $0 } }

    /// What the file says beside its pixels: "exif-data", "xmp-data", "icc-profile-data".
    func blob(_ name: String) -> [UInt8]? {
        var (start, count): (UnsafeRawPointer?, Int) = (nil, 0)
        guard vips_image_get_typeof(pointer, name) != 0,
            vips_image_get_blob(pointer, name, &start, &count) == 0
        else {
            vips_error_clear()
            return nil
        }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// One of the profiles that libvips has with it.
    static func profile(named name: String) -> [UInt8]? {
        guard let profile = flip_vips_profile(name) else {
            vips_error_clear()
            return nil
        }
        defer { flip_vips_let_go(profile) }
        var count = 0
        let start = vips_blob_get(profile, &count)
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The same pixels, said to be of a kind, and of a profile's colours.
    func understood(as space: VipsInterpretation, profile: [UInt8]?) throws(VipsFailure) -> Picture {
        let picture = try changed { flip_vips_understand($0, &$1, space) }
        if let profile {
            vips_image_set_blob_copy(picture.pointer, "icc-profile-data", profile, profile.count)
        }
        return picture
    }

    // MARK: Changing it

    /// One of its four corners, at most so large.
    func corner(
        _ width: Int, _ height: Int, isRight: Bool, isLower: Bool
    ) throws(VipsFailure) -> Picture {
        let (width, height) = (min(width, self.width), min(height, self.height))
        if (width, height) == (self.width, self.height) { return self }
        let left = Int32(isRight ? self.width - width : 0)
        let top = Int32(isLower ? self.height - height : 0)
        return try changed { flip_vips_area($0, &$1, left, top, Int32(width), Int32(height)) }
    }

    /// Exactly so large.
    func resized(_ width: Int, _ height: Int) throws(VipsFailure) -> Picture {
        if (width, height) == (self.width, self.height) { return self }
        let across = Double(width) / Double(self.width)
        let down = Double(height) / Double(self.height)
        return try changed { flip_vips_resize($0, &$1, across, down) }
    }

    /// Fitted into a box whole, never enlarged.
    func fitted(_ width: Int, _ height: Int) throws(VipsFailure) -> Picture {
        let size = Stills.fit((self.width, self.height), into: (width, height))
        return try resized(size.width, size.height)
    }

    /// Drawn once and for all.
    func drawn() throws(VipsFailure) -> Picture {
        if pointer.pointee.dtype == VIPS_IMAGE_SETBUF { return self }
        // What it was made of is not needed any more.
        return try Picture(from: nil) { (out) in
            out = vips_image_copy_memory(pointer)
            return out == nil ? -1 : 0
        }
    }
}
