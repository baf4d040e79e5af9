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
        try Folders.check(state: configuration)
        // Root's ledger would be none of flipd's.
        if let owner = try Files.status(of: configuration.state / Path("."))?.uid, Users.me == 0, owner != 0 {
            let name = Users.name(of: owner) ?? "user \(owner)"
            throw CannotStart(
                text:
                    "The ledger belongs to \(name), and so must the new one: “sudo -u \(name) flipd --rebuild”."
            )
        }
        let lock = try Folders.lock(configuration.state)
        let layout = Layout(root: configuration.library)
        guard let id = try Marker.read(layout) else {
            throw CannotStart(
                text: "There is no archive in \(layout.root.text) to read from. Connect its disk.")
        }
        guard let libraryLock = try Lock.take(layout.marker) else {
            throw CannotStart(text: "A flipd works on \(layout.root.text). Stop it first.")
        }
        let made = try await rebuildLedger(
            at: configuration.ledger, of: layout, id, incoming: configuration.incoming)
        for asset in made.lost {
            Log.write(
                .notice, .warning,
                "Nothing is left of \(asset.source.path.text) but its name: \(asset.refusal?.text ?? "") Ask for it once more.",
                asset: asset)
        }
        Log.write(.notice, .notice, "The ledger is made anew, with \(made.assets) assets.")
        if made.failures > 0 {
            throw CannotStart(
                text: "\(made.failures) assets could not be read. Start flipd, which tries them again.")
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

/// A ledger is made beside the one there is, and takes its place when it is complete: what is cut off changes nothing. One
/// that could not be used, damaged or a newer flipd's, is kept under another name.
func rebuildLedger(
    at path: Path, of layout: Layout, _ libraryID: String, incoming: Path
) async throws -> Rebuilt {
    let fresh = path.adding(".new")
    for ending in ["", "-wal", "-shm", "-journal"] { try Files.removeTree(fresh.adding(ending)) }
    let made = try await makeLedger(at: fresh, of: layout, libraryID, incoming: incoming)
    do {
        if try Files.exists(path) { try Ledger(path).checkIntegrity() }
    } catch {
        let aside = path.adding(".\(Clock.now().milliseconds)")
        Log.write(.notice, .warning, "\(error). It is kept as \(aside.name.text).")
        try Files.replace(aside, with: path)
    }
    try Durable.syncFile(fresh)
    // They belong to the old ledger, and would be read as the new one's.
    for ending in ["-wal", "-shm"] { try Files.removeTree(path.adding(ending)) }
    try Files.replace(path, with: fresh)
    try Durable.syncFolder(path.parent)
    return made
}

private func makeLedger(
    at path: Path, of layout: Layout, _ libraryID: String, incoming: Path
) async throws -> Rebuilt {
    let ledger = try Ledger(making: path)
    try ledger.begin(library: libraryID)
    let keeper = Keeper(
        layout: layout, incoming: incoming, libraryID: libraryID, ledger: ledger, thread: try WorkThread())
    return try await keeper.rebuild()
}

extension Path {
    fileprivate func adding(_ ending: String) -> Path { Path(bytes: bytes + Array(ending.utf8)) }
}
