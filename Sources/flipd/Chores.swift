// What is done once a day, and when. One timer: at rest nothing wakes before the next chore is due.
import Model
import Platform

@Loop
final class Chores {
    private let snapshots: Snapshots
    private let daily = Daily(zone_s: Clock.zone_s)
    private var timer: EventSource?
    private(set) var lastSnapshot: Timestamp?
    /// Why the last snapshot could not be made; nil if it was.
    private(set) var trouble: Reason?

    /// The configuration in force, as a file would say it.
    var configuration: String
    var keeping: Snapshots.Keeping
    /// Whether the library is there and in order.
    var isReady: @Loop () -> Bool = { true }
    /// Called when something that the status shows changed.
    var onChange: @Loop () -> Void = {}

    /// After a start other things come first.
    private static let pause_s = 60.0
    private static let afterFailure_s = 3600.0

    init(snapshots: Snapshots, configuration: String, keeping: Snapshots.Keeping) {
        self.snapshots = snapshots
        self.configuration = configuration
        self.keeping = keeping
    }

    /// The library is there: looks in a while what is due.
    func start() {
        timer = EventSource.timer(after_s: Self.pause_s) { [weak self] in self?.look() }
        Loop.task { self.lastSnapshot = try? await self.snapshots.newest() }
    }

    func stop() { timer = nil }

    private func look() {
        timer = nil
        // It is called again when the library is back.
        guard isReady() else { return }
        let now = Clock.now()
        let due = daily.due(after: lastSnapshot, now: now)
        if due > now {
            timer = EventSource.timer(at: due) { [weak self] in self?.look() }
        } else {
            Loop.task { await self.doWhatIsDue() }
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
            let report = try await snapshots.make(configuration: configuration, keeping: keeping)
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
