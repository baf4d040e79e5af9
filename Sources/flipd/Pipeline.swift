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
    let reading: Reading
    let layout: Layout
    var faults = FaultLog()

    private var queue = JobQueue()
    /// Assets that a worker has, or will have in a moment.
    private(set) var atWork: [AssetID: Asset] = [:]
    private var starting: [JobKind: Int] = [:]
    private var queueTimer: EventSource?
    private var repairTimer: EventSource?
    /// Nothing is taken, made or published while the library is missing, or when flipd is ending.
    private(set) var isPaused = true
    private var isEnding = false
    private var heldBack: [Candidate] = []
    private var untoldLacks = true

    /// Called when an asset changed its state or made progress.
    var onAsset: @Loop (Asset, Double?) -> Void = { _, _ in }
    /// Called when something that the status shows changed.
    var onChange: @Loop () -> Void = {}

    init(inbox: Inbox, workshop: Workshop, keeper: Keeper, reading: Reading, layout: Layout) {
        self.inbox = inbox
        self.workshop = workshop
        self.keeper = keeper
        self.reading = reading
        self.layout = layout
        inbox.onQuiet = { [weak self] candidate in self?.arrived(candidate) }
        workshop.onProgress = { [weak self] worker in self?.progressed(worker) }
        workshop.onEnd = { [weak self] ended in Loop.task { await self?.jobEnded(ended) } }
    }

    // MARK: From the drop folder into the library

    private func arrived(_ candidate: Candidate) {
        if isPaused || isEnding { return heldBack.append(candidate) }
        Loop.task { await self.takeIn(candidate) }
    }

    private func takeIn(_ candidate: Candidate) async {
        let outcome: Inbox.Outcome
        do {
            outcome = try await take(candidate)
        } catch TakingFailure.changed {
            outcome = .again(after_s: 0)
        } catch TakingFailure.cannot(let error) {
            Log.write(
                .unreadable, .warning,
                "\(candidate.path.text) stays where it is: \(error.reason). \(Problem.unreadable.remedy)",
                problem: .unreadable, source: candidate.path)
            outcome = .cannot(error)
        } catch TakingFailure.fault(let fault) {
            outcome = .again(after_s: failed(fault, about: candidate.path))
        } catch {
            outcome = .again(after_s: failed(Fault(error), about: candidate.path))
        }
        inbox.done(candidate.path, outcome)
    }

    private func take(_ candidate: Candidate) async throws -> Inbox.Outcome {
        let inspected: Source?
        do { inspected = try await reading.inspect(candidate) } catch {
            throw error.meansForbidden ? TakingFailure.cannot(error) : TakingFailure.fault(Fault(error))
        }
        guard let source = inspected else { throw TakingFailure.changed }
        let taking = try await keeper.beginTaking(source)
        if let staged = taking.copyAt {
            do { try await reading.copy(source, to: staged) } catch { throw await keeper.leave(taking, error) }
            try await keeper.place(taking)
        }
        // From here on the file is ours, and whatever fails is repaired from the record.
        do { received(try await hashed(taking)) } catch { _ = failed(Fault(error), about: candidate.path) }
        return .left
    }

    private func hashed(_ taking: Taking) async throws -> Asset {
        while true {
            let hashed: Reading.Hashed?
            do { hashed = try await reading.hash(layout.root / taking.original) } catch {
                await keeper.failed(taking.act)
                throw error
            }
            if let hashed {
                return try await keeper.receive(
                    taking, hashed.digest, bytes: hashed.bytes, seconds: hashed.seconds)
            }
            // Somebody who waited in open() while we asked still writes.
            await Loop.sleep(seconds: 1)
        }
    }

    private func received(_ asset: Asset) {
        faults.isOver()
        Log.write(
            .taken, .info, "Took \(asset.source.path.text), \(asset.source.bytes) bytes.", asset: asset)
        onAsset(asset, nil)
        goOn(asset)
    }

    // MARK: The next step of an asset

    /// Brings an asset that is ours one step further, whatever that is.
    func goOn(_ asset: Asset) {
        switch asset.stage {
        case .taken where asset.source.bytes == 0: happened(.refused(Refusal(.empty)), to: asset)
        case .taken: queue.add(asset.id, .preview, notBefore: asset.retryAt ?? asset.receivedAt)
        case .previewed: queue.add(asset.id, .transcode, notBefore: asset.retryAt ?? asset.receivedAt)
        case .awaitingTwin: Loop.task { await self.askTwin(of: asset) }
        case .previewing, .transcoding, .published, .handedBack, .duplicate: break
        }
        startJobs()
    }

    private func askTwin(of asset: Asset) async {
        guard let id = asset.duplicateOf, let twin = try? await keeper.asset(id) else { return }
        switch twin.stage {
        case .published: happened(.twinPublished, to: asset)
        case .handedBack: happened(.twinHandedBack(twin.refusal ?? Refusal(.corrupt)), to: asset)
        // Its end will call.
        case .taken, .previewing, .previewed, .transcoding, .awaitingTwin, .duplicate: break
        }
    }

    private func startJobs() {
        onChange()
        if isPaused || isEnding { return }
        let now = Clock.now()
        for kind in JobKind.allCases {
            while workshop.hasRoom(for: kind), starting[kind, default: 0] == 0,
                let id = queue.next(kind, at: now)
            {
                starting[kind] = 1
                Loop.task {
                    await self.startJob(kind, of: id)
                    self.starting[kind] = 0
                    self.startJobs()
                }
            }
        }
        guard let due = queue.nextDue(after: now) else { return queueTimer = nil }
        queueTimer = EventSource.timer(after_s: due.seconds(since: now)) { [weak self] in self?.startJobs() }
    }

    private func startJob(_ kind: JobKind, of id: AssetID) async {
        var asset: Asset?
        do {
            asset = try await keeper.asset(id)
            guard let found = asset, let original = layout.original(of: found),
                let step = found.stage.after(.jobStarted, attempts: found.attempts)
            else { return }
            let staging = kind == .preview ? layout.preview(of: id) : layout.attempt(found.attempts, of: id)
            let started = try await keeper.beginJob(found, step, in: staging)
            // The library may have gone while we waited.
            if isPaused || isEnding { return happened(.interrupted, to: started) }
            atWork[id] = started
            try workshop.start(kind, of: id, original: original, staging: staging, attempts: started.attempts)
            onAsset(started, 0)
        } catch {
            atWork[id] = nil
            guard let asset else {
                // Without its row nothing is known; it stays in line.
                return queue.add(id, kind, notBefore: Clock.now() + failed(Fault(error), about: nil))
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
        let id = ended.job.id
        // The row was written when the job began; `atWork` holds the same.
        guard let asset = atWork.removeValue(forKey: id) else { return }
        switch ended.verdict {
        case .done(let media, let files, let madeWith):
            do {
                var asset = asset
                asset.madeWith = madeWith
                switch ended.job.kind {
                case .preview: try await previewed(asset, media, files, ended)
                case .transcode: try await publish(asset, media, files, ended)
                }
                faults.isOver()
            } catch {
                await afterFailedAct(Fault(error), asset)
            }
        case .refused(let refusal): happened(.refused(refusal), to: asset)
        case .accident(let refusal): happened(.accident(refusal), to: asset)
        case .fault(let refusal): happened(.fault(refusal), to: asset)
        case .interrupted: happened(.interrupted, to: asset)
        }
        startJobs()
    }

    private func previewed(_ asset: Asset, _ media: Media, _ files: [MadeFile], _ ended: Workshop.Ended)
        async throws
    {
        guard let step = asset.stage.after(.jobDone, attempts: asset.attempts) else { return }
        var asset = asset
        asset.stage = step.stage
        asset.attempts = step.attempts
        asset.media = media
        asset.retryAt = nil
        asset.refusal = nil
        asset.renditions = try await reading.measure(
            files, of: asset.id, kind: media.kind, in: layout.preview(of: asset.id))
        try await keeper.put(asset, HistoryEvent(at: Clock.now(), what: .preview, seconds: ended.seconds))
        Log.write(
            .previewed, .info, "\(asset.sourceName.text) can be seen.", asset: asset, seconds: ended.seconds)
        onAsset(asset, nil)
        goOn(asset)
    }

    private func publish(_ asset: Asset, _ media: Media, _ files: [MadeFile], _ ended: Workshop.Ended)
        async throws
    {
        let attempt = layout.attempt(asset.attempts, of: asset.id)
        let sealed = try await reading.seal(asset, media: media, files: files, in: attempt)
        let published = try await keeper.publish(
            sealed, from: attempt,
            events: [HistoryEvent(at: Clock.now(), what: .transcode, seconds: ended.seconds)])
        Log.write(
            .published, .info, "Published \(asset.source.path.text) as \(published.folder).", asset: published,
            seconds: ended.seconds)
        onAsset(published, nil)
        await tellTwins(of: published, .twinPublished)
    }

    // MARK: What happens to an asset, by the table in Model/Stage.swift

    private func happened(_ happening: Happening, to asset: Asset) {
        guard let step = asset.stage.after(happening, attempts: asset.attempts) else { return }
        var asset = asset
        asset.attempts = step.attempts
        if case .accident(let refusal) = happening {
            Log.write(
                .accident, .warning, "\(asset.sourceName.text): \(refusal.text) (attempt \(step.attempts))",
                asset: asset, problem: refusal.problem)
        }
        Loop.task { await self.carryOut(step, asset) }
    }

    private func carryOut(_ step: Step, _ asset: Asset) async {
        do {
            switch step.effect {
            case .none:
                try await move(asset, to: step.stage, refusal: nil, retryAt: nil, .accident)
            case .wait(let refusal):
                let delay_s = failed(Fault(refusal), about: asset.source.path)
                try await move(
                    asset, to: step.stage, refusal: refusal, retryAt: Clock.now() + delay_s, .waiting)
            case .handBack(let refusal):
                let handedBack = try await keeper.handBack(asset, refusal)
                faults.isOver()
                Log.write(
                    .handedBack, .warning,
                    "Handed back \(asset.source.path.text): \(refusal.text) \(refusal.problem.remedy)",
                    asset: handedBack)
                inbox.rescanProblems()
                onAsset(handedBack, nil)
                await tellTwins(of: handedBack, .twinHandedBack(refusal))
            case .discardTwin:
                guard let twin = asset.duplicateOf else { return }
                let duplicate = try await keeper.discardTwin(asset, of: twin)
                Log.write(
                    .duplicate, .info, "\(asset.source.path.text) is already here, as \(twin).",
                    asset: duplicate)
                onAsset(duplicate, nil)
            case .publish: break  // Only `jobEnded` publishes, for only it has what was made.
            }
            onChange()
        } catch {
            await afterFailedAct(Fault(error), asset)
        }
    }

    private func move(
        _ asset: Asset, to stage: Stage, refusal: Refusal?, retryAt: Timestamp?, _ what: HistoryEvent.What
    ) async throws {
        var asset = asset
        let isInterrupted = refusal == nil && asset.attempts == 0
        asset.stage = stage
        asset.refusal = refusal
        asset.retryAt = retryAt
        try await keeper.put(
            asset, isInterrupted ? nil : HistoryEvent(at: Clock.now(), what: what, detail: refusal?.text))
        onAsset(asset, nil)
        goOn(asset)
    }

    private func tellTwins(of asset: Asset, _ happening: Happening) async {
        guard let digest = asset.sha256 else { return }
        for twin in (try? await keeper.awaiting(twin: digest)) ?? [] where twin.duplicateOf == asset.id {
            happened(happening, to: twin)
        }
    }

    // MARK: When the machine is at fault

    /// Notes a fault; answers how many seconds to wait before the next try.
    private func failed(_ fault: Fault, about path: Path?) -> Double {
        faults.happened(fault, about: path)
        onChange()
        let delay_s = retryDelay_s(afterFaults: faults.inARow)
        repairTimer = EventSource.timer(after_s: delay_s) { [weak self] in Loop.task { await self?.repair() } }
        return delay_s
    }

    /// An act failed after its intent, or before: its asset goes on from where record and tree say it is.
    private func afterFailedAct(_ fault: Fault, _ asset: Asset) async {
        let delay_s = failed(fault, about: asset.source.path)
        if await keeper.isBroken(asset.id) { return }
        while !isEnding {
            await Loop.sleep(seconds: delay_s)
            do {
                if let asset = try await keeper.settled(asset.id) { goOn(asset) }
                return
            } catch {
                _ = failed(Fault(error), about: asset.source.path)
            }
        }
    }

    private func repair() async {
        if isPaused || isEnding { return }
        do {
            let (going, failure) = try await keeper.repairBroken()
            if let failure { _ = failed(Fault(failure), about: nil) } else { faults.isOver() }
            for asset in going { goOn(asset) }
        } catch {
            _ = failed(Fault(error), about: nil)
        }
        onChange()
    }

    // MARK: Pausing and ending

    func pause() {
        isPaused = true
        workshop.interruptAll()
        onChange()
    }

    func resume() {
        isPaused = false
        let held = heldBack
        heldBack = []
        for candidate in held { arrived(candidate) }
        Loop.task { await self.repair() }
        startJobs()
    }

    /// Ends all jobs and waits for them; what they were about is written down as interrupted.
    func end() async {
        isEnding = true
        inbox.stop()
        workshop.interruptAll()
        let until = Clock.monotonic_s() + Limits.stop_s
        while !workshop.running.isEmpty, Clock.monotonic_s() < until { await Loop.sleep(seconds: 0.05) }
        // The last rows wait for the keeper, which does one thing after another.
        await keeper.isDone()
    }
}
