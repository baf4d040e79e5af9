// Folders in which nothing is left are removed, so that a drop folder does not fill with the shells of what was taken.
internal import Model
internal import Platform

enum Tidying {
    /// Removes the folders that hold nothing but what systems leave behind, and in which nothing has changed for a while.
    /// A folder at the first level is a collection, and stays. Answers what was removed.
    static func folders(in incoming: Path, ignored: Ignored, at now: Timestamp) -> [Path] {
        var sweep = Sweep(
            incoming: incoming, ignored: ignored,
            before_ns: (now + -Limits.idleFolder_s).milliseconds * 1_000_000)
        for folder in sweep.folders(in: .empty) {
            for inner in sweep.folders(in: folder) { _ = sweep.remove(inner) }
        }
        return sweep.removed
    }
}

private struct Sweep {
    let incoming: Path
    let ignored: Ignored
    /// What changed since then is not idle.
    let before_ns: Int64
    var removed: [Path] = []

    /// The folders in a folder that are not systems' own.
    func folders(in below: Path) -> [Path] {
        guard let home = try? Within(below, of: incoming), let entries = try? Files.list(home / Path("."))
        else { return [] }
        let found = entries.filter {
            !ignored.contains(name: $0.name) && (try? Files.status(of: home / $0.name))??.kind == .folder
        }
        return found.map { below / $0.name }
    }

    /// Removes a folder with the empty ones in it; false if it stays.
    mutating func remove(_ below: Path) -> Bool {
        // Its age counts as it was before anything in it was removed, so that a whole tree goes at once.
        guard let home = try? Within(below, of: incoming),
            let own = try? Files.status(of: home / Path(".")), let entries = try? Files.list(home / Path("."))
        else { return false }
        var droppings: [Path] = []
        var isIdle = own.changed_ns < before_ns
        for entry in entries {
            guard let status = try? Files.status(of: home / entry.name) else { return false }
            if status.kind == .folder, !ignored.contains(name: entry.name), remove(below / entry.name) {
                continue
            }
            guard status.kind == .file, Ignored.isDropping(entry.name), status.changed_ns < before_ns else {
                isIdle = false
                continue
            }
            droppings.append(entry.name)
        }
        guard isIdle, let parent = try? Within(below.parent, of: incoming) else { return false }
        do {
            for name in droppings { try Files.unlink(home / name) }
            // Fails, as it should, if something has come meanwhile.
            try Files.removeFolder(parent / below.name)
        } catch {
            return false
        }
        removed.append(below)
        return true
    }
}
