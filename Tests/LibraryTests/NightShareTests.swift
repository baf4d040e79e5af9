// How much a night checks, with figures worked out by hand.
import Library
import Model
import Scratch
import Testing

private let day = 86400.0

@Suite struct NightShareTests {
    @Test func aNightTakesATwentiethAndNothingFresh() {
        let share = NightShare(total_bytes: 1001, now: noon)
        #expect(share.bytes == 51)
        let old = noon + -10 * day
        #expect(share.includes(since: old, done_bytes: 50, worked_s: 0))
        #expect(!share.includes(since: old, done_bytes: 51, worked_s: 0))
        #expect(!share.includes(since: noon + -7 * day, done_bytes: 0, worked_s: 0))
        #expect(share.includes(since: noon + -7 * day + -0.001, done_bytes: 0, worked_s: 0))
    }

    @Test func whatIsDueIsCheckedWhateverTheShareButNotAllNight() {
        let share = NightShare(total_bytes: 1000, now: noon)
        let due = noon + -27 * day
        #expect(share.isDue(due) && !share.isDue(due + 1))
        #expect(share.includes(since: due, done_bytes: 999, worked_s: 7199))
        #expect(!share.includes(since: due, done_bytes: 0, worked_s: 7200))
    }

    /// A thousand files of one size that were published on one day, and a night for each day after.
    @Test func everythingIsCheckedWithinThirtyDaysForEver() {
        var since = [Timestamp](repeating: noon, count: 1000)
        var oldest_days = 0.0
        var most = 0
        for night in 1...120 {
            let now = noon + Double(night) * day
            let share = NightShare(total_bytes: 1000, now: now)
            var done = 0
            for index in since.indices.sorted(by: { since[$0] < since[$1] }) {
                guard share.includes(since: since[index], done_bytes: Int64(done), worked_s: 0) else { break }
                since[index] = now
                done += 1
            }
            most = max(most, done)
            oldest_days = max(oldest_days, now.seconds(since: since.min()!) / day)
        }
        #expect(oldest_days <= 27)
        #expect(most == 50)
    }
}
