internal import CHeif
internal import CLibAV
internal import CVips
internal import Model

/// The photo in a HEIF or AVIF file, opened by libheif: already upright, for that format turns by itself and what Exif
/// says of turning counts nothing there.
final class HeifPhoto {
    /// What libheif said when it failed.
    struct Failure: Error {
        let words: String
        let lacksMemory: Bool
        /// It is another kind of file than this libheif reads.
        private let isUnsupported: Bool
        /// The codec drew another size than the file promises.
        fileprivate let isOfAnotherSize: Bool

        init(_ error: heif_error) {
            let message = error.message.map { String(cString: $0) } ?? "no reason given"
            words =
                message.split(whereSeparator: { $0.isWhitespace || $0 == "." }).joined(separator: " ")
                .prefix(120).description
            // A size that no photo has is refused under the same code as memory that is not there.
            lacksMemory =
                error.code == heif_error_Memory_allocation_error
                && error.subcode != heif_suberror_Security_limit_exceeded
            isUnsupported = [heif_error_Unsupported_feature, heif_error_Unsupported_filetype].contains(
                error.code)
            isOfAnotherSize = error.subcode == heif_suberror_Invalid_image_size
        }

        var refusal: Refusal {
            if lacksMemory { return Refusal(.crashed, "It needed more memory than a job may use.") }
            let isCut = words.contains("outside of file bound") || words.contains("Unexpected end of file")
            return Refusal(
                isUnsupported ? .unsupportedCodec : isCut ? .truncated : .corrupt, "(For experts: \(words).)")
        }
    }

    /// Newer ones keep their decoders in files of their own.
    static func start() throws(Refusal) {
        let error = heif_init(nil)
        guard error.code == heif_error_Ok else { throw Failure(error).refusal }
    }

    private let bytes: PhotoBytes
    private let boxes: HeifBoxes
    private let context: OpaquePointer
    private let handle: OpaquePointer
    private let options: UnsafeMutablePointer<heif_decoding_options>
    /// Otherwise those it hands out are a JPEG's: another matrix, and all of the range.
    private let keepsNumbers: Bool

    var width: Int { Int(heif_image_handle_get_width(handle)) }
    var height: Int { Int(heif_image_handle_get_height(handle)) }
    var bits: Int { max(8, Int(heif_image_handle_get_luma_bits_per_pixel(handle))) }
    var hasAlpha: Bool { heif_image_handle_has_alpha_channel(handle) != 0 }

    /// Older libheifs refuse what newer phones refer to. Renamed, those references are unknown ones to it, and it opens the
    /// photo itself; newer ones need no such help.
    static func open(_ bytes: PhotoBytes, _ boxes: HeifBoxes) throws(Refusal) -> HeifPhoto {
        do throws(Failure) { return try HeifPhoto(bytes, boxes) } catch {
            guard !boxes.stumblingBlocks.isEmpty, !error.lacksMemory else { throw error.refusal }
        }
        rename(boxes.stumblingBlocks, bytes)
        do throws(Failure) { return try HeifPhoto(bytes, boxes) } catch { throw error.refusal }
    }

    private static func rename(_ places: [Int], _ bytes: PhotoBytes) {
        for place in places where place + 4 <= bytes.count {
            bytes.all[place..<(place + 4)].copyBytes(from: "none".utf8)
        }
    }

    private init(_ bytes: PhotoBytes, _ boxes: HeifBoxes) throws(Failure) {
        (self.bytes, self.boxes) = (bytes, boxes)
        guard let options = heif_decoding_options_alloc() else { throw Failure(.outOfMemory) }
        // Newer ones would keep to themselves that a part of the picture is missing.
        options.pointee.strict_decoding = 1
        keepsNumbers = flip_heif_keep_numbers(options)
        guard let context = heif_context_alloc() else {
            heif_decoding_options_free(options)
            throw Failure(.outOfMemory)
        }
        heif_context_set_max_decoding_threads(context, 1)
        var error = heif_context_read_from_memory_without_copy(context, bytes.all.baseAddress, bytes.count, nil)
        var handle: OpaquePointer?
        if error.code == heif_error_Ok { error = heif_context_get_primary_image_handle(context, &handle) }
        guard error.code == heif_error_Ok, let handle else {
            let failure = Failure(error)
            heif_context_free(context)
            heif_decoding_options_free(options)
            throw failure
        }
        (self.context, self.handle, self.options) = (context, handle, options)
    }

