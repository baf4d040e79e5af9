/// A copy of the ledger, in the library and in its second copy. Its name is its moment, to the second.
package struct Snapshot: Hashable, Comparable, Sendable {
    package let moment: Timestamp

    package init(at moment: Timestamp) {
        self.moment = Timestamp(milliseconds: moment.milliseconds / 1000 * 1000)
    }

    /// Nil for a name that no snapshot has.
    package init?(name: Path) {
        let digits = name.text.utf8.filter { (0x30...0x39).contains($0) }.map { String(UnicodeScalar($0)) }
        guard digits.count == 14 else { return nil }
        func part(_ range: Range<Int>) -> String { digits[range].joined() }
        let date = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
        let text = "\(date)T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))Z"
        guard let moment = Timestamp(text) else { return nil }
        self.moment = moment
        if Path(self.name) != name { return nil }
    }

    /// "ledger-20261121T020000Z.sqlite".
    package var name: String {
        "ledger-\(moment.description.prefix(19).filter { $0 != "-" && $0 != ":" })Z.sqlite"
    }

    package static func < (a: Snapshot, b: Snapshot) -> Bool { a.moment < b.moment }

    // MARK: Which are kept

    /// The newest of each of the newest days that have one, and of each of the newest weeks. Pure.
    package static func kept(_ all: some Sequence<Snapshot>, days: Int, weeks: Int) -> Set<Snapshot> {
        let newestFirst = all.sorted(by: >)
        func newest(_ count: Int, of period: (Snapshot) -> Int64) -> [Snapshot] {
            var seen: Set<Int64> = []
            return Array(newestFirst.filter { seen.insert(period($0)).inserted }.prefix(count))
        }
        return Set(newest(days, of: \.day) + newest(weeks) { ($0.day + 3) / 7 })
    }

    /// Days since 1970, which began on a Thursday; weeks begin on Mondays. UTC, as in the name.
    private var day: Int64 { moment.milliseconds / 86_400_000 }
}
