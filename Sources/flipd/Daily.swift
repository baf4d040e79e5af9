// When a chore of every day is due: at the first moment after two in the morning at which flipd runs, for the machine may
// be off at night. Pure.
import Model

struct Daily {
    /// Seconds that this place is east of UTC at a moment.
    let zone_s: (Timestamp) -> Double

    private static let hour = 2.0
    private static let day_s = 86400.0

    /// When a chore that was last done then is due: now, or the next time that it is two o'clock.
    func due(after last: Timestamp?, now: Timestamp) -> Timestamp {
        var moment = twoOClock(onTheDayOf: now)
        if moment > now { moment = twoOClock(onTheDayOf: now + -Self.day_s) }
        // A time that is still to come was written by a clock that was wrong.
        guard let last, last >= moment, last <= now else { return now }
        let today = twoOClock(onTheDayOf: now)
        return today > now ? today : twoOClock(onTheDayOf: now + Self.day_s)
    }

    /// Where clocks are changed in that night it is an hour early or late, but for every asker the same.
    private func twoOClock(onTheDayOf moment: Timestamp) -> Timestamp {
        let here_s = Double(moment.milliseconds) / 1000 + zone_s(moment)
        let inUTC =
            Timestamp(milliseconds: 0) + ((here_s / Self.day_s).rounded(.down) * Self.day_s + Self.hour * 3600)
        return inUTC + -zone_s(inUTC + -Self.day_s)
    }
}
