// How long things are kept: what has been in the trash long enough goes for good, and originals whose time has run out
// go when a backup has them. It sleeps until something is due.
import Ledger
import Library
import Model
import Platform

@Loop
final class Retention {
    struct Rules {
        var originals: OriginalsKept
        var trash_s: Double
    }

    var rules: Rules
    private let pipeline: Pipeline
    private var timer: EventSource?
    private var isLooking = false
    private var shallLookAgain = false

    /// Whether a backup has what was in the library at this moment.
    var hasBackup: @Loop (Timestamp) -> Bool = { _ in false }

    /// A clock that is set by hand may jump; later than this nothing is noticed.
    private static let longestSleep_s = 86400.0
    /// Something that is due and cannot be done is tried again after this long.
    private static let again_s = 3600.0

    init(rules: Rules, pipeline: Pipeline) {
        self.rules = rules
        self.pipeline = pipeline
    }

    /// Looks for what is due: at the start, when something was published, deleted or backed up, and when a time runs out.
    func look() {
        if isLooking { return shallLookAgain = true }
        isLooking = true
        Loop.task {
            repeat {
                self.shallLookAgain = false
                await self.doWhatIsDue()
            } while self.shallLookAgain
            self.isLooking = false
        }
    }

    /// Says in a report how long things are kept.
    func complete(_ report: inout AssetReport, of asset: Asset) {
        report.trashUntil = asset.deletedAt.map { $0 + rules.trash_s }
        guard asset.original != nil, let publishedAt = asset.publishedAt else { return }
        report.originalInBackup = hasBackup(publishedAt)
        switch rules.originals {
        case .forever: break
        case .none: report.originalUntil = publishedAt
        case .for(let seconds): report.originalUntil = publishedAt + seconds
        }
    }

    private var isHeldUp: Bool { pipeline.isPaused || pipeline.isEnding }

    private func doWhatIsDue() async {
        var due: Double?
        do {
            for next_s in [try await purge(), try await removeOriginals()].compactMap(\.self) {
                due = min(due ?? next_s, next_s)
            }
        } catch {
            _ = pipeline.failed(Fault(error), about: nil)
            due = Self.again_s
        }
        timer = due.flatMap { due_s in
            EventSource.timer(after_s: max(1, min(due_s, Self.longestSleep_s))) { [weak self] in self?.look() }
        }
    }

    /// Answers in how many seconds the next one is due.
    private func purge() async throws -> Double? {
        while !isHeldUp {
            let now = Clock.now()
            let due = try await pipeline.keeper.deleted(before: now + -rules.trash_s)
            if due.ids.isEmpty { return due.next.map { ($0 + rules.trash_s).seconds(since: now) } }
            for id in due.ids where !isHeldUp {
                if let purged = try await pipeline.keeper.purge(id, deletedBefore: now + -rules.trash_s) {
                    pipeline.ended(purged)
                }
            }
        }
        return nil
    }

    private func removeOriginals() async throws -> Double? {
        let kept_s: Double
        switch rules.originals {
        case .forever: return nil
        case .none: kept_s = 0
        case .for(let seconds): kept_s = seconds
        }
        var last: AssetID?
        while !isHeldUp {
            let now = Clock.now()
            let due = try await pipeline.keeper.withOriginals(publishedBefore: now + -kept_s, after: last)
            for id in due.ids where !isHeldUp { try await removeOriginal(of: id) }
            guard let id = due.ids.last else { return due.next.map { ($0 + kept_s).seconds(since: now) } }
            last = id
        }
        return nil
    }

    private func removeOriginal(of id: AssetID) async throws {
        if rules.originals != .none {
            guard let receivedAt = try await pipeline.keeper.receivedWhole(id), hasBackup(receivedAt) else {
                return
            }
        }
        // The last look before the camera's bytes go: what they became must be whole. What is not, is told.
        guard let asset = try await pipeline.keeper.asset(id),
            try await pipeline.verification.check(asset).damage.isEmpty
        else { return }
        if let without = try await pipeline.keeper.removeOriginal(of: id) { pipeline.originalRemoved(without) }
    }
}
