// The folder of the second copy, on this machine or on another: its marker, and reading back what was copied there.
internal import Model
internal import Platform

struct SecondCopy {
    let destination: BackupDestination

    /// Whose copy this is. Without it nothing is copied: where a disk is not connected, its empty folder must not fill up.
    private static let marker = ".flipd-backup"
    /// Where rsync keeps a file until it is whole, so that a run that is cut off leaves nothing in the copy itself.
    static let unfinished = ".flipd-unfinished"

    enum Finding: Equatable {
        case library(id: String)
        case none
    }

    // MARK: The marker

    func look() throws(Failure) -> Finding {
        let text: String
        switch destination {
        case .folder(let folder):
            do {
                text = String(decoding: try Files.read(folder / Self.marker, limit: 1024), as: UTF8.self)
            } catch {
                if error.meansAbsent { return .none }
                throw .failed("\(folder.text) cannot be read (\(error.reason))")
            }
        case .remote(let host, let folder):
            let path = "\(folder)/\(Self.marker)"
            // Only a shell that answered at all can say that there is none.
            let found = try ask(host, "test ! -e \(quoted(path)) || cat \(quoted(path))")
            text = String(decoding: found.output, as: UTF8.self)
        }
        let id = String(text.prefix { $0 != "\n" })
        return id.isEmpty ? .none : .library(id: id)
    }

    /// Whether one disk, as far as this machine can tell, holds both.
    func isOnTheDisk(of library: Path) -> Bool {
        guard case .folder(let folder) = destination, let here = try? Files.status(of: library)?.device else {
            return false
        }
        return here == (try? Files.status(of: folder / Self.marker)?.device)
    }

    /// In a folder that exists.
    func makeMarker(of library: String) throws(Failure) {
        switch destination {
        case .folder(let folder):
            do throws(Errno) {
                _ = try Files.list(folder, followingLinks: true)
                try Files.removeTree(folder / Self.marker)
                try Durable.create(folder / Self.marker, Array("\(library)\n".utf8), mode: 0o644)
                try Durable.syncFolder(folder)
            } catch {
                throw .failed(
                    error.meansAbsent
                        ? "there is no folder \(folder.text); connect its disk, or make it"
                        : "\(folder.text) cannot be used (\(error.reason))")
            }
        case .remote(let host, let folder):
            _ = try ask(host, "cd \(quoted(folder)) && echo \(quoted(library)) > \(Self.marker) && sync")
        }
    }

    /// Room for unfinished files, without what a run that was cut off has left there.
    func prepare() throws(Failure) {
        switch destination {
        case .folder(let folder):
            do throws(Errno) {
                try Files.removeTree(folder / Self.unfinished)
                try Files.makeFolder(folder / Self.unfinished)
            } catch {
                throw .failed("\(folder.text) cannot be written to (\(error.reason))")
            }
        case .remote(let host, let folder):
            let place = Self.unfinished
            _ = try ask(host, "cd \(quoted(folder)) && rm -rf ./\(place) && mkdir ./\(place)")
        }
    }

    /// Removes old snapshots of the ledger, which would fill the place there in the end. Nothing else is ever removed.
    func removeSnapshots(butOf days: Int, weeks: Int) throws(Failure) {
        let place = "ledger"
        let names: [Path]
        switch destination {
        case .folder(let folder): names = ((try? Files.list(folder / place)) ?? []).map(\.name)
        case .remote(let host, let folder):
            let list = try ask(host, "cd \(quoted(folder)) && ls \(place)").output
            names = list.split(separator: UInt8(ascii: "\n")).map(Path.init(bytes:))
        }
        let all = names.compactMap(Snapshot.init(name:))
        let old = Set(all).subtracting(Snapshot.kept(all, days: days, weeks: weeks)).map {
            "\(place)/\($0.name)"
        }
        if old.isEmpty { return }
        switch destination {
        case .folder(let folder): for name in old { try? Files.unlink(folder / name) }
        case .remote(let host, let folder):
            _ = try ask(host, "cd \(quoted(folder)) && rm -f \(old.joined(separator: " "))")
        }
    }

    // MARK: Reading back

