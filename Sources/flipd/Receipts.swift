// When the receipt in the drop folder is written: soon after something changed, and at midnight. Facts are gathered here,
// rows are read and the page is written on other threads, and at rest nothing wakes.
import Ingest
import Model
import Platform

@Loop
final class Receipts {
    private let pipeline: Pipeline
    private let finder: Librarian
    private let clerk: Clerk
    private var isWanted: Bool
    private var timer: EventSource?
    private var due = Double.infinity
    private var midnight: EventSource?
    private var isWriting = false
    private var isStale = false
    private var isStopped = false
    private var lastBegun = -Double.infinity
    /// Why it cannot be written; nil if it was.
    private(set) var trouble: Reason?

    /// Why nothing can be done at all, and how long things stay in the trash.
    private let machine: @Loop () -> String?
    private let trash_s: @Loop () -> Double
    /// Called when something that the status shows changed.
    var onChange: @Loop () -> Void = {}

    /// Changes come together.
    private static let soon_s = 0.3
    private static let pause_s = 2.0
    /// Estimates that only go down are told anew this often.
    private static let progress_s = 30.0

    init(
        _ pipeline: Pipeline, finder: Librarian, isWanted: Bool, machine: @escaping @Loop () -> String?,
        trash_s: @escaping @Loop () -> Double
    ) throws(Errno) {
        (self.machine, self.trash_s) = (machine, trash_s)
        self.pipeline = pipeline
        self.finder = finder
        self.isWanted = isWanted
        clerk = Clerk(incoming: pipeline.inbox.folder, thread: try WorkThread())
    }

    func start() {
        if isWanted { return changed() }
        Loop.task { await self.remove() }
    }

    func stop() {
        isStopped = true
        (timer, midnight, due) = (nil, nil, .infinity)
    }

    func follow(isWanted: Bool) {
        guard isWanted != self.isWanted else { return }
        self.isWanted = isWanted
        (timer, midnight, due) = (nil, nil, .infinity)
        start()
    }

    func changed() { write(noSoonerThan: Self.pause_s) }

    /// A worker got on.
    func progressed() { write(noSoonerThan: Self.progress_s) }

    private func write(noSoonerThan pause_s: Double) {
        guard isWanted, !isStopped else { return }
        if isWriting {
            if pause_s == Self.pause_s { isStale = true }
            return
        }
        let now = Clock.monotonic_s()
        let at = max(now + Self.soon_s, lastBegun + pause_s)
        if at >= due { return }
        due = at
        timer = EventSource.timer(after_s: at - now) { [weak self] in
            guard let self else { return }
            (timer, due) = (nil, .infinity)
            Loop.task { await self.write() }
        }
    }

    private func write() async {
        guard isWanted, !isStopped, !isWriting else { return }
        (isWriting, isStale, lastBegun) = (true, false, Clock.monotonic_s())
        let draft = try? await draft()
        if let draft {
            // What is wrong with the ledger, if it is, is told by whoever needs it.
            do throws(Errno) {
                try await clerk.write(draft)
                told(nil)
            } catch {
                told(error)
            }
        }
        isWriting = false
        if !isWanted { return await remove() }
        if isStale { changed() }
        // One that could not be drafted is tried again; and that a copy has come to rest is no event.
        if draft?.dropped.contains(where: { $0.0.holdup == .copying }) ?? true { progressed() }
        followTheDay()
        pipeline.rest.soon()
    }

    private func remove() async {
        do throws(Errno) {
            try await clerk.remove()
            told(nil)
        } catch {
            told(error)
        }
    }

    /// What is today's becomes yesterday's.
    private func followTheDay() {
        guard isWanted, !isStopped else { return }
        let time = PlaceTime(now: Clock.now(), zone_s: Clock.zone_s)
        midnight = EventSource.timer(at: time.startOfDay(daysAgo: -1)) { [weak self] in self?.changed() }
    }

    private func draft() async throws -> Clerk.Draft {
        let inbox = pipeline.inbox
        let since = PlaceTime(now: Clock.now(), zone_s: Clock.zone_s).startOfDay(daysAgo: 1)
        var others = pipeline.keeper.open.withoutRow
        let recent = try await finder.recent(since: since, in: inbox.folder)
        for asset in recent.unfinished.assets + recent.ended.assets { others[asset.id] = nil }
        let facts = pipeline.facts(machine: machine(), trash_s: trash_s())
        let dropped =
            inbox.dropped(atMost: Receipt.waitingAtMost) + pipeline.onTheWay(among: others.values)
        return Clerk.Draft(
            time: facts.time, dropped: dropped.map { ($0, pipeline.whereabouts(of: $0, facts)) },
            unfinished: facts.whereabouts(of: recent.unfinished), ended: facts.whereabouts(of: recent.ended),
            moreWaiting: max(0, pipeline.waiting - dropped.count) + recent.moreUnfinished,
            moreEnded: recent.moreEnded, needsYou: inbox.needsYou)
    }

    /// A folder that is not there has a reason of its own; every other is told once.
    private func told(_ error: Errno?) {
        let text = error.flatMap { $0.meansAbsent ? nil : Self.text(of: $0) }
        guard text != trouble?.text else { return }
        trouble = text.map { Reason(code: "receipt", text: $0) }
        if let text { Log.write(.dropFolder, .warning, text) }
        onChange()
    }

    private static func text(of error: Errno) -> String {
        if error.meansFull {
            return
                "The page “\(Ignored.receipt.text)” cannot be written: the drop folder's disk is full. \(Problem.diskFull.remedy)"
        }
        return """
            The page “\(Ignored.receipt.text)” cannot be written into the drop folder (\(error.reason)). Let flipd's user \
            write there, or say Receipts=no in [Intake].
            """
    }
}
