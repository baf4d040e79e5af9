// Looks things up for the status, off the loop and without keeping the keeper from its work.
import Ledger
import Library
import Model
import Platform
import Status

actor Librarian {
    let reader: LedgerReader
    private let layout: Layout
    private let thread: WorkThread
    private var knownForecast: (forecast: UsageReport.Forecast?, at: Double)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(ledger: Path, layout: Layout, thread: WorkThread) throws(LedgerFailure) {
        reader = try LedgerReader(ledger)
        self.layout = layout
        self.thread = thread
    }

    /// What the ledger adds to the status.
    struct Numbers: Sendable {
        let totals: LedgerReader.Totals
        let lastDay: [State: Int]
        let oldestPending: Timestamp?
        let lastPublished: Timestamp?
        let lastVerified: Timestamp?
        let damage: DamageNumbers
        let forecast: UsageReport.Forecast?
        let uncheckedSince: Timestamp?
    }

    func numbers() throws -> Numbers {
        Numbers(
            totals: try reader.totals(), lastDay: try reader.ended(since: Clock.now() + -86400),
            oldestPending: try reader.oldestPending(), lastPublished: try reader.lastPublished(),
            lastVerified: try reader.lastVerified(), damage: try damage(), forecast: forecast(),
            uncheckedSince: try reader.uncheckedSince())
    }

    /// It is about months, and asked for many times a second.
    private func forecast() -> UsageReport.Forecast? {
        let now = Clock.monotonic_s()
        if let known = knownForecast, now - known.at < 60 { return known.forecast }
        // Of a disk that is not there nothing can be foretold, and the status says so in other words.
        guard let usage = try? usage() else { return nil }
        knownForecast = (usage.forecast, now)
        return usage.forecast
    }

    struct DamageNumbers: Sendable {
        let damaged: LedgerReader.DamagedAssets
        let missing: LedgerReader.DamagedAssets
    }

    func damage() throws(LedgerFailure) -> DamageNumbers {
        DamageNumbers(
            damaged: try reader.damaged(.damaged, naming: 3), missing: try reader.damaged(.missing, naming: 3))
    }

    func usage() throws -> UsageReport {
        var accounts = try reader.accounts()
        accounts.classes[.snapshots] = try snapshots()
        let space = try Files.space(at: layout.root)
        return UsageReport(
            classes: accounts.classes, kinds: accounts.kinds, topLevel: accounts.topLevel,
            collections: accounts.collections, months: accounts.months, freeBytes: space.free,
            forecast: UsageReport.Forecast(
                accounts.months, since: try reader.firstReceived(), now: Clock.now(),
                Room(total_bytes: space.total, free_bytes: space.free)))
    }

    private func snapshots() throws(Errno) -> UsageReport.Account {
        var account = UsageReport.Account()
        for snapshot in try Snapshot.all(in: layout.ledger) {
            guard let status = try Files.status(of: layout.ledger / snapshot.name) else { continue }
            account.count += 1
            account.bytes += status.bytes
        }
        return account
    }

    /// As many as anybody could look after.
    func damagedIDs() throws(LedgerFailure) -> [AssetID] {
        let kinds = [try reader.damaged(.damaged, naming: 500), try reader.damaged(.missing, naming: 500)]
        return Set(kinds.flatMap { $0.first.map(\.id) }).sorted()
    }

    /// What was handed back after a moment and, as far as a look shows, stands in the drop folder still.
    func needsSomebody(since moment: Timestamp, in incoming: Path) throws(LedgerFailure) -> NeedsSomebody {
        // Nobody reads more names than these, but some may have been mended already.
        let found = try reader.handedBack(after: moment, naming: 100)
        let standing = found.first.filter { asset in
            guard let place = asset.handedBackTo else { return true }
            return (try? Files.exists(incoming / place)) ?? true
        }
        return NeedsSomebody(
            count: found.count - (found.first.count - standing.count), first: standing,
            until: found.newest ?? moment)
    }

    func checkable() throws(LedgerFailure) -> (count: Int, bytes: Int64) { try reader.checkable() }

    /// Some of those that are due for a check, the oldest first.
    func dueForCheck(
        after place: LedgerReader.Due?, before moment: Timestamp
    ) throws(LedgerFailure) -> [LedgerReader.Due] {
        try reader.dueForCheck(after: place, before: moment, limit: 64)
    }

    func page(_ query: AssetQuery) throws(LedgerFailure) -> (assets: [Asset], next: AssetID?) {
        var assets = try reader.assets(query)
        guard assets.count > query.limit else { return (assets, nil) }
        assets.removeLast(assets.count - query.limit)
        return (assets, assets.last?.id)
    }

    enum Found: Sendable {
        case one(Asset)
        case none
        /// The beginning of an id fits several.
        case several
    }

    func find(_ prefix: String) throws(LedgerFailure) -> Found {
        let ids = try reader.ids(beginning: prefix)
        guard let id = ids.first, let asset = try reader.asset(id) else { return .none }
        return ids.count == 1 ? .one(asset) : .several
    }

    func damage(of assets: [Asset]) throws(LedgerFailure) -> [AssetID: [Damage]] {
        try reader.damage(of: assets.map(\.id))
    }

    func events(of id: AssetID) throws(LedgerFailure) -> [HistoryEvent] { try reader.events(of: id) }

    /// Opens a file of the library for sending.
    func open(_ relative: Path) -> Response {
        do throws(Errno) {
            return .file(try MediaFile.open(relative, beneath: layout.root), .immutable)
        } catch {
            return .notFound("This file is not published.")
        }
    }

    /// A rendition of an asset that is not published yet.
    func openPreview(_ role: Rendition.Role, of asset: Asset) -> Response {
        guard asset.stage == .previewed || asset.stage == .transcoding,
            let rendition = asset.renditions.first(where: { $0.role == role })
        else { return .notFound("There is no preview yet.") }
        let folder = layout.preview(of: asset.id).relative(to: layout.root) ?? .empty
        do throws(Errno) {
            return .file(try MediaFile.open(folder / rendition.file, beneath: layout.root), .never)
        } catch {
            return .notFound("There is no preview yet.")
        }
    }
}
