/// Where an asset stands on its way through the house. `docs/stages.md` says which files exist at each.
package enum Stage: String, CaseIterable, Codable, Sendable {
    /// The original is in the library, hashed and recorded; no preview yet.
    case taken
    /// A worker makes its poster and thumb; of a photo, all that will be published.
    case previewing
    /// Its poster and thumb exist; it waits for its transcode.
    case previewed
    /// A worker makes what will be published.
    case transcoding
    /// It has the bytes of an asset that is still on its way, and waits for that one's end.
    case awaitingTwin = "awaiting-twin"
    /// Its folder stands in the media tree, for good.
    case published
    /// The file went back to `Problems/`; the row stays as history.
    case handedBack = "handed-back"
    /// Its bytes were already here.
    case duplicate
    /// It was published, and stands in the trash.
    case deleted
    /// It was in the trash, and is gone for good.
    case purged
}

/// What the outside is told of a stage.
package enum State: String, CaseIterable, Codable, Sendable {
    case pending, processing, ready, failed, duplicate, deleted, purged
}

extension Stage {
    package var state: State {
        switch self {
        case .taken, .previewed, .awaitingTwin: .pending
        case .previewing, .transcoding: .processing
        case .published: .ready
        case .handedBack: .failed
        case .duplicate: .duplicate
        case .deleted: .deleted
        case .purged: .purged
        }
    }

    /// Whether the asset's way is over.
    package var isFinal: Bool {
        switch self {
        case .published, .handedBack, .duplicate, .deleted, .purged: true
        case .taken, .previewing, .previewed, .transcoding, .awaitingTwin: false
        }
    }
}

extension State {
    package var stages: [Stage] { Stage.allCases.filter { $0.state == self } }
}

/// What happened to an asset.
package enum Happening: Hashable, Sendable {
    /// A worker was started for it.
    case jobStarted
    /// The worker made poster and thumb, and the rest is still to be made.
    case previewDone
    /// The worker made all that will be published: a video's transcode, or a photo.
    case allDone
    /// The worker says that the file cannot be used.
    case refused(Refusal)
    /// The worker crashed, stalled or was killed for its memory.
    case accident(Refusal)
    /// The machine failed: disk full, input/output error, no worker to be started.
    case fault(Refusal)
    /// The job was cut off by flipd's own end; no attempt is counted.
    case interrupted
    /// The asset with the same bytes was published.
    case twinPublished
    /// The asset with the same bytes was handed back.
    case twinHandedBack(Refusal)
}

/// What is to be done about it. The caller does it; deciding is pure.
package enum Effect: Hashable, Sendable {
    case none
    /// Publish what the worker made.
    case publish
    /// Hand the file back with a note.
    case handBack(Refusal)
    /// Let it wait, tell why, try again later.
    case wait(Refusal)
    /// Discard the twin's bytes and record it as a duplicate.
    case discardTwin
}

package struct Step: Hashable, Sendable {
    package let stage: Stage
    /// How often a worker came to grief over this file.
    package let attempts: Int
    package let effect: Effect
}

extension Stage {
    /// The one function that moves an asset: (stage, happening) to stage and effect. Nil means that nothing
    /// changes: a late word about an asset that has gone on meanwhile.
    ///
    /// A stage that ends in a rename (`publish`, `handBack`, `discardTwin`) is only left when that rename is
    /// done, by the record's line and the ledger's row, not here.
    package func after(_ happening: Happening, attempts: Int) -> Step? {
        switch (self, happening) {
        case (.taken, .jobStarted): Step(stage: .previewing, attempts: attempts, effect: .none)
        case (.previewed, .jobStarted): Step(stage: .transcoding, attempts: attempts, effect: .none)
        // Attempts count for each pass alone: a preview that took two says nothing of the transcode.
        case (.previewing, .previewDone): Step(stage: .previewed, attempts: 0, effect: .none)
        case (.previewing, .allDone), (.transcoding, .allDone):
            Step(stage: self, attempts: attempts, effect: .publish)

        // Before any worker a file is refused for what `stat` says of it: empty, or cut short by a crash.
        case (.taken, .refused(let refusal)), (.previewing, .refused(let refusal)),
            (.transcoding, .refused(let refusal)):
            Step(stage: self, attempts: attempts, effect: .handBack(refusal))
        case (.previewing, .accident(let refusal)), (.transcoding, .accident(let refusal)):
            attempts + 1 < Limits.attempts
                ? Step(stage: waiting, attempts: attempts + 1, effect: .none)
                : Step(stage: self, attempts: attempts + 1, effect: .handBack(refusal))
        case (.previewing, .fault(let refusal)), (.transcoding, .fault(let refusal)),
            (.taken, .fault(let refusal)), (.previewed, .fault(let refusal)):
            Step(stage: waiting, attempts: attempts, effect: .wait(refusal))
        case (.previewing, .interrupted), (.transcoding, .interrupted):
            Step(stage: waiting, attempts: attempts, effect: .none)

        case (.awaitingTwin, .twinPublished): Step(stage: self, attempts: attempts, effect: .discardTwin)
        case (.awaitingTwin, .twinHandedBack(let refusal)):
            Step(stage: self, attempts: attempts, effect: .handBack(refusal))

        // A worker's word about an asset that has none; a twin's about one that waits for none.
        case (.taken, .previewDone), (.taken, .allDone), (.taken, .accident), (.taken, .interrupted),
            (.previewed, .previewDone), (.previewed, .allDone), (.previewed, .refused), (.previewed, .accident),
            (.previewed, .interrupted), (.previewing, .jobStarted), (.transcoding, .jobStarted),
            (.transcoding, .previewDone), (.awaitingTwin, .jobStarted), (.awaitingTwin, .previewDone),
            (.awaitingTwin, .allDone), (.awaitingTwin, .refused), (.awaitingTwin, .accident),
            (.awaitingTwin, .fault), (.awaitingTwin, .interrupted),
            (.taken, .twinPublished), (.taken, .twinHandedBack), (.previewing, .twinPublished),
            (.previewing, .twinHandedBack), (.previewed, .twinPublished), (.previewed, .twinHandedBack),
            (.transcoding, .twinPublished), (.transcoding, .twinHandedBack):
            nil
        // Final stages stay as they are, whatever a late message says.
        case (.published, _), (.handedBack, _), (.duplicate, _), (.deleted, _), (.purged, _): nil
        }
    }

    /// Where an asset goes back to when its worker is gone.
    package var waiting: Stage {
        switch self {
        case .previewing: .taken
        case .transcoding: .previewed
        case .taken, .previewed, .awaitingTwin, .published, .handedBack, .duplicate, .deleted, .purged: self
        }
    }
}
