// What stands in `Problems/`: files that wait for somebody, and the notes beside them.
package import Model
internal import Platform

struct Standing {
    /// Without notes and what is hidden.
    var files: [Path] = []
    /// Notes of ours whose file was taken away.
    var orphans: [Path] = []
    /// Every folder there is, to be watched.
    var folders: Set<Path> = []

    static func look(in incoming: Path, ignored: Ignored) -> Standing {
        var standing = Standing()
        standing.look(in: Ignored.problems, of: incoming, ignored)
        return standing
    }

    private mutating func look(in below: Path, of incoming: Path, _ ignored: Ignored) {
        guard let home = try? Within(below, of: incoming), let entries = try? Files.list(home / Path("."))
        else { return }
        folders.insert(below)
        let names = Set(entries.map(\.name))
        for entry in entries where !ignored.contains(name: entry.name) {
            switch entry.kind ?? (try? Files.status(of: home / entry.name))?.kind {
            case .folder: look(in: below / entry.name, of: incoming, ignored)
            case .file:
                if Note.isNote(entry.name, among: names) { continue }
                let path = below / entry.name
                if Note.isOrphan(home / entry.name) {
                    orphans.append(path)
                } else {
                    files.append(path)
                }
            case .link, .other, nil: continue
            }
        }
    }
}

extension HandBack {
    /// The files in `Problems/`, as paths below the drop folder, the last one that came first.
    package static func standing(in incoming: Path, ignored: Ignored) -> [Path] {
        let dated = Standing.look(in: incoming, ignored: ignored).files.map { path in
            (path, changed_ns: (try? Files.status(of: incoming / path))??.changed_ns ?? 0)
        }
        return dated.sorted { ($0.changed_ns, $1.0) > ($1.changed_ns, $0.0) }.map(\.0)
    }
}
