// The machine around the archive: watches of folders, and the clock.
internal import Model
internal import Platform

enum MachineLook {
    /// Watches are one for each folder of the drop folder, and others on this machine need some too.
    static func watches(below incoming: Path?) -> Finding {
        guard let watches = number("max_user_watches"), let instances = number("max_user_instances") else {
            return Finding(
                .unknown, "watches", "/proc/sys/fs/inotify cannot be read; without it nothing can be watched.")
        }
        let folders = incoming.map { countFolders(in: $0, depth: 0) } ?? 0
        if folders * 2 > watches {
            return Finding(
                .warning, "watches",
                "\(folders) folders are to be watched, and \(watches) may be. Raise fs.inotify.max_user_watches to \(max(folders * 4, 65536))."
            )
        }
        if instances < 16 {
            return Finding(
                .warning, "watches",
                "Only \(instances) programs of a user may watch folders. Raise fs.inotify.max_user_instances to 128."
            )
        }
        return Finding(.well, "watches", "\(Text.count(folders, "folder")) to watch, and room for \(watches)")
    }

    private static func number(_ name: String) -> Int? {
        let bytes = try? Files.read(Path("/proc/sys/fs/inotify/\(name)"), limit: 64)
        return bytes.flatMap { Int(String(decoding: $0, as: UTF8.self).filter(\.isNumber)) }
    }

    private static func countFolders(in folder: Path, depth: Int) -> Int {
        // Deeper than people make them.
        guard depth < 32, let entries = try? Files.list(folder, followingLinks: depth == 0) else { return 1 }
        return entries.reduce(1) { count, entry in
            let kind = entry.kind ?? (try? Files.status(of: folder / entry.name))?.kind
            return kind == .folder ? count + countFolders(in: folder / entry.name, depth: depth + 1) : count
        }
    }

    /// The names of folders in the archive come from the clock.
    static func clock(lastKnown: Timestamp?) -> Finding {
        let now = Clock.now()
        let text = Text.local(now)
        if now < written {
            return Finding(
                .critical, "clock",
                "It says \(text), which is past. Set it: “timedatectl set-time”, or let it be set from the network."
            )
        }
        if let lastKnown, now.seconds(since: lastKnown) < -3600 {
            return Finding(
                .critical, "clock",
                "It says \(text), and the archive knows of \(Text.local(lastKnown)) already. Set it: “timedatectl” tells how it is kept."
            )
        }
        let keeper =
            Clock.isKept
            ? "kept by the network's time" : "nothing is known to keep it right; “timedatectl” tells"
        return Finding(.well, "clock", "\(text), \(keeper)")
    }

    /// A clock that says less was never set.
    private static let written = Timestamp(milliseconds: 1_767_225_600_000)
}
