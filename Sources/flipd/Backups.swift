// What is known of the second copy: `flipctl backup` writes it into the state folder, and here it is read when somebody
// asks.
import Library
import Model
import Platform

@Loop
final class Backups {
    private let file: Path
    private let state: Path
    private let layout: Layout
    private let libraryID: String
    /// `[Backup]`, as it is in force.
    var destination: BackupDestination?
    var warnAfter_s: Double

    /// Called when more is backed up than before.
    var onSuccess: @Loop () -> Void = {}

    private var report: BackupReport?
    private var seen: FileStatus?
    private var isFirstLook = true

    init(_ configuration: Configuration, libraryID: String) {
        state = configuration.state
        file = configuration.state / BackupReport.file
        layout = Layout(root: configuration.library)
        self.libraryID = libraryID
        destination = configuration.backup
        warnAfter_s = configuration.warnAfter_s
        look()
        isFirstLook = false
    }

    /// Reads the last run's report, if it is another than before; and logs it, if it ended since we started.
    private func look() {
        let found = (try? Files.status(of: file)) ?? nil
        if found == seen { return }
        seen = found
        report = (try? Files.read(file, limit: 1 << 16)).flatMap { try? JSON.decode(from: $0) }
        guard let report, !isFirstLook else { return }
        let seconds = report.endedAt.seconds(since: report.beganAt)
        switch report.result {
        case .ok:
            Log.write(.backedUp, .notice, report.text, seconds: seconds)
            onSuccess()
        case .failed: Log.write(.backupFailed, .error, report.text, seconds: seconds)
        }
    }

    func plan(_ kept: Snapshots.Kept, published: Int, originals: Int, damaged: [AssetID], hindrance: Reason?)
        -> BackupPlan
    {
        look()
        return BackupPlan(
            destination: destination?.description ?? "", library: layout.root, state: state,
            libraryID: libraryID,
            snapshotDays: kept.days, snapshotWeeks: kept.weeks, published: published, originals: originals,
            damaged: damaged,
            hindrance: hindrance?.text, last: report)
    }

    /// The last good run to where backups go now.
    private var lastSuccess: (beganAt: Timestamp, endedAt: Timestamp)? {
        look()
        return destination.flatMap { report?.lastSuccess(to: $0.description, asOf: Clock.now()) }
    }

    var lastSuccessEndedAt: Timestamp? { lastSuccess?.endedAt }

    /// Whether a good run to where backups go now has begun after a moment: what stood in the archive then is there too.
    func wasBackedUp(before moment: Timestamp) -> Bool { lastSuccess.map { $0.beganAt > moment } ?? false }

    /// Why the second copy is not what it should be. An archive that holds nothing needs none.
    func troubles(holdsSomething: Bool) -> [Reason] {
        look()
        guard let destination else { return holdsSomething ? [Self.noSecondCopy] : [] }
        var troubles: [Reason] = []
        if let report, report.result == .failed, report.destination == destination.description {
            troubles.append(Reason(code: "backup-failed", text: report.text))
        }
        if holdsSomething, let text = oldText(destination) {
            troubles.append(Reason(code: "backup-old", text: text))
        }
        return troubles
    }

    private func oldText(_ destination: BackupDestination) -> String? {
        guard let last = lastSuccess else {
            return "No backup was made to \(destination) yet. “flipctl backup --now” makes one."
        }
        if Clock.now().seconds(since: last.endedAt) <= warnAfter_s { return nil }
        return """
            The last good backup to \(destination) is of \(last.endedAt.day), and older than \
            \(Quantity.text(warnAfter_s)). “flipctl backup --now” makes one, or says what is wrong.
            """
    }

    private static let noSecondCopy = Reason(
        code: "no-second-copy",
        text: """
            No second copy exists: if this disk fails, everything is lost. Name a folder on another disk or machine as \
            Destination= in [Backup] of flipd.conf; then “flipctl backup --init” and “flipctl backup --now”.
            """)
}
