// The folder of the library that holds the snapshots of the ledger.
package import Model
package import Platform

extension Snapshot {
    /// Every snapshot in a folder; other files are none of ours.
    package static func all(in folder: Path) throws(Errno) -> [Snapshot] {
        guard try Files.exists(folder) else { return [] }
        return try Files.list(folder).compactMap { Snapshot(name: $0.name) }.sorted()
    }

    /// Gives a finished file its name, durably. Two of one second get two names. Answers the path.
    package static func place(_ staged: Path, at moment: Timestamp, in folder: Path) throws(Errno) -> Path {
        try Files.setMode(staged, 0o444)
        try Durable.syncFile(staged)
        try Files.makeFolders(folder)
        var snapshot = Snapshot(at: moment)
        // After those of the same second, so that the newest is the last by its name too.
        if let last = try all(in: folder).last(where: { $0.moment <= moment + 60 }), last >= snapshot {
            snapshot = Snapshot(at: last.moment + 1)
        }
        while try Files.exists(folder / snapshot.name) { snapshot = Snapshot(at: snapshot.moment + 1) }
        try Durable.rename(staged, to: folder / snapshot.name)
        return folder / snapshot.name
    }

    /// Removes all but those that are kept. What says that it is still to come was made by a clock that was ahead: it neither
    /// counts nor goes.
    package static func tidy(_ folder: Path, asOf now: Timestamp, days: Int, weeks: Int) throws(Errno) {
        // Several of one second are named after those that follow.
        let all = try all(in: folder).filter { $0.moment <= now + 86400 }
        for snapshot in Set(all).subtracting(kept(all, days: days, weeks: weeks)) {
            try Files.unlink(folder / snapshot.name)
        }
    }
}
