/// Mends the clock of recordings whose time starts anew in the middle, as joined camcorder clips, discs and
/// television do: what follows a jump goes on where the time stood. Pure: seconds in, seconds out.
struct Clock {
    /// Tracks lie next to each other in these files; what is so far away from all others has another clock.
    private static let apart_s = 10.0
    /// Within one track, packets come in the order of their decoding.
    private static let back_s = 1.0

    private struct Track {
        var offset_s: Double
        var last_s: Double
    }

    private var tracks: [Int: Track] = [:]
    /// The newest of the clocks. Tracks come to it one after the other, as their last packets from before arrive late.
    private var newest_s = 0.0
    private var furthest_s: Double?

    /// What is to be added to the times of a track's packet that is decoded at `time_s`, and whether another clock
    /// began there.
    mutating func correction(
        of number: Int, at time_s: Double, lasting length_s: Double
    ) -> (offset_s: Double, isJoin: Bool) {
        let stood_s = furthest_s ?? time_s
        var track = tracks[number] ?? Track(offset_s: newest_s, last_s: -.infinity)
        let isJoin = !fits(time_s + track.offset_s, track, stood_s)
        if isJoin {
            if !fits(time_s + newest_s, track, stood_s) { newest_s = stood_s - time_s }
            track.offset_s = newest_s
        }
        track.last_s = time_s + track.offset_s
        tracks[number] = track
        furthest_s = max(stood_s, track.last_s + length_s)
        return (track.offset_s, isJoin)
    }

    private func fits(_ time_s: Double, _ track: Track, _ stood_s: Double) -> Bool {
        time_s >= track.last_s - Self.back_s
            && (time_s - track.last_s <= Self.apart_s || abs(time_s - stood_s) <= Self.apart_s)
    }
}
