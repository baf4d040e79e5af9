// Looking at the drop folder, and listening to what the kernel says of it.
internal import Model
internal import Platform

extension Inbox {
    /// Looks at everything below the folder, watching each sub-folder before it is listed.
    package func rescan() {
        let (began, troubleBefore) = (Clock.monotonic_s(), trouble)
        trouble = nil
        watches.trouble = nil
        tidy(at: began)
        var seen = Seen()
        do { try walk(.empty, &seen) } catch { trouble = error }
        isLookedThrough = trouble == nil
        seen.folders.formUnion(countProblems())
        if isLookedThrough {
            for path in settling.paths where !seen.files.contains(path) { forget(path) }
            for path in companions.paths where !seen.companions.contains(path) { companions.gone(path) }
            unreadable = unreadable.filter { seen.files.contains($0.key) }
            watches.keep(only: seen.folders)
            lastScan = Clock.now()
        }
        if let error = watches.trouble { trouble = error }
        if trouble?.code != troubleBefore?.code { onTrouble(trouble) }
        rescanTimer = EventSource.timer(after_s: nextScan_s(afterOneOf: Clock.monotonic_s() - began)) {
            [weak self] in
            self?.rescan()
        }
        onChange()
        reconsider()
        offerQuiet()
    }

    /// Not at every look, where looks come every few seconds.
    private func tidy(at now: Double) {
        if now - tidiedAt < rescan_s { return }
        tidiedAt = now
        for gone in Tidying.folders(in: folder, ignored: ignored, at: Clock.now()) { onTidied(gone) }
    }

    /// Where the kernel tells of everything a look now and then is enough. Elsewhere looking is all there is, at no more
    /// than a tenth of our time.
    private func nextScan_s(afterOneOf took_s: Double) -> Double {
        way == .events ? rescan_s : max(min(rescan_s, Limits.scanning_s), 9 * took_s)
    }

    struct Seen {
        var files: Set<Path> = []
        var folders: Set<Path> = []
        var companions: Set<Path> = []
    }

    /// `below` is relative to the drop folder. Only the folder itself may not be missing.
    private func walk(_ below: Path, _ seen: inout Seen) throws(Errno) {
        watches.watch(below)
        seen.folders.insert(below)
        do throws(Errno) {
            let home = try Within(below, of: folder)
            for entry in try Files.list(home / Path(".")) {
                // Of most names a look would be for nothing.
                let path = below / entry.name
                if isCompanion(path) {
                    seen.companions.insert(path)
                    sawCompanion(path)
                    continue
                }
                if path != Ignored.problems, ignored.contains(path: path) { continue }
                do throws(Errno) {
                    guard let status = try Files.status(of: home / entry.name) else { continue }
                    try walk(path, status, &seen)
                } catch {
                    name(path, error)
                    seen.files.insert(path)
                }
            }
            unreadable[below] = nil
        } catch {
            if below.isEmpty { throw error }
            // One that has gone meanwhile, or is a link by now, is no trouble; one that may not be read is told of.
            if error.meansAbsent || error.meansNoFolder { return }
            name(below, error)
            seen.files.insert(below)
        }
    }

    private func walk(_ path: Path, _ status: FileStatus, _ seen: inout Seen) throws(Errno) {
        if ignored.contains(path: path, isFolder: status.kind == .folder) { return }
        switch status.kind {
        case .folder: try walk(path, &seen)
        case .file:
            saw(path, status)
            seen.files.insert(path)
        case .link, .other: return
        }
    }

    private func saw(_ path: Path, _ status: FileStatus) {
        let known = settling.status(of: path)
        if known?.isSame(as: status) != true { lastHeard = Clock.now() }
        // Where even a look failed, this one is the proof that it is over.
        if known == nil { unreadable[path] = nil }
        settling.saw(path, status, at: Clock.monotonic_s())
    }

    // MARK: Events

    func hear() {
        let heard: [Inotify.Event]
        do { heard = try watches.read() } catch {
            // Without a single event we know only that something happened.
            return rescan()
        }
        if heard.contains(where: isNews) { lastHeard = Clock.now() }
        var mustRescan = false
        for event in heard {
            switch event {
            case .appeared(let watch, let name, let isFolder), .touched(let watch, let name, let isFolder):
                guard let path = watches.path(of: watch, name: name) else { continue }
                look(at: path, isFolder: isFolder, isNew: event.isAppearance)
            case .vanished(let watch, let name, let isFolder):
                guard let path = watches.path(of: watch, name: name) else { continue }
                lose(path, isFolder: isFolder)
            case .folderGone(let watch):
                if watches.forget(watch) { mustRescan = true }
            case .overflow:
                mustRescan = true
            }
        }
        if mustRescan { rescan() } else { offerQuiet() }
    }

