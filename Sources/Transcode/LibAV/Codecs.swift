internal import CLibAV

/// The decoders that may see a stranger's bytes, by libav's names: those of phones, cameras, camcorders, messengers,
/// discs and the web, and of the recordings that families have kept. What only games and laboratories ever wrote is
/// left out, as nobody looks after it.
enum Codecs {
    private static let pictures = """
        h264 hevc libdav1d libaom-av1 av1 vp8 vp9 vp3 theora vp6 vp6a vp6f flv mpeg1video mpeg2video mpeg4 \
        msmpeg4v1 msmpeg4v2 msmpeg4 wmv1 wmv2 wmv3 vc1 h261 h263 h263i h263p mjpeg mjpegb dvvideo prores dnxhd cfhd \
        ffv1 huffyuv ffvhuff utvideo magicyuv lagarith cinepak indeo2 indeo3 indeo4 indeo5 svq1 svq3 rv10 rv20 rv30 \
        rv40 qtrle rpza smc 8bps msrle msvideo1 png jpeg2000 rawvideo v210 v308 v408 v410 r10k r210 \
        flashsv flashsv2 camtasia tscc2 zmbv mss1 mss2
        """
    private static let sounds = """
        aac aac_latm mp1 mp1float mp2 mp2float mp3 mp3float ac3 eac3 dca truehd mlp opus vorbis flac alac als \
        amrnb amrwb wmav1 wmav2 wmapro wmalossless wmavoice cook sipr atrac3 atrac3plus real_144 real_288 ralf qdm2 \
        qdmc mace3 mace6 qcelp evrc gsm gsm_ms speex nellymoser dvaudio s302m tta wavpack ape g722 g726 \
        adpcm_ima_qt adpcm_ima_wav adpcm_ms adpcm_swf adpcm_yamaha pcm_alaw pcm_mulaw pcm_bluray pcm_dvd pcm_f32be \
        pcm_f32le pcm_f64be pcm_f64le pcm_s16be pcm_s16be_planar pcm_s16le pcm_s16le_planar pcm_s24be pcm_s24le \
        pcm_s24le_planar pcm_s32be pcm_s32le pcm_s32le_planar pcm_s8 pcm_s8_planar pcm_u16be pcm_u16le pcm_u24be \
        pcm_u24le pcm_u32be pcm_u32le pcm_u8
        """

    private static let allowed = (pictures + " " + sounds).split(separator: " ").map(String.init)
    private static let known = Set(allowed)

    /// As libav wants to be told.
    static let list = allowed.joined(separator: ",")

    /// The decoder for a codec, if there is one that is allowed.
    static func decoder(for id: AVCodecID) -> UnsafePointer<AVCodec>? {
        guard let codec = avcodec_find_decoder(id), let name = codec.pointee.name,
            known.contains(String(cString: name))
        else { return nil }
        return codec
    }
}
