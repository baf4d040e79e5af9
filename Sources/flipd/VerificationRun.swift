// One verification under way: what is still to be read, what was found, and who waits for its end.
import Ledger
import Library
import Model
import Platform

@Loop
final class VerificationRun {
    let span: Verification.Span
    let pulse = Pulse()
    var report = VerifyReport()
    /// Due, in this order, and the last one that was asked for.
    var queue: ArraySlice<LedgerReader.Due> = [] {
        didSet { last = queue.last ?? last }
    }
    private(set) var last: LedgerReader.Due?
    /// Checked, and not yet written down.
    var ready: [Fixity.Check] = []
    /// Those of which something is missing, which is not yet believed.
    private(set) var absent: [Fixity.Check] = []
    var notedAt = Clock.monotonic_s()
    /// How long it made way for others.
    var waited_s = 0.0
    /// Nothing more is begun.
    var isOver = false

    private let began = Clock.now()
    private let began_s = Clock.monotonic_s()
    private var total = 0
    private var total_bytes: Int64 = 0
    private var waiting: [CheckedContinuation<Result<VerifyReport, any Error>, Never>] = []

    private var told = 0

    /// So many findings have a line of the journal each.
    private static let mostTold = 20
    /// Lines of the record wait for each other at most so long, and share a sync.
    private static let noteAfter_s = 1.0

    init(_ span: Verification.Span) { self.span = span }

    func expect(_ all: (count: Int, bytes: Int64), _ share: NightShare) {
        (total, total_bytes) = (all.count, all.bytes)
        if span == .share { total_bytes = share.bytes }
    }

    /// What was checked after this is not read again.
    func before(_ share: NightShare) -> Timestamp {
        switch span {
        case .share: share.before
        case .all: began
        }
    }

    func next(_ share: NightShare) -> LedgerReader.Due? {
        guard !isOver, !pulse.isStopped, let due = queue.first else { return nil }
        let worked_s = Clock.monotonic_s() - began_s - waited_s
        if span == .share, !share.includes(since: due.since, done_bytes: pulse.bytes, worked_s: worked_s) {
            isOver = true
            return nil
        }
        return queue.removeFirst()
    }

    func take(_ check: Fixity.Check, believing isBelieved: Bool) {
        if check.isAbsent, !isBelieved { return absent.append(check) }
        report.add(check)
        ready.append(check)
    }

    /// Whether one more finding should have a line of its own.
    func isWorthTelling() -> Bool {
        told += 1
        return told <= Self.mostTold
    }

    var shallBeNoted: Bool { Clock.monotonic_s() - notedAt >= Self.noteAfter_s }

    var progress: VerifyProgress {
        VerifyProgress(
            running: true, checked: report.checked + absent.count, total: total, bytes: pulse.bytes,
            totalBytes: max(total_bytes, pulse.bytes))
    }

    // MARK: Its end

    func end() async throws -> VerifyReport {
        try await withCheckedContinuation { waiting.append($0) }.get()
    }

    func ended(_ outcome: Result<VerifyReport, any Error>) {
        for one in waiting { one.resume(returning: outcome) }
        waiting = []
    }
}
