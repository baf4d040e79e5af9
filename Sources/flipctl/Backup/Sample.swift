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

    /// The originals of these folders, as far as they are kept, with what their bytes add up to.
    static func originals(of folders: [String], in library: Path) -> [(file: String, digest: Digest)] {
        folders.compactMap { folder in
            let name = Path(folder).name
            guard let text = try? Files.read(library / folder / "\(name.text).json", limit: 1 << 20),
                let sidecar = try? JSON.decode(Sidecar.self, from: text), let file = sidecar.original,
                let digest = sidecar.sha256, (try? Files.exists(library / file)) == true
            else { return nil }
            return (file, digest)
        }
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
