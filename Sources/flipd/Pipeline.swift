// The whole story, from top to bottom: what follows what. Rooms do the work; this is the order, and what happens
// when something fails.
import Ingest
import Library
import Model
import Platform
import Workshop

@Loop
final class Pipeline {
    let inbox: Inbox
    let workshop: Workshop
    let keeper: Keeper
    /// Slow work on what comes in, and on what goes out: neither waits for the other.
    let reading: Reading
    let publishing: Reading
    let layout: Layout
    let verification: Verification
    let space: Space
    var faults = FaultLog()
    private(set) var jobTimes = JobTimes()

    private var queue = JobQueue()
    /// Assets that a worker has, or will have in a moment.
    private(set) var atWork: [AssetID: Asset] = [:]
    /// How many jobs of a line are about to begin, and of how many the worker has ended and not yet all that follows.
    private var starting: [JobLine: Int] = [:]
    private var ending: [JobLine: Int] = [:]
    private var queueTimer: EventSource?
    var repairTimer: EventSource?
    /// Nothing is taken, made or published while the library is missing, or when flipd is ending.
    var isPaused = true
    var isEnding = false
    var hasEnded = false
    var heldBack: [Candidate] = []
    private var untoldLacks = true
    let rest = Rest()
    let handedBack = Flood { count in
        Log.write(
            .needsYou, .warning,
            "Handed back \(count) more files in a short time. “flipctl list --state failed” names them.")
    }
    let accidents = Flood { count in
        Log.write(
            .notice, .notice, "\(count) more conversions came to grief in a short time, and are tried again.")
    }

    /// Called when an asset changed its state or made progress.
    var onAsset: @Loop (Asset, Double?) -> Void = { _, _ in }
    /// Called when something that the status shows changed.
    var onChange: @Loop () -> Void = {}

    init(
        inbox: Inbox, workshop: Workshop, keeper: Keeper, reading: Reading, publishing: Reading, layout: Layout,
        verification: Verification
    ) {
        self.inbox = inbox
        self.workshop = workshop
        self.keeper = keeper
        self.reading = reading
        self.publishing = publishing
        self.layout = layout
        self.verification = verification
        space = Space(library: layout.root)
        rest.isIdle = { [weak self] in self?.workshop.running.isEmpty ?? true }
        inbox.onQuiet = { [weak self] candidate in self?.arrived(candidate) }
        inbox.logEverything()
        inbox.onCompanion = { [weak self] candidate in Loop.task { await self?.follow(candidate) } }
        inbox.onGone = { [weak self] path in self?.space.forget(path) }
        inbox.onOrphans = { notes in Loop.task { await keeper.remove(orphans: notes) } }
        verification.isBusy = { [weak self] in self?.isAtWork ?? false }
        verification.onChange = { [weak self] in self?.onChange() }
        workshop.onProgress = { [weak self] worker in self?.progressed(worker) }
        workshop.onEnd = { [weak self] ended in Loop.task { await self?.jobEnded(ended) } }
    }

    // MARK: From the drop folder into the library

    func arrived(_ candidate: Candidate) {
        if isPaused || isEnding { return heldBack.append(candidate) }
        Loop.task { await self.takeIn(candidate) }
    }

    private func takeIn(_ candidate: Candidate) async {
        let outcome: Inbox.Outcome
        do {
            outcome = try await takeIfThereIsRoom(candidate)
        } catch TakingFailure.changed {
            outcome = .again(after_s: 1)
        } catch TakingFailure.cannot(let error) {
            outcome = .cannot(error)
        } catch TakingFailure.fault(let fault) {
            outcome = .again(after_s: failed(fault, about: candidate.path))
        } catch {
            outcome = .again(after_s: failed(Fault(error), about: candidate.path))
        }
        inbox.done(candidate.path, outcome)
    }

