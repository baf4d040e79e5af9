internal import CLibAV
internal import CVips
internal import Glibc
internal import Model

/// libvips: it writes the JPEGs. One thread, no cache, and none of its loaders for doubtful formats.
enum Stills {
    private static let quality: Int32 = 82

    static func start() throws(Refusal) {
        guard flip_vips_init("flip-worker") == 0 else { throw refusal() }
        vips_block_untrusted_set(1)
        vips_concurrency_set(1)
        vips_cache_set_max(0)
    }

    /// Poster and thumb, from an RGB picture that already has the poster's size.
    static func write(
        _ picture: Frame, poster: Path, thumb: Path
    ) throws(Refusal) -> (poster: (width: Int, height: Int), thumb: (width: Int, height: Int)) {
        let (width, height) = (picture.width, picture.height)
        // Rows may be padded; libvips wants them close together.
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        guard let start = picture.pointer.pointee.data.0 else { throw Refusal(.corrupt) }
        let stride = Int(picture.pointer.pointee.linesize.0)
        pixels.withUnsafeMutableBytes { bytes in
            for row in 0..<height {
                bytes.baseAddress?.advanced(by: row * width * 3)
                    .copyMemory(from: start + row * stride, byteCount: width * 3)
            }
        }
        let large = try image { (out) in
            pixels.withUnsafeBytes {
                out = vips_image_new_from_memory_copy(
                    $0.baseAddress, $0.count, Int32(width), Int32(height), 3, VIPS_FORMAT_UCHAR)
            }
            return out == nil ? -1 : 0
        }
        defer { g_object_unref(large) }
        // As wide as 320 and as high as it comes.
        let small = try image { (out) in flip_vips_fit(large, &out, 320, 100_000) }
        defer { g_object_unref(small) }
        try save(large, to: poster)
        try save(small, to: thumb)
        return ((width, height), (Int(vips_image_get_width(small)), Int(vips_image_get_height(small))))
    }

    private static func save(_ image: UnsafeMutablePointer<VipsImage>, to path: Path) throws(Refusal) {
        var (bytes, count): (UnsafeMutableRawPointer?, Int) = (nil, 0)
        guard flip_vips_jpeg(image, &bytes, &count, quality) == 0, let bytes else { throw refusal() }
        defer { g_free(bytes) }
        let file = try FileIO.creating(path)
        avio_write(file.context, bytes.assumingMemoryBound(to: UInt8.self), Int32(count))
        avio_flush(file.context)
        if let code = file.context?.pointee.error, code < 0 {
            throw AVFailure(code, "writing a picture").refusal(else: .ioError)
        }
    }

    private static func image(
        _ make: (inout UnsafeMutablePointer<VipsImage>?) -> Int32
    ) throws(Refusal) -> UnsafeMutablePointer<VipsImage> {
        var image: UnsafeMutablePointer<VipsImage>?
        guard make(&image) == 0, let image else { throw refusal() }
        return image
    }

    private static func refusal() -> Refusal {
        let words =
            String(cString: vips_error_buffer()).split(whereSeparator: \.isNewline).first ?? "no reason given"
        vips_error_clear()
        return Refusal(.corrupt, "Making a still picture of it failed: \(words).")
    }
}
