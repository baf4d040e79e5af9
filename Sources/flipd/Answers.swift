// What the status socket is answered: facts of the corridor and rows of the ledger, put together.
import Ingest
import Ledger
import Library
import Model
import Platform
import Status
import Workshop

@Loop
final class Answers {
    let pipeline: Pipeline?
    let upkeep: Upkeep?
    let librarian: Librarian
    /// Looks for single files.
    let finder: Librarian
    /// By the configuration in force.
    var places: Places?
    /// The page in the drop folder.
    var receipts: Receipts?
    private let watch: LibraryWatch
    private let page: PageFiles
    weak var front: Front?
    /// Why the configuration as it is written is not in force.
    var configurationTrouble: Reason?
    weak var post: Post?
    private let startedAt = Clock.monotonic_s()

    /// Without a pipeline there is only a paused library to tell of.
    init(
        pipeline: Pipeline?, upkeep: Upkeep?, librarian: Librarian, finder: Librarian, watch: LibraryWatch,
        page: PageFiles
    ) {
        self.pipeline = pipeline
        self.upkeep = upkeep
        self.librarian = librarian
        self.finder = finder
        self.watch = watch
        self.page = page
    }

    /// `name` is the name of the token that allowed it, if one did.
    func answer(_ request: Request, by name: String?) async -> Response {
        do {
            switch request {
            case .status: return .json(try await status())
            case .health:
                // Where the ledger cannot be asked, the rest still says how it is.
                let numbers = try? await librarian.numbers()
                let health = self.health(numbers)
                return .text(
                    status: health == .critical ? 503 : 200, "\(health.rawValue)\n",
                    contentType: "text/plain; charset=utf-8")
            case .usage: return .json(try await librarian.usage())
            case .assets(let query):
                let (assets, next) = try await librarian.page(query)
                let damage = try await librarian.damage(of: assets)
                return .json(AssetPage(assets: assets.map { report($0, .some(damage[$0.id])) }, next: next))
            case .find(let name): return try await find(name)
            case .needsYou: return try await needsYou()
            case .places: return places.map { .json($0) } ?? .notFound()
            case .asset(let prefix):
                return try await about(prefix) { asset in
                    let damage = try await librarian.damage(of: [asset])
                    return .json(
                        report(asset, .some(damage[asset.id]), events: try await librarian.events(of: asset.id))
                    )
                }
            case .preview(let prefix, let role): return try await about(prefix) { try await preview($0, role) }
            case .retry(let prefix): return try await about(prefix) { await retry($0, by: name) }
            case .delete(let prefix): return try await about(prefix) { await delete($0, by: name) }
            case .restore(let prefix): return try await about(prefix) { await restore($0, by: name) }
            case .rename(let prefix, let renaming):
                return try await about(prefix) { await rename($0, renaming, by: name) }
            case .heal(let prefix): return try await about(prefix) { await heal($0, by: name) }
            case .verify(let query): return try await verify(query)
            case .verifyProgress: return verifyProgress
            case .snapshot: return await snapshot()
            case .backup: return try await backupPlan()
            case .media(let path): return await librarian.open(path.relative)
            case .metrics: return .metrics(try await status(), pipeline?.jobTimes ?? JobTimes())
            case .page(let file): return page.response(file)
            // The server answers these itself.
            case .events, .session: return .notFound()
            }
        } catch {
            return .error(
                status: 503, code: "unavailable", "\(Fault(error).refusal.text) Try again in a moment.")
        }
    }

    // MARK: One asset

    enum Found: ~Copyable {
        case asset(Asset)
        case not(Response)
    }

    func found(_ prefix: String) async throws -> Found {
        switch try await librarian.find(prefix) {
        case .one(let asset): .asset(asset)
        case .none: .not(.notFound("No asset has this id."))
        case .several:
            .not(
                .error(
                    status: 409, code: "ambiguous", "Several assets begin with \(prefix); give more of the id.")
            )
        }
    }

    private func about(
        _ prefix: String, _ answer: (Asset) async throws -> Response
    ) async throws -> Response {
        switch try await found(prefix) {
        case .asset(let asset): return try await answer(asset)
        case .not(let response): return response
        }
    }

    func report(_ asset: Asset, _ damage: [Damage]?? = nil, events: [HistoryEvent]? = nil) -> AssetReport {
        var report = AssetReport(
            of: asset, progress: pipeline?.workshop.running[asset.id]?.progress.fraction, events: events)
        report.damage = damage
        upkeep?.retention.complete(&report, of: asset)
        return report
    }

    private func preview(_ asset: Asset, _ role: Rendition.Role) async throws -> Response {
        var asset = asset
        // A duplicate is shown as its twin.
        if asset.stage == .duplicate || asset.stage == .awaitingTwin, let id = asset.duplicateOf,
            case .one(let twin) = try await librarian.find(id.description)
        {
            asset = twin
        }
        if asset.stage == .published, let rendition = asset.renditions.first(where: { $0.role == role }) {
            return .redirect(to: "/\(asset.folder)/\(rendition.file)")
        }
        return await librarian.openPreview(role, of: asset)
    }

    // MARK: Everything