    private func takeIfThereIsRoom(_ candidate: Candidate) async throws -> Inbox.Outcome {
        let inspected: Claim.Inspection?
        do { inspected = try await reading.inspect(candidate) } catch {
            throw error.meansForbidden ? TakingFailure.cannot(error) : TakingFailure.fault(Fault(error))
        }
        guard let inspected else { throw TakingFailure.changed }
        let source = inspected.source
        if let refusal = inspected.refusal {
            ended(try await keeper.handBack(untaken: source, refusal))
            return .handedBack
        }
        if let wait_s = try space.reserve(source.bytes, for: source.path) { return .again(after_s: wait_s) }
        defer { space.release(source.path) }
        return try await take(source)
    }

    private func take(_ source: Source) async throws -> Inbox.Outcome {
        let taking = try await keeper.beginTaking(source)
        if let staged = taking.copyAt {
            do { try await reading.copy(source, to: staged) } catch { throw await keeper.leave(taking, error) }
            try await keeper.place(taking)
        }
        // From here on the file is ours, and whatever fails is repaired from the record.
        if await !hash(taking) {
            // Somebody who waited in open() while we asked still writes. That is waited for, and nothing else with it.
            Loop.task { await self.hashWhenQuiet(taking) }
        }
        return .left
    }

    /// False while somebody still writes.
    private func hash(_ taking: Taking) async -> Bool {
        do {
            guard let hashed = try await reading.hash(layout.root / taking.original) else { return false }
            received(
                try await keeper.receive(taking, hashed.digest, bytes: hashed.bytes, seconds: hashed.seconds))
        } catch {
            await keeper.failed(taking.act)
            _ = failed(Fault(error), about: taking.source.path)
        }
        return true
    }

    private func hashWhenQuiet(_ taking: Taking) async {
        repeat {
            await Loop.sleep(seconds: 1)
            if isEnding { return }
        } while await !hash(taking)
    }

    func received(_ asset: Asset) {
        faults.isOver(for: asset.source.path)
        Log.write(
            .taken, .info, "Took \(asset.source.path.text), \(asset.source.bytes) bytes.", asset: asset)
        onAsset(asset, nil)
        if asset.source.looksLikePhoto { inbox.tookPhoto(asset.source.path) }
        goOn(asset)
    }

    // MARK: The next step of an asset

    /// Brings an asset that is ours one step further, whatever that is.
    func goOn(_ asset: Asset) {
        if !asset.stage.isFinal { space.expect(asset) }
        switch asset.stage {
        case .taken where asset.source.bytes == 0: happened(.refused(Refusal(.empty)), to: asset)
        case .taken: queue.add(asset.id, JobLine(.preview, of: asset.source), notBefore: asset.mayGoOnAt)
        case .previewed: queue.add(asset.id, .transcodes, notBefore: asset.mayGoOnAt)
        case .awaitingTwin: Loop.task { await self.askTwin(of: asset) }
        case .previewing, .transcoding, .published, .handedBack, .duplicate, .deleted, .purged: break
        }
        startJobs()
    }

    /// Whether somebody waits for what is being done.
    private var isAtWork: Bool { !workshop.running.isEmpty || space.isPromised }

    func askTwin(of asset: Asset) async {
        let twin: Asset?
        guard let id = asset.duplicateOf else { return }
        let wait_s = asset.mayGoOnAt.seconds(since: Clock.now())
        if wait_s > 0 { await Loop.sleep(seconds: wait_s) }
        do { twin = try await keeper.asset(id) } catch { return await afterFailedAct(Fault(error), asset) }
        guard let twin else { return }
        switch twin.stage {
        case .published: happened(.twinPublished, to: asset)
        case .handedBack: happened(.twinHandedBack(twin.refusal ?? Refusal(.corrupt)), to: asset)
        // What is dropped again is wanted again. Its return will call.
        case .deleted: await restore(id, for: asset)
        // Its end will call.
        case .taken, .previewing, .previewed, .transcoding, .awaitingTwin, .duplicate: break
        // A look for its folder shows that these bytes are the only ones.
        case .purged: happened(.twinPublished, to: asset)
        }
    }

