internal import CLibAV

/// The way of the sound: decoded, brought to the planned rate and channels, encoded.
///
/// It begins with the video: what comes later is preceded by silence, what comes long before is cut off, and holes
/// are filled with silence, so that sound and pictures stay together to the end.
final class SoundLine: Line {
    private let plan: SoundPlan
    private let decoder: Decoder
    private let encoder: Encoder
    private let start: Int64
    private var graph: FilterGraph?
    private var isFirstGraph = true
    private var nextTime: Int64 = 0
    private let (decoded, filtered): (Frame, Frame)
    private let packet: Packet
    /// Samples that went out.
    private var samples: Int64 = 0

    /// `start_s` is where the original's clock stands when the video begins.
    init(_ plan: SoundPlan, _ stream: UnsafeMutablePointer<AVStream>, start_s: Double) throws(AVFailure) {
        self.plan = plan
        decoder = try Decoder(stream, threads: 1)
        encoder = try Encoder.sound(plan)
        let base = decoder.timeBase
        start = ticks(start_s, base)
        (decoded, filtered) = (try Frame(), try Frame())
        packet = try Packet()
    }

    var track: Int { plan.track }

    var end_s: Double { Double(samples) / Double(plan.rate) }

    var condition: Condition { Condition(packets: decoder.packets, damaged: decoder.damaged) }

    func join(_ muxer: Muxer) throws(AVFailure) -> Int { try muxer.add(encoder) }

    /// With nil, what is left comes out.
    func take(_ packet: Packet?, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        try decoder.decode(packet, into: decoded) { (frame) throws(AVFailure) in try filter(frame, consume) }
        guard packet == nil else { return }
        try drain(isLast: true, consume)
        try encoder.encode(nil, into: self.packet, consume)
    }

    private func filter(_ frame: Frame, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        let input = FilterGraph.Input(sound: frame)
        guard case .sound(let rate, _, _) = input, rate > 0 else { return }
        if let graph, !graph.takes(input) { try drain(isLast: false, consume) }
        let ticks = AVRational(num: 1, den: rate)
        if graph == nil { graph = try begin(input, ticks) }
        guard let graph else { return }
        let base = decoder.timeBase
        var time = frame.time.map { rescale($0 &- start, from: base, to: ticks) } ?? nextTime
        // A damaged time would be answered with hours of silence.
        if !(nextTime - hour(rate)...nextTime + hour(rate)).contains(time) { time = nextTime }
        try bridge(to: time, as: frame, graph, consume)
        frame.pointer.pointee.pts = time
        nextTime = time &+ Int64(frame.pointer.pointee.nb_samples)
        try graph.filter(frame, into: filtered) { (sound) throws(AVFailure) in try encode(sound, consume) }
    }

    /// A hole is filled second by second: the filter would make all of its silence at once, in memory.
    private func bridge(
        to time: Int64, as sound: Frame, _ graph: FilterGraph, _ consume: (Packet) throws(AVFailure) -> Void
    ) throws(AVFailure) {
        let second = Int64(sound.pointer.pointee.sample_rate)
        while time - nextTime > second {
            nextTime += second
            let silence = try Frame.silence(like: sound)
            silence.pointer.pointee.pts = nextTime
            try graph.filter(silence, into: filtered) { (sound) throws(AVFailure) in try encode(sound, consume)
            }
        }
    }

    private func hour(_ rate: Int32) -> Int64 { 3600 * Int64(rate) }

    private func begin(_ input: FilterGraph.Input, _ ticks: AVRational) throws(AVFailure) -> FilterGraph {
        let layout = plan.channels == 1 ? "mono" : "stereo"
        let filters =
            input.mixing + "aresample=\(plan.rate):async=1\(isFirstGraph ? ":first_pts=0" : "")"
            + ",aformat=sample_fmts=fltp:sample_rates=\(plan.rate):channel_layouts=\(layout)"
        isFirstGraph = false
        let graph = try FilterGraph(filters, for: input, timeBase: ticks)
        graph.cut(into: encoder.context.pointee.frame_size)
        return graph
    }

    private func drain(
        isLast: Bool, _ consume: (Packet) throws(AVFailure) -> Void
    ) throws(AVFailure) {
        try graph?.filter(nil, into: filtered) { (sound) throws(AVFailure) in
            // The encoder allows only the very last stretch to be short.
            guard isLast || sound.pointer.pointee.nb_samples == encoder.context.pointee.frame_size else {
                return
            }
            try encode(sound, consume)
        }
        graph = nil
    }

    private func encode(_ sound: Frame, _ consume: (Packet) throws(AVFailure) -> Void) throws(AVFailure) {
        guard sound.pointer.pointee.pts >= samples else { return }
        samples = sound.pointer.pointee.pts + Int64(sound.pointer.pointee.nb_samples)
        try encoder.encode(sound, into: packet, consume)
    }
}
