internal import CLibAV
internal import CTurboJPEG
internal import Model

/// JPEGs as the planes they consist of, brightness and two of colour: what stays such is spared the way through red, green
/// and blue, and back.
enum JPEG {
    /// The planes of a JPEG that is whole, `shrink` times smaller. Nil for one that is damaged or that has no such planes.
    static func planes(_ bytes: UnsafeMutableRawBufferPointer, shrink: Int) throws(AVFailure) -> Frame? {
        let reader = try Reader()
        guard let head = reader.head(of: bytes), let format = format(of: head.sampling),
            head.space == Int32(TJCS_YCbCr.rawValue)
        else { return nil }
        let smaller = { (side: Int32) in (side + Int32(shrink) - 1) / Int32(shrink) }
        let frame = try Frame.jpeg(smaller(head.width), smaller(head.height), format)
        var (planes, strides) = (frame.planes, frame.strides)
        let code = tjDecompressToYUVPlanes(
            reader.handle, bytes.baseAddress, UInt(bytes.count), &planes, Int32(frame.width), &strides,
            Int32(frame.height), 0)
        return code == 0 ? frame : nil
    }

    /// A progressive one without any metadata.
    static func write(_ frame: Frame, _ path: Path, quality: Int) throws(Refusal) {
        let writer = try refusing { () throws(AVFailure) in try Writer() }
        let frame = try refusing { () throws(AVFailure) in try frame.evenedOut() }
        var (planes, strides) = (frame.planes.map { UnsafePointer($0) }, frame.strides)
        var (bytes, count): (UnsafeMutablePointer<UInt8>?, UInt) = (nil, 0)
        defer { tjFree(bytes) }
        let code = tjCompressFromYUVPlanes(
            writer.handle, &planes, Int32(frame.width), &strides, Int32(frame.height),
            Int32(TJSAMP_420.rawValue),
            &bytes, &count, Int32(quality), TJFLAG_PROGRESSIVE | TJFLAG_ACCURATEDCT)
        // Nothing else can be wrong with pixels.
        guard code == 0, let bytes else { throw outOfMemory.refusal(else: .crashed) }
        try FileIO.creating(path).write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }

    /// Whether it is a whole JPEG of this size: every code of it is read, but drawn as small as can be, which costs half.
    static func isWhole(
        _ bytes: UnsafeMutableRawBufferPointer, _ size: (width: Int, height: Int)
    ) throws(AVFailure) -> Bool {
        let reader = try Reader()
        guard let head = reader.head(of: bytes), (Int(head.width), Int(head.height)) == size else {
            return false
        }
        return try planes(bytes, shrink: 8) != nil
    }

    // MARK: To and from red, green and blue

    /// Planes with colours for every pixel, in RGB, row upon row.
    static func rgb(of frame: Frame) throws(AVFailure) -> [UInt8] {
        let reader = try Reader()
        var (planes, strides) = (frame.planes.map { UnsafePointer($0) }, frame.strides)
        var pixels = [UInt8](repeating: 0, count: frame.width * frame.height * 3)
        let code = pixels.withUnsafeMutableBufferPointer { pixels in
            tjDecodeYUVPlanes(
                reader.handle, &planes, &strides, Int32(TJSAMP_444.rawValue), pixels.baseAddress,
                Int32(frame.width), 0,
                Int32(frame.height), Int32(TJPF_RGB.rawValue), 0)
        }
        guard code == 0 else { throw outOfMemory }
        return pixels
    }

    /// Planes of what is in RGB, row upon row; with colours for every pixel, or for two by two.
    static func planes(
        ofRGB pixels: UnsafePointer<UInt8>, width: Int, height: Int, isFull: Bool
    ) throws(AVFailure) -> Frame {
        let writer = try Writer()
        let format = isFull ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV420P
        let frame = try Frame.jpeg(Int32(width), Int32(height), format)
        var (planes, strides) = (frame.planes, frame.strides)
        let code = tjEncodeYUVPlanes(
            writer.handle, pixels, Int32(width), 0, Int32(height), Int32(TJPF_RGB.rawValue), &planes, &strides,
            Int32((isFull ? TJSAMP_444 : TJSAMP_420).rawValue), 0)
        guard code == 0 else { throw outOfMemory }
        return frame
    }

