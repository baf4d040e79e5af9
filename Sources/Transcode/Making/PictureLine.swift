internal import CLibAV

/// The way of the pictures: decoded, filtered, encoded.
///
/// Every picture keeps its own time, counted from the video's beginning; the first stands from there on, and those
/// that would go back in time are left out.
final class PictureLine: Line {
    private var plan: PicturePlan
    private let decoder: Decoder
    private let encoder: Encoder
    private let start: Int64
    private var pace: Pace
    private let threads: Int
    private var graph: FilterGraph?
    private let (decoded, filtered): (Frame, Frame)
    private let mapper: ColourMapper?
    private let packet: Packet

    /// A picture that comes later than this after the one before has a damaged time.
    private static let longestGap = 3600 * Int64(Encoder.pictureTicks.den)

    /// Kept back until the next one is there: the last one's length closes the video.
    private var held: Packet?
    private var firstDecoding: Int64?

    /// In ticks of the published video.
    private var lastTime: Int64 = -1
    private var lastLength: Int64
    /// When a picture is taken that does not know its time.
    private var nextTime: Int64 = 0
    private var pictures = 0
    private var outOfTime = 0

    /// `start_s` is where the original's clock stands when the video begins.
    init(
        _ plan: PicturePlan, _ stream: UnsafeMutablePointer<AVStream>, start_s: Double, threads: Int
    ) throws(AVFailure) {
        self.plan = plan
        self.threads = threads
        decoder = try Decoder(stream, threads: threads)
        encoder = try Encoder.pictures(plan, threads: threads)
        (decoded, filtered) = (try Frame(), try Frame())
        mapper = try ColourMapper(plan.colour, threads: threads)
        packet = try Packet()
        start = ticks(start_s, decoder.timeBase)
        pace = Pace(
            rate: plan.frameRate, atMost: plan.maxFrameRate, ticksPerSecond: Int(Encoder.pictureTicks.den))
        lastLength = Int64((Double(Encoder.pictureTicks.den) / (plan.frameRate ?? 25)).rounded())
    }

    var track: Int { plan.track }

    var end_s: Double {
        pictures == 0 ? 0 : Double(lastTime + lastLength) / Double(Encoder.pictureTicks.den)
    }

    var condition: Condition {
        Condition(packets: decoder.packets, damaged: decoder.damaged + outOfTime, pictures: pictures)
    }

    func join(_ muxer: Muxer) throws(AVFailure) -> Int { try muxer.add(encoder) }

    /// With nil, what is left comes out.
    func take(_ packet: Packet?, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        try decoder.decode(packet, into: decoded) { (frame) throws(AVFailure) in try filter(frame, consume) }
        guard packet == nil else { return }
        try drain(consume)
        try encode(nil, consume)
    }

    private func filter(_ frame: Frame, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        noteLength(of: frame)
        let time =
            frame.time.map { rescale($0 &- start, from: decoder.timeBase, to: Encoder.pictureTicks) }
            ?? nextTime
        nextTime = time &+ lastLength
        guard pace.takes(time) else { return }
        let graph = try graph(for: frame, consume)
        frame.pointer.pointee.pts = time
        try graph.filter(frame, into: filtered) { (picture) throws(AVFailure) in
            try place(picture, timeBase: graph.timeBase, consume)
        }
    }

    /// Another kind of picture needs other filters: cameras change their minds in the middle.
    private func graph(
        for frame: Frame, _ consume: (Packet) throws(AVFailure) -> Void
    ) throws(AVFailure) -> FilterGraph {
        let input = FilterGraph.Input(frame, shape: Ratio(1, 1))
        let isFirstInterlaced = frame.isInterlaced && !plan.deinterlaces
        if let graph, graph.takes(input), !isFirstInterlaced { return graph }
        try drain(consume)
        if isFirstInterlaced { plan.deinterlaces = true }
        let filters = plan.filters(of: (frame.width, frame.height))
        let made = try FilterGraph(filters, for: input, timeBase: Encoder.pictureTicks, threads: threads)
        graph = made
        return made
    }

    private func drain(_ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        guard let graph else { return }
        try graph.filter(nil, into: filtered) { (picture) throws(AVFailure) in
            try place(picture, timeBase: graph.timeBase, consume)
        }
        self.graph = nil
    }

    private func place(
        _ picture: Frame, timeBase: AVRational, _ consume: (Packet) throws(AVFailure) -> Void
    ) throws(AVFailure) {
        var time = rescale(picture.pointer.pointee.pts, from: timeBase, to: Encoder.pictureTicks)
        // The first one to come out begins the video, whatever was lost before it.
        if pictures == 0 { time = 0 }
        guard time > lastTime, time - max(0, lastTime) < Self.longestGap else { return outOfTime += 1 }
        lastTime = time
        pictures += 1
        picture.pointer.pointee.pts = time
        // The original's kinds of pictures are no wish to the encoder.
        picture.pointer.pointee.pict_type = AV_PICTURE_TYPE_NONE
        flip_av_set_progressive(picture.pointer)
        try encode(mapper?.map(picture) ?? picture, consume)
    }

    private func encode(
        _ picture: Frame?, _ consume: (Packet) throws(AVFailure) -> Void
    ) throws(AVFailure) {
        try encoder.encode(picture, into: packet) { (packet) throws(AVFailure) in
            if let held { try consume(held) }
            if firstDecoding == nil { firstDecoding = packet.pointer.pointee.dts }
            packet.pointer.pointee.duration = lastLength
            held = try packet.taken()
        }
        guard picture == nil, let held, let firstDecoding else { return }
        // The container adds up the times of decoding, whose steps at the end are not those of the pictures:
        // this length closes the gap, as far as this picture may last without outlasting the video.
        let end = lastTime + lastLength
        let gap = end - (held.pointer.pointee.dts - firstDecoding)
        held.pointer.pointee.duration = max(1, min(gap, end - held.pointer.pointee.pts))
        try consume(held)
        self.held = nil
    }

    private func noteLength(of frame: Frame) {
        let length = rescale(frame.length, from: decoder.timeBase, to: Encoder.pictureTicks)
        // A still that stands for a while at the end is kept; an absurd length is not.
        if length > 0, length <= 600 * Int64(Encoder.pictureTicks.den) { lastLength = length }
    }
}
