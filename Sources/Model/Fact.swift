/// One line of the record: an intent, synced before the tree is touched, or a fact that no tree shows.
///
/// `docs/stages.md` says what each one promises and how a crash after it is repaired.
package struct Fact: Codable, Sendable {
    package enum What: String, CaseIterable, Codable, Sendable {
        /// Intent: the source will become `original`.
        case taking
        /// What the line before says came to nothing.
        case leftAlone = "left alone"
        /// The original is ours, and its bytes add up to `sha256`.
        case received
        /// Intent: `companion`, which stands beside the photo, will be kept beside its original.
        case following
        /// Its poster and thumb stand in staging.
        case previewed
        /// A worker came to grief over it.
        case accident
        /// Intent: the bytes are those of `twin`; the original will be removed.
        case duplicate
        /// Intent: the staged folder will be renamed into the media tree.
        case publishing
        /// Intent: the published folder will be moved to the trash.
        case deleted
        /// Intent: it will be moved back to where it was.
        case restored
        /// Intent: it will be removed from the trash for good, and its original with it.
        case purged
        /// Intent: the original will be removed, for its time has run out and a backup has it.
        case originalRemoved = "original removed"
        /// Somebody gave it another caption or collection.
        case renamed
        /// No tree shows it: `id` and `pair` are the two halves of one Live Photo.
        case paired
        /// Intent: the original, or the source itself where nothing was taken, will go to `to`, below the drop folder.
        case handingBack = "handing back"
        /// It went from `Problems` back into its folder, to be taken anew.
        case retried
        /// No tree shows it: every file was read, and is well but for `damage`.
        case checked
        /// Intent: `file` will be replaced by what it was, `from` the backup copy or the ledger.
        case healing
        /// Intent: the damaged folder will leave the media tree, and be made anew from the original.
        case remaking

    }

    package var at: Timestamp
    package var id: AssetID
    package var what: What
    package var source: Source?
    package var original: String?
    package var sha256: Digest?
    package var twin: AssetID?
    /// The file that a photo's edits are in.
    package var companion: Source?
    package var pair: AssetID?
    package var refusal: Refusal?
    package var to: Path?
    /// Of work.
    package var seconds: Double?
    package var detail: String?
    package var attempts: Int?
    package var media: Media?
    package var renditions: [Rendition]?
    package var madeWith: [String: String]?
    /// What was made before an act and is told by no other line.
    package var events: [HistoryEvent]?
    /// Where a published folder goes for good, what it said of itself stays here.
    package var sidecar: Sidecar?
    /// Absent: none.
    package var caption: String?
    /// Absent: the one it was dropped into.
    package var collection: String?
    package var damage: [Damage]?
    package var file: String?
    package var from: String?
    /// The name of the token with which somebody asked for it on the page.
    package var by: String?

    package init(
        at: Timestamp, id: AssetID, what: What, source: Source? = nil, original: String? = nil,
        sha256: Digest? = nil, twin: AssetID? = nil, pair: AssetID? = nil, refusal: Refusal? = nil,
        to: Path? = nil, damage: [Damage]? = nil, file: String? = nil, from: String? = nil
    ) {
        self.at = at
        self.id = id
        self.what = what
        self.source = source
        self.original = original
        self.sha256 = sha256
        self.twin = twin
        self.pair = pair
        self.refusal = refusal
        self.to = to
        self.damage = damage
        self.file = file
        self.from = from
    }
}

extension Fact.What {
    /// What is about to be done, as against what has happened.
    package var isIntent: Bool {
        switch self {
        case .taking, .following, .duplicate, .publishing, .deleted, .restored, .purged, .originalRemoved,
            .handingBack,
            .healing, .remaking:
            true
        case .leftAlone, .received, .previewed, .accident, .renamed, .paired, .retried, .checked: false
        }
    }
}

extension Fact {
    /// Whether this line says that an earlier one about the same asset came to nothing: in words, or by beginning the same
    /// once more.
    package func voids(_ earlier: Fact) -> Bool {
        earlier.what.isIntent && (what == .leftAlone || (what, file) == (earlier.what, earlier.file))
    }

    /// Whether its paths are such as flipd writes. A line that somebody else put into the record moves nothing.
    package var isSound: Bool {
        let isOriginalSound = original.map { original in
            let stem = "originals/\(id.dayFolder)/\(id)."
            let ending = original.utf8.dropFirst(stem.utf8.count)
            return original.hasPrefix(stem) && (1...8).contains(ending.count)
                && ending.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
        return isOriginalSound ?? true && Self.isBelow(source?.path) && Self.isBelow(to)
            && Self.isBelow(companion?.path)
    }

    private static func isBelow(_ path: Path?) -> Bool {
        guard let path else { return true }
        return !path.isAbsolute && !path.components.contains(Path("..")) && !path.components.isEmpty
    }
}
