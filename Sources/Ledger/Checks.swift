// When each asset's files were last checked, and what is damaged.
package import Model

extension Ledger {
    /// All files of an asset were read: `damage` is what is wrong with it now. Of the good checks the newest is kept as an
    /// event, of the others each. One that is not new, but read from the record, is void where a later one is known.
    package func noteCheck(
        of id: AssetID, at moment: Timestamp, _ damage: [Damage], isNew: Bool
    ) throws(LedgerFailure) {
        let known = try connection.first("SELECT checked_at FROM asset WHERE id = ?", [Value(id)]) {
            $0.optionalTime(0)
        }
        guard let known else { return }
        if !isNew, let known, known >= moment { return }
        try connection.run("UPDATE asset SET checked_at = ? WHERE id = ?", [Value(moment), Value(id)])
        let names = Set(damage.map(\.file))
        for old in try LedgerReader(of: self).damage(of: id) where !names.contains(old.file) {
            try connection.run("DELETE FROM damage WHERE asset = ? AND file = ?", [Value(id), Value(old.file)])
        }
        for one in damage {
            try connection.run(
                """
                INSERT INTO damage VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET what = excluded.what, text = excluded.text
                """,
                [Value(id), Value(one.file), Value(one.what), Value(one.text), Value(moment)])
            try add(HistoryEvent(at: moment, what: .fixityCheck, detail: "\(one.file): \(one.text)"), to: id)
        }
        if !damage.isEmpty { return }
        try connection.run(
            "DELETE FROM event WHERE asset = ? AND what = ? AND detail IS NULL",
            [Value(id), Value(HistoryEvent.What.fixityCheck)])
        try add(HistoryEvent(at: moment, what: .fixityCheck), to: id)
    }

    /// Those that say they were checked, or published, after a moment were not checked at all.
    package func forgetChecks(after moment: Timestamp) throws(LedgerFailure) {
        try connection.run(
            """
            UPDATE asset SET checked_at = 0 WHERE id IN (
                SELECT id FROM asset INDEXED BY asset_by_check WHERE stage IN ('published', 'deleted')
                    AND coalesce(checked_at, published_at, 0) > ?)
            """, [Value(moment)])
    }

    /// A verification of all, or of a night's share, has come to its end.
    package func noteVerification(at moment: Timestamp) throws(LedgerFailure) {
        try connection.run("UPDATE library SET verified_at = ?", [Value(moment)])
    }
}

extension LedgerReader {
    /// An asset that is due for a check, and since when it was not checked.
    package struct Due: Sendable {
        package let asset: Asset
        package let since: Timestamp
    }

    /// Those whose last check is the oldest, beginning after `place`, as far as it was before `moment`.
    package func dueForCheck(
        after place: Due?, before moment: Timestamp, limit: Int
    ) throws(LedgerFailure) -> [Due] {
        var found: [Due] = []
        try connection.run(
            """
            \(Self.columnList), coalesce(checked_at, published_at, 0) FROM asset INDEXED BY asset_by_check
            WHERE stage IN ('published', 'deleted')
                AND (coalesce(checked_at, published_at, 0), id) > (?, ?) AND coalesce(checked_at, published_at, 0) < ?
            ORDER BY coalesce(checked_at, published_at, 0), id LIMIT ?
            """,
            [
                Value(place?.since ?? Timestamp(milliseconds: -1)),
                place.map { Value($0.asset.id) } ?? .text(""),
                Value(moment), Value(limit),
            ]
        ) { row throws(LedgerFailure) in
            found.append(Due(asset: try Self.read(row), since: row.time(Self.columns)))
        }
        return try found.map { due throws(LedgerFailure) in
            var asset = due.asset
            asset.renditions = try renditions(of: asset.id)
            return Due(asset: asset, since: due.since)
        }
    }

    /// How many assets have files to check, and how many bytes these are.
    package func checkable() throws(LedgerFailure) -> (count: Int, bytes: Int64) {
        try connection.first(
            """
            SELECT ifnull(sum(count), 0), ifnull(sum(bytes + original_bytes), 0) FROM total
            WHERE stage IN ('published', 'deleted')
            """
        ) { (Int($0.integer(0)), $0.integer(1)) } ?? (0, 0)
    }

    package func damage(of id: AssetID) throws(LedgerFailure) -> [Damage] {
        var found: [Damage] = []
        try connection.run("SELECT file, what, text FROM damage WHERE asset = ? ORDER BY file", [Value(id)]) {
            row throws(LedgerFailure) in
            found.append(Damage(file: row.text(0), what: try row.word(1), text: row.text(2)))
        }
        return found
    }

    /// Of many, those that something is wrong with.
    package func damage(of ids: [AssetID]) throws(LedgerFailure) -> [AssetID: [Damage]] {
        // Nearly always there is none at all.
        guard try connection.first("SELECT 1 FROM damage LIMIT 1", [], { _ in true }) != nil else { return [:] }
        var found: [AssetID: [Damage]] = [:]
        for id in ids {
            let damage = try damage(of: id)
            if !damage.isEmpty { found[id] = damage }
        }
        return found
    }

    /// Since when there is something that nobody has read again: every file was found well after that, or is newer.
    package func uncheckedSince() throws(LedgerFailure) -> Timestamp? {
        try connection.first(
            """
            SELECT min(coalesce(checked_at, published_at, 0)) FROM asset INDEXED BY asset_by_check
            WHERE stage IN ('published', 'deleted')
            """
        ) { $0.optionalTime(0) } ?? nil
    }

    /// The first assets that something is wrong with, and how many there are.
    package struct DamagedAssets: Sendable {
        package var count = 0
        package var first: [(id: AssetID, name: String)] = []
    }

    package func damaged(_ what: Damage.What, naming limit: Int) throws(LedgerFailure) -> DamagedAssets {
        var found = DamagedAssets()
        found.count =
            try connection.first(
                "SELECT count(DISTINCT asset) FROM damage WHERE what = ?", [Value(what)]
            ) { Int($0.integer(0)) } ?? 0
        if found.count == 0 { return found }
        try connection.run(
            """
            SELECT id, source_name_text FROM asset
            WHERE id IN (SELECT DISTINCT asset FROM damage WHERE what = ? ORDER BY asset LIMIT ?) ORDER BY id
            """, [Value(what), Value(limit)]
        ) { row throws(LedgerFailure) in found.first.append((try row.id(0), row.text(1))) }
        return found
    }

    /// When a verification last came to its end.
    package func lastVerified() throws(LedgerFailure) -> Timestamp? {
        try connection.first("SELECT verified_at FROM library") { $0.optionalTime(0) } ?? nil
    }
}
