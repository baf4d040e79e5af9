// When a dropped file has come to rest: pure, sightings in, quiet names out. One tracker for events, rescans and
// start-up, so that a file that stands there when flipd starts is judged like any other.
package import Model
package import Platform

package struct Settling: Sendable {
    package struct Rules: Sendable {
        /// Nothing may happen to a file for this long.
        package var settle_s: Double
        /// An empty file is most likely one whose bytes are still to come.
        package var emptyAfter_s: Double

        /// The rest of a file that is cut short is waited for this long.
        package var patience_s: Double

        package init(settle_s: Double, emptyAfter_s: Double, patience_s: Double) {
            self.settle_s = settle_s
            self.emptyAfter_s = emptyAfter_s
            self.patience_s = patience_s
        }
    }

    private struct Watched {
        var status: FileStatus
        let firstSeenAt: Double
        /// When something last happened to it.
        var movedAt: Double
        /// Not to be looked at before, for example because somebody has it open.
        var notBefore: Double
        /// When it was last asked about, somebody had it open for writing.
        var isWritten = false
        /// It was given out as quiet; nothing more is said of it until it is put back or gone.
        var isOut = false
        /// Its earliest alarm, which may come too early, because the file has moved since.
        var alarmAt = Double.infinity

        init(_ status: FileStatus, at now: Double) {
            self.status = status
            firstSeenAt = now
            movedAt = now
            notBefore = now
        }
    }

    private let rules: Rules
    private var files: [Path: Watched] = [:]
    /// For each file that is not given out, its `alarmAt`; and others, which mean nothing any more.
    private var alarms = Alarms()

    package init(rules: Rules) { self.rules = rules }

    package var count: Int { files.count }
    package var paths: [Path] { Array(files.keys) }

    package func status(of path: Path) -> FileStatus? { files[path]?.status }

    /// A look at a file: the clock starts again if anything about it moved since the last look.
    package mutating func saw(_ path: Path, _ status: FileStatus, at now: Double) {
        if var file = files[path] {
            if !file.status.isSame(as: status) {
                (file.status, file.movedAt, file.notBefore) = (status, now, now)
            }
            files[path] = file
        } else {
            files[path] = Watched(status, at: now)
        }
        setAlarm(for: path)
    }

    /// An event: the clock starts again, even if size and time look as they did.
    package mutating func touched(_ path: Path, _ status: FileStatus, at now: Double) {
        saw(path, status, at: now)
        files[path]?.movedAt = now
        // Whatever kept us from it may be over: a writer has closed it, or its permissions have changed.
        files[path]?.notBefore = now
        setAlarm(for: path)
    }

    package mutating func gone(_ path: Path) { files[path] = nil }

    /// The files that have been quiet for long enough, the one that was due first coming first; each is given out once.
    package mutating func quiet(at now: Double, atMost limit: Int) -> [Path] {
        var given: [Path] = []
        while given.count < limit, let due = nextDue, due <= now, let path = alarms.first?.path {
            alarms.removeFirst()
            files[path]?.isOut = true
            files[path]?.isWritten = false
            files[path]?.alarmAt = .infinity
            given.append(path)
        }
        return given
    }

    /// A quiet file that could not be taken yet is looked at again after `delay_s`.
    package mutating func putBack(_ path: Path, at now: Double, delay_s: Double) {
        files[path]?.isOut = false
        files[path]?.notBefore = now + delay_s
        setAlarm(for: path)
    }

    /// Somebody has it open for writing.
    package mutating func isWritten(_ path: Path) { files[path]?.isWritten = true }

    /// Whether somebody had it open for writing when it was last asked about.
    func hasWriter(_ path: Path) -> Bool { files[path]?.isWritten ?? false }

    /// Whether it is not looked at again for so long.
    func waits(_ path: Path, at now: Double, atLeast long_s: Double) -> Bool {
        files[path].map { !$0.isOut && $0.notBefore - now > long_s } ?? false
    }

    /// Those that changed last, the newest first.
    func newest(_ limit: Int, without others: some Collection<Path>) -> [Path] {
        let others = Set(others)
        var newest: [(path: Path, changed_ns: Int64)] = []
        for (path, file) in files where !others.contains(path) {
            let changed_ns = file.status.changed_ns
            if newest.count >= limit, changed_ns <= newest.last?.changed_ns ?? .max { continue }
            let place = newest.firstIndex { $0.changed_ns < changed_ns } ?? newest.endIndex
            newest.insert((path, changed_ns), at: place)
            if newest.count > limit { newest.removeLast() }
        }
        return newest.map(\.path)
    }

    /// Files that have been changing for so long that people may wonder, and for how long, the oldest first.
    package func stillChanging(for long_s: Double, at now: Double) -> [(path: Path, seconds: Double)] {
        files.compactMap { path, file in
            let until = file.isWritten ? now : file.movedAt
            // What has come to rest since waits for something else.
            let isMoving = file.isWritten || now - file.movedAt < long_s
            guard isMoving, until - file.firstSeenAt >= long_s else { return nil }
            return (path, now - file.firstSeenAt)
        }
        .sorted { ($0.1, $1.0) > ($1.1, $0.0) }
    }

    /// When the next file may be quiet; nil while there is none to wait for. It is the first alarm's then.
    package var nextDue: Double? {
        mutating get {
            while let alarm = alarms.first {
                if let file = files[alarm.path], file.alarmAt == alarm.at {
                    if dueAt(file) == alarm.at { return alarm.at }
                    files[alarm.path]?.alarmAt = .infinity
                }
                alarms.removeFirst()
                setAlarm(for: alarm.path)
            }
            return nil
        }
    }

    /// One that is set already is left, if it does not come too late: most files move often before they rest.
    private mutating func setAlarm(for path: Path) {
        guard let file = files[path], !file.isOut else { return }
        let due = dueAt(file)
        if due >= file.alarmAt { return }
        files[path]?.alarmAt = due
        alarms.add(Alarms.Alarm(at: due, path: path))
    }

    /// How long nothing happened to a file.
    package func quietFor(_ path: Path, at now: Double) -> Double? { files[path].map { now - $0.movedAt } }

    private func dueAt(_ file: Watched) -> Double {
        let quiet_s = file.status.bytes == 0 ? max(rules.emptyAfter_s, rules.settle_s) : rules.settle_s
        return max(file.movedAt + quiet_s, file.notBefore)
    }
}
