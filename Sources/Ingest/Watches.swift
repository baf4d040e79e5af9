// Which folders below the drop folder the kernel watches for us.
internal import Model
internal import Platform

struct Watches: ~Copyable {
    private let root: Path
    private let inotify: Inotify
    private var folders: [Inotify.Watch: Path] = [:]
    private var watchOf: [Path: Inotify.Watch] = [:]
    /// Why a folder could not be watched, for example because the system's limit is reached.
    var trouble: Errno?
    /// Folders in which things happen that the kernel does not tell of.
    private var silent: Set<Path> = []

    init(root: Path) throws(Errno) {
        self.root = root
        inotify = try Inotify()
    }

    var descriptor: Int32 { inotify.descriptor }

    /// Whether events tell of everything, so that it is enough to look every few minutes.
    var tellEverything: Bool { silent.isEmpty && trouble == nil }

    func read() throws(Errno) -> [Inotify.Event] { try inotify.read() }

    /// Watches a folder, given below the root; again is harmless, and follows a folder that was made anew.
    mutating func watch(_ folder: Path) {
        do {
            let watch = try inotify.watch(root / folder, followingLinks: folder.isEmpty)
            if let old = watchOf[folder], old != watch { folders[old] = nil }
            if let moved = folders[watch], moved != folder { watchOf[moved] = nil }
            folders[watch] = folder
            watchOf[folder] = watch
            if Filesystem.tellsEverything(root / folder) {
                silent.remove(folder)
            } else {
                silent.insert(folder)
            }
        } catch {
            // A folder that is gone by now is no trouble, and one that may not be read is told of when it is listed.
            if !error.meansAbsent, !error.meansForbidden { trouble = error }
        }
    }

    /// Where an event happened, below the root; nil for one from a folder that is no longer ours.
    func path(of watch: Inotify.Watch, name: Path) -> Path? { folders[watch].map { $0 / name } }

    /// Forgets a watch that ended; true if that folder was still thought to be watched.
    mutating func forget(_ watch: Inotify.Watch) -> Bool {
        guard let folder = folders.removeValue(forKey: watch) else { return false }
        drop(folder, watch)
        return true
    }

    private mutating func drop(_ folder: Path, _ watch: Inotify.Watch) {
        inotify.unwatch(watch)
        folders[watch] = nil
        watchOf[folder] = nil
        silent.remove(folder)
    }

    /// Forgets a folder that was moved away, with all below it: its watches would go on firing from elsewhere.
    mutating func forget(below folder: Path) {
        for (path, watch) in watchOf where path.isInside(folder) { drop(path, watch) }
    }

    /// Forgets every folder that is not among these: it was covered by a mount, or went without a word.
    mutating func keep(only seen: Set<Path>) {
        for (path, watch) in watchOf where !seen.contains(path) { drop(path, watch) }
    }
}
