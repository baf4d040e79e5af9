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
    private var anchor = (wall: Clock.now(), monotonic_s: Clock.monotonic_s())
    private var isLooking = false
    private var shallLookAgain = false
    /// Those that are damaged and therefore keep their original, and when that was seen.
    private var damagedAt: [AssetID: Double] = [:]

    /// Whether a backup has what was in the library at this moment.
    var hasBackup: @Loop (Timestamp) -> Bool = { _ in false }

    /// A clock that is set by hand may jump; later than this nothing is noticed.
    private static let longestSleep_s = 86400.0
    /// Further than any clock drifts.
    private static let jump_s = 86400.0
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
            self.pipeline.rest.soon()
        }
    }

    /// Says in a report how long things are kept.
    func complete(_ report: inout AssetReport, of asset: Asset) {
        report.trashUntil = asset.deletedAt.map { $0 + rules.trash_s }
        guard asset.original != nil, let publishedAt = asset.publishedAt else { return }
        switch rules.originals {
        case .forever: break
        case .none: report.originalUntil = publishedAt
        case .for(let seconds): report.originalUntil = publishedAt + seconds
        }
    }

    private var isHeldUp: Bool { pipeline.isPaused || pipeline.isEnding }

    private func doWhatIsDue() async {
        var due: Double?
        if hasClockJumped {
            due = Self.longestSleep_s
        } else {
            do {
                for next_s in [try await purge(), try await removeOriginals()].compactMap(\.self) {
                    due = min(due ?? next_s, next_s)
                }
            } catch {
                _ = pipeline.failed(Fault(error), about: nil)
                due = Self.again_s
            }
        }
        timer = due.flatMap { due_s in
            EventSource.timer(after_s: max(1, min(due_s, Self.longestSleep_s))) { [weak self] in self?.look() }
        }
    }

    /// Nothing goes for good because a clock has jumped. Where it stays as it is now, things go on a day later.
    private var hasClockJumped: Bool {
        let wall_s = Clock.now().seconds(since: anchor.wall)
        let passed_s = Clock.monotonic_s() - anchor.monotonic_s
        if abs(wall_s - passed_s) < Self.jump_s { return false }
        anchor = (Clock.now(), Clock.monotonic_s())
        return true
    }

    /// Answers in how many seconds the next one is due.
    private func purge() async throws -> Double? {
        while !isHeldUp {
            let now = Clock.now()
            let due = try await pipeline.keeper.deleted(before: now + -rules.trash_s)
            if due.ids.isEmpty { return due.next.map { ($0 + rules.trash_s).seconds(since: now) } }
            var hasPurged = false
            for id in due.ids where !isHeldUp {
                do {
                    let purged = try await pipeline.keeper.purge(id, deletedBefore: now + -rules.trash_s)
                    guard let purged else { continue }
                    hasPurged = true
                    pipeline.ended(purged)
                } catch {
                    // One that cannot go holds up no other.
                    _ = pipeline.failed(Fault(error), about: nil)
                }
            }
            // What cannot go now waits for a repair of the machine.
            if !hasPurged { return Self.again_s }
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
        // A backup that succeeds calls.
        if rules.originals != .none, !hasBackup(Timestamp(milliseconds: 0)) { return nil }
        var last: AssetID?
        while !isHeldUp {
            let now = Clock.now()
            let due = try await pipeline.keeper.withOriginals(publishedBefore: now + -kept_s, after: last)
            for id in due.ids where !isHeldUp {
                // Where a disk is away, nothing is known of any of them.
                if try await !removeOriginal(of: id) { return Self.again_s }
            }
            guard let id = due.ids.last else { return due.next.map { ($0 + kept_s).seconds(since: now) } }
            last = id
        }
        return nil
    }

    /// False where something is missing that should be there.
    private func removeOriginal(of id: AssetID) async throws -> Bool {
        if rules.originals != .none {
            guard let receivedAt = try await pipeline.keeper.receivedWhole(id), hasBackup(receivedAt) else {
                return true
            }
        }
        // The last look before the camera's bytes go: what they became must be whole. What is not, is told, and not looked at
        // again before a day has passed.
        if let looked = damagedAt[id], Clock.monotonic_s() - looked < Self.longestSleep_s { return true }
        guard let asset = try await pipeline.keeper.asset(id) else { return true }
        let check = try await pipeline.verification.checkIfThere(asset)
        damagedAt[id] = check.damage.isEmpty ? nil : Clock.monotonic_s()
        if !check.damage.isEmpty { return !check.isAbsent }
        if let without = try await pipeline.keeper.removeOriginal(of: id) { pipeline.originalRemoved(without) }
        return true
    }
}
