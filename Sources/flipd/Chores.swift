// What is done once a day, and when. One timer: at rest nothing wakes before the next chore is due.
import Model
import Platform

@Loop
final class Chores {
    private let snapshots: Snapshots
    private let verification: Verification
    private let daily = Daily(zone_s: Clock.zone_s)
    private var timer: EventSource?
    private(set) var lastSnapshot: Timestamp?
    /// Why the last snapshot could not be made; nil if it was.
    private(set) var trouble: Reason?

    /// The configuration in force, as a file would say it.
    var configuration: String
    var kept: Snapshots.Kept
    /// When the last share of the archive was verified, or should have been.
    private var lastShare: Timestamp?
    /// Whether the library is there and in order.
    var isReady: @Loop () -> Bool = { true }
    /// Called when something that the status shows changed.
    var onChange: @Loop () -> Void = {}

    /// After a start other things come first.
    private static let pause_s = 60.0
    private static let afterFailure_s = 3600.0

    init(snapshots: Snapshots, verification: Verification, configuration: String, kept: Snapshots.Kept) {
        self.snapshots = snapshots
        self.verification = verification
        self.configuration = configuration
        self.kept = kept
    }

    /// The library is there: looks in a while what is due.
    func start() {
        timer = EventSource.timer(after_s: Self.pause_s) { [weak self] in self?.look() }
        Loop.task {
            self.lastSnapshot = try? await self.snapshots.newest()
            self.lastShare = await self.verification.lastEnd()
        }
    }

    func stop() { timer = nil }

    private func look() {
        timer = nil
        // It is called again when the library is back.
        guard isReady() else { return }
        let now = Clock.now()
        let due = (
            snapshot: daily.due(after: lastSnapshot, now: now), share: daily.due(after: lastShare, now: now)
        )
        if due.share <= now {
            lastShare = now
            Loop.task { await self.verification.readShare() }
        }
        if due.snapshot <= now {
            Loop.task { await self.doWhatIsDue() }
            return
        }
        timer = EventSource.timer(at: min(due.snapshot, daily.due(after: lastShare, now: now))) { [weak self] in
            self?.look()
        }
    }

    private func doWhatIsDue() async {
        do {
            _ = try await snapshot()
            look()
        } catch {
            timer = EventSource.timer(after_s: Self.afterFailure_s) { [weak self] in self?.look() }
        }
    }

    /// Makes a snapshot now, whether one is due or not.
    func snapshot() async throws -> SnapshotReport {
        defer { onChange() }
        do {
            let report = try await snapshots.make(configuration: configuration, kept: kept)
            lastSnapshot = Clock.now()
            trouble = nil
            Log.write(
                .snapshot, .info,
                "Made a snapshot of the ledger: \(report.file), \(ByteCount.text(report.bytes)).")
            return report
        } catch {
            let fault = Fault(error)
            let text = "No snapshot of the ledger could be made; the older ones are kept. \(fault.refusal.text)"
            trouble = Reason(code: "snapshot-failed", text: text)
            Log.write(
                .fault, .error, [text, fault.detail].compactMap { $0 }.joined(separator: " "),
                problem: fault.refusal.problem)
            throw fault
        }
    }
}