    /// Brings everything to the disk there, and answers which of these published folders do not agree with their SHA256SUMS.
    func damaged(among folders: [String]) throws(Failure) -> [String] {
        switch destination {
        case .folder(let root):
            _ = try RemoteShell.succeed(["sync", "-f", root.text], "\(root.text) cannot be synced")
            return folders.filter { !Self.agrees(root / $0) }
        case .remote(let host, let folder):
            let list = folders.map(quoted).joined(separator: " ")
            let script = """
                cd \(quoted(folder)) && { sync -f . || sync; } 2>/dev/null && for f in \(list); do
                ( cd "$f" && sha256sum --strict --status -c SHA256SUMS ) >/dev/null 2>&1 || echo "$f"; done
                """
            let answer = String(decoding: try ask(host, script).output, as: UTF8.self)
            return answer.split(separator: "\n").map(String.init)
        }
    }

    /// Days of the record that are longer there than here. A record only grows.
    func longerRecords(than library: Path) throws(Failure) -> [String] {
        let list = "find record -type f -name '*.jsonl' -printf '%s %p\\n' 2>/dev/null || true"
        let found: Program
        switch destination {
        case .folder(let folder):
            found = try RemoteShell.succeed(
                ["sh", "-c", "cd \(quoted(folder.text)) && { \(list); }"], "\(folder.text) cannot be read")
        case .remote(let host, let folder): found = try ask(host, "cd \(quoted(folder)) && { \(list); }")
        }
        return String(decoding: found.output, as: UTF8.self).split(separator: "\n").compactMap { line in
            let (size, name) = (line.prefix { $0 != " " }, line.drop { $0 != " " }.dropFirst())
            let here = (try? Files.status(of: library / String(name)))??.bytes ?? 0
            return (Int64(size) ?? 0) > here ? String(name) : nil
        }
    }

    /// Which of these originals do not add up to what they should.
    func damaged(among originals: [(file: String, digest: Digest)]) throws(Failure) -> [String] {
        if originals.isEmpty { return [] }
        switch destination {
        case .folder(let root):
            return originals.filter { (try? SHA256.digest(of: root / $0.file))?.digest != $0.digest }.map(
                \.file)
        case .remote(let host, let folder):
            let files = originals.map { quoted($0.file) }.joined(separator: " ")
            let answer = try ask(host, "cd \(quoted(folder)) && { sha256sum -- \(files) 2>/dev/null || true; }")
            let lines = Set(
                String(decoding: answer.output, as: UTF8.self).split(separator: "\n").map(String.init))
            return originals.filter { !lines.contains("\($0.digest)  \($0.file)") }.map(\.file)
        }
    }

    private static func agrees(_ folder: Path) -> Bool {
        guard let sums = try? Files.read(folder / "SHA256SUMS", limit: 1 << 20) else { return false }
        let lines = String(decoding: sums, as: UTF8.self).split(separator: "\n")
        return !lines.isEmpty
            && lines.allSatisfy { line in
                // "HASH  NAME"
                let name = line.dropFirst(2 * Digest.length + 2)
                try? Files.forget(folder / String(name))
                let found = try? SHA256.digest(of: folder / String(name)).digest
                return found != nil && found == Digest(String(line.prefix(2 * Digest.length)))
            }
    }

    // MARK: The other machine

    private func ask(_ host: String, _ script: String) throws(Failure) -> Program {
        try RemoteShell.succeed(RemoteShell.words + [host, script], "\(destination) cannot be used")
    }

    /// For a shell: nothing in it means anything else.
    private func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

/// Programs that are run for their answer.
extension RemoteShell {
    static func run(_ words: [String]) throws(Failure) -> Program {
        do throws(Errno) { return try Program.run(words, environment: environment) } catch {
            throw .failed("\(words[0]) cannot be started (\(error.reason)); is it installed?")
        }
    }

    static func succeed(_ words: [String], _ complaint: String) throws(Failure) -> Program {
        let command = try run(words)
        if command.how == .exited(0) { return command }
        throw .failed("\(complaint): \(command.complaints.first ?? "\(words[0]) failed without a word")")
    }
}