    /// What we write there ourselves is none.
    private func isNews(_ event: Inotify.Event) -> Bool {
        switch event {
        case .appeared(let watch, let name, _), .touched(let watch, let name, _),
            .vanished(let watch, let name, _):
            watches.path(of: watch, name: name).map { !ReceiptFile.isReceipt($0) } ?? true
        case .folderGone, .overflow: true
        }
    }

    private func look(at path: Path, isFolder: Bool, isNew: Bool) {
        if Ignored.isHandedBack(path, isFolder: isFolder) {
            return recountSoon(watching: isFolder ? path : nil)
        }
        if !isFolder, isCompanion(path) { return sawCompanion(path, isEvent: true) }
        if ignored.contains(path: path, isFolder: isFolder) { return }
        if isFolder {
            if path.isEmpty, trouble != nil { return rescan() }
            open(path, isNew: isNew)
            // Where no watch can be had only scans will tell, from now on.
            if watches.trouble != nil, trouble == nil { rescan() }
            return reconsider()
        }
        do throws(Errno) {
            guard let status = try Files.status(of: folder / path), status.kind == .file else {
                return forget(path)
            }
            touched(path, status)
        } catch {
            name(path, error)
        }
    }

    /// A folder is there, or its rights are others, and perhaps it was opened to us.
    private func open(_ path: Path, isNew: Bool) {
        stir(path)
        let shut = unreadable.keys.filter { $0.isInside(path) }
        // What was put in before the watch stood is found by listing after it; and so is what was closed to us before we
        // had a look at it, of which we know no more than the name.
        let isListed = isNew || unreadable[path] != nil || shut.contains { settling.status(of: $0) == nil }
        var seen = Seen()
        if isListed { try? walk(path, &seen) }
        for file in shut { settling.putBack(file, at: Clock.monotonic_s(), delay_s: 0) }
    }

    private func touched(_ path: Path, _ status: FileStatus) {
        stir(path)
        unreadable[path] = nil
        let count = settling.count
        let now = Clock.monotonic_s()
        settling.touched(path, status, at: now)
        // The timer may wait for something slower, such as an empty file.
        reconsider(for: now + rules.settle_s)
        if settling.count != count { onChange() }
    }

    private func lose(_ path: Path, isFolder: Bool) {
        if Ignored.isHandedBack(path, isFolder: isFolder) { return recountSoon(watching: nil) }
        if isFolder {
            watches.forget(below: path)
            for file in settling.paths where file.isInside(path) { forget(file) }
            for file in companions.paths where file.isInside(path) { companions.gone(file) }
            unreadable = unreadable.filter { !$0.key.isInside(path) }
        } else {
            companions.gone(path)
            forget(path)
        }
        onChange()
    }

    // MARK: What stands in Problems

    /// A file was handed back.
    package func handedBack() { recountSoon(watching: nil) }

    /// Files that stand there. Many may come back in a moment, so that they are only counted when somebody asks.
    package var needsYou: Int {
        if isCountStale { countProblems() }
        return needsYouCounted
    }

    private func recountSoon(watching folder: Path?) {
        if let folder { watches.watch(folder) }
        isCountStale = true
        if recountTimer != nil { return }
        recountTimer = EventSource.timer(after_s: 0.3) { [weak self] in
            guard let self else { return }
            recountTimer = nil
            if isCountStale { countProblems() }
            onChange()
        }
    }

    @discardableResult
    private func countProblems() -> Set<Path> {
        let found = Standing.look(in: folder, ignored: ignored)
        for folder in found.folders { watches.watch(folder) }
        isCountStale = false
        needsYouCounted = found.files.count
        if !found.orphans.isEmpty, orphanTimer == nil { forgive(orphans: Set(found.orphans)) }
        return found.folders
    }

    /// Whoever takes a file away may be about to take its note along.
    private func forgive(orphans: Set<Path>) {
        orphanTimer = EventSource.timer(after_s: Limits.orphan_s) { [weak self] in
            guard let self else { return }
            orphanTimer = nil
            let still = Standing.look(in: folder, ignored: ignored).orphans
            onOrphans(still.filter(orphans.contains))
            // Others may have come since.
            if !orphans.isSuperset(of: still) { forgive(orphans: Set(still).subtracting(orphans)) }
        }
    }
}

extension Inotify.Event {
    fileprivate var isAppearance: Bool {
        switch self {
        case .appeared: true
        case .touched, .vanished, .folderGone, .overflow: false
        }
    }
}
