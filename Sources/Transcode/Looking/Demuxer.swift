internal import CLibAV
internal import Glibc
internal import Model

/// An opened recording, cut into its tracks' packets.
///
/// Only the containers named here are ever opened, and nothing but the file itself: a container that refers to
/// other files or addresses gets none of them. Fails with the refusal that fits what was found instead.
final class Demuxer {
    private let file: FileIO
    private(set) var context: UnsafeMutablePointer<AVFormatContext>
    /// The container's name as libav spells it.
    let container: String
    /// Recognised by no more than a guess.
    let isDoubtful: Bool
    let boxes: Boxes
    /// How long the file says it is in its first bytes.
    private let promisedLength: Int64?
    private var clock: Clock?
    /// Tracks of which a packet was marked, and how many of theirs came since.
    private var suspects: [Int: Int] = [:]
    /// Places where something is missing.
    private var gaps = 0

    /// How often something could not be read, or was missing.
    var complaints: Int { LastLine.complaints(of: context) + gaps }
    /// What the container itself says of each track's colours, by the track's index.
    private(set) var coloursOfContainer: [Int32: Colour] = [:]

    static let containers: Set<String> = [
        "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg", "mpegvideo", "m4v", "h264", "hevc",
        "mxf", "flv", "live_flv", "asf", "ogg", "rm", "dv",
    ]
    /// Containers of sound alone, known so that the refusal can say so.
    private static let soundContainers: Set<String> = [
        "mp3", "wav", "flac", "aac", "aiff", "amr", "caf", "ac3",
    ]

    static func open(_ file: FileIO) throws(Refusal) -> Demuxer {
        if file.size == 0 { throw Refusal(.empty) }
        if FirstLook(file.bytes(at: 0, count: FirstLook.length)) == .other { throw Refusal(.notMedia) }
        let boxes = Boxes(size: file.size) { file.bytes(at: $0, count: $1) }
        LastLine.forget()
        // A reader of its own: whoever opened the file may open it again, from the start.
        let reader = try file.reader()
        let (format, score) = try recognise(reader)
        let name = String(cString: format.pointee.name)
        let tooManyTracks = Refusal(.corrupt, "It has more than \(tracksAtMost) tracks, as no recording has.")
        let demuxer: Demuxer
        do throws(AVFailure) {
            demuxer = try Demuxer(
                reader, format, container: name, isDoubtful: score <= doubtful, boxes: boxes)
            demuxer.noteColours()
            try av("reading the original", avformat_find_stream_info(demuxer.context, nil))
        } catch {
            if name.hasPrefix("mov"), boxes.first("moov") == nil { throw Refusal(.truncated) }
            if boxes.reachesPastTheEnd { throw Refusal(.truncated) }
            if error.lastLine.contains("max_streams") { throw tooManyTracks }
            // Nothing large is in memory yet: what asks for more than there is are damaged sizes.
            if error.code == AVFailure.outOfMemory {
                throw Refusal(.corrupt, "It claims sizes that no video has.")
            }
            if score <= doubtful, error.code == AVFailure.invalidData { throw Refusal(.notMedia) }
            throw error.refusal(else: .corrupt)
        }
        // FFmpeg 7 just leaves out what is too much in a Matroska.
        if demuxer.streams.count > tracksAtMost { throw tooManyTracks }
        return demuxer
    }

    /// Discs have dozens; a file of thousands is a trap for our memory.
    private static let tracksAtMost: Int32 = 256

    /// libav's score for "perhaps, with more data".
    private static let doubtful: Int32 = 25

    private static func recognise(
        _ file: FileIO
    ) throws(Refusal) -> (UnsafePointer<AVInputFormat>, score: Int32) {
        var format: UnsafePointer<AVInputFormat>?
        let score = av_probe_input_buffer2(file.context, &format, "", nil, 0, 0)
        if score == flip_averror(EIO) { throw Refusal(.ioError) }
        guard score >= 0, let format else { throw Refusal(.notMedia) }
        let name = String(cString: format.pointee.name)
        if containers.contains(name) { return (format, score) }
        if soundContainers.contains(name), score > doubtful { throw Refusal(.noPicture) }
        throw Refusal(.notMedia)
    }

    private init(
        _ file: FileIO, _ format: UnsafePointer<AVInputFormat>, container: String, isDoubtful: Bool,
        boxes: Boxes
    ) throws(AVFailure) {
        var context: UnsafeMutablePointer<AVFormatContext>? = try given(
            avformat_alloc_context(), "opening the original")
        context?.pointee.pb = file.context
        context?.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        context?.pointee.io_open = refuseToOpen
        context?.pointee.max_streams = Self.tracksAtMost + 1
        var options = Options()
        // What is inside a container is looked at with no other decoders than ours, and nothing else is opened.
        try options.set("codec_whitelist", Codecs.list)
        try options.set("format_whitelist", String(cString: format.pointee.name))
        try options.set("protocol_whitelist", "")
        // Frees the context when it fails.
        try av("opening the original", avformat_open_input(&context, "", format, &options.dictionary))
        self.context = try given(context, "opening the original")
        self.file = file
        self.container = container
        self.isDoubtful = isDoubtful
        self.boxes = boxes
        promisedLength = OuterLength.promised(by: file.bytes(at: 0, count: OuterLength.head))
    }

