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
    private let ignored: Ignored
    private let rescan_s: Double
    private let rules: Settling.Rules
    private var settling: Settling
    private var watches: Watches
    private var inFlight: Set<Path> = []

    private var events: EventSource?
    private var settleTimer: EventSource?
    private var settleTimerDue = Double.infinity
    private var rescanTimer: EventSource?
    private var recountTimer: EventSource?

    /// Given each file that has come to rest. It must call `done` for each.
    package var onQuiet: @Loop (Candidate) -> Void = { _ in }
    /// Called once for each path that cannot be read or taken away.
    package var onUnreadable: @Loop (Path, Errno) -> Void = { _, _ in }
    /// Called when a number or a reason that the status shows has changed.
    package var onChange: @Loop () -> Void = {}
    package private(set) var needsYou = 0
    package private(set) var lastScan: Timestamp?
    /// Files that cannot be opened or taken away; they stay where they are and are told of once.
    package private(set) var unreadable: [Path: Errno] = [:]
    /// Why the folder cannot be watched or read, when it cannot.
    package private(set) var trouble: Errno?

    /// More would not be faster, for what follows is done one by one; and it bounds our memory in a burst.
    private static let inFlightAtMost = 8
    /// While the folder cannot be watched or is gone, it is looked at this often.
    private static let troubledRescan_s = 5.0
    /// A file that somebody writes to is asked about again this often.
    private static let writerAgain_s = 1.0
    /// Where leases do not work, this much quiet must do.
    private static let quietWithoutLease_s = 30.0

    package init(folder: Path, rules: Settling.Rules, rescan_s: Double, ignored: Ignored) throws(Errno) {
        self.folder = folder
        self.ignored = ignored
        self.rescan_s = rescan_s
        self.rules = rules
        settling = Settling(rules: rules)
        watches = try Watches(root: folder)
    }

    package var waiting: Int { settling.count }

    package func start() {
        events = EventSource.descriptor(watches.descriptor) { [weak self] in self?.hear() }
        rescan()
    }

    package func stop() {
        (events, settleTimer, rescanTimer, recountTimer) = (nil, nil, nil, nil)
    }

    /// What became of a quiet file: it left the folder, or it is to be looked at again.
    package enum Outcome: Sendable {
        case left
        case again(after_s: Double)
        case cannot(Errno)
    }

    package func done(_ path: Path, _ outcome: Outcome) {
        inFlight.remove(path)
        // Whatever is put back may be quiet sooner than what the timer waits for.
        settleTimer = nil
        switch outcome {
        case .left:
            forget(path)
            // The next file of that name may have come while this one was on its way, and its events with it.
            if let status = try? Files.status(of: folder / path), status.kind == .file {
                settling.saw(path, status, at: Clock.monotonic_s())
            }
        case .again(let delay_s):
            settling.putBack(path, at: Clock.monotonic_s(), delay_s: delay_s)
        case .cannot(let error):
            name(path, error)
            settling.putBack(path, at: Clock.monotonic_s(), delay_s: rescan_s)
        }
        onChange()
        offerQuiet()
    }

    // MARK: Scanning

    /// Looks at everything below the folder, watching each sub-folder before it is listed.
    package func rescan() {
        rescanTimer = EventSource.timer(after_s: trouble == nil ? rescan_s : Self.troubledRescan_s) {
            [weak self] in
            self?.rescan()
        }
        trouble = nil
        watches.trouble = nil
        var seen: Set<Path> = []
        do { try walk(.empty, seen: &seen) } catch { trouble = error }
        if trouble == nil {
            for path in settling.paths where !seen.contains(path) { forget(path) }
            unreadable = unreadable.filter { seen.contains($0.key) }
            lastScan = Clock.now()
        }
        if let error = watches.trouble { trouble = error }
        if trouble != nil {
            rescanTimer = EventSource.timer(after_s: Self.troubledRescan_s) { [weak self] in self?.rescan() }
        }
        countProblems()
        onChange()
        settleTimer = nil
        offerQuiet()
    }

    /// `below` is relative to the drop folder. Only the folder itself may not be missing.
    private func walk(_ below: Path, seen: inout Set<Path>) throws(Errno) {
        watches.watch(below)
        let entries: [Files.Entry]
        do { entries = try Files.list(folder / below, followingLinks: below.isEmpty) } catch {
            if below.isEmpty { throw error }
            // One that has gone meanwhile is no trouble; one that may not be read is told of.
            if !error.meansAbsent { name(below, error) }
            seen.insert(below)
            return
        }
        unreadable[below] = nil
        for entry in entries {
            let path = below / entry.name
            if ignored.contains(path: path) { continue }
            guard let status = try? Files.status(of: folder / path) else { continue }
            switch status.kind {
            case .folder: try walk(path, seen: &seen)
            case .file:
                settling.saw(path, status, at: Clock.monotonic_s())
                seen.insert(path)
            case .link, .other: continue
            }
        }
    }

    /// Remembers what cannot be read or taken away, and tells of it once.
    private func name(_ path: Path, _ error: Errno) {
        if unreadable.updateValue(error, forKey: path) != nil { return }
        onUnreadable(path, error)
        onChange()
    }

    private func forget(_ path: Path) {
        settling.gone(path)
        unreadable[path] = nil
    }

    // MARK: Events

    private func hear() {
        let heard: [Inotify.Event]
        do { heard = try watches.read() } catch {
            trouble = error
            return rescan()
        }
        var mustRescan = false
        for event in heard {
            switch event {
            case .appeared(let watch, let name, let isFolder), .touched(let watch, let name, let isFolder):
                guard let path = watches.path(of: watch, name: name) else { continue }
                look(at: path, isFolder: isFolder, isNew: event.isAppearance)
            case .vanished(let watch, let name, let isFolder):
                guard let path = watches.path(of: watch, name: name) else { continue }
                lose(path, isFolder: isFolder)
            case .folderGone(let watch):
                if watches.forget(watch) { mustRescan = true }
            case .overflow:
                mustRescan = true
            }
        }
        if mustRescan { rescan() } else { offerQuiet() }
    }

    private func look(at path: Path, isFolder: Bool, isNew: Bool) {
        if path.isInside(Ignored.problems) { return recountSoon(watching: isFolder ? path : nil) }
        if ignored.contains(path: path) { return }
        if isFolder {
            // What was put in before the watch stood is found by listing after it.
            var seen: Set<Path> = []
            if isNew { try? walk(path, seen: &seen) }
            return settleTimer = nil
        }
        guard let status = try? Files.status(of: folder / path), status.kind == .file else {
            return forget(path)
        }
        unreadable[path] = nil
        let count = settling.count
        let now = Clock.monotonic_s()
        settling.touched(path, status, at: now)
        // The timer may wait for something slower, such as an empty file.
        if now + rules.settle_s < settleTimerDue { settleTimer = nil }
        if settling.count != count { onChange() }
    }

    private func lose(_ path: Path, isFolder: Bool) {
        if path.isInside(Ignored.problems) { return recountSoon(watching: nil) }
        if isFolder {
            watches.forget(below: path)
            settling.gone(below: path)
            unreadable = unreadable.filter { !$0.key.isInside(path) }
        } else {
            forget(path)
        }
        onChange()
    }

    // MARK: Quiet files

    private func offerQuiet() {
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

    /// Looks once more, and asks the kernel whether anybody writes, before a file is called quiet.
    private func offer(_ path: Path, _ now: Double) {
        // A new file under the name of one that is being taken waits until that one is gone.
        if inFlight.contains(path) { return settling.putBack(path, at: now, delay_s: Self.writerAgain_s) }
        do {
            guard let status = try Files.status(of: folder / path), status.kind == .file else {
                return forget(path)
            }
            if let known = settling.status(of: path), !known.isSame(as: status) {
                settling.putBack(path, at: now, delay_s: 0)
                return settling.touched(path, status, at: now)
            }
            let file = try Files.openForReading(folder / path)
            switch file.writers() {
            case .some: return settling.putBack(path, at: now, delay_s: Self.writerAgain_s)
            case .unknown:
                let quiet_s = settling.quietFor(path, at: now) ?? 0
                if quiet_s < Self.quietWithoutLease_s {
                    return settling.putBack(path, at: now, delay_s: Self.quietWithoutLease_s - quiet_s)
                }
            case .none: break
            }
            // Staff moved a note back together with its file: it has done its work.
            if try Note.isOurs(file, named: path.name, bytes: status.bytes) {
                try Files.unlink(folder / path)
                return forget(path)
            }
            if let wait_s = try patience(for: file, status, quietFor: settling.quietFor(path, at: now) ?? 0) {
                return settling.putBack(path, at: now, delay_s: wait_s)
            }
            inFlight.insert(path)
            onQuiet(Candidate(path: path, status: status))
        } catch {
            name(path, error)
            settling.putBack(path, at: now, delay_s: rescan_s)
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

    // MARK: What stands in Problems

    /// A file was handed back: the count is wanted at once.
    package func rescanProblems() {
        countProblems()
        onChange()
    }

    private func recountSoon(watching folder: Path?) {
        if let folder { watches.watch(folder) }
        if recountTimer != nil { return }
        recountTimer = EventSource.timer(after_s: 0.3) { [weak self] in
            self?.recountTimer = nil
            self?.countProblems()
            self?.onChange()
        }
    }

    private func countProblems() { needsYou = countProblems(in: Ignored.problems) }

    /// Files, without the notes beside them and what is hidden.
    private func countProblems(in below: Path) -> Int {
        guard let entries = try? Files.list(folder / below) else { return 0 }
        watches.watch(below)
        let names = Set(entries.map(\.name))
        var count = 0
        for entry in entries where !ignored.contains(name: entry.name) {
            switch entry.kind ?? (try? Files.status(of: folder / below / entry.name))?.kind {
            case .folder: count += countProblems(in: below / entry.name)
            case .file: count += Note.isNote(entry.name, among: names) ? 0 : 1
            case .link, .other, nil: continue
            }
        }
        return count
    }
}

extension Inotify.Event {
    fileprivate var isAppearance: Bool {
        switch self {
        case .appeared: true
        case .touched, .vanished, .folderGone, .overflow: false
        }
    }
}
