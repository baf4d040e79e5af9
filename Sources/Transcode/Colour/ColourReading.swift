internal import CLibAV

/// What files say of their colours. "Reserved" values, which some phones write, are unknown ones, and so are
/// those that cannot be.
extension Colour {
    /// What a decoded picture says of itself, and where it is silent, what its container says.
    init(of picture: AVFrame, else container: Colour?) {
        self.init(
            picture.colorspace, picture.color_primaries, picture.color_trc,
            isFullRange: picture.color_range == AVCOL_RANGE_JPEG)
        if let container {
            // Decoders say "limited" for a codec that says nothing at all.
            let saysNothing = (matrix, primaries, transfer) == (.unknown, .unknown, .unknown)
            if saysNothing || picture.color_range == AVCOL_RANGE_UNSPECIFIED {
                isFullRange = isFullRange || container.isFullRange
            }
            if matrix == .unknown { matrix = container.matrix }
            if primaries == .unknown { primaries = container.primaries }
            if transfer == .unknown { transfer = container.transfer }
        }
        let format = AVPixelFormat(picture.format)
        if [AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUVJ440P].contains(format)
        {
            isFullRange = true
        }
        if let description = av_pix_fmt_desc_get(format) {
            isRGB = description.pointee.flags & UInt64(AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0
        }
    }

    /// What a container says of a track, until libav overwrites it with what the codec says.
    init(of parameters: AVCodecParameters) {
        self.init(
            parameters.color_space, parameters.color_primaries, parameters.color_trc,
            isFullRange: parameters.color_range == AVCOL_RANGE_JPEG)
    }

    private init(
        _ matrix: AVColorSpace, _ primaries: AVColorPrimaries, _ transfer: AVColorTransferCharacteristic,
        isFullRange: Bool
    ) {
        self.init()
        self.isFullRange = isFullRange
        self.matrix =
            switch matrix {
            case AVCOL_SPC_BT709: .bt709
            case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M, AVCOL_SPC_FCC, AVCOL_SPC_SMPTE240M: .bt601
            case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: .bt2020
            default: .unknown
            }
        self.primaries =
            switch primaries {
            case AVCOL_PRI_BT709: .bt709
            case AVCOL_PRI_BT470BG, AVCOL_PRI_EBU3213: .ebu
            case AVCOL_PRI_SMPTE170M, AVCOL_PRI_SMPTE240M: .smpteC
            case AVCOL_PRI_SMPTE431, AVCOL_PRI_SMPTE432: .p3
            case AVCOL_PRI_BT2020: .bt2020
            default: .unknown
            }
        self.transfer =
            switch transfer {
            case AVCOL_TRC_SMPTE2084: .pq
            case AVCOL_TRC_ARIB_STD_B67: .hlg
            case AVCOL_TRC_UNSPECIFIED, AVCOL_TRC_RESERVED0, AVCOL_TRC_RESERVED: .unknown
            // Ordinary video's own curve has many names, and cameras mix them up.
            case let other: other.rawValue < AVCOL_TRC_NB.rawValue ? .sdr : .unknown
            }
    }
}

extension PictureTrack {
    /// Side data of the first picture or of the track, from which the brightest light of the content is known.
    static func peak(of picture: UnsafePointer<AVFrame>, _ stream: UnsafePointer<AVStream>) -> Double? {
        let ofFrame = { (type: AVFrameSideDataType) in
            av_frame_get_side_data(picture, type).map { UnsafeRawPointer($0.pointee.data) }
        }
        let ofStream = { (type: AVPacketSideDataType) in trackData(of: stream, type)?.baseAddress }
        let light =
            ofFrame(AV_FRAME_DATA_CONTENT_LIGHT_LEVEL) ?? ofStream(AV_PKT_DATA_CONTENT_LIGHT_LEVEL)
        if let light = light?.load(as: AVContentLightMetadata.self), light.MaxCLL > 0 {
            return Double(light.MaxCLL)
        }
        let screen =
            ofFrame(AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)
            ?? ofStream(AV_PKT_DATA_MASTERING_DISPLAY_METADATA)
        guard let screen = screen?.load(as: AVMasteringDisplayMetadata.self), screen.has_luminance != 0 else {
            return nil
        }
        return Ratio(screen.max_luminance).value
    }

    static func dolbyVision(of stream: UnsafePointer<AVStream>) -> DolbyVision? {
        guard let data = trackData(of: stream, AV_PKT_DATA_DOVI_CONF) else { return nil }
        let record = data.load(as: AVDOVIDecoderConfigurationRecord.self)
        return DolbyVision(
            profile: Int(record.dv_profile), compatibility: Int(record.dv_bl_signal_compatibility_id))
    }
}
