/// What the status socket says of one asset: its sidecar's keys, and how it stands now.
package struct AssetReport: Codable, Sendable {
    package var sidecar: Sidecar
    package var state: State
    package var folder: String?
    package var problem: ProblemReport?
    package var retryAt: Timestamp?
    package var progress: Double?
    package var attempts: Int
    package var duplicateOf: AssetID?
    package var pair: AssetID?
    package var caption: String?
    package var deletedAt: Timestamp?
    /// Until when it can be restored from the trash.
    package var trashUntil: Timestamp?
    /// Until when the camera's file is kept, and longer while no backup has it; null where it is kept forever, or is gone.
    package var originalUntil: Timestamp?
    /// What is known to be wrong with its files now. Live events do not say it: nobody looked.
    package var damage: [Damage]??
    /// Only in the answer about one asset.
    package var events: [HistoryEvent]?

    package struct ProblemReport: Codable, Sendable {
        package var code: Problem
        package var text: String
    }

    private enum CodingKeys: String, CodingKey {
        case state, folder, problem, progress, attempts, pair, caption, damage, events
        case retryAt = "retry_at"
        case duplicateOf = "duplicate_of"
        case deletedAt = "deleted_at"
        case trashUntil = "trash_until"
        case originalUntil = "original_until"
    }

    package init(of asset: Asset, progress: Double? = nil, events: [HistoryEvent]? = nil) {
        sidecar = Sidecar(of: asset)
        if let corrected = asset.correctedCollection {
            sidecar.collection = corrected
            sidecar.collectionBase64 = nil
        }
        state = asset.state
        folder = asset.stage == .published ? asset.folder : nil
        problem = asset.refusal.map { ProblemReport(code: $0.problem, text: $0.text) }
        retryAt = asset.retryAt
        self.progress = progress
        attempts = asset.attempts
        duplicateOf = asset.duplicateOf
        pair = asset.pair
        caption = asset.caption
        deletedAt = asset.deletedAt
        self.events = events
    }

    package init(from decoder: any Decoder) throws {
        sidecar = try Sidecar(from: decoder)
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        state = try keys.decode(State.self, forKey: .state)
        folder = try keys.decodeIfPresent(String.self, forKey: .folder)
        problem = try keys.decodeIfPresent(ProblemReport.self, forKey: .problem)
        retryAt = try keys.decodeIfPresent(Timestamp.self, forKey: .retryAt)
        progress = try keys.decodeIfPresent(Double.self, forKey: .progress)
        attempts = try keys.decode(Int.self, forKey: .attempts)
        duplicateOf = try keys.decodeIfPresent(AssetID.self, forKey: .duplicateOf)
        pair = try keys.decodeIfPresent(AssetID.self, forKey: .pair)
        caption = try keys.decodeIfPresent(String.self, forKey: .caption)
        deletedAt = try keys.decodeIfPresent(Timestamp.self, forKey: .deletedAt)
        trashUntil = try keys.decodeIfPresent(Timestamp.self, forKey: .trashUntil)
        originalUntil = try keys.decodeIfPresent(Timestamp.self, forKey: .originalUntil)
        damage = keys.contains(.damage) ? .some(try keys.decodeIfPresent([Damage].self, forKey: .damage)) : nil
        events = try keys.decodeIfPresent([HistoryEvent].self, forKey: .events)
    }

    package func encode(to encoder: any Encoder) throws {
        try sidecar.encode(to: encoder)
        var keys = encoder.container(keyedBy: CodingKeys.self)
        try keys.encode(state, forKey: .state)
        // Plain `encode` of an optional writes null: what is not known is said so.
        try keys.encode(folder, forKey: .folder)
        try keys.encode(problem, forKey: .problem)
        try keys.encode(retryAt, forKey: .retryAt)
        try keys.encode(progress, forKey: .progress)
        try keys.encode(attempts, forKey: .attempts)
        try keys.encode(duplicateOf, forKey: .duplicateOf)
        try keys.encode(pair, forKey: .pair)
        try keys.encode(caption, forKey: .caption)
        try keys.encode(deletedAt, forKey: .deletedAt)
        try keys.encode(trashUntil, forKey: .trashUntil)
        try keys.encode(originalUntil, forKey: .originalUntil)
        if let damage { try keys.encode(damage, forKey: .damage) }
        try keys.encodeIfPresent(events, forKey: .events)
    }
}

/// One page of `GET /v1/assets`.
package struct AssetPage: Codable, Sendable {
    package var assets: [AssetReport]
    /// What to ask for with `after=` to get the page that follows.
    @OrNull package var next: AssetID?

    package init(assets: [AssetReport], next: AssetID?) {
        self.assets = assets
        self.next = next
    }
}

/// What `GET /v1/assets` asks for. A collection is matched with everything below it.
package struct AssetQuery: Hashable, Sendable {
    package var state: State?
    package var kind: Kind?
    package var collection: String?
    package var ref: String?
    /// Part of the camera's name, in any case.
    package var name: String?
    /// Only what people see as one thing: nothing that failed, was deleted or is a duplicate, and of a Live Photo its photo.
    package var tiles = false
    /// Only what is known to be damaged or to miss a file.
    package var damaged = false
    package var limit: Int
    package var after: AssetID?

    package init(limit: Int = 50) { self.limit = limit }
}

/// How the machine is.
package enum Health: String, CaseIterable, Codable, Sendable {
    case ok, degraded, critical
}

