// The drop folder: watched and scanned, until a file in it has come to rest. Events are hints, the scan is the truth.
package import Model
package import Platform

/// A file in the drop folder that is quiet and that nobody writes to.
package struct Candidate: Sendable {
    /// Below the drop folder.
    package let path: Path
    package let status: FileStatus
}

@Loop
package final class Inbox {
    package let folder: Path
    package let ignored: Ignored
    let rescan_s: Double
    let rules: Settling.Rules
    var settling: Settling
    /// What follows a photo, apart from what is taken: it counts nowhere.
    var companions: Settling
    var watches: Watches
    private var inFlight: Set<Path> = []
    /// Those of them of which something was heard meanwhile: what they meet may have been over by then.
    private var stirred: Set<Path> = []

    private var events: EventSource?
    private var mounts: MountWatch?
    private var mountTimer: EventSource?
    private var settleTimer: EventSource?
    private var settleTimerDue = Double.infinity
    var rescanTimer: EventSource?
    var recountTimer: EventSource?
    var orphanTimer: EventSource?
    var companionTimer: EventSource?
    var tidiedAt = -Double.infinity

    /// Given each file that has come to rest. It must call `done` for each.
    package var onQuiet: @Loop (Candidate) -> Void = { _ in }
    /// Given each file beside an edited photo, once it has come to rest.
    package var onCompanion: @Loop (Candidate) -> Void = { _ in }
    /// Called once for each path that cannot be read or taken away.
    package var onUnreadable: @Loop (Path, Errno) -> Void = { _, _ in }
    /// Called when the folder cannot be watched any more, when it is watched again (nil), or for another reason.
    package var onTrouble: @Loop (Errno?) -> Void = { _ in }
    /// Called for each folder in which nothing was left and which has been removed.
    package var onTidied: @Loop (Path) -> Void = { _ in }
    /// Called for each file that is no longer in the folder.
    package var onGone: @Loop (Path) -> Void = { _ in }
    /// Called with notes whose file was taken away some time ago.
    package var onOrphans: @Loop ([Path]) -> Void = { _ in }
    /// Called when a number or a reason that the status shows has changed.
    package var onChange: @Loop () -> Void = {}
    var needsYouCounted = 0
    var isCountStale = true
    package internal(set) var lastScan: Timestamp?
    /// When something was last noticed to happen in the folder.
    package internal(set) var lastHeard: Timestamp?
    /// Files that cannot be opened or taken away; they stay where they are and are told of once.
    package internal(set) var unreadable: [Path: Errno] = [:]
    /// Why the folder cannot be watched or read, when it cannot.
    package internal(set) var trouble: Errno?
    /// Whether what stands there is known: the last look went all the way.
    package internal(set) var isLookedThrough = false

    /// More would not be faster, for what follows is done one by one; and it bounds our memory in a burst.
    private static let inFlightAtMost = 8
    /// A file that somebody writes to is asked about again this often, and more seldom the longer nothing happens.
    private static let writerAgain_s = 1.0
    private static let writerAgainAtMost_s = 30.0
    /// Where leases do not work, this much quiet must do.
    private static let quietWithoutLease_s = 30.0

    package init(folder: Path, rules: Settling.Rules, rescan_s: Double, ignored: Ignored) throws(Errno) {
        self.folder = folder
        self.ignored = ignored
        self.rescan_s = rescan_s
        self.rules = rules
        settling = Settling(rules: rules)
        companions = Settling(rules: rules)
        watches = try Watches(root: folder)
    }

    package var waiting: Int { settling.count }

    /// How the folder is followed.
    package var way: IntakeWay { trouble == nil && watches.tellEverything ? .events : .scanning }

    /// Files that have been changing for so long that people may wonder.
    package var stillChanging: [(path: Path, seconds: Double)] {
        settling.stillChanging(for: Limits.stillChanging_s, at: Clock.monotonic_s())
    }

    package func start() {
        events = EventSource.descriptor(watches.descriptor) { [weak self] in self?.hear() }
        // A disk that comes back covers the folder that we watch, and that one never says a word again.
        mounts = try? MountWatch { [weak self] in self?.rescanSoon() }
        rescan()
    }

    package func stop() {
        (events, mounts, settleTimer, rescanTimer, recountTimer) = (nil, nil, nil, nil, nil)
        (orphanTimer, mountTimer, companionTimer) = (nil, nil, nil)
    }

    /// What became of a quiet file: it left the folder, went to `Problems`, or is to be looked at again.
    package enum Outcome: Sendable {
        case left
        case handedBack
        case again(after_s: Double)
        case cannot(Errno)
    }

    package func done(_ path: Path, _ outcome: Outcome) {
        inFlight.remove(path)
        let isStirred = stirred.remove(path) != nil
        reconsider()
        switch outcome {
        case .left, .handedBack:
            forget(path)
            if case .left = outcome { removeShadow(of: path) }
            // The next file of that name may have come while this one was on its way, and its events with it.
            if let status = try? Files.status(of: folder / path), status.kind == .file {
                settling.saw(path, status, at: Clock.monotonic_s())
            }
        case .again(let delay_s):
            settling.putBack(path, at: Clock.monotonic_s(), delay_s: delay_s)
        case .cannot where isStirred:
            settling.putBack(path, at: Clock.monotonic_s(), delay_s: 0)
        case .cannot(let error):
            name(path, error)
            settling.putBack(path, at: Clock.monotonic_s(), delay_s: rescan_s)
        }
        onChange()
        offerQuiet()
    }

    /// A Mac's `._NAME` describes NAME, and goes where that is gone.
    private func removeShadow(of path: Path) {
        let shadow = Path(bytes: Array("._".utf8) + path.name.bytes)
        guard let home = try? Within(path.parent, of: folder),
            (try? Files.status(of: home / shadow))??.kind == .file
        else { return }
        try? Files.unlink(home / shadow)
    }

    /// Something was heard of this file, or of this folder and so of all below it.
    func stir(_ path: Path) { stirred.formUnion(inFlight.filter { $0.isInside(path) }) }

    /// Several mounts often come together.
    private func rescanSoon() {
        if mountTimer != nil { return }
        mountTimer = EventSource.timer(after_s: 0.5) { [weak self] in
            self?.mountTimer = nil
            self?.rescan()
        }
    }

    func forget(_ path: Path) {
        settling.gone(path)
        unreadable[path] = nil
        onGone(path)
    }

    /// Remembers what cannot be read or taken away, and tells of it once.
    func name(_ path: Path, _ error: Errno) {
        if unreadable.updateValue(error, forKey: path) != nil { return }
        onUnreadable(path, error)
        onChange()
    }

    // MARK: Quiet files

    func offerQuiet() {
        let now = Clock.monotonic_s()
        // A timer that is set says that nothing is quiet before.
        if settleTimer != nil, now < settleTimerDue { return }
        for path in settling.quiet(at: now, atMost: Self.inFlightAtMost - inFlight.count) { offer(path, now) }
        guard inFlight.count < Self.inFlightAtMost, let due = settling.nextDue else { return }
        let at = max(due, now + 0.05)
        settleTimerDue = at
        settleTimer = EventSource.timer(after_s: at - now) { [weak self] in
            self?.settleTimer = nil
            self?.offerQuiet()
        }
    }

    /// Something may be quiet sooner than what the timer waits for.
    func reconsider() { settleTimer = nil }

    /// The same, if that is sooner than what the timer waits for.
    func reconsider(for due: Double) { if due < settleTimerDue { settleTimer = nil } }

    /// Looks once more, and asks the kernel whether anybody writes, before a file is called quiet.
    private func offer(_ path: Path, _ now: Double) {
        // A new file under the name of one that is being taken waits until that one is gone.
        if inFlight.contains(path) { return settling.putBack(path, at: now, delay_s: Self.writerAgain_s) }
        do throws(Errno) {
            // Through the folder itself, so that nobody can put a link in the way.
            let home = try Within(path.parent, of: folder)
            guard let status = try Files.status(of: home / path.name), status.kind == .file else {
                return forget(path)
            }
            if let known = settling.status(of: path), !known.isSame(as: status) {
                settling.putBack(path, at: now, delay_s: 0)
                return settling.touched(path, status, at: now)
            }
            let file = try Files.openForReading(home / path.name)
            if let wait_s = try wait(for: file, at: path, status, now) {
                return settling.putBack(path, at: now, delay_s: wait_s)
            }
            // Staff moved a note back together with its file: it has done its work.
            if try Note.isOurs(file, named: path.name, bytes: status.bytes) {
                if try Files.status(of: home / path.name)?.isSame(as: status) == true {
                    try Files.unlink(home / path.name)
                }
                return forget(path)
            }
            inFlight.insert(path)
            onQuiet(Candidate(path: path, status: status))
        } catch {
            // It has gone in this instant.
            if error.meansAbsent || error.meansNoFolder { return forget(path) }
            name(path, error)
            settling.putBack(path, at: now, delay_s: rescan_s)
        }
    }

    /// How much longer to wait for whoever writes, or may still write; nil if nobody does.
    private func wait(
        for file: borrowing Descriptor, at path: Path, _ status: FileStatus, _ now: Double
    ) throws(Errno) -> Double? {
        let quiet_s = settling.quietFor(path, at: now) ?? 0
        if let wait_s = wait(for: file, at: path, quietFor: quiet_s) { return wait_s }
        return try patience(for: file, status, quietFor: quiet_s)
    }

    /// The same, whatever the file is.
    func wait(for file: borrowing Descriptor, at path: Path, quietFor quiet_s: Double) -> Double? {
        switch file.writers() {
        case .some:
            settling.isWritten(path)
            // Its closing will be heard, but not that of a file in memory.
            return min(max(Self.writerAgain_s, quiet_s / 4), Self.writerAgainAtMost_s)
        case .none where Filesystem.tellsEverything((folder / path).parent): return nil
        // Nobody on this machine writes; of others a lease knows nothing.
        case .none, .unknown:
            return quiet_s < Self.quietWithoutLease_s ? Self.quietWithoutLease_s - quiet_s : nil
        }
    }

    /// How much longer to wait for the rest of a file that is cut short; nil if it is whole, or if nothing has come for
    /// long enough. By its change time, which no copying program sets, so that a stump of last week is not waited for.
    private func patience(
        for file: borrowing Descriptor, _ status: FileStatus, quietFor quiet_s: Double
    ) throws(Errno) -> Double? {
        let sinceChange_s = Double(Clock.now().milliseconds) / 1000 - Double(status.changed_ns) / 1e9
        // With a clock that was set back only what we have seen ourselves counts.
        let unchanged_s = sinceChange_s < 0 ? quiet_s : sinceChange_s
        guard unchanged_s < rules.patience_s, try file.completeness(bytes: status.bytes) == .cutShort else {
            return nil
        }
        return rules.patience_s - unchanged_s
    }
}