    deinit {
        LastLine.forgetComplaints(of: context)
        var doomed: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&doomed)
    }

    /// To be done before libav looks into the tracks: what it finds there takes this one's place.
    private func noteColours() {
        for stream in streams {
            coloursOfContainer[stream.pointee.index] = Colour(of: stream.pointee.codecpar.pointee)
        }
    }

    var streams: [UnsafeMutablePointer<AVStream>] {
        (0..<Int(context.pointee.nb_streams)).compactMap { context.pointee.streams[$0] }
    }

    /// Tracks that are not wanted are not even read where the container allows it.
    func want(only indexes: Set<Int>) {
        for stream in streams {
            stream.pointee.discard =
                indexes.contains(Int(stream.pointee.index)) ? AVDISCARD_DEFAULT : AVDISCARD_ALL
        }
    }

    /// The next packet; false at the end. A damaged end is thrown.
    func next(_ packet: Packet) throws(AVFailure) -> Bool {
        packet.empty()
        let code = av_read_frame(context, packet.pointer)
        if code == AVFailure.endOfFile { return false }
        if code == AVFailure.outOfMemory, Self.hasMemory {
            throw AVFailure(AVFailure.invalidData, "reading the original")
        }
        try av("reading the original", code)
        mendTimes(of: packet)
        return true
    }

    /// From here on, in a kind of container that knows times that begin anew, they go on instead.
    func followClock() {
        if context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0 { clock = Clock() }
    }

    /// Times that no calendar holds are none, so that nobody after this has to fear them.
    private func mendTimes(of packet: Packet) {
        guard let stream = context.pointee.streams[packet.stream],
            let tick = Ratio(stream.pointee.time_base).value
        else { return }
        let isTime = { (time: Int64) in time != FLIP_AV_NOPTS && abs(Double(time) * tick) < Self.longestTime_s }
        let inside = packet.pointer
        if !isTime(inside.pointee.pts) { inside.pointee.pts = FLIP_AV_NOPTS }
        if !isTime(inside.pointee.dts) { inside.pointee.dts = FLIP_AV_NOPTS }
        if inside.pointee.duration < 0 || !isTime(inside.pointee.duration) { inside.pointee.duration = 0 }
        guard inside.pointee.dts != FLIP_AV_NOPTS,
            let (offset_s, isJoin) = clock?.correction(
                of: packet.stream, at: Double(inside.pointee.dts) * tick,
                lasting: Double(inside.pointee.duration) * tick)
        else { return }
        noteGap(before: packet, isJoin: isJoin)
        inside.pointee.dts += ticks(offset_s, stream.pointee.time_base)
        if inside.pointee.pts != FLIP_AV_NOPTS {
            inside.pointee.pts += ticks(offset_s, stream.pointee.time_base)
        }
    }

    /// Streams count their parts. Where the count jumps, a packet shortly before is marked; at a join that is no loss.
    private func noteGap(before packet: Packet, isJoin: Bool) {
        if let age = suspects[packet.stream] {
            suspects[packet.stream] = isJoin || age == Self.packetsToJoin ? nil : age + 1
            if !isJoin, age == Self.packetsToJoin { gaps += 1 }
        }
        if packet.isDamaged, suspects[packet.stream] == nil { suspects[packet.stream] = 1 }
    }

    private static let packetsToJoin = 3

    /// Thirty years.
    private static let longestTime_s = 1e9

    /// Whether there is room for any honest packet: then one that found none claims a size that is damaged.
    private static var hasMemory: Bool {
        guard let room = av_malloc(64 << 20) else { return false }
        av_free(room)
        return true
    }

    /// The file ends before its container says so.
    var endsEarly: Bool {
        container.hasPrefix("mov") ? boxes.endEarly : promisedLength.map { $0 > file.size } ?? false
    }

    /// AVI and Matroska begin with a length, which a recorder fills in at its end.
    var wasEnded: Bool { !["avi", "matroska,webm"].contains(container) || promisedLength != nil }

    /// How far the file was read.
    var position: Int64 { context.pointee.pb.pointee.pos }

    /// Goes to the last key picture at or before `seconds`; false where the container cannot.
    func seek(_ index: Int, seconds: Double) -> Bool {
        let base = streams[index].pointee.time_base
        return av_seek_frame(context, Int32(index), ticks(seconds, base), AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// What the file says of itself.
    var tags: [String: String] { texts(context.pointee.metadata) }
}

func texts(_ dictionary: OpaquePointer?) -> [String: String] {
    var texts: [String: String] = [:]
    var entry: UnsafeMutablePointer<AVDictionaryEntry>?
    while true {
        entry = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX)
        guard let entry else { return texts }
        texts[String(cString: entry.pointee.key)] = String(cString: entry.pointee.value)
    }
}

/// A recording that refers to other files gets none of them.
private func refuseToOpen(
    _: UnsafeMutablePointer<AVFormatContext>?, _: UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?,
    _: UnsafePointer<CChar>?, _: Int32, _: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    flip_averror(EACCES)
}
