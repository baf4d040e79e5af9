// Handing a file back: to `Problems/`, unchanged, with its owner and mode, and a note in plain words beside it.
internal import Glibc
package import Model
package import Platform

package enum HandBack {
    /// A free name below `Problems/` for this source: its own, or with ` (2)`, ` (3)` … before the extension.
    package static func freePlace(for source: Source, in incoming: Path) throws(Errno) -> Path {
        let folder = Ignored.problems / source.path.parent
        for number in 1... {
            let name = numbered(source.path.name, number)
            let note = incoming / folder / Note.name(for: name)
            if try !Files.exists(incoming / folder / name), try isFree(note) { return folder / name }
        }
        return folder / source.path.name
    }

    /// Nothing stands there, or a note of ours whose file was taken away.
    private static func isFree(_ note: Path) throws(Errno) -> Bool {
        guard let found = try Files.status(of: note) else { return true }
        guard found.kind == .file, found.bytes < longestNote_bytes else { return false }
        return Note.isOurs(try Files.read(note, limit: longestNote_bytes))
    }

    /// Far more than a note has reason to be.
    private static let longestNote_bytes = 16 << 10

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
        // Mode and owner first: once it is in the drop folder it is staff's, and not for us to touch. The mode comes
        // before the owner, because afterwards the file may be somebody else's.
        try giveBack(original, to: source)
        do throws(Errno) {
            // At that instant the file is handed back.
            try Durable.rename(original, to: incoming / place)
        } catch {
            guard error.code == EXDEV else { throw error }
            let staged = hidden(incoming / place)
            try Files.removeTree(staged)
            try Durable.copy(try Files.openForReading(original), to: staged, mode: source.mode)
            try giveBack(staged, to: source)
            try Durable.rename(staged, to: incoming / place)
            try Durable.unlink(original)
        }
    }

    /// A name beside `path` for what is not finished.
    private static func hidden(_ path: Path) -> Path {
        path.parent
            / Path(bytes: [UInt8(ascii: ".")] + shortened(path.name.bytes, to: 240) + Array(".part".utf8))
    }

    private static func giveBack(_ file: Path, to source: Source) throws(Errno) {
        try Files.setMode(file, source.mode)
        if source.uid != Users.me, Rights.canOwn(filesOf: source.uid) {
            try Files.setOwner(file, uid: source.uid, gid: source.gid)
        }
    }

    /// `Problems/` and the folders in it are open to those to whom the drop folder and its folders are.
    private static func makeFolders(_ folder: Path, in incoming: Path) throws(Errno) {
        var (path, like) = (incoming, incoming)
        for (depth, component) in folder.components.enumerated() {
            path = path / component
            // `Problems/Loom` is made like `Loom`, and `Problems` like the drop folder itself.
            if depth > 0 { like = like / component }
            if try Files.exists(path) { continue }
            try Files.makeFolder(path)
            var model = try Files.status(of: like)
            if model == nil { model = try Files.status(of: incoming) }
            if let model {
                try Files.setMode(path, model.mode)
                if Rights.canOwn(filesOf: model.uid) {
                    try? Files.setOwner(path, uid: model.uid, gid: model.gid)
                }
            }
            try Durable.syncFolder(path.parent)
        }
    }

    /// Writes the note beside a file that was handed back. Staff's own text under that name is left as it is.
    package static func writeNote(
        _ refusal: Refusal, for place: Path, of source: Source, on day: String, in incoming: Path
    ) throws(Errno) {
        let path = incoming / place.parent / Note.name(for: place.name)
        guard try isFree(path) else { return }
        let text = Note.text(refusal, name: place.name, folder: source.path.parent, day: day)
        let fresh = hidden(path)
        try Files.removeTree(fresh)
        try Durable.create(fresh, Array(text.utf8), mode: 0o664)
        // Whatever our umask says, staff may delete and change it.
        try Files.setMode(fresh, 0o664)
        if Rights.canOwn(filesOf: source.uid) { try? Files.setOwner(fresh, uid: source.uid, gid: source.gid) }
        try Files.replace(path, with: fresh)
        try Durable.syncFolder(path.parent)
    }

    /// Moves a file from `Problems/` back into its folder and removes its note. Answers where it is now, or nil if it
    /// is no longer there.
    package static func tryAgain(_ place: Path, to home: Path, in incoming: Path) throws(Errno) -> Path? {
        guard try Files.status(of: incoming / place)?.kind == .file else { return nil }
        try Files.makeFolders(incoming / home.parent)
        for number in 1... {
            let target = home.parent / numbered(home.name, number)
            do { try Durable.rename(incoming / place, to: incoming / target) } catch {
                if error.code == EEXIST { continue }
                throw error
            }
            try? Files.unlink(incoming / place.parent / Note.name(for: place.name))
            return target
        }
        return nil
    }
}