    deinit {
        heif_decoding_options_free(options)
        heif_image_handle_release(handle)
        heif_context_free(context)
    }

    // MARK: Its colours

    /// What it brings counts more than four numbers. Where these say P3, whatever its curve is called, the shades are meant
    /// as sRGB's, and it is a profile that libvips has.
    private var profile: [UInt8]? {
        let count = heif_image_handle_get_raw_color_profile_size(handle)
        if count > 0, count < 16 << 20 {
            var profile = [UInt8](repeating: 0, count: count)
            if heif_image_handle_get_raw_color_profile(handle, &profile).code == heif_error_Ok {
                return profile
            }
        }
        guard let said = numbers?.colour, (said.primaries, said.transfer) == (.p3, .sdr) else { return nil }
        return Picture.profile(named: "p3")
    }

    /// What its numbers say where no profile does, and it takes the mapper to show it.
    var unusualColours: Colour? {
        // Without a matrix it is RGB already, and no camera writes that in the light of HLG or PQ.
        guard profile == nil, let (colour, isRGB) = numbers, !isRGB,
            (colour.primaries, colour.transfer) != (.bt709, .sdr)
        else { return nil }
        return colour
    }

    private var numbers: (colour: Colour, isRGB: Bool)? {
        var numbers: UnsafeMutablePointer<heif_color_profile_nclx>?
        guard heif_image_handle_get_nclx_color_profile(handle, &numbers).code == heif_error_Ok, let numbers
        else { return nil }
        defer { heif_nclx_color_profile_free(numbers) }
        let said = numbers.pointee
        var colour = Colour()
        colour.isFullRange = said.full_range_flag != 0
        colour.primaries =
            switch said.color_primaries.rawValue {
            case 9: .bt2020
            case 11, 12: .p3
            default: .bt709
            }
        colour.transfer =
            switch said.transfer_characteristics.rawValue {
            case 16: .pq
            case 18: .hlg
            default: .sdr
            }
        colour.matrix =
            switch said.matrix_coefficients.rawValue {
            case 1: .bt709
            case 9, 10: .bt2020
            default: .bt601
            }
        if !keepsNumbers { (colour.matrix, colour.isFullRange) = (.bt601, true) }
        return (colour, isRGB: said.matrix_coefficients.rawValue == 0)
    }

    // MARK: Its pixels

    /// In red, green, blue and perhaps alpha, with eight bits or sixteen.
    func picture() throws(Refusal) -> Picture {
        let isDeep = bits > 8
        let chroma =
            switch (isDeep, hasAlpha) {
            case (false, false): heif_chroma_interleaved_RGB
            case (false, true): heif_chroma_interleaved_RGBA
            case (true, false): heif_chroma_interleaved_RRGGBB_LE
            case (true, true): heif_chroma_interleaved_RRGGBBAA_LE
            }
        let image = try decoded(heif_colorspace_RGB, chroma)
        defer { heif_image_release(image) }
        let (width, height) = (
            Int(heif_image_get_width(image, heif_channel_interleaved)),
            Int(heif_image_get_height(image, heif_channel_interleaved))
        )
        var stride: Int32 = 0
        guard width > 0, height > 0,
            let start = heif_image_get_plane(image, heif_channel_interleaved, &stride)
        else { throw Refusal(.corrupt) }
        let bands = hasAlpha ? 4 : 3
        let rowLength = width * bands * (isDeep ? 2 : 1)
        let range = Int(heif_image_get_bits_per_pixel_range(image, heif_channel_interleaved))
        for row in 0..<height {
            let line = start + row * Int(stride)
            if isDeep { Self.spread(line, samples: width * bands, bits: range) }
            // Close together, as libvips wants them; a row never moves behind where it is read from.
            if row > 0, Int(stride) != rowLength {
                (start + row * rowLength).update(from: line, count: rowLength)
            }
        }
        return try refusing { () throws(VipsFailure) in
            let picture = try Picture(from: nil) { (out) in
                out = vips_image_new_from_memory_copy(
                    start, height * rowLength, Int32(width), Int32(height), Int32(bands),
                    isDeep ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR)
                return out == nil ? -1 : 0
            }
            // Codecs work in blocks, and some files do not say what of the last ones, to the right and at the bottom, is
            // none of the picture. It has been turned since.
            let turns = boxes.quarterTurns ?? 0
            let whole = try picture.corner(
                self.width, self.height, isRight: [2, 3].contains(turns), isLower: [1, 2].contains(turns))
            return try whole.understood(
                as: isDeep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB, profile: profile)
        }
    }

