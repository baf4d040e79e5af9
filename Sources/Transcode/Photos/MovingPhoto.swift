internal import CLibAV
internal import Model

/// The first picture of a photo that moves and has no still picture beside: it is read as the film that it is.
enum MovingPhoto {
    /// `check` is told how large it is before it is drawn.
    static func first(
        of file: FileIO, longSide: Int, check: (_ width: Int, _ height: Int) throws(Refusal) -> Void
    ) throws(Refusal) -> Still {
        let recipe = Recipe(longSide: longSide)
        let probe = try Prober.probe(file, limit_s: recipe.maxDuration_s)
        let plan = try Plan(for: probe, recipe: recipe)
        try check(plan.picture.storedWidth, plan.picture.storedHeight)
        let frame = try refusing { () throws(AVFailure) in try decoded(try opened(file), plan.picture.track) }
        return try drawnStill(of: frame, plan: plan.picture, fitting: longSide, threads: 1)
    }

    private static func opened(_ file: FileIO) throws(AVFailure) -> Demuxer {
        do throws(Refusal) { return try Demuxer.open(file) } catch {
            throw AVFailure(AVFailure.invalidData, "reading the original")
        }
    }

    private static func decoded(_ demuxer: Demuxer, _ track: Int) throws(AVFailure) -> Frame {
        demuxer.want(only: [track])
        let decoder = try Decoder(demuxer.streams[track], threads: 1)
        let (packet, frame) = (try Packet(), try Frame())
        var first: Frame?
        while first == nil {
            let isThere = try demuxer.next(packet)
            try decoder.decode(isThere ? packet : nil, into: frame) { (frame) throws(AVFailure) in
                if first == nil { first = try frame.shared() }
            }
            if !isThere { break }
        }
        return try given(first, "decoding the first picture")
    }
}
