// Verifying the archive: reading its files again and comparing them with the ledger. A share of it each night, beside
// everything else; all of it, or a few assets, when somebody asks.
import Ledger
import Library
import Model
import Platform

@Loop
final class Verification {
    /// What is read again: a night's share, those first whose last check is the oldest; or all there is.
    enum Span { case share, all }

    private let keeper: Keeper
    private let librarian: Librarian
    private let makeChecking: (_ isIdle: Bool) throws -> Checking
    private var nightChecking: Checking?
    private var dayChecking: [Checking] = []
    private let makeHealing: () throws -> Healing
    private var healing: Healing?
    private var run: VerificationRun?
    private var few: [Pulse] = []
    /// How many assets had something missing when that were too many to believe it.
    private(set) var manyMissing: Int?
    /// Enough of them to see whether they are back.
    private var absent: [Asset] = []
    private var isEnding = false

    /// The backup copy, as the configuration has it now.
    var fetch: @Loop () -> Fetch? = { nil }
    /// Whether something more urgent is done.
    var isBusy: @Loop () -> Bool = { false }
    /// Called when something that the status shows changed.
    var onChange: @Loop () -> Void = {}

    /// With more than this many at once, rather a disk is missing than files.
    private static let fewMissing = 5
    private static let manyNamed = 1000
    /// How often the share of a night looks whether it may go on.
    private static let pause_s = 1.0

    init(keeper: Keeper, librarian: Librarian) {
        let (layout, libraryID) = (keeper.layout, keeper.libraryID)
        makeHealing = { Healing(keeper: keeper, layout: layout, thread: try WorkThread()) }
        self.keeper = keeper
        self.librarian = librarian
        makeChecking = { isIdle in
            try Checking(layout: layout, libraryID: libraryID, isIdle: isIdle)
        }
    }

    var progress: VerifyProgress { run?.progress ?? VerifyProgress() }

    func stop() {
        isEnding = true
        interrupt()
    }

    /// Ends what is running within a moment, and holds no file open; the next time it goes on where it stood.
    func interrupt() {
        run?.pulse.stop()
        for pulse in few { pulse.stop() }
    }

    // MARK: Each night

    /// When a share, or all of it, was last verified to its end.
    func lastEnd() async -> Timestamp? { try? await librarian.numbers().lastVerified }

    /// What is due; whatever keeps it from its end, tomorrow it goes on.
    func readShare() async {
        do { _ = try await verify(.share) } catch {
            if (error as? Errno) == .stopped { return }
            Log.write(
                .verified, .warning,
                "The archive's files could not be verified: \(Fault(error).refusal.text) Tomorrow it goes on.")
        }
    }

    // MARK: A few, or many

    /// The assets that somebody names: at once, and believed.
    func verify(_ assets: [Asset]) async throws -> VerifyReport {
        var report = VerifyReport()
        for asset in assets { report.add(try await check(asset)) }
        onChange()
        return report
    }

    /// One asset, read and noted; what is found is also in the row.
    func check(_ asset: Asset) async throws -> Fixity.Check {
        let check = try await read(asset)
        try await note([check])
        return check
    }

    /// The same for whoever did not ask for it: what is missing is not believed.
    func checkIfThere(_ asset: Asset) async throws -> Fixity.Check {
        let check = try await read(asset)
        if !check.isAbsent { try await note([check]) }
        return check
    }

    private func read(_ asset: Asset) async throws -> Fixity.Check {
        let pulse = Pulse()
        if isEnding { throw Errno.stopped }
        few.append(pulse)
        defer { few.removeAll { $0 === pulse } }
        return try await checkings(for: .all)[0].check(asset, pulse)
    }

    /// Answers when it is done. Whoever asks for what is already running waits for the same end; a share ends for all.
    func verify(_ span: Span) async throws -> VerifyReport {
        while let run {
            if run.span == .all || span == .share { return try await run.end() }
            run.pulse.stop()
            _ = try? await run.end()
        }
        let run = VerificationRun(span)
        self.run = run
        let outcome: Result<VerifyReport, any Error>
        do { outcome = .success(try await perform(run)) } catch { outcome = .failure(error) }
        self.run = nil
        run.ended(outcome)
        onChange()
        return try outcome.get()
    }

    private func perform(_ run: VerificationRun) async throws -> VerifyReport {
        let began = Clock.monotonic_s()
        try await keeper.forgetChecksToCome()
        let isConfirmed = run.span == .all && manyMissing != nil
        let all = try await librarian.checkable()
        let share = NightShare(total_bytes: all.bytes, now: Clock.now())
        run.expect(all, share)
        let checkings = try checkings(for: run.span)
        if run.span == .share { try await lookForThoseThatWereAbsent(run, checkings[0]) }
        while !run.isOver, !isEnding {
            let due = try await librarian.dueForCheck(after: run.last, before: run.before(share))
            if due.isEmpty { break }
            run.queue = due[...]
            async let one: Void = work(run, share, checkings[0], isConfirmed)
            async let other: Void = work(run, share, checkings.dropFirst().first, isConfirmed)
            _ = try await (one, other)
        }
        try await noteReady(run)
        return try await conclude(run, seconds: Clock.monotonic_s() - began, isConfirmed)
    }

