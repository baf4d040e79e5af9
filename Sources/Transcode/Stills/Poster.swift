internal import CLibAV
internal import Model

/// Finds the picture that stands for a video: neither black nor blown out nor blurred.
///
/// Key pictures across the first minute are looked at on a small grey copy, and only the best is kept. Where
/// those are few and poor, as in a clip that begins dark, all pictures of the first seconds are looked at. It
/// fails only where nothing at all can be decoded.
struct PosterSearch {
    private let plan: Plan
    private let track: Int
    private let threads: Int
    private let eye: Eye
    private var best: (picture: Frame, score: Double)?
    /// The times of the key pictures that were looked at: many places lead to the same one.
    private var seen: Set<Int64> = []

    private static let looks = 8
    private static let span_s = 60.0
    private static let good = 20.0

    /// `first` is the first key picture, where it was decoded already.
    static func best(
        in file: FileIO, plan: Plan, first: Frame?, threads: Int, _ meter: Meter
    ) throws(Refusal) -> Frame {
        let demuxer = try Demuxer.open(file)
        var search = try refusing { () throws(AVFailure) in
            PosterSearch(plan: plan, threads: threads, eye: try Eye())
        }
        try refusing { () throws(AVFailure) in try search.lookAround(demuxer, first, meter) }
        if search.isUndecided {
            // Opened anew, because not every container can go back to its beginning.
            let again = try Demuxer.open(file)
            try refusing { () throws(AVFailure) in try search.lookClosely(again) }
        }
        guard let best = search.best else { throw Refusal(.corrupt, "Not one picture in it could be decoded.") }
        return best.picture
    }

    private init(plan: Plan, threads: Int, eye: Eye) {
        (self.plan, self.threads, self.eye) = (plan, threads, eye)
        track = plan.picture.track
    }

    /// Nothing good was seen.
    private var isUndecided: Bool {
        guard let best else { return true }
        return best.score < Self.good
    }

    private mutating func lookAround(
        _ demuxer: Demuxer, _ first: Frame?, _ meter: Meter
    ) throws(AVFailure) {
        demuxer.want(only: [track])
        let decoder = try Decoder(demuxer.streams[track], threads: threads, for: .keyPictures)
        let span = min(plan.duration ?? Self.span_s, Self.span_s)
        let start = plan.start_s
        // The first picture comes first: it brings what later ones rely on, such as a palette.
        if let first {
            if let time = first.time { seen.insert(time) }
            try consider(first)
        } else if let picture = try newKeyPicture(of: demuxer, decoder) {
            try consider(picture)
        }
        for look in 0..<Self.looks {
            // A little after the beginning, where many videos fade in.
            let place = start + span * (Double(look) + 0.3) / Double(Self.looks)
            guard demuxer.seek(track, seconds: place) else { break }
            decoder.flush()
            meter.tell(0.3 + 0.4 * Double(look) / Double(Self.looks))
            if let picture = try newKeyPicture(of: demuxer, decoder) { try consider(picture) }
        }
    }

    private mutating func newKeyPicture(of demuxer: Demuxer, _ decoder: Decoder) throws(AVFailure) -> Frame? {
        let (packet, frame) = (try Packet(), try Frame())
        var found: Frame?
        // Between two key pictures there are rarely more packets than this.
        for _ in 0..<1500 where found == nil {
            // The end, or what cannot be read: there is no picture here.
            guard (try? demuxer.next(packet)) ?? false else { break }
            guard packet.stream == track, packet.pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 else { continue }
            guard seen.insert(packet.pointer.pointee.pts).inserted else { break }
            // Decoders that work ahead keep a picture back until they hear that no more will come.
            for input in [packet, nil] {
                try decoder.decode(input, into: frame) { (picture) throws(AVFailure) in
                    if found == nil { found = try picture.shared() }
                }
            }
            decoder.flush()
        }
        return found
    }

    private mutating func lookClosely(_ demuxer: Demuxer) throws(AVFailure) {
        demuxer.want(only: [track])
        let decoder = try Decoder(demuxer.streams[track], threads: threads)
        let (packet, frame) = (try Packet(), try Frame())
        var (count, goesOn) = (0, true)
        // Where there were many key pictures to choose from, a few more have to do.
        let most = seen.count < 3 ? 240 : 48
        while goesOn, best == nil || count < 48 || count < most && isUndecided {
            goesOn = (try? demuxer.next(packet)) ?? false
            guard !goesOn || packet.stream == track else { continue }
            var pictures: [Frame] = []
            try decoder.decode(goesOn ? packet : nil, into: frame) { (picture) throws(AVFailure) in
                // One in eight is enough: neighbours look alike.
                if count % 8 == 0 { pictures.append(try picture.shared()) }
                count += 1
            }
            for picture in pictures { try consider(picture) }
        }
    }

    private mutating func consider(_ picture: Frame) throws(AVFailure) {
        let score = try eye.score(picture)
        if score > best?.score ?? -1 { best = (try picture.shared(), score) }
    }
}

/// Judges pictures on a small grey copy of each.
final class Eye {
    private var scaler: OpaquePointer?
    private let small: Frame

    private static let (width, height): (Int32, Int32) = (160, 90)

    init() throws(AVFailure) {
        small = try Frame(width: Self.width, height: Self.height, format: AV_PIX_FMT_GRAY8)
    }

    deinit { sws_freeContext(scaler) }

    func score(_ picture: Frame) throws(AVFailure) -> Double {
        let frame = picture.pointer
        scaler = sws_getCachedContext(
            scaler, frame.pointee.width, frame.pointee.height, AVPixelFormat(frame.pointee.format), Self.width,
            Self.height, AV_PIX_FMT_GRAY8, SWS_AREA, nil, nil, nil)
        try av(
            "looking at a picture", sws_scale_frame(given(scaler, "looking at a picture"), small.pointer, frame)
        )
        guard let start = small.pointer.pointee.data.0 else { return 0 }
        let stride = Int(small.pointer.pointee.linesize.0)
        let rows = (0..<Int(Self.height)).map { row in
            Array(UnsafeBufferPointer(start: start + row * stride, count: Int(Self.width)))
        }
        return Self.score(rows)
    }

    /// Contrast and sharpness, as far as there is light. Pure: rows of grey in, 0 for nothing to see out.
    static func score(_ rows: [[UInt8]]) -> Double {
        guard let width = rows.first?.count, width > 1, rows.count > 1 else { return 0 }
        let count = Double(width * rows.count)
        let mean = rows.reduce(0.0) { sum, row in row.reduce(sum) { $0 + Double($1) } } / count
        let variance =
            rows.reduce(0.0) { sum, row in
                row.reduce(sum) { $0 + (Double($1) - mean) * (Double($1) - mean) }
            } / count
        var edges = 0.0
        for row in 1..<rows.count {
            for column in 1..<width {
                let here = Double(rows[row][column])
                edges += abs(here - Double(rows[row][column - 1])) + abs(here - Double(rows[row - 1][column]))
            }
        }
        let light =
            switch mean {
            case ..<28: 0.1
            case ..<56: 0.6
            case 225...: 0.2
            default: 1.0
            }
        return light * (variance.squareRoot() + 2 * edges / count)
    }
}
