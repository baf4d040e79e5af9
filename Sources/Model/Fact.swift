/// One line of the record: an intent, synced before the tree is touched, or a fact that no tree shows.
///
/// `docs/stages.md` says what each one promises and how a crash after it is repaired.
package struct Fact: Codable, Sendable {
    package enum What: String, CaseIterable, Codable, Sendable {
        /// Intent: the source will become `original`.
        case taking
        /// The source changed or vanished before it could be taken: the intent is void.
        case leftAlone = "left alone"
        /// The original is ours, and its bytes add up to `sha256`.
        case received
        /// Intent: the bytes are those of `twin`; the original will be removed.
        case duplicate
        /// Intent: the staged folder will be renamed into the media tree.
        case publishing
        /// Intent: the published folder will be moved to the trash.
        case deleted
        /// Intent: it will be moved back to where it was.
        case restored
        /// No tree shows it: `id` and `pair` are the two halves of one Live Photo.
        case paired
        /// Intent: the original, or the source itself where nothing was taken, will go to `to`, below the drop folder.
        case handingBack = "handing back"
        /// No tree shows it: every file was read, and is well but for `damage`.
        case checked
        /// Intent: `file` will be replaced by what it was, `from` the backup copy or the ledger.
        case healing
        /// Intent: the damaged folder will leave the media tree, and be made anew from the original.
        case remaking

        /// Whether it says nothing of the stage at which the asset stands.
        package var isBeside: Bool {
            switch self {
            case .paired, .checked, .healing: true
            case .taking, .leftAlone, .received, .duplicate, .publishing, .deleted, .restored, .handingBack,
                .remaking:
                false
            }
        }
    }

    package var at: Timestamp
    package var id: AssetID
    package var what: What
    package var source: Source?
    package var original: String?
    package var sha256: Digest?
    package var twin: AssetID?
    package var pair: AssetID?
    package var refusal: Refusal?
    package var to: Path?
    package var damage: [Damage]?
    package var file: String?
    package var from: String?

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

extension Fact {
    /// Whether its paths are such as flipd writes. A line that somebody else put into the record moves nothing.
    package var isSound: Bool {
        let isOriginalSound = original.map { original in
            let stem = "originals/\(id.dayFolder)/\(id)."
            let ending = original.utf8.dropFirst(stem.utf8.count)
            return original.hasPrefix(stem) && (1...8).contains(ending.count)
                && ending.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
        return isOriginalSound ?? true && Self.isBelow(source?.path) && Self.isBelow(to)
    }

    private static func isBelow(_ path: Path?) -> Bool {
        guard let path else { return true }
        return !path.isAbsolute && !path.components.contains(Path("..")) && !path.components.isEmpty
    }
}
