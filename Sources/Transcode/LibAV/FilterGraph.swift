internal import CLibAV

/// A chain of libav's filters: frames in at one end, frames out at the other.
final class FilterGraph {
    private let graph: UnsafeMutablePointer<AVFilterGraph>
    private let source: UnsafeMutablePointer<AVFilterContext>
    private let sink: UnsafeMutablePointer<AVFilterContext>
    private let input: Input

    /// What goes in; a frame of another kind needs another graph.
    enum Input: Hashable {
        case pictures(width: Int32, height: Int32, format: Int32, shape: Ratio)
        case sound(rate: Int32, format: Int32, layout: String)

        init(_ frame: Frame, shape: Ratio) {
            let picture = frame.pointer.pointee
            self = .pictures(width: picture.width, height: picture.height, format: picture.format, shape: shape)
        }

        init(sound frame: Frame) {
            let sound = frame.pointer.pointee
            self = .sound(rate: sound.sample_rate, format: sound.format, layout: layoutName(of: frame))
        }
    }

    /// `filters` as libav's own language has them, between the two ends.
    init(_ filters: String, for input: Input, timeBase: AVRational, threads: Int = 1) throws(AVFailure) {
        self.input = input
        graph = try given(avfilter_graph_alloc(), "preparing the filters")
        graph.pointee.nb_threads = Int32(threads)
        do throws(AVFailure) {
            var (open, left): (UnsafeMutablePointer<AVFilterInOut>?, UnsafeMutablePointer<AVFilterInOut>?)
            defer {
                avfilter_inout_free(&open)
                avfilter_inout_free(&left)
            }
            let chain = Self.chain(filters, for: input, timeBase: timeBase)
            try av("preparing the filters", avfilter_graph_parse2(graph, chain, &open, &left))
            try av("preparing the filters", avfilter_graph_config(graph, nil))
            let names = input.isSound ? ("abuffer@in", "abuffersink@out") : ("buffer@in", "buffersink@out")
            source = try given(avfilter_graph_get_filter(graph, names.0), "preparing the filters")
            sink = try given(avfilter_graph_get_filter(graph, names.1), "preparing the filters")
        } catch {
            var doomed: UnsafeMutablePointer<AVFilterGraph>? = graph
            avfilter_graph_free(&doomed)
            throw error
        }
    }

    deinit {
        var doomed: UnsafeMutablePointer<AVFilterGraph>? = graph
        avfilter_graph_free(&doomed)
    }

    private static func chain(_ filters: String, for input: Input, timeBase: AVRational) -> String {
        let base = "time_base=\(timeBase.num)/\(timeBase.den)"
        return switch input {
        case .pictures(let width, let height, let format, let shape):
            "buffer@in=video_size=\(width)x\(height):pix_fmt=\(format):\(base)"
                + ":pixel_aspect=\(shape.numerator)/\(shape.denominator),\(filters),buffersink@out"
        case .sound(let rate, let format, let layout):
            "abuffer@in=\(base):sample_rate=\(rate):sample_fmt=\(format):channel_layout=\(layout)"
                + ",\(filters),abuffersink@out"
        }
    }

    func takes(_ input: Input) -> Bool { self.input == input }

    /// Ticks of what comes out.
    var timeBase: AVRational { av_buffersink_get_time_base(sink) }

    /// Sound comes out in stretches of this many samples; the last may be shorter.
    func cut(into samples: Int32) { av_buffersink_set_frame_size(sink, UInt32(samples)) }

    /// Takes a frame, or with nil the news that no more will come, and hands out what is ready.
    func filter(
        _ frame: Frame?, into result: Frame, _ consume: (Frame) throws(AVFailure) -> Void
    ) throws(AVFailure) {
        try av("filtering", av_buffersrc_add_frame_flags(source, frame?.pointer, 0))
        while true {
            result.empty()
            let code = av_buffersink_get_frame(sink, result.pointer)
            if code == AVFailure.wantsMore || code == AVFailure.endOfFile { return }
            try av("filtering", code)
            try consume(result)
        }
    }
}

extension Frame {
    /// This one picture, through filters.
    func filtered(_ filters: String, threads: Int = 1) throws(AVFailure) -> Frame {
        let graph = try FilterGraph(
            filters, for: FilterGraph.Input(self, shape: Ratio(1, 1)), timeBase: Encoder.pictureTicks,
            threads: threads)
        let made = try Frame()
        var result: Frame?
        // What goes in is gone from its handle.
        let picture = try shared()
        picture.pointer.pointee.pts = 0
        for input in [picture, nil] {
            try graph.filter(input, into: made) { (frame) throws(AVFailure) in
                if result == nil { result = try frame.shared() }
            }
        }
        return try given(result, "drawing a still")
    }
}

extension FilterGraph.Input {
    fileprivate var isSound: Bool {
        switch self {
        case .pictures: false
        case .sound: true
        }
    }

    /// What has to be done to a sound that the usual mixing to stereo does not know.
    var mixing: String {
        guard case .sound(_, _, let layout) = self else { return "" }
        // A sphere's first channel is the whole, its second what lies to the left.
        if layout.hasPrefix("ambisonic") { return "pan=stereo|c0=0.7*c0+0.5*c1|c1=0.7*c0-0.5*c1," }
        // Nobody knows where so many belong.
        return layout.hasSuffix("channels") ? "pan=stereo|c0=c0|c1=c1," : ""
    }
}

/// How libav names the loudspeakers. Files that only count their channels, or name one twice, get the usual
/// arrangement of so many, if there is one.
private func layoutName(of frame: Frame) -> String {
    let (order, count) = (frame.pointer.pointee.ch_layout.order, frame.pointer.pointee.ch_layout.nb_channels)
    if order != AV_CHANNEL_ORDER_NATIVE, order != AV_CHANNEL_ORDER_AMBISONIC {
        av_channel_layout_uninit(&frame.pointer.pointee.ch_layout)
        av_channel_layout_default(&frame.pointer.pointee.ch_layout, count)
    }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
        guard let start = text.baseAddress,
            av_channel_layout_describe(&frame.pointer.pointee.ch_layout, start, 128) > 0
        else { return "stereo" }
        return String(cString: start)
    }
}