    private func restore(_ id: AssetID, for twin: Asset) async {
        do {
            restored(try await keeper.restore(id))
        } catch Keeper.NoChange.unknown, Keeper.NoChange.state {
            // Another twin, or somebody, was quicker; that one's return has called.
        } catch Keeper.NoChange.gone {
            // Somebody emptied the trash: a look there shows that these bytes are the only ones.
            happened(.twinPublished, to: twin)
        } catch {
            await afterFailedAct(Fault(error), twin)
        }
    }

    func startJobs() {
        onChange()
        rest.soon()
        if isPaused || isEnding { return }
        let now = Clock.now()
        for line in JobLine.allCases {
            while hasRoom(in: line), let id = queue.next(line, at: now) {
                starting[line, default: 0] += 1
                Loop.task {
                    await self.startJob(line, of: id)
                    self.starting[line, default: 0] -= 1
                    self.startJobs()
                }
            }
        }
        guard let due = queue.nextDue(after: now) else { return queueTimer = nil }
        queueTimer = EventSource.timer(after_s: due.seconds(since: now)) { [weak self] in self?.startJobs() }
    }

    /// Short jobs may end more quickly than what they made is published, and a slow disk must not find hundreds of them before
    /// a video's preview.
    private func hasRoom(in line: JobLine) -> Bool {
        workshop.hasRoom(in: line, beside: starting[line] ?? 0)
            && ending[line] ?? 0 < workshop.rules.slots(in: line)
    }

    private func startJob(_ line: JobLine, of id: AssetID) async {
        var asset: Asset?
        do {
            asset = try await keeper.asset(id)
            guard let found = asset, let original = layout.original(of: found),
                let step = found.stage.after(.jobStarted, attempts: found.attempts)
            else { return }
            let staging =
                line.kind == .preview ? layout.preview(of: id) : layout.attempt(found.attempts, of: id)
            let started = try await keeper.beginJob(found, step, in: staging)
            // The library may have gone while we waited.
            if isPaused || isEnding { return happened(.interrupted, to: started) }
            atWork[id] = started
            try workshop.start(line, of: id, original: original, staging: staging, attempts: started.attempts)
            onAsset(started, 0)
        } catch {
            atWork[id] = nil
            guard let asset else {
                // Without its row nothing is known; it stays in line.
                return queue.add(id, line, notBefore: Clock.now() + failed(Fault(error), about: nil))
            }
            happened(.fault(Fault(error).refusal), to: asset)
        }
    }

    private func progressed(_ worker: Worker) {
        guard let asset = atWork[worker.job.id] else { return }
        if untoldLacks, !worker.lacks.isEmpty {
            untoldLacks = false
            Log.write(
                .sandbox, .warning,
                "Workers run with less protection: this kernel lacks \(worker.lacks.joined(separator: " and "))."
            )
        }
        onAsset(asset, worker.progress.fraction)
    }

    // MARK: What workers say

    private func jobEnded(_ ended: Workshop.Ended) async {
        ending[ended.line, default: 0] += 1
        // The slot is free for the next one while this one's files are looked at.
        startJobs()
        await settle(ended)
        ending[ended.line, default: 0] -= 1
        startJobs()
    }