    /// As long as they are, nothing is known of the others either.
    private func lookForThoseThatWereAbsent(_ run: VerificationRun, _ checking: Checking) async throws {
        var stillAbsent: [Fixity.Check] = []
        for asset in absent where try await keeper.stands(asset) {
            let check = try await checking.check(asset, run.pulse)
            if check.isAbsent { stillAbsent.append(check) }
        }
        guard stillAbsent.count > Self.fewMissing else { return }
        for check in stillAbsent { run.take(check, believing: false) }
        run.isOver = true
    }

    private func work(
        _ run: VerificationRun, _ share: NightShare, _ checking: Checking?, _ isConfirmed: Bool
    ) async throws {
        guard let checking else { return }
        do {
            while let due = run.next(share) {
                if run.span == .share { await waitForQuiet(run, share, due) }
                let check = try await checking.check(due.asset, run.pulse)
                // What somebody moved while it was read is due again another time.
                if !check.damage.isEmpty, try await !keeper.stands(check.asset) { continue }
                run.take(check, believing: isConfirmed)
                // Whoever asks for all is told of each, as far as that is for people to read.
                let enough = run.span == .share ? Self.fewMissing : Self.manyNamed
                if run.absent.count > enough { return run.isOver = true }
                if run.shallBeNoted { try await noteReady(run) }
            }
        } catch {
            // So that the other one ends too.
            run.pulse.stop()
            throw error
        }
    }

    /// An idle thread takes little from a processor, but most disks know no idle reading: while a worker runs, or a file is
    /// taken, the share waits. What is overdue does not: weeks of work must not leave everything unchecked.
    private func waitForQuiet(_ run: VerificationRun, _ share: NightShare, _ due: LedgerReader.Due) async {
        let began = Clock.monotonic_s()
        while isBusy(), !share.isDue(due.since), !run.pulse.isStopped {
            await Loop.sleep(seconds: Self.pause_s)
        }
        run.waited_s += Clock.monotonic_s() - began
    }

    private func checkings(for span: Span) throws -> [Checking] {
        switch span {
        case .share:
            if nightChecking == nil { nightChecking = try makeChecking(true) }
            return [nightChecking].compactMap(\.self)
        case .all:
            // Two, so that the one computes while the other waits for the disk.
            while dayChecking.count < 2 { dayChecking.append(try makeChecking(false)) }
            return dayChecking
        }
    }

    func heal(_ check: Fixity.Check, by name: String? = nil) async throws -> Healing.Left {
        let healing = try self.healing ?? makeHealing()
        self.healing = healing
        return try await healing.heal(check, from: fetch(), by: name)
    }

    // MARK: What was found

    private func noteReady(_ run: VerificationRun) async throws {
        let ready = run.ready
        run.ready = []
        run.notedAt = Clock.monotonic_s()
        if !ready.isEmpty { try await note(ready) }
    }

    private func note(_ checks: [Fixity.Check]) async throws {
        for check in try await keeper.note(checks) where !check.damage.isEmpty {
            // A thousand lines say no more than a few, and the one at the end.
            if run?.isWorthTelling() ?? true { tell(of: check) }
            onChange()
        }
    }

    private func conclude(
        _ run: VerificationRun, seconds: Double, _ isConfirmed: Bool
    ) async throws -> VerifyReport {
        if run.pulse.isStopped || isEnding { throw Errno.stopped }
        if run.absent.count > Self.fewMissing {
            manyMissing = run.absent.count
            absent = run.absent.prefix(Self.fewMissing + 1).map(\.asset)
            for check in run.absent { run.report.add(check) }
            run.report.stopped = missingReason
            Log.write(.damaged, .critical, missingReason?.text ?? "")
        } else {
            try await note(run.absent)
            for check in run.absent { run.report.add(check) }
            (manyMissing, absent) = (nil, [])
            try await keeper.noteVerification(at: Clock.now())
        }
        if run.report.checked == 0 { return run.report }
        let count = Set(run.report.damaged.map(\.id)).count
        let outcome = count == 0 ? "all are well" : "\(count) are damaged or have something missing"
        Log.write(
            .verified, count == 0 ? .info : .warning,
            "Verified \(run.report.checked) assets, \(ByteCount.text(run.pulse.bytes)); \(outcome).",
            seconds: seconds)
        return run.report
    }

    private func tell(of check: Fixity.Check) {
        guard let first = check.damage.first else { return }
        let more = check.damage.count > 1 ? " (and \(check.damage.count - 1) more of its files)" : ""
        Log.write(
            .damaged, .critical,
            "\(check.asset.sourceName.text): \(first.file)\(more): \(first.text) “flipctl heal \(check.asset.id)” brings it back.",
            asset: check.asset)
    }

    /// Why nothing is believed of what is missing.
    var missingReason: Reason? {
        manyMissing.map { count in
            Reason(
                code: "many-missing",
                text: """
                    The files of at least \(count) assets are missing, or cannot be read, all at once: \
                    perhaps a disk below the library is not connected. Nothing is changed, and none of them is marked as \
                    missing. Connect the disk and run “flipctl verify”; or, if the files are truly gone, \
                    “flipctl verify --all”, which then marks them.
                    """)
        }
    }
}

extension VerifyReport {
    mutating func add(_ check: Fixity.Check) {
        checked += 1
        damaged += check.damage.map { Found(id: check.asset.id, $0) }
    }
}
