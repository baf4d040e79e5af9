// What people ask about single files: where is it, and how much longer.
package import Model

extension LedgerReader {
    /// The newest files with this in their name; more than `limit` says that there are others.
    package func named(_ name: CameraName, limit: Int) throws(LedgerFailure) -> [Asset] {
        // By an index that holds nothing but names: rows are read of those that fit.
        var ids: [AssetID] = []
        try connection.run(
            """
            SELECT id FROM asset INDEXED BY asset_by_name WHERE source_name_text LIKE ? ESCAPE '\\'
            ORDER BY id DESC LIMIT \(20 * limit)
            """, [Value(Self.pattern(name.text))]
        ) { row throws(LedgerFailure) in ids.append(try row.id(0)) }
        var found: [Asset] = []
        for id in ids where found.count < limit {
            guard let asset = try connection.first("\(Self.select) WHERE id = ?", [Value(id)], Self.read),
                name.isPart(of: asset.sourceName.text)
            else { continue }
            found.append(asset)
        }
        return found
    }

    /// Fits every name that `CameraName` fits, and some more: beyond ASCII SQLite knows neither case nor accents.
    private static func pattern(_ name: String) -> String {
        let plain = name.map { $0.isASCII ? String($0) : "\u{0}" }.joined()
        return "%" + escaped(plain).split(separator: "\u{0}").joined(separator: "%") + "%"
    }

    /// What was taken from the same folder under the same name but for its ending, since a moment, the newest first.
    package func taken(beside path: Path, since moment: Timestamp) throws(LedgerFailure) -> [Asset] {
        let stem = path.stemAndExtension.stem
        var found: [Asset] = []
        // A slash follows a dot, and stands in no name.
        try connection.run(
            """
            \(Self.select) INDEXED BY asset_by_name WHERE source_name_text > ?1 || '.' AND source_name_text < ?1 || '/'
                AND received_at >= ?2 ORDER BY id DESC
            """, [Value(stem.text), Value(moment)]
        ) { row throws(LedgerFailure) in
            let asset = try Self.read(row)
            // As people read them two names may look the same.
            guard asset.source.path.parent == path.parent, asset.sourceName.stemAndExtension.stem == stem else {
                return
            }
            found.append(asset)
        }
        return found
    }

    /// As `put(companion:of:)` wrote it.
    package func companion(of id: AssetID) throws(LedgerFailure) -> String? {
        try connection.first("SELECT source FROM companion WHERE asset = ?", [Value(id)]) { $0.text(0) }
    }

    /// The asset that was handed back to this place below the drop folder, the newest if there were several.
    package func handedBack(to place: Path) throws(LedgerFailure) -> Asset? {
        try connection.first(
            """
            \(Self.select) INDEXED BY asset_in_problems WHERE stage = 'handed-back' AND handed_back_to = ?
            ORDER BY id DESC LIMIT 1
            """, [Value(place)], Self.read)
    }

    /// What came to its end since a moment, the last first.
    package func ended(since moment: Timestamp, limit: Int) throws(LedgerFailure) -> [Asset] {
        var found: [Asset] = []
        try connection.run(
            """
            \(Self.select) INDEXED BY asset_by_end WHERE ended_at >= ? ORDER BY ended_at DESC LIMIT ?
            """, [Value(moment), Value(limit)]
        ) { row throws(LedgerFailure) in found.append(try Self.read(row)) }
        return found
    }

    /// Assets that are still on their way, the newest first.
    package func unfinished(limit: Int) throws(LedgerFailure) -> [Asset] {
        var found: [Asset] = []
        // One stage after the other, because each alone is in order.
        for stage in Stage.allCases where !stage.isFinal {
            try connection.run(
                "\(Self.select) WHERE stage = ? ORDER BY id DESC LIMIT ?", [Value(stage), Value(limit)]
            ) { row throws(LedgerFailure) in found.append(try Self.read(row)) }
        }
        return Array(found.sorted { $0.id > $1.id }.prefix(limit))
    }

    /// The videos that wait for their conversion, as far as it is known which comes next: nothing is known of those behind one
    /// that nobody has looked at. A photo waits in another line.
    package func line(limit: Int) throws(LedgerFailure) -> [WaitingLine.Place] {
        var places: [WaitingLine.Place] = []
        try connection.run(
            "SELECT id, seconds FROM asset WHERE stage = 'previewed' AND seconds IS NOT NULL ORDER BY id LIMIT ?",
            [Value(limit)]
        ) { row throws(LedgerFailure) in
            places.append(WaitingLine.Place(id: try row.id(0), duration_s: row.optionalReal(1) ?? 0))
        }
        for stage in [Stage.taken, .previewing] {
            guard let last = places.last, let unknown = try firstVideo(at: stage, before: last.id) else {
                continue
            }
            places.removeAll { $0.id > unknown }
        }
        return places
    }

    /// The oldest at this stage that has no photo's name.
    private func firstVideo(at stage: Stage, before last: AssetID) throws(LedgerFailure) -> AssetID? {
        var (after, found, hasMore) = ("", AssetID?.none, true)
        while hasMore, found == nil {
            hasMore = false
            try connection.run(
                "SELECT id, source_path FROM asset WHERE stage = ? AND id > ? AND id < ? ORDER BY id LIMIT 100",
                [Value(stage), Value(after), Value(last)]
            ) { row throws(LedgerFailure) in
                (after, hasMore) = (row.text(0), true)
                if found == nil, !Source.looksLikePhoto(row.path(1)) { found = try row.id(0) }
            }
        }
        return found
    }

    /// What the last conversions cost.
    package func recentWork() throws(LedgerFailure) -> [WaitingLine.Work] {
        var work: [WaitingLine.Work] = []
        try connection.run(
            """
            SELECT event.seconds, recent.seconds FROM (
                SELECT id, seconds FROM asset INDEXED BY asset_with_length
                WHERE stage = 'published' AND seconds IS NOT NULL ORDER BY id DESC LIMIT 60) AS recent
            JOIN event ON event.asset = recent.id AND event.what = ?
            WHERE event.seconds IS NOT NULL AND recent.seconds > 0 LIMIT 20
            """, [Value(HistoryEvent.What.transcode)]
        ) { row throws(LedgerFailure) in
            guard let work_s = row.optionalReal(0), let duration_s = row.optionalReal(1) else { return }
            work.append(WaitingLine.Work(work_s: work_s, duration_s: duration_s))
        }
        return work
    }
}
