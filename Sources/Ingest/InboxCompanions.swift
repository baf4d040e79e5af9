// The files that phones write beside edited photos. They are never taken for themselves; where one has come to rest, the
// corridor looks whether its photo is known, and else nothing is done to it.
package import Model
internal import Platform

extension Inbox {
    /// Whether a path is one of them, and in no place that is left alone.
    func isCompanion(_ path: Path) -> Bool {
        Companion.isOne(path) && !Ignored.isHandedBack(path, isFolder: false)
            && !ignored.contains(path: path.parent, isFolder: true)
            && !ignored.contains(name: Path(bytes: path.name.bytes.dropLast(4)))
    }

    /// A look, or an event, which lets the clock start again.
    func sawCompanion(_ path: Path, isEvent: Bool = false) {
        guard let home = try? Within(path.parent, of: folder),
            let status = try? Files.status(of: home / path.name),
            status.kind == .file, (1...Limits.companion_bytes).contains(status.bytes)
        else { return companions.gone(path) }
        // One that was given out is only looked at again when it has changed.
        if isEvent || companions.status(of: path)?.isSame(as: status) != true { companions.gone(path) }
        companions.saw(path, status, at: Clock.monotonic_s())
        offerCompanionsSoon()
    }

    /// A photo was taken: what came before it, or with it, may follow now.
    package func tookPhoto(_ path: Path) {
        guard let home = try? Within(path.parent, of: folder) else { return }
        for name in Companion.names(of: path.name) where (try? Files.exists(home / name)) == true {
            sawCompanion(path.parent / name, isEvent: true)
        }
    }

    /// It could not follow now, and may later.
    package func again(companion path: Path, after_s delay_s: Double) {
        companions.putBack(path, at: Clock.monotonic_s(), delay_s: delay_s)
        offerCompanionsSoon()
    }

    private func offerCompanionsSoon() {
        guard let due = companions.nextDue else { return companionTimer = nil }
        companionTimer = EventSource.timer(after_s: max(0.05, due - Clock.monotonic_s())) { [weak self] in
            self?.offerCompanions()
        }
    }

    /// A few at a time: behind each is work of the keeper, who has files to take.
    private func offerCompanions() {
        let now = Clock.monotonic_s()
        for path in companions.quiet(at: now, atMost: 16) {
            guard let candidate = atRest(path, now) else { continue }
            onCompanion(candidate)
        }
        offerCompanionsSoon()
    }

    /// Looks once more, and asks the kernel whether anybody writes.
    private func atRest(_ path: Path, _ now: Double) -> Candidate? {
        guard let home = try? Within(path.parent, of: folder),
            let status = try? Files.status(of: home / path.name), status.kind == .file,
            let file = try? Files.openForReading(home / path.name)
        else {
            companions.gone(path)
            return nil
        }
        guard companions.status(of: path)?.isSame(as: status) == true else {
            sawCompanion(path)
            return nil
        }
        guard let wait_s = wait(for: file, at: path, quietFor: companions.quietFor(path, at: now) ?? 0) else {
            return Candidate(path: path, status: status)
        }
        companions.putBack(path, at: now, delay_s: wait_s)
        return nil
    }
}
