// Which published folders are read back after a backup: the newest, and some that chance picks among all.
internal import Model
internal import Platform

enum Sample {
    private static let newest = 5
    private static let random = 5

    /// Paths below the library, such as "media/2026/11/21/ID". Chosen before anything is copied: what comes later may not
    /// be there yet.
    static func choose(in library: Path) -> [String] {
        var chosen = Array(folders(in: library, below: Path("media")) { $0.sorted(by: >) }.prefix(newest))
        for _ in 0..<random {
            let one = folders(in: library, below: Path("media")) { $0.shuffled() }.first { _ in true }
            if let one, !chosen.contains(one) { chosen.append(one) }
        }
        return chosen
    }

    /// Published folders in the order that `order` gives to the names of each folder above them; only as many are looked
    /// for as are taken.
    private static func folders(
        in library: Path, below top: Path, _ order: @escaping ([Path]) -> [Path]
    ) -> some Sequence<String> {
        var waiting = [(path: top, depth: 0)]
        return AnyIterator {
            while let (path, depth) = waiting.popLast() {
                // Year, month, day, asset. What else somebody put there is none.
                if depth == 4, AssetID(path.name.text) == nil { continue }
                if depth == 4 { return path.text }
                let names = ((try? Files.list(library / path)) ?? []).map(\.name)
                waiting += order(names).reversed().map { (path / $0, depth + 1) }
            }
            return nil
        }
    }
}
