// `flipd --rebuild`: the ledger is disposable, for record and sidecars hold everything.
import Ledger
import Library
import Model
import Platform

/// Makes the ledger anew from the library alone.
@Loop
func rebuild(_ configuration: Configuration, isRooted: Bool) async {
    do {
        if isRooted { try Folders.make(configuration) }
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
        let (assets, failures) = try await rebuild(configuration, layout, id)
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

/// A ledger that cannot be used, damaged or a newer flipd's, is moved aside: it is to be made anew anyway.
@Loop
private func rebuild(
    _ configuration: Configuration, _ layout: Layout, _ id: String
) async throws -> (assets: Int, failures: Int) {
    do {
        return try await rebuildInPlace(configuration, layout, id)
    } catch let failure as LedgerFailure where !failure.isDiskFull {
        let path = configuration.ledger
        let aside = Path(bytes: path.bytes + Array(".\(Clock.now().milliseconds)".utf8))
        Log.write(.notice, .warning, "\(failure). It is kept as \(aside.name.text).")
        try Files.replace(aside, with: path)
        for ending in ["-wal", "-shm"] { try Files.removeTree(Path(bytes: path.bytes + Array(ending.utf8))) }
        return try await rebuildInPlace(configuration, layout, id)
    }
}

@Loop
private func rebuildInPlace(
    _ configuration: Configuration, _ layout: Layout, _ id: String
) async throws -> (assets: Int, failures: Int) {
    let ledger = try Ledger(configuration.ledger)
    try ledger.checkIntegrity()
    if try ledger.library != id { try ledger.adopt(library: id) }
    let keeper = Keeper(
        layout: layout, incoming: configuration.incoming, libraryID: id, ledger: ledger,
        thread: try WorkThread())
    return try await keeper.rebuild()
}
