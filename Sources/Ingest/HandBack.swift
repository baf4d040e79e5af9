// Handing a file back: to `Problems/`, unchanged, with its owner and mode, and a note in plain words beside it.
internal import Glibc
package import Model
package import Platform

package enum HandBack {
    /// A free name below `Problems/` for this source: its own, or with ` (2)`, ` (3)` … before the extension.
    package static func freePlace(for source: Source, in incoming: Path) throws(Errno) -> Path {
        let folder = Ignored.problems / source.path.parent
        let home: Within
        do throws(Errno) { home = try Within(folder, of: incoming) } catch {
            if error.code == ENOENT { return folder / source.path.name }
            throw error
        }
        for number in 1... {
            let name = numbered(source.path.name, number)
            if try !Files.exists(home / name), try isFree(home / Note.name(for: name)) { return folder / name }
        }
        return folder / source.path.name
    }

    /// Nothing stands there, or a note of ours whose file was taken away.
    private static func isFree(_ note: Path) throws(Errno) -> Bool {
        guard let found = try Files.status(of: note) else { return true }
        guard found.kind == .file, found.bytes < Note.longest_bytes else { return false }
        return Note.isOurs(try Files.read(note, limit: Int(Note.longest_bytes)))
    }

    /// `IMG (2).MOV`; the stem is shortened where a file system would not take so long a name.
    static func numbered(_ name: Path, _ number: Int) -> Path {
        if number == 1 { return name }
        var (stem, ending) = name.stemAndExtension
        // What is that long is no extension, and would leave no room.
        if let long = ending, long.bytes.count > longestExtension_bytes { (stem, ending) = (name, nil) }
        let mark = " (\(number))".utf8 + (ending.map { [UInt8(ascii: ".")] + $0.bytes } ?? [])
        return Path(bytes: shortened(stem.bytes, to: longestName_bytes - mark.count) + mark)
    }

    /// What Linux's file systems accept.
    static let longestName_bytes = 255
    private static let longestExtension_bytes = 32

    /// Cut between characters, where the bytes are UTF-8.
    static func shortened(_ bytes: [UInt8], to limit: Int) -> [UInt8] {
        if bytes.count <= limit { return bytes }
        let limit = max(0, limit)
        // A character has at most three bytes that continue it; more are no UTF-8, and may be cut anywhere.
        let end = (max(0, limit - 3)...limit).last { bytes[$0] & 0xC0 != 0x80 } ?? limit
        return Array(bytes[..<end])
    }

    /// The tree's beat: the original goes to `place`, durably, as the uploader had it.
    package static func move(_ original: Path, of source: Source, to place: Path, in incoming: Path)
        throws(Errno)
    {
        try makeFolders(place.parent, in: incoming)
        let folder = try Within(place.parent, of: incoming)
        // Mode and owner first: once it is in the drop folder it is staff's, and not for us to touch. The mode comes
        // before the owner, because afterwards the file may be somebody else's.
        try giveBack(original, to: source)
        do throws(Errno) {
            // At that instant the file is handed back.
            try Durable.rename(original, to: folder / place.name)
        } catch {
            guard error.meansElsewhere else { throw error }
            try copy(original, of: source, to: folder / place.name, by: folder / hidden(place.name))
            try Durable.unlink(original)
        }
    }

    private static func copy(
        _ original: Path, of source: Source, to place: Path, by staged: Path
    ) throws(Errno) {
        try discard(staged)
        do throws(Errno) {
            try Durable.copy(try Files.openForReading(original), to: staged, mode: source.mode & 0o777)
            try giveBack(staged, to: source)
            try Durable.rename(staged, to: place)
        } catch {
            // The next try may choose another name.
            try? Files.unlink(staged)
            throw error
        }
    }

    /// Ends a move by copy that was cut off when its copy had come to its place: the original goes. False where no such copy
    /// stands there, as far as we may look.
    package static func finishCopy(of original: Path, at place: Path, in incoming: Path) throws(Errno) -> Bool {
        do throws(Errno) {
            let folder = try Within(place.parent, of: incoming)
            let copy = folder / place.name
            guard let found = try Files.status(of: copy), found.kind == .file,
                found.bytes == (try Files.status(of: original)?.bytes),
                try SHA256.digest(of: copy) == SHA256.digest(of: original)
            else { return false }
            // Whoever put it there, it holds these bytes; and stays, before the others go.
            try Durable.syncFile(copy)
            try Durable.syncFolder(folder / Path("."))
        } catch {
            if error.meansAbsent || error.meansForbidden { return false }
            throw error
        }
        try Durable.unlink(original)
        return true
    }

    /// The tree's beat for a file that was not taken: it goes there as it is. False if it is no longer that file.
    package static func move(untaken source: Source, to place: Path, in incoming: Path) throws(Errno) -> Bool {
        guard try Claim.isUnchanged(source, in: incoming) else { return false }
        try makeFolders(place.parent, in: incoming)
        let home = try Within(source.path.parent, of: incoming)
        let folder = try Within(place.parent, of: incoming)
        // At that instant the file is handed back.
        try Durable.rename(home / source.path.name, to: folder / place.name)
        if try stands(source, at: place, in: incoming) { return true }
        // Unless somebody put something else under its name just before: that goes back.
        for number in 1... {
            do throws(Errno) {
                try Durable.rename(folder / place.name, to: home / numbered(source.path.name, number))
                return false
            } catch {
                if error.code != EEXIST { throw error }
            }
        }
        return false
    }

    /// Whether a source stands where it was handed back to.
    package static func stands(_ source: Source, at place: Path, in incoming: Path) throws(Errno) -> Bool {
        var moved = source
        moved.path = place
        return try Claim.isUnchanged(moved, in: incoming)
    }

    /// A hidden name for what is not finished.
    private static func hidden(_ name: Path) -> Path {
        Path(bytes: [UInt8(ascii: ".")] + shortened(name.bytes, to: 240) + Array(".part".utf8))
    }

    /// Removes what an earlier try may have left. Never a folder: none of ours stands in the drop folder.
    private static func discard(_ path: Path) throws(Errno) {
        if try Files.exists(path) { try Files.unlink(path) }
    }

    /// Without the bits that would lend an owner's rights to whoever runs the file.
    private static func giveBack(_ file: Path, to source: Source) throws(Errno) {
        try Files.setMode(file, source.mode & 0o777)
        if source.uid != Users.me, Rights.canOwn(filesOf: source.uid) {
            try Files.setOwner(file, uid: source.uid, gid: source.gid)
        }
    }

    /// Makes what is missing of a folder in the drop folder. `Problems/Loom` is made like `Loom`, and everything else like
    /// the drop folder itself, so that it is open to the same people.
    private static func makeFolders(_ folder: Path, in incoming: Path) throws(Errno) {
        // A path through an open folder is worth nothing once that is closed, hence the names.
        let topFolder = try Within(.empty, of: incoming)
        let top = try Files.status(of: topFolder / Path("."))
        var below = Path.empty
        for component in folder.components {
            let parent = try Within(below, of: incoming)
            below = below / component
            if let found = try Files.status(of: parent / component) {
                guard found.kind == .folder else { throw Errno(ENOTDIR, "use the folder \(below.text)") }
                continue
            }
            try Files.makeFolder(parent / component)
            var model = top
            if let like = below.relative(to: Ignored.problems), !like.isEmpty, like != below,
                let twin = try? Within(like, of: incoming), let found = try Files.status(of: twin / Path("."))
            {
                model = found
            }
            if let model {
                try Files.setMode(parent / component, model.mode)
                if Rights.canOwn(filesOf: model.uid) {
                    try? Files.setOwner(parent / component, uid: model.uid, gid: model.gid)
                }
            }
            try Durable.syncFolder(parent / Path("."))
        }
    }

    /// Writes the note beside a file that was handed back, if that stands there. Staff's own text under the note's name is
    /// left as it is.
    package static func writeNote(
        _ refusal: Refusal, for place: Path, of source: Source, on day: String, in incoming: Path
    ) throws(Errno) {
        let folder: Within
        do throws(Errno) { folder = try Within(place.parent, of: incoming) } catch {
            // Staff took the folder away, and the file with it.
            if error.meansAbsent { return }
            throw error
        }
        let name = Note.name(for: place.name)
        guard try Files.exists(folder / place.name), try isFree(folder / name) else { return }
        let text = Note.text(refusal, name: place.name, folder: source.path.parent, day: day)
        let fresh = folder / hidden(name)
        try discard(fresh)
        do throws(Errno) {
            try Durable.create(fresh, Array(text.utf8), mode: 0o664)
            // Whatever our umask says, staff may delete and change it.
            try Files.setMode(fresh, 0o664)
            if Rights.canOwn(filesOf: source.uid) {
                try? Files.setOwner(fresh, uid: source.uid, gid: source.gid)
            }
            try Files.replace(folder / name, with: fresh)
        } catch {
            // Nobody may come back for it: the row may say already that all is done.
            try? Files.unlink(fresh)
            throw error
        }
        try Durable.syncFolder(folder / Path("."))
    }

    /// Moves a file from `Problems/` back into its folder and removes its note. Answers where it is now, or nil if it
    /// is no longer there.
    package static func tryAgain(_ place: Path, to home: Path, in incoming: Path) throws(Errno) -> Path? {
        let problems: Within
        do throws(Errno) { problems = try Within(place.parent, of: incoming) } catch {
            if error.meansAbsent { return nil }
            throw error
        }
        guard try Files.status(of: problems / place.name)?.kind == .file else { return nil }
        try makeFolders(home.parent, in: incoming)
        let folder = try Within(home.parent, of: incoming)
        for number in 1... {
            let name = numbered(home.name, number)
            do { try Durable.rename(problems / place.name, to: folder / name) } catch {
                if error.code == EEXIST { continue }
                throw error
            }
            let note = problems / Note.name(for: place.name)
            if try Files.exists(note), try isFree(note) { try? Files.unlink(note) }
            // What stands beside a photo goes along; where it cannot, nothing is lost.
            for companion in Companion.names(of: place.name)
            where (try? Files.status(of: problems / companion))??.kind == .file {
                try? Durable.rename(problems / companion, to: folder / Companion.name(companion, beside: name))
            }
            return home.parent / name
        }
        return nil
    }

    /// Removes a note whose file was taken away, if it still stands alone. One that cannot be removed does no harm.
    package static func removeOrphan(_ note: Path, in incoming: Path) {
        guard let home = try? Within(note.parent, of: incoming),
            let entries = try? Files.list(home / Path(".")),
            !Note.isNote(note.name, among: Set(entries.map(\.name))), Note.isOrphan(home / note.name)
        else { return }
        try? Files.unlink(home / note.name)
    }
}
