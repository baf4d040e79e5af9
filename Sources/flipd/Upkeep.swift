// What keeps the archive, beside what comes in: how long things stay, the chores of each day, and the second copy.
import Ledger
import Library
import Model
import Platform

@Loop
final class Upkeep {
    let retention: Retention
    let chores: Chores
    let backups: Backups

    init(
        _ configuration: Configuration, settings: [Setting], pipeline: Pipeline, libraryID: String
    ) throws {
        retention = Retention(rules: configuration.retentionRules, pipeline: pipeline)
        let snapshots = Snapshots(
            ledger: configuration.ledger, layout: pipeline.layout, libraryID: libraryID,
            thread: try WorkThread())
        chores = Chores(
            snapshots: snapshots, verification: pipeline.verification,
            configuration: configurationText(settings), kept: configuration.snapshots)
        backups = Backups(configuration, libraryID: libraryID)

        chores.isReady = { [weak pipeline] in pipeline?.isPaused == false }
        chores.onChange = { [weak pipeline] in
            pipeline?.onChange()
            pipeline?.rest.soon()
        }
        retention.hasBackup = { [weak self] moment in self?.backups.wasBackedUp(before: moment) ?? false }
        backups.onSuccess = { [weak self] in self?.retention.look() }
        pipeline.verification.fetch = { [weak self] in
            guard let copy = self?.backups.destination else { return nil }
            return { file, staged in try copy.fetch(file, to: staged) }
        }
    }

    /// The library is there, and in order.
    func begin() {
        retention.look()
        chores.start()
    }

    func follow(_ configuration: Configuration, settings: [Setting]) {
        retention.rules = configuration.retentionRules
        chores.configuration = configurationText(settings)
        chores.kept = configuration.snapshots
        backups.destination = configuration.backup
        backups.warnAfter_s = configuration.warnAfter_s
        retention.look()
    }

    func stop() { chores.stop() }
}

extension Configuration {
    fileprivate var retentionRules: Retention.Rules { Retention.Rules(originals: originals, trash_s: trash_s) }
}
