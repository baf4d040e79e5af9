internal import CLibAV

/// The way of a track that is copied: its packets are taken over, only their clock begins anew.
///
/// They are decoded all the same, for nothing but to see whether they are damaged: what is published was read. Left out
/// are pictures on which no others lean: damage in one of them is over before anybody sees it.
final class PassLine: Line {
    let track: Int
    private let stream: UnsafeMutablePointer<AVStream>
    private let decoder: Decoder
    private let labels: BitstreamFilter?
    private let start: Int64
    private let frame: Frame
    private var end: Int64 = 0
    private var lastDecoding: Int64?
    private var waiting: [Packet] = []

    /// No codec turns the order of more pictures than this around.
    private static let waitingAtMost = 32
    private var pictures = 0
    /// Pictures that were not decoded.
    private var leftOut = 0
    private var isUnfit = false
    private var firstLook: Frame.Look?

    /// Pictures get `colours` written into them; sound has none.
    init(
        _ stream: UnsafeMutablePointer<AVStream>, colours: ColourCodes?, start_s: Double, threads: Int
    ) throws(AVFailure) {
        self.stream = stream
        track = Int(stream.pointee.index)
        decoder = try Decoder(stream, threads: threads, for: .damage)
        labels = try colours.map { (codes) throws(AVFailure) in try BitstreamFilter(labelling: stream, codes) }
        start = ticks(start_s, stream.pointee.time_base)
        frame = try Frame()
    }

    var end_s: Double { Double(end) * (Ratio(stream.pointee.time_base).value ?? 0) }

    var condition: Condition {
        Condition(
            packets: decoder.packets + leftOut, damaged: decoder.damaged, pictures: pictures + leftOut,
            isUnfit: isUnfit || decoder.damaged > 0)
    }

    func join(_ muxer: Muxer) throws(AVFailure) -> Int {
        try muxer.add(
            labels?.parameters ?? stream.pointee.codecpar, timeBase: stream.pointee.time_base,
            frameRate: stream.pointee.avg_frame_rate)
    }

    func take(_ packet: Packet?, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        if let packet, labels != nil, isLeanedOnByNone(packet) {
            leftOut += 1
        } else {
            try decoder.decode(packet, into: frame) { (frame) in look(at: frame) }
        }
        if let packet, !packet.isPlain || labels != nil && packet.isKey && !startsAnew(packet) {
            isUnfit = true
            return
        }
        guard let packet else { return try pass(nil, consume) }
        // Matroska knows no times of decoding, and libav cannot tell them before it has seen a few packets.
        if packet.pointer.pointee.dts == FLIP_AV_NOPTS, lastDecoding == nil {
            if waiting.count < Self.waitingAtMost { waiting.append(try packet.taken()) } else { isUnfit = true }
            return
        }
        for (number, early) in waiting.enumerated() {
            let distance = Int64(waiting.count - number) * max(1, early.pointer.pointee.duration)
            early.pointer.pointee.dts = packet.pointer.pointee.dts - distance
            try pass(early, consume)
        }
        waiting = []
        try pass(packet, consume)
    }

    private func pass(_ packet: Packet?, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        if let packet, !isMoved(packet) { return }
        guard let labels else {
            if let packet { try consume(packet) }
            return
        }
        do throws(AVFailure) {
            try labels.filter(packet, consume)
        } catch {
            // What cannot be read to be labelled is damaged.
            guard error.code == AVFailure.invalidData else { throw error }
            isUnfit = true
        }
    }

    /// Brings a packet to the video's clock; false where it does not belong into the video.
    private func isMoved(_ packet: Packet) -> Bool {
        let (shown, decoded) = (packet.pointer.pointee.pts, packet.pointer.pointee.dts)
        guard shown != FLIP_AV_NOPTS, decoded != FLIP_AV_NOPTS,
            lastDecoding.map({ decoded - start > $0 }) ?? true
        else {
            isUnfit = true
            return false
        }
        // A picture from before the first that can be shown; a trace of sound from before it is left out.
        if labels != nil, shown < start {
            isUnfit = true
            return false
        }
        if labels == nil, shown - start + packet.pointer.pointee.duration <= 0 { return false }
        packet.pointer.pointee.pts = shown - start
        packet.pointer.pointee.dts = decoded - start
        lastDecoding = decoded - start
        end = max(end, packet.pointer.pointee.pts + packet.pointer.pointee.duration)
        return true
    }

