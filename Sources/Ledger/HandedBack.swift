// What the ledger knows of files that were handed back.
package import Model

extension LedgerReader {
    /// What was handed back after a moment: how many files, the newest of these ends, and some of them, oldest first.
    package func handedBack(after moment: Timestamp, naming limit: Int) throws(LedgerFailure) -> (
        count: Int, newest: Timestamp?, first: [Asset]
    ) {
        let condition = "INDEXED BY asset_by_end WHERE ended_at > ? AND stage = 'handed-back'"
        let found = try connection.first(
            "SELECT count(*), max(ended_at) FROM asset \(condition)", [Value(moment)]
        ) { (Int($0.integer(0)), $0.optionalTime(1)) }
        var first: [Asset] = []
        try connection.run(
            "\(Self.select) \(condition) ORDER BY ended_at LIMIT ?", [Value(moment), Value(limit)]
        ) { row throws(LedgerFailure) in first.append(try Self.read(row)) }
        return (found?.0 ?? 0, found?.1, first)
    }
}
