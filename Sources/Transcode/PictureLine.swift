internal import CLibAV

/// The way of the pictures: decoded, filtered, encoded.
///
/// Every picture keeps its own time, counted from the first; those that would go back in time are left out.
final class PictureLine {
    private let plan: PicturePlan
    let decoder: Decoder
    let encoder: Encoder
    private let threads: Int
    private var graph: FilterGraph?
    private let (decoded, filtered): (Frame, Frame)
    private let mapper: ColourMapper?
    private let packet: Packet

    /// A picture that comes later than this after the one before has a damaged time.
    private static let longestGap = 6 * 3600 * Int64(Encoder.pictureTicks.den)

    /// Kept back until the next one is there: the last one's length closes the video.
    private var held: Packet?
    private var firstDecoding: Int64?

    /// In ticks of the published video.
    private var lastTime: Int64 = -1
    private var lastLength: Int64
    private(set) var pictures = 0

    init(_ plan: PicturePlan, _ stream: UnsafeMutablePointer<AVStream>, threads: Int) throws(AVFailure) {
        self.plan = plan
        self.threads = threads
        decoder = try Decoder(stream, threads: threads)
        encoder = try Encoder.pictures(plan, threads: threads)
        (decoded, filtered) = (try Frame(), try Frame())
        mapper = try ColourMapper(plan.colour)
        packet = try Packet()
        lastLength = Int64((Double(Encoder.pictureTicks.den) / (plan.frameRate ?? 25)).rounded())
    }

    /// Where the last picture ends, in seconds.
    var end: Double {
        pictures == 0 ? 0 : Double(lastTime + lastLength) / Double(Encoder.pictureTicks.den)
    }

    /// With nil, what is left comes out.
    func take(_ packet: Packet?, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        try decoder.decode(packet, into: decoded) { (frame) throws(AVFailure) in try filter(frame, consume) }
        guard packet == nil else { return }
        try drain(consume)
        try encode(nil, consume)
    }

    private func filter(_ frame: Frame, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        let input = FilterGraph.Input(frame, shape: Ratio(1, 1))
        if let graph, !graph.takes(input) { try drain(consume) }
        if graph == nil {
            graph = try FilterGraph(plan.filters(), for: input, timeBase: decoder.timeBase, threads: threads)
        }
        guard let graph else { return }
        noteLength(of: frame)
        if let time = frame.time {
            frame.pointer.pointee.pts = time &- plan.start
        } else {
            let next = pictures == 0 ? 0 : lastTime + lastLength
            frame.pointer.pointee.pts = rescale(next, from: Encoder.pictureTicks, to: decoder.timeBase)
        }
        try graph.filter(frame, into: filtered) { (picture) throws(AVFailure) in
            try place(picture, timeBase: graph.timeBase, consume)
        }
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
        guard time > lastTime, time - max(0, lastTime) < Self.longestGap else { return }
        lastTime = time
        pictures += 1
        picture.pointer.pointee.pts = time
        // The original's kinds of pictures are no wish to the encoder.
        picture.pointer.pointee.pict_type = AV_PICTURE_TYPE_NONE
        picture.pointer.pointee.interlaced_frame = 0
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
        let length = rescale(
            frame.pointer.pointee.pkt_duration, from: decoder.timeBase, to: Encoder.pictureTicks)
        // A still that stands for a while at the end is kept; an absurd length is not.
        if length > 0, length <= 600 * Int64(Encoder.pictureTicks.den) { lastLength = length }
    }
}