    /// Whether a key picture forgets all before it and nothing else, so that every player can begin here. Others need
    /// the messages that are taken out.
    private func startsAnew(_ packet: Packet) -> Bool {
        let (units, isInFile) = units(of: packet)
        guard units.contains(where: { $0.kind == H264Units.anew }) else { return false }
        // In a file the pictures' parameters stand in front; others in the middle belong to other pictures.
        return !isInFile || H264Units.parameters.isDisjoint(with: units.map(\.kind))
    }

    private func isLeanedOnByNone(_ packet: Packet) -> Bool {
        let slices = units(of: packet).units.filter { [H264Units.slice, H264Units.anew].contains($0.kind) }
        return !slices.isEmpty && slices.allSatisfy { $0.kind == H264Units.slice && !$0.isLeanedOn }
    }

    /// MP4 writes how long each unit is, in so many bytes as the codec's own header says; streams have marks.
    private func units(of packet: Packet) -> (units: [H264Units.Unit], isInFile: Bool) {
        guard let start = packet.pointer.pointee.data else { return ([], false) }
        let bytes = UnsafeBufferPointer(start: start, count: Int(packet.pointer.pointee.size))
        let parameters = stream.pointee.codecpar.pointee
        guard parameters.extradata_size > 4, let header = parameters.extradata, header[0] == 1 else {
            return (H264Units.inStream(bytes), false)
        }
        return (H264Units.inFile(bytes, lengthBytes: Int(header[4] & 3) + 1), true)
    }

    private func look(at frame: Frame) {
        guard frame.width > 0 else { return }
        pictures += 1
        let parameters = stream.pointee.codecpar.pointee
        let look = frame.look
        if firstLook == nil { firstLook = look }
        if frame.isInterlaced || look != firstLook || frame.width != Int(parameters.width)
            || frame.height != Int(parameters.height)
        {
            isUnfit = true
        }
    }
}

/// One of libav's changes to compressed pictures that leave the pictures alone.
final class BitstreamFilter {
    private let context: UnsafeMutablePointer<AVBSFContext>

    /// Writes into H.264 what its colours mean, and takes out the messages between its pictures: recorders put there
    /// where and when, and nobody needs them to play.
    init(labelling stream: UnsafeMutablePointer<AVStream>, _ codes: ColourCodes) throws(AVFailure) {
        let doing = "labelling the colours"
        let filters =
            "h264_metadata=colour_primaries=\(codes.primaries):transfer_characteristics=\(codes.transfer)"
            + ":matrix_coefficients=\(codes.matrix):video_full_range_flag=0:sample_aspect_ratio=1/1"
            + ",filter_units=remove_types=6"
        var context: UnsafeMutablePointer<AVBSFContext>?
        try av(doing, av_bsf_list_parse_str(filters, &context))
        self.context = try given(context, doing)
        try av(doing, avcodec_parameters_copy(self.context.pointee.par_in, stream.pointee.codecpar))
        self.context.pointee.time_base_in = stream.pointee.time_base
        try av(doing, av_bsf_init(self.context))
        // The container says the same as the pictures.
        let parameters = self.context.pointee.par_out
        parameters?.pointee.color_primaries = AVColorPrimaries(UInt32(codes.primaries))
        parameters?.pointee.color_trc = AVColorTransferCharacteristic(UInt32(codes.transfer))
        parameters?.pointee.color_space = AVColorSpace(UInt32(codes.matrix))
        parameters?.pointee.color_range = AVCOL_RANGE_MPEG
        parameters?.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
    }

    deinit {
        var doomed: UnsafeMutablePointer<AVBSFContext>? = context
        av_bsf_free(&doomed)
    }

    var parameters: UnsafeMutablePointer<AVCodecParameters> { context.pointee.par_out }

    func filter(_ packet: Packet?, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        try av("labelling the colours", av_bsf_send_packet(context, packet?.pointer))
        let result: Packet
        if let packet { result = packet } else { result = try Packet() }
        while true {
            let code = av_bsf_receive_packet(context, result.pointer)
            if code == AVFailure.wantsMore || code == AVFailure.endOfFile { return }
            try av("labelling the colours", code)
            try consume(result)
        }
    }
}
