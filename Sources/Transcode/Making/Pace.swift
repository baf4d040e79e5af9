/// Which pictures are kept where a camera takes more than are wanted: every time a picture is due, the one that
/// is nearest. The others are left out and nothing else moves, so that the playing time stays. Pure.
struct Pace {
    /// In ticks of the published video; nil where there are no more than wanted.
    private let interval: Int64?
    /// A picture that comes so much too early is taken all the same: the next one would be later than that.
    private let early: Int64
    private var due = Int64.min

    /// A hundredth more than the limit is the clock of a phone and no reason to leave a picture out.
    private static let tolerance = 1.01

    init(rate: Double?, atMost limit: Int, ticksPerSecond: Int) {
        if let rate, rate <= Double(limit) * Self.tolerance {
            (interval, early) = (nil, 0)
        } else {
            interval = Int64(ticksPerSecond / limit)
            early = Int64(Double(ticksPerSecond) / (rate ?? Double(limit)) / 2)
        }
    }

    mutating func takes(_ time: Int64) -> Bool {
        guard let interval else { return true }
        guard due != .min, time <= due + interval else {
            due = time + interval
            return true
        }
        guard time >= due - early else { return false }
        due += interval
        return true
    }
}