/// A reason why it is not all well, or a remark.
package struct Reason: Hashable, Codable, Sendable {
    package var code: String
    package var text: String

    package init(code: String, text: String) {
        self.code = code
        self.text = text
    }
}

/// How the drop folder is followed: the kernel tells what happens there, or it is looked through again and again.
package enum IntakeWay: String, CaseIterable, Codable, Sendable {
    case events, scanning
}

/// The answer to `GET /v1/status`.
package struct StatusReport: Codable, Sendable {
    package struct KindTotals: Codable, Sendable {
        package var count: Int
        package var bytes: Int64
        /// Playing time; absent for photos.
        package var seconds: Double?

        package init(count: Int, bytes: Int64, seconds: Double?) {
            self.count = count
            self.bytes = bytes
            self.seconds = seconds
        }
    }

    package struct LastDay: Codable, Sendable {
        package var ready: Int
        package var failed: Int
        package var duplicate: Int

        package init(ready: Int, failed: Int, duplicate: Int) {
            self.ready = ready
            self.failed = failed
            self.duplicate = duplicate
        }
    }

    package struct Queue: Codable, Sendable {
        package var depth: Int
        /// Seconds that the oldest pending asset has waited.
        @OrNull package var oldestPending: Double?

        private enum CodingKeys: String, CodingKey {
            case depth
            case oldestPending = "oldest_pending"
        }

        package init(depth: Int, oldestPending: Double?) {
            self.depth = depth
            self.oldestPending = oldestPending
        }
    }

    package struct JobReport: Codable, Sendable {
        package var id: AssetID
        package var sourceName: String
        package var stage: JobStage
        package var progress: Double
        @OrNull package var eta: Double?

        private enum CodingKeys: String, CodingKey {
            case id, stage, progress, eta
            case sourceName = "source_name"
        }

        package init(id: AssetID, sourceName: String, stage: JobStage, progress: Double, eta: Double?) {
            self.id = id
            self.sourceName = sourceName
            self.stage = stage
            self.progress = progress
            self.eta = eta
        }
    }

    package struct Storage: Codable, Sendable {
        package var libraryBytes: Int64
        package var originalsBytes: Int64
        package var freeBytes: Int64

        private enum CodingKeys: String, CodingKey {
            case libraryBytes = "library_bytes"
            case originalsBytes = "originals_bytes"
            case freeBytes = "free_bytes"
        }

        package init(libraryBytes: Int64, originalsBytes: Int64, freeBytes: Int64) {
            self.libraryBytes = libraryBytes
            self.originalsBytes = originalsBytes
            self.freeBytes = freeBytes
        }
    }

    package struct Last: Codable, Sendable {
        @OrNull package var scan: Timestamp?
        @OrNull package var published: Timestamp?
        @OrNull package var snapshot: Timestamp?
        @OrNull package var verify: Timestamp?
        @OrNull package var backup: Timestamp?

        package init(scan: Timestamp?, published: Timestamp?) {
            self.scan = scan
            self.published = published
            snapshot = nil
            verify = nil
            backup = nil
        }
    }

    package struct Intake: Codable, Sendable {
        package var way: IntakeWay
        /// When something was last noticed to happen in the drop folder.
        @OrNull package var lastHeard: Timestamp?

        private enum CodingKeys: String, CodingKey {
            case way
            case lastHeard = "last_heard"
        }

        package init(way: IntakeWay, lastHeard: Timestamp?) {
            self.way = way
            self.lastHeard = lastHeard
        }
    }

    package var version: String
    /// All of it in a few sentences.
    package var summary: String
    package var state: Health
    package var reasons: [Reason]
    package var uptime: Double
    package var counts: [String: Int]
    package var kinds: [String: KindTotals]
    package var lastDay: LastDay
    package var waiting: Int
    package var needsYou: Int
    package var intake: Intake
    package var queue: Queue
    package var jobs: [JobReport]
    package var storage: Storage
    package var last: Last

    private enum CodingKeys: String, CodingKey {
        case version, summary, state, reasons, uptime, counts, kinds, waiting, intake, queue, jobs, storage,
            last
        case lastDay = "last_24h"
        case needsYou = "needs_you"
    }

    package init(
        version: String, summary: String, state: Health, reasons: [Reason], uptime: Double,
        counts: [State: Int],
        kinds: [Kind: KindTotals], lastDay: LastDay, waiting: Int, needsYou: Int, intake: Intake, queue: Queue,
        jobs: [JobReport], storage: Storage, last: Last
    ) {
        self.version = version
        self.summary = summary
        self.state = state
        self.reasons = reasons
        self.uptime = uptime
        // Every state and kind is named, also where there is none.
        self.counts = Dictionary(uniqueKeysWithValues: State.allCases.map { ($0.rawValue, counts[$0] ?? 0) })
        self.kinds = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { kind in
                let none = KindTotals(count: 0, bytes: 0, seconds: kind == .video ? 0 : nil)
                return (kind.rawValue, kinds[kind] ?? none)
            })
        self.lastDay = lastDay
        self.waiting = waiting
        self.needsYou = needsYou
        self.intake = intake
        self.queue = queue
        self.jobs = jobs
        self.storage = storage
        self.last = last
    }
}

/// The answer to a request that could not be met.
package struct ErrorReport: Codable, Sendable {
    package struct Body: Codable, Sendable {
        package var code: String
        package var text: String
    }

    package var error: Body

    package init(code: String, text: String) { error = Body(code: code, text: text) }
}
