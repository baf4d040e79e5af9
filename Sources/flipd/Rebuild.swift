// `flipd --rebuild`: the ledger is disposable, for record and sidecars hold everything.
import Ledger
import Library
import Model
import Platform

/// Makes the ledger anew from the library alone.
@Loop
func rebuild(_ configuration: Configuration) async {
    do {
        try Folders.check(configuration)
        let lock = try Folders.lock(configuration.state)
        let layout = Layout(root: configuration.library)
        guard let id = try Marker.read(layout) else {
            throw CannotStart(
                text: "There is no archive in \(layout.root.text) to read from. Connect its disk.")
        }
        guard let libraryLock = try Lock.take(layout.marker) else {
            throw CannotStart(text: "A flipd works on \(layout.root.text). Stop it first.")
        }
        let ledger = try openLedger(configuration.ledger)
        if try ledger.library != id { try ledger.adopt(library: id) }
        let keeper = Keeper(
            layout: layout, incoming: configuration.incoming, libraryID: id, ledger: ledger,
            thread: try WorkThread())
        let (assets, failures) = try await keeper.rebuild()
        Log.write(.notice, .notice, "The ledger is made anew, with \(assets) assets.")
        if failures > 0 {
            throw CannotStart(
                text: "\(failures) assets could not be read. Start flipd, which tries them again.")
        }
        withExtendedLifetime(lock) {}
        withExtendedLifetime(libraryLock) {}
        Loop.executor.exit(ExitCode.done)
    } catch {
        Log.write(
            .stopped, .critical, (error as? CannotStart)?.text ?? "The ledger cannot be made anew: \(error).")
        Loop.executor.exit(ExitCode.failed)
    }
}

/// A ledger that cannot be opened, damaged or a newer flipd's, is moved aside: it is to be made anew anyway.
private func openLedger(_ path: Path) throws -> Ledger {
    do throws(LedgerFailure) { return try Ledger(path) } catch {
        let aside = Path(bytes: path.bytes + Array(".\(Clock.now().milliseconds)".utf8))
        Log.write(.notice, .warning, "\(error) It is kept as \(aside.name.text).")
        try Files.replace(aside, with: path)
        for ending in ["-wal", "-shm"] {
            try Files.removeTree(Path(bytes: path.bytes + Array(ending.utf8)))
        }
        return try Ledger(path)
    }
}
