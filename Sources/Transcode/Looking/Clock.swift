/// Mends the clock of recordings whose time starts anew in the middle, as joined camcorder clips, DVDs and
/// television do: what follows a jump goes on where the time stood. Pure: seconds in, seconds out.
struct Clock {
    /// Tracks lie next to each other in these files; one that is so far ahead or behind has another clock.
    private static let jump_s = 10.0

    private var offset_s = 0.0
    private var next_s: Double?

    /// What is to be added to the times of a packet that is decoded at `time_s`.
    mutating func correction(at time_s: Double, lasting length_s: Double) -> Double {
        if let next_s, abs(time_s + offset_s - next_s) > Self.jump_s { offset_s = next_s - time_s }
        next_s = time_s + offset_s + length_s
        return offset_s
    }

    /// After a jump of our own.
    mutating func forget() { self = Clock() }
}
