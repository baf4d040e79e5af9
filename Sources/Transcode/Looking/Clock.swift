/// Mends the clock of recordings whose time starts anew in the middle, as joined camcorder clips, discs and
/// television do: what follows a jump goes on where the time stood. Pure: seconds in, seconds out.
struct Clock {
    /// Tracks lie next to each other in these files; what is so far away from all others has another clock.
    private static let apart_s = 10.0
    /// Within one track, packets come in the order of their decoding.
    private static let back_s = 1.0

    private var offset_s = 0.0
    /// How far all tracks together and each of them came.
    private var furthest_s: Double?
    private var last_s: [Int: Double] = [:]

    /// What is to be added to the times of a track's packet that is decoded at `time_s`.
    mutating func correction(of track: Int, at time_s: Double, lasting length_s: Double) -> Double {
        let stood_s = furthest_s ?? time_s
        let mended_s = time_s + offset_s
        let isBack = last_s[track].map { mended_s < $0 - Self.back_s } ?? false
        if isBack || abs(mended_s - stood_s) > Self.apart_s { offset_s = stood_s - time_s }
        last_s[track] = time_s + offset_s
        furthest_s = max(stood_s, time_s + offset_s + length_s)
        return offset_s
    }
}
