internal import CLibAV

/// Brings pictures of ten bits, in whatever colours, to the colours of ordinary video, BT.709 with eight bits.
final class ColourMapper {
    private let kernel: ColourKernel
    /// The last picture that was made; its memory is taken again as soon as nobody else holds it.
    private let result: Frame
    private let threads: Int

    /// Nil where the filters do all there is to do. Of the worker's `threads` it takes half, as the others have pictures to
    /// decode and to encode meanwhile.
    init?(_ work: ColourWork, threads: Int) throws(AVFailure) {
        self.threads = threads / 2
        switch work {
        case .rearrange: return nil
        case .narrow(let colour), .toneMap(let colour): kernel = ColourKernel(ColourMap(colour))
        }
        result = try Frame()
    }

    /// The same picture, shown at the same time; it is good until the next call.
    func map(_ picture: Frame) throws(AVFailure) -> Frame {
        guard picture.pointer.pointee.format == AV_PIX_FMT_YUV420P10LE.rawValue else {
            throw AVFailure(AVFailure.invalidData, "mapping colours")
        }
        try prepare(width: picture.pointer.pointee.width, height: picture.pointer.pointee.height)
        let (source, made) = (picture.pointer.pointee, result.pointer.pointee)
        kernel.map(
            try Self.planes(source), to: try Self.planes(made), width: picture.width, height: picture.height,
            threads: threads)
        result.pointer.pointee.pts = source.pts
        result.pointer.pointee.sample_aspect_ratio = source.sample_aspect_ratio
        return result
    }

    private func prepare(width: Int32, height: Int32) throws(AVFailure) {
        let frame = result.pointer
        if frame.pointee.width == width, frame.pointee.height == height, av_frame_is_writable(frame) != 0 {
            return
        }
        result.empty()
        (frame.pointee.width, frame.pointee.height) = (width, height)
        frame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        try av("mapping colours", av_frame_get_buffer(frame, 0))
        frame.pointee.colorspace = AVCOL_SPC_BT709
        frame.pointee.color_primaries = AVCOL_PRI_BT709
        frame.pointee.color_trc = AVCOL_TRC_BT709
        frame.pointee.color_range = AVCOL_RANGE_MPEG
    }

    private static func planes<Sample>(_ frame: AVFrame) throws(AVFailure) -> Planes<Sample> {
        let plane = { (start: UnsafeMutablePointer<UInt8>?) throws(AVFailure) in
            UnsafeMutableRawPointer(try given(start, "mapping colours")).assumingMemoryBound(to: Sample.self)
        }
        let stride = { (bytes: Int32) in Int(bytes) / MemoryLayout<Sample>.stride }
        return Planes(
            luma: try plane(frame.data.0), stride(frame.linesize.0),
            cb: try plane(frame.data.1), stride(frame.linesize.1),
            cr: try plane(frame.data.2), stride(frame.linesize.2))
    }
}
