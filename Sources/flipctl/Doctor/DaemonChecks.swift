// What flipd says of itself; and, where it is down, what can be read without it.
internal import Glibc
internal import Model
internal import Platform

extension Doctor {
    static func unknown(_ name: String, _ what: String) -> Finding {
        Finding(.unknown, name, "Without flipd or its configuration it is not known \(what).")
    }

    var daemon: Finding {
        switch heard {
        case .success(let report) where report.version != flipVersion:
            return Finding(
                .warning, "daemon",
                "flipd \(report.version) is running, and flipctl is \(flipVersion). “systemctl restart flipd” starts what is installed."
            )
        case .success(let report):
            return Finding(
                .well, "daemon",
                "flipd \(report.version) answers, and has been up for \(Text.duration(report.uptime))")
        case .failure(let failure):
            // Whoever may not ask does not know.
            let mayAsk = access(asked.socket.text, R_OK | W_OK) == 0 || errno != EACCES
            return Finding(mayAsk ? .critical : .unknown, "daemon", "\(Self.sentence(failure.text)).")
        }
    }

    private static func sentence(_ text: String) -> String {
        // The daemon's name is written small, also where a sentence begins.
        text.hasPrefix("flipd") ? text : text.prefix(1).uppercased() + text.dropFirst()
    }

    // MARK: The second copy

    var backup: Finding {
        if let report = try? heard.get() {
            let codes = ["no-second-copy", "backup-old", "backup-failed"]
            if let reason = report.reasons.first(where: { codes.contains($0.code) }) {
                return Finding(.warning, "backup", reason.text)
            }
            return report.last.backup.map(Self.good) ?? Finding(.well, "backup", "There is nothing to copy yet")
        }
        guard let places else { return Self.unknown("backup", "when the last one was") }
        if places.backup.isEmpty {
            return Finding(
                .warning, "backup", "There is no second copy. Name a place for one as Destination= in [Backup]."
            )
        }
        let bytes = try? Files.read(places.state / BackupReport.file, limit: 1 << 16)
        let report: BackupReport? = bytes.flatMap { try? JSON.decode(from: $0) }
        guard let last = report?.lastSuccess(to: places.backup, asOf: Clock.now())?.endedAt else {
            return Finding(
                .warning, "backup",
                "There is no good backup yet. “flipctl backup --now” makes one, when flipd runs.")
        }
        if Clock.now().seconds(since: last) <= places.warnAfter { return Self.good(last) }
        return Finding(
            .warning, "backup",
            "The last good backup is of \(Text.local(last)). “flipctl backup --now” makes one, when flipd runs."
        )
    }

    private static func good(_ last: Timestamp) -> Finding {
        Finding(.well, "backup", "The last good one was \(Text.age(of: last, now: Clock.now()))")
    }

    // MARK: Work

    /// Everything that only a running flipd can tell.
    var work: [Finding] {
        guard let report = try? heard.get() else {
            return [
                Self.down("queue", "what waits"), Self.down("jobs", "what is being worked on"),
                Self.down("last day", "what came in"), Self.down("damage", "what is damaged"),
            ]
        }
        return [queue(report), jobs, lastDay(report), damage(report)] + others(report)
    }

    private static func down(_ name: String, _ what: String) -> Finding {
        Finding(.unknown, name, "Only a flipd that runs and answers can tell \(what).")
    }

    private func queue(_ report: StatusReport) -> Finding {
        let waits = "\(Text.count(report.queue.depth, "file")) in line, \(report.waiting) in the drop folder"
        guard let oldest = report.queue.oldestPending, oldest > 86400 else {
            return Finding(
                .well, "queue", report.queue.depth + report.waiting == 0 ? "Nothing waits" : waits)
        }
        return Finding(
            .warning, "queue",
            "\(waits), the oldest since \(Text.duration(oldest)). More Jobs= in [Worker], or a quicker Preset= in [Video], would shorten the line."
        )
    }

    /// A job that came to grief before may do so again.
    private var jobs: Finding {
        guard
            let bytes = try? client.request(
                "/v1/assets", [("state", "processing"), ("limit", "100")], timeout_s: 20),
            let page = try? client.decode(AssetPage.self, bytes)
        else { return Self.down("jobs", "what is being worked on") }
        let retried = page.assets.filter { $0.attempts > 0 }
        guard let first = retried.first else {
            return Finding(
                .well, "jobs",
                page.assets.isEmpty ? "None is running" : "\(page.assets.count) running, each at its first try")
        }
        return Finding(
            .warning, "jobs",
            "\(Text.name(of: first.sidecar)) is tried again, because its worker crashed or stalled. After three tries it is handed back; the journal says why."
        )
    }

    private func lastDay(_ report: StatusReport) -> Finding {
        let day = report.lastDay
        let text = "\(day.ready) published, \(day.duplicate) already here, \(day.failed) handed back"
        let all = day.ready + day.duplicate + day.failed
        if day.failed >= 3, day.failed * 4 > all {
            return Finding(
                .warning, "last day", "\(text). See the notes in Problems: many for one reason have one cause.")
        }
        return Finding(.well, "last day", text)
    }

    private static let damageCodes = ["damaged", "missing", "many-missing"]

    private func damage(_ report: StatusReport) -> Finding {
        if let reason = report.reasons.first(where: { Self.damageCodes.contains($0.code) }) {
            return Finding(.critical, "damage", "\(reason.text)")
        }
        let last = report.last.verify.map { "; the last look was \(Text.age(of: $0, now: Clock.now()))" } ?? ""
        return Finding(.well, "damage", "None is known\(last)")
    }

    /// Whatever else flipd names, in its own words.
    private func others(_ report: StatusReport) -> [Finding] {
        let told = Self.damageCodes + ["no-second-copy", "backup-old", "backup-failed", "still-changing"]
        let level: Level = report.state == .critical ? .critical : .warning
        return report.reasons.filter { !told.contains($0.code) }.map { Finding(level, $0.code, $0.text) }
    }

    // MARK: The page

    var page: Finding {
        guard let places else { return Self.unknown("page", "where it is") }
        guard let address = ListenAddress(places.listen) else {
            return Finding(.well, "page", "None is served: Listen= in [Status] is empty")
        }
        switch Client.answers(at: address) {
        case nil: return Finding(.well, "page", "http://\(places.listen)/ answers")
        case let reason?:
            return Finding(
                isRunning ? .warning : .unknown, "page",
                "http://\(places.listen)/ does not answer (\(reason)). \(isRunning ? "Another program may have that port; see Listen= in [Status]." : "flipd must run for that.")"
            )
        }
    }
}
