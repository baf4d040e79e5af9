// What can be asked of the ledger. Reading needs a connection of its own and disturbs no writer.
package import Model

package final class LedgerReader {
    let connection: Connection

    /// Opens a ledger that exists.
    package init(_ path: Path) throws(LedgerFailure) { connection = try Connection(path, .reading) }

    /// The same questions on the writer's own connection.
    package init(of ledger: Ledger) { connection = ledger.connection }

    package func asset(_ id: AssetID) throws(LedgerFailure) -> Asset? {
        var found = try connection.first("\(Self.select) WHERE id = ?", [Value(id)], Self.read)
        try found?.renditions = renditions(of: id)
        return found
    }

    /// The ids that begin so; more than one means that the prefix is ambiguous.
    package func ids(beginning prefix: String) throws(LedgerFailure) -> [AssetID] {
        var ids: [AssetID] = []
        // U+007F comes after every digit and letter of an id.
        try connection.run(
            "SELECT id FROM asset WHERE id >= ?1 AND id < ?1 || char(127) LIMIT 2", [Value(prefix)]
        ) { row throws(LedgerFailure) in ids.append(try row.id(0)) }
        return ids
    }

    /// Newest first, one more than asked for where there are more.
    package func assets(_ query: AssetQuery) throws(LedgerFailure) -> [Asset] {
        var (conditions, values) = ([String](), [Value]())
        func require(_ condition: String, _ value: Value) {
            conditions.append(condition)
            values.append(value)
        }
        if let state = query.state {
            // The words are ours, not the asker's.
            let stages = state.stages.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            conditions.append("stage IN (\(stages))")
        }
        if let kind = query.kind { require("kind = ?", Value(kind)) }
        if let ref = query.ref { require("ref_text = ?", Value(ref)) }
        if let collection = query.collection {
            // With all below it. Not LIKE, to which "loom" and "Loom" are one.
            require("instr(collection_text || '/', ?) = 1", Value(collection + "/"))
        }
        if let name = query.name {
            require("source_name_text LIKE ? ESCAPE '\\'", Value("%\(Self.escaped(name))%"))
        }
        if query.tiles { conditions.append(Self.isTile) }
        if query.damaged { conditions.append("id IN (SELECT asset FROM damage)") }
        if let after = query.after { require("id < ?", Value(after)) }
        let filter = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        var found: [Asset] = []
        try connection.run(
            "\(Self.select) \(filter) ORDER BY id DESC LIMIT ?", values + [Value(query.limit + 1)]
        ) { row throws(LedgerFailure) in found.append(try Self.read(row)) }
        for index in found.indices { found[index].renditions = try renditions(of: found[index].id) }
        return found
    }

    /// The video of a Live Photo is seen through its photo, where there is one still. Nearly everything is a tile: the plus
    /// keeps SQLite from sorting a whole index where it need only read from the newest on.
    private static let isTile = """
        +stage IN ('taken', 'previewing', 'previewed', 'transcoding', 'published') AND NOT (kind IS 'video'
            AND pair IS NOT NULL AND EXISTS (SELECT 1 FROM asset AS photo WHERE photo.id = asset.pair
                AND photo.kind = 'photo' AND photo.stage = 'published'))
        """

    /// Assets that are still on their way, oldest first.
    package func unfinished() throws(LedgerFailure) -> [Asset] {
        let stages = Stage.allCases.filter { !$0.isFinal }.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        var found: [Asset] = []
        try connection.run("\(Self.select) WHERE stage IN (\(stages)) ORDER BY id") {
            row throws(LedgerFailure) in
            found.append(try Self.read(row))
        }
        return found
    }

    /// The asset that these bytes belong to: published, or else the first one still on its way, or in the trash.
    package func twin(of digest: Digest, not id: AssetID) throws(LedgerFailure) -> (id: AssetID, stage: Stage)?
    {
        try connection.first(
            """
            SELECT id, stage FROM asset
            WHERE sha256 = ? AND id <> ? AND stage IN
                ('taken', 'previewing', 'previewed', 'transcoding', 'published', 'deleted')
            ORDER BY stage <> 'published', stage = 'deleted', id LIMIT 1
            """, [Value(digest), Value(id)]
        ) { row throws(LedgerFailure) in (try row.id(0), try row.word(1)) }
    }

    /// Those who wait for the end of an asset with their bytes.
    package func awaiting(twin digest: Digest) throws(LedgerFailure) -> [AssetID] {
        var ids: [AssetID] = []
        try connection.run(
            "SELECT id FROM asset WHERE sha256 = ? AND stage = 'awaiting-twin' ORDER BY id", [Value(digest)]
        ) { row throws(LedgerFailure) in ids.append(try row.id(0)) }
        return ids
    }

    /// Whether an asset's history tells of this at this moment.
    package func knows(_ what: HistoryEvent.What, at moment: Timestamp, of id: AssetID) throws(LedgerFailure)
        -> Bool
    {
        try connection.first(
            "SELECT 1 FROM event WHERE asset = ? AND at = ? AND what = ?",
            [Value(id), Value(moment), Value(what)]
        ) { _ in true } ?? false
    }

    package func events(of id: AssetID) throws(LedgerFailure) -> [HistoryEvent] {
        var events: [HistoryEvent] = []
        try connection.run(
            "SELECT at, what, seconds, detail FROM event WHERE asset = ? ORDER BY place", [Value(id)]
        ) { row throws(LedgerFailure) in
            events.append(
                HistoryEvent(
                    at: row.time(0), what: try row.word(1), seconds: row.optionalReal(2),
                    detail: row.optionalText(3)))
        }
        return events
    }

    // MARK: What is due

    /// How many are answered at once.
    private static let dueAtOnce = 500

    /// What went to the trash before a moment, oldest first, and when the next one after that did.
    package func deleted(before moment: Timestamp) throws(LedgerFailure) -> (ids: [AssetID], next: Timestamp?) {
        var ids: [AssetID] = []
        try connection.run(
            """
            SELECT id FROM asset INDEXED BY asset_in_trash WHERE stage = 'deleted' AND deleted_at <= ?
            ORDER BY deleted_at LIMIT \(Self.dueAtOnce)
            """, [Value(moment)]
        ) { row throws(LedgerFailure) in ids.append(try row.id(0)) }
        let next = try connection.first(
            """
            SELECT min(deleted_at) FROM asset INDEXED BY asset_in_trash WHERE stage = 'deleted' AND deleted_at > ?
            """, [Value(moment)]
        ) { $0.optionalTime(0) }
        return (ids, next ?? nil)
    }

    /// Published before a moment, with an original, in the order of their ids; and when the next one was.
    package func withOriginals(publishedBefore moment: Timestamp, after last: AssetID?) throws(LedgerFailure)
        -> (ids: [AssetID], next: Timestamp?)
    {
        var ids: [AssetID] = []
        try connection.run(
            """
            SELECT id FROM asset INDEXED BY asset_with_original
            WHERE stage = 'published' AND original IS NOT NULL AND published_at <= ? AND id > ?
            ORDER BY id LIMIT \(Self.dueAtOnce)
            """, [Value(moment), Value(last?.description ?? "")]
        ) { row throws(LedgerFailure) in ids.append(try row.id(0)) }
        let next = try connection.first(
            """
            SELECT min(published_at) FROM asset INDEXED BY asset_with_original
            WHERE stage = 'published' AND original IS NOT NULL AND published_at > ?
            """, [Value(moment)]
        ) { $0.optionalTime(0) }
        return (ids, next ?? nil)
    }

    /// The newest end of an asset's way.
    package func newestEnd() throws(LedgerFailure) -> Timestamp? {
        try connection.first(
            "SELECT max(ended_at) FROM asset INDEXED BY asset_by_end WHERE ended_at IS NOT NULL"
        ) { $0.optionalTime(0) } ?? nil
    }

    /// When its original was whole in the library: whatever copied the library later has it.
    package func receivedWhole(_ id: AssetID) throws(LedgerFailure) -> Timestamp? {
        try connection.first(
            "SELECT max(at) FROM event WHERE asset = ? AND what IN (?, ?)",
            [Value(id), Value(HistoryEvent.What.digest), Value(HistoryEvent.What.companion)]
        ) { $0.optionalTime(0) } ?? nil
    }

    // MARK: Numbers

    package struct Totals: Sendable {
        package var counts: [State: Int] = [:]
        package var kinds: [Kind: StatusReport.KindTotals] = [:]
        package var originalBytes: Int64 = 0
        package var publishedBytes: Int64 = 0
        /// Whether there is anything that could be lost.
        package var holdsSomething: Bool { originalBytes > 0 || counts[.ready, default: 0] > 0 }
    }

    package func totals() throws(LedgerFailure) -> Totals {
        var totals = Totals()
        try connection.run(
            "SELECT stage, kind, count, bytes, seconds, original_bytes FROM total WHERE count > 0"
        ) { row throws(LedgerFailure) in
            let stage: Stage = try row.word(0)
            totals.counts[stage.state, default: 0] += Int(row.integer(2))
            totals.originalBytes += row.integer(5)
            guard stage == .published, let kind = Kind(rawValue: row.text(1)) else { return }
            totals.publishedBytes += row.integer(3)
            totals.kinds[kind] = StatusReport.KindTotals(
                count: Int(row.integer(2)), bytes: row.integer(3),
                seconds: kind == .video ? row.optionalReal(4) : nil)
        }
        return totals
    }

    // The status asks these every few milliseconds at worst, and a library grows without end: each must read as little
    // from a million rows as from ten. SQLite, left to itself, walks through all of them.

    /// How many assets came to each end since a moment.
    package func ended(since moment: Timestamp) throws(LedgerFailure) -> [State: Int] {
        var counts: [State: Int] = [:]
        try connection.run(
            "SELECT stage, count(*) FROM asset INDEXED BY asset_by_end WHERE ended_at >= ? GROUP BY stage",
            [Value(moment)]
        ) { row throws(LedgerFailure) in
            let stage: Stage = try row.word(0)
            counts[stage.state, default: 0] += Int(row.integer(1))
        }
        return counts
    }

    package func oldestPending() throws(LedgerFailure) -> Timestamp? {
        // Ids grow with time, so that the first of each stage is its oldest.
        try connection.first(
            """
            SELECT received_at FROM asset WHERE id = (SELECT min(oldest) FROM (
                SELECT min(id) AS oldest FROM asset WHERE stage = 'taken' UNION ALL
                SELECT min(id) FROM asset WHERE stage = 'previewed' UNION ALL
                SELECT min(id) FROM asset WHERE stage = 'awaiting-twin'))
            """
        ) { $0.time(0) }
    }

    package func lastPublished() throws(LedgerFailure) -> Timestamp? {
        try connection.first(
            """
            SELECT max(ended_at) FROM asset INDEXED BY asset_by_end
            WHERE ended_at IS NOT NULL AND stage = 'published'
            """
        ) { $0.optionalTime(0) } ?? nil
    }

    /// All assets there are.
    package func count() throws(LedgerFailure) -> Int {
        try connection.first("SELECT ifnull(sum(count), 0) FROM total") { Int($0.integer(0)) } ?? 0
    }

    package var isEmpty: Bool {
        get throws(LedgerFailure) { try connection.first("SELECT 1 FROM asset LIMIT 1") { _ in true } == nil }
    }

    // MARK: Rows

    static let select = "\(columnList) FROM asset"

    /// How many columns that are.
    static let columns: Int32 = 37

    static let columnList = """
        SELECT id, stage, source_path, source_device, source_inode, source_bytes, source_modified_ns, source_uid,
            source_gid, source_mode, source_owner, sha256, received_at, published_at, original, problem,
            problem_detail, retry_at, attempts, duplicate_of, handed_back_to, made_with,
            kind, seconds, width, height, captured_at, captured_at_offset, captured_at_source, content_identifier,
            device, remarks, ended_at, pair, deleted_at, caption, corrected_collection
        """

    static func read(_ row: Row) throws(LedgerFailure) -> Asset {
        let source = Source(
            path: row.path(2), device: UInt64(bitPattern: row.integer(3)),
            inode: UInt64(bitPattern: row.integer(4)),
            bytes: row.integer(5), modified_ns: row.integer(6), uid: UInt32(truncatingIfNeeded: row.integer(7)),
            gid: UInt32(truncatingIfNeeded: row.integer(8)), mode: UInt32(truncatingIfNeeded: row.integer(9)),
            owner: row.optionalText(10))
        var asset = Asset(
            id: try row.id(0), stage: try row.word(1), source: source,
            sha256: row.optionalText(11).flatMap { Digest($0) }, receivedAt: row.time(12))
        asset.publishedAt = row.optionalTime(13)
        asset.original = row.optionalText(14)
        if !row.isNull(15) { asset.refusal = Refusal(try row.word(15), row.optionalText(16)) }
        asset.retryAt = row.optionalTime(17)
        asset.attempts = Int(row.integer(18))
        asset.duplicateOf = row.optionalID(19)
        asset.handedBackTo = row.optionalPath(20)
        for line in row.text(21).split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            asset.madeWith[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        asset.endedAt = row.optionalTime(32)
        asset.pair = row.optionalID(33)
        asset.deletedAt = row.optionalTime(34)
        asset.caption = row.optionalText(35)
        asset.correctedCollection = row.optionalText(36)
        if !row.isNull(22) { asset.media = try media(row) }
        return asset
    }

    private static func media(_ row: Row) throws(LedgerFailure) -> Media {
        Media(
            kind: try row.word(22), duration: row.optionalReal(23), width: Int(row.integer(24)),
            height: Int(row.integer(25)), capturedAt: row.optionalTime(26),
            capturedAtOffset: row.optionalText(27),
            capturedAtSource: row.optionalText(28), contentIdentifier: row.optionalText(29),
            device: row.optionalText(30), remarks: row.text(31).split(separator: "\n").map(String.init))
    }

    func renditions(of id: AssetID) throws(LedgerFailure) -> [Rendition] {
        var renditions: [Rendition] = []
        try connection.run(
            "SELECT role, file, mime, bytes, sha256, width, height FROM rendition WHERE asset = ? ORDER BY place",
            [Value(id)]
        ) { row throws(LedgerFailure) in
            guard let digest = Digest(row.text(4)) else { return }
            renditions.append(
                Rendition(
                    role: try row.word(0), file: row.text(1), mime: row.text(2), bytes: row.integer(3),
                    sha256: digest,
                    width: Int(row.integer(5)), height: Int(row.integer(6))))
        }
        return renditions
    }

    /// For LIKE: what the asker types stands for itself.
    static func escaped(_ text: String) -> String {
        // By scalars, because a percent sign with an accent is still one to SQLite.
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if ["\\", "%", "_"].contains(scalar) { result.append("\\") }
            result.unicodeScalars.append(scalar)
        }
    }
}
