// What is mailed and when, with a clock that is wound by hand.
import Model
import Testing

@testable import flipd

@Suite struct MailingTests {
    private var mailing: Mailing
    private var now = Timestamp("2026-11-21T08:00:00Z")!  // A time as it is written, because it is a constant.
    private static let full = Reason(code: "disk-full", text: "The archive's disk is full.")
    private static let copy = Reason(code: "no-second-copy", text: "No second copy exists.")

    init() { mailing = Mailing(Mailing.Told(from: now), waits: Mailing.Waits(), wantsWeekly: false) }

    private mutating func pass(_ minutes: Double) { now = now + minutes * 60 }

    /// What goes out while time passes, as "minutes topic"; whoever looks is woken when something is due.
    private mutating func mails(
        within minutes: Double, _ happens: (inout Mailing, Timestamp) -> Void = { _, _ in }
    )
        -> [String]
    {
        let (begin, end) = (now, now + minutes * 60)
        var out: [String] = []
        while now < end {
            happens(&mailing, now)
            if let due = mailing.due(at: now) {
                out.append("\(Int((now.seconds(since: begin) / 60).rounded())) \(due.topic.rawValue)")
                mailing.sent(due, at: now)
                if due.topic == .needsYou { mailing.handedBackWasTold(until: now) }
            }
            now = now + 15
        }
        return out
    }

    @Test mutating func whereNothingHappensNothingIsMailed() {
        mailing.saw(.ok, [], at: now)
        #expect(mails(within: 20_000) == [])
        #expect(mailing.next(after: now) == nil)
    }

    @Test mutating func handedBackFilesAreCollected() {
        mailing.saw(.ok, [], at: now)
        mailing.sawHandedBack(at: now)
        #expect(mailing.next(after: now) == now + 600)
        #expect(mails(within: 60) == ["10 needsYou"])
    }

    /// A bad file every 15 seconds for a day and a half, as from a camera with a broken card.
    @Test mutating func aFloodOfBadFilesIsAFewMails() {
        mailing.saw(.ok, [], at: now)
        let out = mails(within: 36 * 60) { $0.sawHandedBack(at: $1) }
        #expect(out.prefix(3) == ["10 needsYou", "70 needsYou", "130 needsYou"])
        #expect(out.filter { Int($0.prefix { $0 != " " }) ?? 0 < 24 * 60 }.count == 20)
        #expect(out.count <= 32)
    }

    @Test mutating func amberMustLast() {
        mailing.saw(.degraded, [Self.full], at: now)
        #expect(mails(within: 9) == [])
        mailing.saw(.ok, [], at: now)
        #expect(mails(within: 60) == [])
        mailing.saw(.degraded, [Self.full], at: now)
        #expect(mails(within: 60) == ["10 degraded"])
        // Told once more after a week, for it may have been overlooked.
        #expect(mails(within: 8 * 1440).count == 1)
        mailing.saw(.ok, [], at: now)
        #expect(mails(within: 60) == ["10 well"])
        #expect(mails(within: 20_000) == [])
    }

    @Test mutating func anotherReasonIsNewsAndTheSameInOtherWordsIsNot() {
        mailing.saw(.degraded, [Self.copy], at: now)
        #expect(mails(within: 120) == ["10 degraded"])
        mailing.saw(.degraded, [Reason(code: Self.copy.code, text: "Otherwise.")], at: now)
        #expect(mails(within: 120) == [])
        mailing.saw(.degraded, [Self.copy, Self.full], at: now)
        #expect(mails(within: 120) == ["10 degraded"])
        mailing.saw(.degraded, [Self.copy, Self.full, Self.full], at: now)
        #expect(mails(within: 120) == ["10 degraded"])
    }

    @Test mutating func redIsToldWithinAMinuteAndEveryDay() {
        mailing.saw(.degraded, [Self.full], at: now)
        #expect(mails(within: 30) == ["10 degraded"])
        mailing.saw(.critical, [Reason(code: "library-missing", text: "Missing.")], at: now)
        #expect(mails(within: 30) == ["1 critical"])
        #expect(mails(within: 3 * 1440).count == 3)
        mailing.saw(.degraded, [Self.full], at: now)
        #expect(mails(within: 30) == ["10 degraded"])
        mailing.saw(.ok, [], at: now)
        #expect(mails(within: 30) == ["10 well"])
    }

    /// A disk with a loose cable.
    @Test mutating func whatComesAndGoesIsToldOncePerHour() {
        var isThere = true
        let out = mails(within: 300) { mailing, now in
            isThere.toggle()
            mailing.saw(isThere ? .ok : .critical, isThere ? [] : [Self.full], at: now)
        }
        #expect(out == [])
        var turn = 0
        let slower = mails(within: 300) { mailing, now in
            turn += 1
            let isThere = turn / 10 % 2 == 0
            mailing.saw(isThere ? .ok : .critical, isThere ? [] : [Self.full], at: now)
        }
        #expect(slower == ["3 critical"])
    }

    @Test mutating func aServerThatIsDownIsTriedMoreAndMoreRarely() throws {
        mailing.saw(.critical, [Self.full], at: now)
        var pauses: [Double] = []
        pass(1)
        for _ in 0..<9 {
            try #require(mailing.due(at: now) != nil)
            mailing.failed(at: now)
            let next = try #require(mailing.next(after: now))
            pauses.append(next.seconds(since: now) / 60)
            now = next
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        let due = try #require(mailing.due(at: now))
        mailing.sent(due, at: now)
        #expect(mailing.due(at: now) == nil)
        // Meanwhile it got well: of that only the end is told.
        mailing.saw(.ok, [], at: now)
        #expect(mails(within: 60) == ["10 well"])
    }

    @Test mutating func aRestartTellsNothingTwice() {
        mailing.saw(.degraded, [Self.copy], at: now)
        #expect(mails(within: 60) == ["10 degraded"])
        mailing = Mailing(mailing.told, waits: Mailing.Waits(), wantsWeekly: false)
        mailing.saw(.degraded, [Self.copy], at: now)
        #expect(mails(within: 60) == [])
        mailing = Mailing(mailing.told, waits: Mailing.Waits(), wantsWeekly: false)
        mailing.saw(.ok, [], at: now)
        #expect(mails(within: 60) == ["10 well"])
    }

    @Test mutating func onceAWeekAllIsWell() {
        mailing.wantsWeekly = true
        mailing.saw(.ok, [], at: now)
        #expect(mails(within: 15 * 1440) == ["\(7 * 1440) weekly", "\(14 * 1440) weekly"])
        mailing.saw(.degraded, [Self.copy], at: now)
        #expect(mails(within: 6 * 1440) == ["10 degraded"])
    }

    @Test mutating func aClockThatWasAheadSilencesNothing() {
        now = now + 400 * 86400
        mailing.saw(.degraded, [Self.copy], at: now)
        #expect(mails(within: 60) == ["10 degraded"])
        mailing.sawHandedBack(at: now)
        now = now + -400 * 86400
        mailing.saw(.critical, [Self.copy], at: now)
        #expect(mails(within: 60) == ["1 critical", "10 needsYou"])
        // Nor does it hide what is handed back from now on.
        mailing.handedBackWasTold(until: now + 400 * 86400)
        mailing.saw(.critical, [Self.copy], at: now)
        #expect(mailing.told.handedBackUntil <= now && mailing.told.weeklySince <= now)
    }
}
