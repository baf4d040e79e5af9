/// One dropped file and all that is known of it: the ledger's row.
package struct Asset: Sendable {
    package var id: AssetID
    package var stage: Stage
    package var source: Source
    package var sha256: Digest?
    package var receivedAt: Timestamp
    package var publishedAt: Timestamp?
    /// Known from the preview on.
    package var media: Media?
    /// Below the library; nil when no original is kept.
    package var original: String?
    package var renditions: [Rendition]
    /// Which versions made the renditions.
    package var madeWith: [String: String]
    package var refusal: Refusal?
    package var retryAt: Timestamp?
    package var attempts: Int
    package var duplicateOf: AssetID?
    /// The other half of a Live Photo.
    package var pair: AssetID?
    /// Below the drop folder: where the file was handed back to.
    package var handedBackTo: Path?
    /// When its way came to its end.
    package var endedAt: Timestamp?
    /// Since when it stands in the trash.
    package var deletedAt: Timestamp?
    /// What somebody wrote about it.
    package var caption: String?
    /// Where somebody put it, who thought otherwise than the folder it was dropped into.
    package var correctedCollection: String?

    package init(id: AssetID, stage: Stage, source: Source, sha256: Digest?, receivedAt: Timestamp) {
        self.id = id
        self.stage = stage
        self.source = source
        self.sha256 = sha256
        self.receivedAt = receivedAt
        publishedAt = nil
        media = nil
        original = nil
        renditions = []
        madeWith = [:]
        refusal = nil
        retryAt = nil
        attempts = 0
        duplicateOf = nil
        pair = nil
        handedBackTo = nil
        endedAt = nil
        deletedAt = nil
        caption = nil
        correctedCollection = nil
    }

    package var sourceName: Path { source.path.name }
    package var placement: Placement { Placement(of: source.path) }
    package var state: State { stage.state }
    package var collection: String { correctedCollection ?? placement.collection.text }

    /// Where it is published, below the library.
    package var folder: String { Self.folder(of: id) }

    package static func folder(of id: AssetID) -> String { "media/\(id.dayFolder)/\(id)" }

    /// Where its original is kept, below the library: the extension in lower case, ASCII letters and digits,
    /// at most eight, else `bin`.
    package static func original(of id: AssetID, name: Path) -> String {
        let letters = (name.stemAndExtension.extension?.bytes ?? []).map { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
        }
        let fits =
            (1...8).contains(letters.count)
            && letters.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
        let ending = fits ? String(decoding: letters, as: UTF8.self) : "bin"
        return "originals/\(id.dayFolder)/\(id).\(ending)"
    }
}

/// What a phone writes beside a photo that was edited on it: IMG_1.AAE beside IMG_1.HEIC. It is no photo, and follows one.
package enum Companion {
    /// By its name alone, in any case.
    package static func isOne(_ path: Path) -> Bool {
        path.stemAndExtension.extension?.text.lowercased() == "aae"
    }

    /// Every way in which its name can be written.
    package static func names(of photo: Path) -> [Path] {
        let stem = photo.stemAndExtension.stem.bytes + [UInt8(ascii: ".")]
        return (0..<8).map { cases in
            Path(
                bytes: stem + "AAE".utf8.enumerated().map { $1 | (cases >> $0 & 1 == 1 ? 0x20 : 0) })
        }
    }

    /// The name it has beside a photo that has another one by now.
    package static func name(_ companion: Path, beside photo: Path) -> Path {
        let ending = companion.stemAndExtension.extension ?? Path("AAE")
        return Path(bytes: photo.stemAndExtension.stem.bytes + [UInt8(ascii: ".")] + ending.bytes)
    }
}

/// One line of an asset's history.
package struct HistoryEvent: Codable, Sendable {
    package var at: Timestamp
    package var what: What
    /// Seconds of work; never overlapping.
    package var seconds: Double?
    package var detail: String?

    /// The words that archives use for these things (PREMIS), where there is one.
    package enum What: String, Codable, Sendable {
        case ingestion
        case digest = "message digest calculation"
        case companion = "edits received"
        case preview = "derivation"
        case transcode = "normalization"
        case validation
        case publication
        case duplicate
        case handedBack = "handed back"
        case accident
        case waiting
        case retried
        case deletion
        case restoration
        case pairing
        case purging
        case originalRemoved = "original removed"
        case renaming = "metadata modification"
        case fixityCheck = "fixity check"
        case healing
    }

    package init(at: Timestamp, what: What, seconds: Double? = nil, detail: String? = nil) {
        self.at = at
        self.what = what
        self.seconds = seconds
        self.detail = detail
    }
}
