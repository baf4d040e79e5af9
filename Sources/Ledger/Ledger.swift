// The ledger: what is known of every asset, for answering quickly. It is disposable: the record and the sidecars hold
// everything. All of its SQL is in this room.
package import Model

/// Writes. One owner, one thread.
package final class Ledger {
    let connection: Connection

    package init(_ path: Path) throws(LedgerFailure) {
        connection = try Connection(path, .writing)
        try Schema.migrate(connection)
    }

    /// An empty ledger that is made anew; `finish` ends its making.
    package init(making path: Path) throws(LedgerFailure) {
        connection = try Connection(path, .making)
        try Schema.migrate(connection)
        // Everything at once: nobody reads it before its end.
        try connection.execute("BEGIN")
    }

    /// Brings everything into the one file, and reads all of it again.
    package func finish() throws(LedgerFailure) {
        try connection.execute("COMMIT; PRAGMA journal_mode = DELETE")
        try checkIntegrity()
    }

    // MARK: The library it belongs to

    package var library: String? {
        get throws(LedgerFailure) { try connection.first("SELECT id FROM library") { $0.text(0) } }
    }

    package func begin(library id: String) throws(LedgerFailure) {
        try connection.run(
            "INSERT INTO library (id, record_day, record_offset) VALUES (?, '', 0)", [Value(id)])
    }

    /// How far into the record everything is also said here.
    package var recordPosition: (day: String, offset: Int64) {
        get throws(LedgerFailure) {
            try connection.first("SELECT record_day, record_offset FROM library") {
                ($0.text(0), $0.integer(1))
            }
                ?? ("", 0)
        }
    }

    package func setRecordPosition(day: String, offset: Int64) throws(LedgerFailure) {
        try connection.run("UPDATE library SET record_day = ?, record_offset = ?", [Value(day), Value(offset)])
    }

    // MARK: Assets

    /// Several changes as one commit.
    package func commit(_ changes: () throws(LedgerFailure) -> Void) throws(LedgerFailure) {
        try connection.transaction(changes)
    }

    /// Writes an asset's row, whether there was one or not. That its source was left in the drop folder is said once, and
    /// stays until `sourceRemoved`.
    package func put(_ asset: Asset, sourceLeft: Bool = false) throws(LedgerFailure) {
        try connection.run(Self.putSQL, sourceValues(asset) + mediaValues(asset) + stateValues(asset))
        try putRenditions(asset)
        if sourceLeft { try setSourceLeft(asset.id, true) }
    }

    private func sourceValues(_ asset: Asset) -> [Value] {
        let source = asset.source
        return [
            Value(asset.id), Value(asset.stage), Value(asset.media?.kind.rawValue), Value(source.path),
            Value(asset.sourceName.text), Value(asset.collection),
            Value(asset.placement.ref?.text),
            Value(Int64(bitPattern: source.device)), Value(Int64(bitPattern: source.inode)),
            Value(source.bytes),
            Value(source.modified_ns), Value(Int64(source.uid)), Value(Int64(source.gid)),
            Value(Int64(source.mode)),
            Value(source.owner), Value(asset.sha256), Value(asset.receivedAt),
            Value(asset.publishedAt),
        ]
    }

    private func mediaValues(_ asset: Asset) -> [Value] {
        let media = asset.media
        return [
            Value(media?.duration), Value(media?.width), Value(media?.height), Value(media?.capturedAt),
            Value(media?.capturedAtOffset), Value(media?.capturedAtSource), Value(media?.contentIdentifier),
            Value(media?.device), Value(media?.remarks.joined(separator: "\n")),
            Value(
                asset.madeWith.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                    separator: "\n")),
        ]
    }

    private func stateValues(_ asset: Asset) -> [Value] {
        [
            Value(asset.renditions.reduce(Int64(0)) { $0 + $1.bytes }), Value(asset.original),
            Value(asset.refusal?.problem.rawValue), Value(asset.refusal?.detail), Value(asset.retryAt),
            Value(asset.attempts), Value(asset.duplicateOf), Value(asset.handedBackTo),
            Value(asset.endedAt), Value(asset.deletedAt), Value(asset.caption),
            Value(asset.correctedCollection),
        ]
    }

    private func putRenditions(_ asset: Asset) throws(LedgerFailure) {
        try connection.run("DELETE FROM rendition WHERE asset = ?", [Value(asset.id)])
        for (place, rendition) in asset.renditions.enumerated() {
            try connection.run(
                "INSERT INTO rendition VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    Value(asset.id), Value(place), Value(rendition.role), Value(rendition.file),
                    Value(rendition.mime),
                    Value(rendition.bytes), Value(rendition.sha256), Value(rendition.width),
                    Value(rendition.height),
                ])
        }
    }

    package func add(_ event: HistoryEvent, to id: AssetID) throws(LedgerFailure) {
        try connection.run(
            """
            INSERT INTO event SELECT ?1, ifnull(max(place), -1) + 1, ?2, ?3, ?4, ?5 FROM event WHERE asset = ?1
            """,
            [Value(id), Value(event.at), Value(event.what), Value(event.seconds), Value(event.detail)])
    }

    /// Apart from `put`, so that nobody who has not heard of it makes it undone.
    package func pair(_ one: AssetID, with other: AssetID) throws(LedgerFailure) {
        for (half, counterpart) in [(one, other), (other, one)] {
            try connection.run(
                "UPDATE asset SET pair = ? WHERE id = ?", [Value(counterpart), Value(half)])
        }
    }

    /// What an asset's edits are in, as JSON; nil where it has none any more. Apart from `put`, like a pair.
    package func put(companion: String?, of id: AssetID) throws(LedgerFailure) {
        if let companion {
            try connection.run(
                "INSERT OR REPLACE INTO companion VALUES (?, ?)", [Value(id), Value(companion)])
        } else {
            try connection.run("DELETE FROM companion WHERE asset = ?", [Value(id)])
        }
    }

    package func sourceRemoved(_ id: AssetID) throws(LedgerFailure) { try setSourceLeft(id, false) }

    private func setSourceLeft(_ id: AssetID, _ isLeft: Bool) throws(LedgerFailure) {
        try connection.run("UPDATE asset SET source_left = ? WHERE id = ?", [Value(isLeft ? 1 : 0), Value(id)])
    }

    /// Every asset whose source was copied and may still stand in the drop folder.
    package func sourcesLeft() throws(LedgerFailure) -> [AssetID] {
        var ids: [AssetID] = []
        try connection.run("SELECT id FROM asset WHERE source_left = 1") { row throws(LedgerFailure) in
            ids.append(try row.id(0))
        }
        return ids
    }

    /// Reads all of the file, and throws if any of it is damaged.
    package func checkIntegrity() throws(LedgerFailure) { try connection.checkIntegrity() }

    /// In the order of the three lists of values above.
    private static let columns = [
        "id", "stage", "kind", "source_path", "source_name_text", "collection_text", "ref_text",
        "source_device",
        "source_inode", "source_bytes", "source_modified_ns", "source_uid", "source_gid", "source_mode",
        "source_owner", "sha256", "received_at", "published_at",
        "seconds", "width", "height", "captured_at", "captured_at_offset", "captured_at_source",
        "content_identifier", "device", "remarks", "made_with",
        "published_bytes", "original", "problem", "problem_detail", "retry_at", "attempts", "duplicate_of",
        "handed_back_to", "ended_at", "deleted_at", "caption", "corrected_collection",
    ]

    private static let putSQL = """
        INSERT INTO asset (\(columns.joined(separator: ", ")))
        VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
        ON CONFLICT (id) DO UPDATE SET \(columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
        """
}
