// What stands in the drop folder and was not taken yet, for whoever asks after a file.
package import Model
package import Platform

/// A file of the drop folder that waits.
package struct Dropped: Sendable {
    /// Below the drop folder.
    package let path: Path
    /// Nil where it cannot even be looked at.
    package let status: FileStatus?
    package let holdup: Whereabouts.Holdup

    package init(path: Path, status: FileStatus?, holdup: Whereabouts.Holdup) {
        (self.path, self.status, self.holdup) = (path, status, holdup)
    }

    /// When something last happened to it, as its filesystem says.
    package var changedAt: Timestamp? { status.map { Timestamp(milliseconds: $0.changed_ns / 1_000_000) } }
}

extension Inbox {
    /// Every path that waits; looking at all of them is for another thread.
    package var paths: [Path] { settling.paths + unreadable.keys.filter { settling.status(of: $0) == nil } }

    package func dropped(_ path: Path) -> Dropped? {
        if unreadable[path] != nil {
            return Dropped(path: path, status: settling.status(of: path), holdup: .unreadable)
        }
        guard let status = settling.status(of: path) else { return nil }
        let holdup = settling.holdup(of: path, at: Clock.monotonic_s())
        return Dropped(path: path, status: status, holdup: holdup)
    }

    /// The newest of those that wait.
    package func dropped(atMost limit: Int) -> [Dropped] {
        // Those that cannot be read first: they wait for somebody.
        let unread = unreadable.keys.sorted().prefix(limit).compactMap(dropped)
        return unread
            + settling.newest(limit - unread.count, without: unreadable.keys).compactMap(dropped)
    }
}

extension Settling {
    /// What keeps a file from being taken, as far as can be told from here.
    func holdup(of path: Path, at now: Double) -> Whereabouts.Holdup {
        guard let status = status(of: path), let quiet_s = quietFor(path, at: now) else { return .none }
        if hasWriter(path) || quiet_s < copying_s { return .copying }
        if status.bytes == 0 { return .empty }
        return waits(path, at: now, atLeast: Self.long_s) ? .unfinished : .none
    }

    /// Something that happened longer ago is no copy that goes on.
    private var copying_s: Double { 2 }
    /// What is only looked at again after this long waits for its end.
    private static let long_s = 3.0
}
