/// The answer to `POST /v1/snapshot`.
package struct SnapshotReport: Codable, Hashable, Sendable {
    /// Below the library.
    package var file: String
    package var bytes: Int64

    package init(file: String, bytes: Int64) {
        self.file = file
        self.bytes = bytes
    }
}

/// The answer to `GET /v1/backup`: what a backup has to know.
package struct BackupPlan: Codable, Hashable, Sendable {
    /// `[Backup] Destination`; empty where none is configured.
    package var destination: String
    package var library: Path
    package var state: Path
    package var libraryID: String
    /// Of how many days and weeks a snapshot is kept, there as here.
    package var snapshotDays: Int
    package var snapshotWeeks: Int
    /// How many published assets and originals there are, so that an empty folder is not taken for all of them.
    package var published: Int
    package var originals: Int
    /// Assets that are known to be damaged: what is not in the copy yet should not come there like this.
    package var damaged: [AssetID]
    /// Why nothing should be copied now.
    @OrNull package var hindrance: String?
    /// The last run, to the destination that is configured or to another.
    @OrNull package var last: BackupReport?

    private enum CodingKeys: String, CodingKey {
        case destination, library, state, published, originals, damaged, hindrance, last
        case libraryID = "library_id"
        case snapshotDays = "snapshots_daily"
        case snapshotWeeks = "snapshots_weekly"
    }

    package init(
        destination: String, library: Path, state: Path, libraryID: String, snapshotDays: Int,
        snapshotWeeks: Int, published: Int, originals: Int, damaged: [AssetID], hindrance: String?,
        last: BackupReport?
    ) {
        self.destination = destination
        self.library = library
        self.state = state
        self.libraryID = libraryID
        self.snapshotDays = snapshotDays
        self.snapshotWeeks = snapshotWeeks
        self.published = published
        self.originals = originals
        self.damaged = damaged
        self.hindrance = hindrance
        self.last = last
    }
}

/// How one backup went, and when the last one that went well did: `backup.json` in the state folder.
package struct BackupReport: Codable, Hashable, Sendable {
    package enum Result: String, CaseIterable, Codable, Sendable { case ok, failed }

    package var destination: String
    package var beganAt: Timestamp
    package var endedAt: Timestamp
    package var result: Result
    /// What happened, in a sentence.
    package var text: String
    /// Copied in this run.
    package var files: Int
    package var bytes: Int64
    /// Published folders that were read back and agreed with their SHA256SUMS.
    package var verified: Int
    /// The last run to this destination that went well; this one, if it did.
    @OrNull package var lastSuccessBeganAt: Timestamp?
    @OrNull package var lastSuccessEndedAt: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case destination, result, text, files, bytes, verified
        case beganAt = "began_at"
        case endedAt = "ended_at"
        case lastSuccessBeganAt = "last_success_began_at"
        case lastSuccessEndedAt = "last_success_ended_at"
    }

    /// A run as it begins; `end` tells the rest. It keeps the last success of the same destination.
    package init(to destination: String, beganAt: Timestamp, after last: BackupReport?) {
        self.destination = destination
        self.beganAt = beganAt
        endedAt = beganAt
        result = .failed
        text = ""
        (files, bytes, verified) = (0, 0, 0)
        let known = last?.destination == destination ? last : nil
        lastSuccessBeganAt = known?.lastSuccessBeganAt
        lastSuccessEndedAt = known?.lastSuccessEndedAt
    }

    package mutating func end(_ result: Result, _ text: String, at moment: Timestamp) {
        (self.result, self.text, endedAt) = (result, text, moment)
        if result == .ok { (lastSuccessBeganAt, lastSuccessEndedAt) = (beganAt, moment) }
    }

    /// The last good run to a destination. A time that is still to come was written by a clock that was wrong, and proves
    /// nothing.
    package func lastSuccess(
        to destination: String, asOf now: Timestamp
    ) -> (beganAt: Timestamp, endedAt: Timestamp)? {
        guard destination == self.destination, let beganAt = lastSuccessBeganAt,
            let endedAt = lastSuccessEndedAt,
            beganAt <= endedAt, endedAt <= now
        else { return nil }
        return (beganAt, endedAt)
    }

    /// Below the state folder.
    package static let file = Path("backup.json")
}