    /// From as many bits as it has to all sixteen.
    private static func spread(_ line: UnsafeMutablePointer<UInt8>, samples: Int, bits: Int) {
        guard (9...15).contains(bits) else { return }
        line.withMemoryRebound(to: UInt16.self, capacity: samples) { samplesOfLine in
            for place in 0..<samples {
                let value = UInt16(littleEndian: samplesOfLine[place])
                samplesOfLine[place] = value << (16 - bits) | value >> (2 * bits - 16)
            }
        }
    }

    /// As a picture of a video is, for those whose colours are unusual.
    func frame(_ colour: Colour) throws(Refusal) -> Frame {
        let image = try decoded(heif_colorspace_YCbCr, heif_chroma_420)
        defer { heif_image_release(image) }
        let bits = Int(heif_image_get_bits_per_pixel_range(image, heif_channel_Y))
        let isDeep = bits > 8
        let format = try Self.format(bits: bits)
        let drawn = (
            width: Int(heif_image_get_width(image, heif_channel_Y)),
            height: Int(heif_image_get_height(image, heif_channel_Y))
        )
        let (width, height) = (min(drawn.width, self.width), min(drawn.height, self.height))
        // The blocks' rest lies to the right and below, and has been turned since.
        let turns = boxes.quarterTurns ?? 0
        let left = [2, 3].contains(turns) ? (drawn.width - width) / 2 * 2 : 0
        let top = [1, 2].contains(turns) ? (drawn.height - height) / 2 * 2 : 0
        let frame = try refusing { () throws(AVFailure) in
            try Frame(width: Int32(width), height: Int32(height), format: format)
        }
        let planes = [
            (heif_channel_Y, frame.pointer.pointee.data.0, frame.pointer.pointee.linesize.0),
            (heif_channel_Cb, frame.pointer.pointee.data.1, frame.pointer.pointee.linesize.1),
            (heif_channel_Cr, frame.pointer.pointee.data.2, frame.pointer.pointee.linesize.2),
        ]
        for (channel, target, targetStride) in planes {
            var stride: Int32 = 0
            guard let source = heif_image_get_plane_readonly(image, channel, &stride), let target else {
                throw Refusal(.corrupt)
            }
            let part = channel == heif_channel_Y ? 1 : 2
            let length = (width + part - 1) / part * (isDeep ? 2 : 1)
            let start = source + top / part * Int(stride) + left / part * (isDeep ? 2 : 1)
            let rows = min((height + part - 1) / part, Int(heif_image_get_height(image, channel)) - top / part)
            for row in 0..<max(0, rows) {
                (target + row * Int(targetStride)).update(
                    from: start + row * Int(stride), count: min(length, Int(targetStride), Int(stride)))
            }
        }
        return frame
    }

    private static func format(bits: Int) throws(Refusal) -> AVPixelFormat {
        switch bits {
        case 8: AV_PIX_FMT_YUV420P
        case 10: AV_PIX_FMT_YUV420P10LE
        case 12: AV_PIX_FMT_YUV420P12LE
        default: throw Refusal(.unsupportedCodec, "Its pixels have \(bits) bits.")
        }
    }

    /// Newer libheifs refuse what has another size than the file promises. Without that promise they take what the codec gives,
    /// as older ones do, and the part that is meant is cut out of it here.
    private func decoded(_ space: heif_colorspace, _ chroma: heif_chroma) throws(Refusal) -> OpaquePointer {
        do throws(Failure) { return try drawn(space, chroma) } catch {
            guard error.isOfAnotherSize, !boxes.sizes.isEmpty else { throw error.refusal }
        }
        Self.rename(boxes.sizes, bytes)
        do throws(Failure) { return try HeifPhoto(bytes, boxes).drawn(space, chroma) } catch {
            throw error.refusal
        }
    }

    private func drawn(_ space: heif_colorspace, _ chroma: heif_chroma) throws(Failure) -> OpaquePointer {
        var image: OpaquePointer?
        let error = heif_decode_image(handle, &image, space, chroma, options)
        guard error.code == heif_error_Ok, let image else { throw Failure(error) }
        return image
    }
}

extension heif_error {
    fileprivate static var outOfMemory: heif_error {
        heif_error(
            code: heif_error_Memory_allocation_error, subcode: heif_suberror_Unspecified, message: nil)
    }
}