    private func settle(_ ended: Workshop.Ended) async {
        let id = ended.job.id
        jobTimes.add(ended.job.kind, seconds: ended.seconds)
        // The row was written when the job began; `atWork` holds the same.
        guard let asset = atWork.removeValue(forKey: id) else { return }
        switch ended.verdict {
        case .done(let media, let files, let madeWith):
            do {
                let made = Made(media: media, files: files, with: madeWith)
                switch ended.job.kind {
                case .preview where media.kind == .photo:
                    try await publish(asset, made, ended, from: layout.preview(of: id))
                case .preview: try await previewed(asset, made, ended)
                case .transcode:
                    try await publish(asset, made, ended, from: layout.attempt(asset.attempts, of: id))
                }
                faults.isOver(for: asset.source.path)
            } catch {
                await afterFailedAct(Fault(error), asset)
            }
        case .refused(let refusal): happened(.refused(refusal), to: asset)
        case .accident(let refusal): happened(.accident(refusal), to: asset)
        case .fault(let refusal): happened(.fault(refusal), to: asset)
        case .interrupted: happened(.interrupted, to: asset)
        }
    }

    /// What a worker says it made.
    private struct Made {
        let media: Media
        let files: [MadeFile]
        let with: [String: String]
    }

    private func previewed(_ asset: Asset, _ made: Made, _ ended: Workshop.Ended) async throws {
        guard asset.stage.after(.previewDone, attempts: asset.attempts) != nil else { return }
        var fact = Fact(at: Clock.now(), id: asset.id, what: .previewed)
        fact.media = made.media.dated(by: asset.source, receivedAt: asset.receivedAt)
        fact.renditions = try await publishing.measure(
            made.files, of: asset.id, kind: made.media.kind, in: layout.preview(of: asset.id))
        fact.madeWith = made.with
        (fact.seconds, fact.detail) = (ended.seconds, ended.detail)
        let asset = try await keeper.note(fact, on: asset)
        Log.write(
            .previewed, .info, "\(asset.sourceName.text) can be seen.", asset: asset, seconds: ended.seconds)
        onAsset(asset, nil)
        goOn(asset)
    }

    /// A worker's word is not relied on: what it says it made must stand there, as ordinary files.
    private func isComplete(_ made: Made, of asset: Asset, in attempt: Path) -> Bool {
        made.files.contains { $0.role == .main }
            && made.files.allSatisfy { file in
                let path = attempt / file.role.file(of: asset.id, kind: made.media.kind)
                return (try? Files.status(of: path))??.kind == .file
            }
    }

    private func publish(_ asset: Asset, _ made: Made, _ ended: Workshop.Ended, from attempt: Path)
        async throws
    {
        guard asset.stage.after(.allDone, attempts: asset.attempts) != nil else { return }
        guard isComplete(made, of: asset, in: attempt) else {
            return happened(.accident(Refusal(.crashed, "The worker's files are not all there.")), to: asset)
        }
        var asset = asset
        asset.madeWith = made.with
        let sealed = try await publishing.seal(asset, media: made.media, files: made.files, in: attempt)
        // The worker's last stage; its time is part of the conversion's.
        let validation = HistoryEvent(at: Clock.now(), what: .validation, detail: made.media.kind.readBack)
        let published = try await keeper.publish(
            sealed, from: attempt, events: [ended.event(.transcode), validation])
        if let published { self.ended(published, seconds: ended.seconds) }
    }
}

extension Asset {
    /// When it may be worked on: at once, but for one that waits for the machine. A wait that is longer than any we ask for
    /// comes from a clock that was ahead.
    fileprivate var mayGoOnAt: Timestamp {
        guard let retryAt else { return Timestamp(milliseconds: 0) }
        return min(retryAt, Clock.now() + Limits.retryAfterAtMost_s)
    }
}

extension Kind {
    /// What the worker reads of all it made, before it says that it is done.
    fileprivate var readBack: String {
        switch self {
        case .video: "Read back: streams, length, pictures at its beginning and from its last key picture on."
        case .photo: "Read back: every size."
        }
    }
}

extension Workshop.Ended {
    /// A job as a line of its asset's history.
    fileprivate func event(_ what: HistoryEvent.What) -> HistoryEvent {
        HistoryEvent(at: Clock.now(), what: what, seconds: seconds, detail: detail)
    }

    fileprivate var detail: String? { firstWord_s.map { "The worker began after \(Int($0 * 1000)) ms." } }
}