    // MARK: libjpeg-turbo

    private static let outOfMemory = AVFailure(AVFailure.outOfMemory, "drawing a still")

    private static func format(of sampling: Int32) -> AVPixelFormat? {
        guard sampling >= 0 else { return nil }
        return switch TJSAMP(rawValue: TJSAMP.RawValue(sampling)) {
        case TJSAMP_444: AV_PIX_FMT_YUV444P
        case TJSAMP_422: AV_PIX_FMT_YUV422P
        case TJSAMP_420: AV_PIX_FMT_YUV420P
        case TJSAMP_440: AV_PIX_FMT_YUV440P
        case TJSAMP_411: AV_PIX_FMT_YUV411P
        default: nil
        }
    }

    private struct Reader: ~Copyable {
        let handle: tjhandle

        init() throws(AVFailure) { handle = try given(tjInitDecompress(), "reading a JPEG") }

        deinit { tjDestroy(handle) }

        func head(
            of bytes: UnsafeMutableRawBufferPointer
        ) -> (width: Int32, height: Int32, sampling: Int32, space: Int32)? {
            var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, -1, -1)
            let code = tjDecompressHeader3(
                handle, bytes.baseAddress, UInt(bytes.count), &width, &height, &sampling, &space)
            return code == 0 ? (width, height, sampling, space) : nil
        }
    }

    private struct Writer: ~Copyable {
        let handle: tjhandle

        init() throws(AVFailure) { handle = try given(tjInitCompress(), "writing a JPEG") }

        deinit { tjDestroy(handle) }
    }
}

extension Frame {
    fileprivate var planes: [UnsafeMutablePointer<UInt8>?] {
        let data = pointer.pointee.data
        return [data.0, data.1, data.2]
    }

    fileprivate var strides: [Int32] {
        let strides = pointer.pointee.linesize
        return [strides.0, strides.1, strides.2]
    }

    /// With room for what libjpeg-turbo writes beyond its sides: it works on whole colours, which are up to four pixels wide.
    fileprivate static func jpeg(
        _ width: Int32, _ height: Int32, _ format: AVPixelFormat
    ) throws(AVFailure) -> Frame {
        let frame = try Frame(width: (width + 3) / 4 * 4, height: (height + 3) / 4 * 4, format: format)
        (frame.pointer.pointee.width, frame.pointer.pointee.height) = (width, height)
        frame.pointer.pointee.color_range = AVCOL_RANGE_JPEG
        frame.pointer.pointee.colorspace = AVCOL_SPC_BT470BG
        frame.pointer.pointee.chroma_location = AVCHROMA_LOC_CENTER
        return frame
    }

    /// Where a side is odd, colours reach one pixel further than brightness does. libjpeg-turbo reads on there, and finds the
    /// same as beside it.
    fileprivate func evenedOut() throws(AVFailure) -> Frame {
        if width % 2 == 0, height % 2 == 0 { return self }
        let frame = try Frame.jpeg(Int32(width), Int32(height), AV_PIX_FMT_YUV420P)
        try av("drawing a still", av_frame_copy(frame.pointer, pointer))
        let (luma, stride) = (try given(frame.planes[0], "drawing a still"), Int(frame.strides[0]))
        if width % 2 == 1 {
            for row in 0..<height { luma[row * stride + width] = luma[row * stride + width - 1] }
        }
        if height % 2 == 1 {
            (luma + height * stride).update(from: luma + (height - 1) * stride, count: width + width % 2)
        }
        return frame
    }
}
