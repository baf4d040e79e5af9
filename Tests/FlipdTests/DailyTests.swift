// When a chore of every day is due, in summer, in winter, and after a machine was off.
import Model
import Testing

@testable import flipd

@Suite struct DailyTests {
    private func moment(_ text: String) -> Timestamp { Timestamp(text)! }

    /// An hour east of UTC, and two in summer, as in Berlin in 2026.
    private let berlin = Daily { moment in
        let summer = Timestamp("2026-03-29T01:00:00Z")!..<Timestamp("2026-10-25T01:00:00Z")!
        return summer.contains(moment) ? 7200 : 3600
    }

    private func due(_ daily: Daily, _ last: String?, _ now: String) -> String {
        let due = daily.due(after: last.map { moment($0) }, now: moment(now))
        return due == moment(now) ? "now" : "\(due)"
    }

    @Test(arguments: [
        // Never done.
        (nil, "2026-11-21T12:00:00Z", "now"),
        // Done this night: the next one.
        ("2026-11-21T01:00:00Z", "2026-11-21T01:00:01Z", "2026-11-22T01:00:00.000Z"),
        ("2026-11-21T08:00:00Z", "2026-11-21T22:00:00Z", "2026-11-22T01:00:00.000Z"),
        // After midnight and before two: at two.
        ("2026-11-20T08:00:00Z", "2026-11-21T00:30:00Z", "2026-11-21T01:00:00.000Z"),
        // Off at night: in the morning.
        ("2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z", "now"),
        ("2026-11-01T08:00:00Z", "2026-11-21T00:00:00Z", "now"),
        // Done just before two.
        ("2026-11-21T00:59:59Z", "2026-11-21T01:00:00Z", "now"),
        // A clock that was wrong had written a time that is still to come.
        ("2030-01-01T00:00:00Z", "2026-11-21T12:00:00Z", "now"),
        // In summer it is two an hour earlier in UTC.
        ("2026-07-01T00:00:00Z", "2026-07-01T00:00:01Z", "2026-07-02T00:00:00.000Z"),
    ])
    func isDueOnceAfterTwoInTheMorning(_ last: String?, _ now: String, _ expected: String) {
        #expect(due(berlin, last, now) == expected)
    }

    @Test(arguments: [-43200.0, -18000, 0, 3600, 20700, 50400]) func isDueOncePerDayAnywhere(_ zone: Double) {
        let daily = Daily { _ in zone }
        var (now, last, times) = (moment("2026-11-01T00:00:00Z"), moment("2026-10-31T23:59:00Z"), 0)
        for _ in 0..<(10 * 24) {
            now = now + 3600
            if daily.due(after: last, now: now) <= now { (last, times) = (now, times + 1) }
        }
        #expect(times == 10)
    }

    @Test(arguments: ["2026-03-27T12:00:00Z", "2026-10-23T12:00:00Z"])
    func isDueOncePerNightWhenTheClocksChange(_ start: String) {
        var (now, last, times) = (moment(start), moment(start), 0)
        for _ in 0..<(4 * 96) {
            now = now + 900
            if berlin.due(after: last, now: now) <= now { (last, times) = (now, times + 1) }
        }
        #expect(times == 4)
    }

    /// A timer that was set for that moment finds the chore due.
    @Test func whatWasSaidToBeDueThenIsDueThen() {
        var now = moment("2026-03-20T12:34:56Z")
        for _ in 0..<300 {
            let next = berlin.due(after: now, now: now)
            #expect(next > now && next.seconds(since: now) < 93600)
            #expect(berlin.due(after: now, now: next) == next)
            now = next
        }
    }
}
