// Makes snapshots of the ledger, with the configuration beside them, on a thread that nothing else waits for.
import Ledger
import Library
import Model
import Platform

actor Snapshots {
    /// Which snapshots are kept beside the newest.
    struct Kept: Hashable, Sendable {
        var days = 7
        var weeks = 5
    }

    private let ledger: Path
    private let layout: Layout
    private let libraryID: String
    private let thread: WorkThread

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(ledger: Path, layout: Layout, libraryID: String, thread: WorkThread) {
        self.ledger = ledger
        self.layout = layout
        self.libraryID = libraryID
        self.thread = thread
    }

    /// The time of the newest; one that is still to come was written by a clock that was wrong.
    func newest() throws(Errno) -> Timestamp? {
        let now = Clock.now()
        return try Snapshot.all(in: layout.ledger).last { $0.moment <= now }?.moment
    }

    /// Makes one now. Those before it are only removed when it is whole.
    func make(configuration: String, kept: Kept) throws -> SnapshotReport {
        guard Marker.look(layout, for: libraryID) == .ours else { throw Fault(Refusal(.libraryMissing)) }
        try checkRoom()
        try Files.makeFolders(layout.ledger)
        let path = try Self.make(of: ledger, staged: layout.snapshot, in: layout.ledger)
        try write(configuration)
        try Snapshot.tidy(layout.ledger, asOf: Clock.now(), days: kept.days, weeks: kept.weeks)
        return SnapshotReport(
            file: path.relative(to: layout.root)?.text ?? path.text,
            bytes: try Files.status(of: path)?.bytes ?? 0)
    }

    /// A snapshot leaves as much room as it takes: without any, the record could not be written while it is made.
    private func checkRoom() throws {
        let bytes = try Files.status(of: ledger)?.bytes ?? 0
        if try Files.space(at: layout.root).free / 2 < bytes { throw Fault(Refusal(.diskFull)) }
    }

    /// The copy is only given its name when it was read through.
    private static func make(of ledger: Path, staged: Path, in folder: Path) throws -> Path {
        func clear() throws(Errno) {
            for ending in ["", "-journal", "-wal", "-shm"] {
                try Files.removeTree(Path(bytes: staged.bytes + Array(ending.utf8)))
            }
        }
        try Files.makeFolders(staged.parent)
        try clear()
        do {
            let moment = Clock.now()
            try LedgerCopy.make(of: ledger, at: staged)
            return try Snapshot.place(staged, at: moment, in: folder)
        } catch {
            try? clear()
            throw error
        }
    }

    private func write(_ configuration: String) throws(Errno) {
        let staged = layout.staging / "flipd.conf"
        try Files.removeTree(staged)
        try Durable.create(staged, Array(configuration.utf8), mode: 0o444)
        try Files.replace(layout.ledger / staged.name, with: staged)
        try Durable.syncFolder(layout.ledger)
    }

    /// Before the tables of an older flipd are changed: a snapshot in the library, or beside the ledger where the library
    /// is not there.
    static func makeBeforeMigration(of ledger: Path, _ layout: Layout) throws {
        guard try Files.exists(ledger), try LedgerCopy.isOlder(ledger) else { return }
        let isThere = try LedgerCopy.library(of: ledger).map { Marker.look(layout, for: $0) == .ours } ?? false
        let path =
            isThere
            ? try make(of: ledger, staged: layout.snapshot, in: layout.ledger)
            : try make(of: ledger, staged: ledger.parent / "snapshot", in: ledger.parent)
        Log.write(
            .snapshot, .notice,
            "The ledger was written by an older flipd and is brought up to date. It is kept as it was: \(path.text)."
        )
    }
}