    /// Why the archive can do nothing now.
    var machine: String? { watch.presence.reason?.text }

    /// Content failures never change it; they count in `needs_you`.
    private func health(_ numbers: Librarian.Numbers?) -> Health {
        watch.look()
        if watch.presence != .there || !critical(numbers).isEmpty { return .critical }
        return troubles(numbers).isEmpty ? .ok : .degraded
    }

    private func reasons(_ numbers: Librarian.Numbers) -> [Reason] {
        [watch.presence.reason].compactMap(\.self) + critical(numbers) + troubles(numbers)
            + (pipeline?.inbox.remarks ?? [])
    }

    /// What is lost, or may be.
    private func critical(_ numbers: Librarian.Numbers?) -> [Reason] {
        [pipeline?.verification.missingReason].compactMap(\.self)
            + (numbers.map { Self.reasons(for: $0.damage) } ?? [])
    }

    /// Why else it is not all well. A ledger that cannot be read has its own reason.
    private func troubles(_ numbers: Librarian.Numbers?) -> [Reason] {
        guard let pipeline else { return [] }
        return pipeline.faults.reasons + (pipeline.space.reason.map { [$0] } ?? []) + pipeline.inbox.troubles
            + [configurationTrouble, upkeep?.chores.trouble, receipts?.trouble].compactMap(\.self)
            + (upkeep?.backups.troubles(holdsSomething: numbers?.totals.holdsSomething ?? false) ?? [])
            + (front?.troubles ?? []) + [post?.trouble].compactMap(\.self)
    }

    /// For mail, which cannot tell that no mail is sent.
    func healthBesideMail() async -> (health: Health, reasons: [Reason]) {
        // Where the ledger cannot be asked, the rest still says how it is.
        let numbers = try? await librarian.numbers()
        watch.look()
        let serious = [watch.presence.reason].compactMap(\.self) + critical(numbers)
        let others = troubles(numbers).filter { $0.code != post?.trouble?.code }
        let health: Health = serious.isEmpty ? (others.isEmpty ? .ok : .degraded) : .critical
        return (health, serious + others)
    }

    func status() async throws -> StatusReport {
        let numbers = try await librarian.numbers()
        let now = Clock.now()
        let counts = numbers.totals.counts
        let inbox = pipeline?.inbox
        var last = StatusReport.Last(scan: inbox?.lastScan, published: numbers.lastPublished)
        last.verify = numbers.lastVerified
        last.snapshot = upkeep?.chores.lastSnapshot
        last.backup = upkeep?.backups.lastSuccessEndedAt
        return StatusReport(
            version: flipVersion, summary: summary(numbers).text, state: health(numbers),
            reasons: reasons(numbers),
            uptime: Clock.monotonic_s() - startedAt,
            counts: counts, kinds: numbers.totals.kinds,
            lastDay: StatusReport.LastDay(
                ready: numbers.lastDay[.ready] ?? 0, failed: numbers.lastDay[.failed] ?? 0,
                duplicate: numbers.lastDay[.duplicate] ?? 0),
            waiting: pipeline?.waiting ?? 0, needsYou: inbox?.needsYou ?? 0,
            intake: StatusReport.Intake(way: inbox?.way ?? .events, lastHeard: inbox?.lastHeard),
            queue: StatusReport.Queue(
                depth: counts[.pending] ?? 0,
                oldestPending: numbers.oldestPending.map { now.seconds(since: $0) }),
            jobs: jobs,
            storage: StatusReport.Storage(
                libraryBytes: numbers.totals.publishedBytes + numbers.totals.originalBytes,
                originalsBytes: numbers.totals.originalBytes,
                freeBytes: (try? Files.space(at: watch.layout.root).free) ?? 0),
            last: last)
    }

    private func summary(_ numbers: Librarian.Numbers) -> Summary {
        Summary(
            kinds: numbers.totals.kinds,
            coming: (numbers.totals.counts[.pending] ?? 0) + (numbers.totals.counts[.processing] ?? 0)
                + (pipeline?.waiting ?? 0),
            bytes: numbers.totals.publishedBytes + numbers.totals.originalBytes,
            room: numbers.forecast.map { .months($0.months) } ?? .bytes(room_bytes),
            copy: upkeep?.backups.destination == nil ? .none : .last(upkeep?.backups.lastSuccessEndedAt),
            checkedSince: numbers.uncheckedSince,
            damaged: numbers.damage.damaged.count + numbers.damage.missing.count,
            now: Clock.now(), zone_s: Clock.zone_s(at: Clock.now()))
    }

    private var room_bytes: Int64 {
        guard let space = try? Files.space(at: watch.layout.root) else { return 0 }
        return Room(total_bytes: space.total, free_bytes: space.free).usable_bytes
    }

    private var jobs: [StatusReport.JobReport] {
        guard let pipeline else { return [] }
        return pipeline.workshop.running.sorted { $0.key < $1.key }.map { id, worker in
            StatusReport.JobReport(
                id: id, sourceName: pipeline.atWork[id]?.sourceName.text ?? "", stage: worker.progress.stage,
                progress: worker.progress.fraction, eta: worker.progress.eta_s)
        }
    }
}
