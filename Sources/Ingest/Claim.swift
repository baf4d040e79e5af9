// Taking a file out of the drop folder: by one rename where that works, else by a copy.
internal import Glibc
package import Model
package import Platform

package enum Claim {
    package enum Failure: Error {
        /// The source is not what it was when it came to rest.
        case changed
        case cannot(Errno)

        /// What a call would say of a file that is no longer there.
        fileprivate static func gone(_ source: Source) -> Errno { Errno(ENOENT, "take \(source.path.text)") }
    }

    package struct Inspection: Sendable {
        package let source: Source
        /// Why it is not to be taken.
        package let refusal: Refusal?
    }

    /// Says what a source is, and syncs its bytes; nil if it is no longer the file that came to rest. One that could not be
    /// taken away afterwards is not begun with, and one that is refused for its size is not synced.
    package static func inspect(
        _ path: Path, in incoming: Path, as seen: FileStatus, within limits: SizeLimits
    ) throws(Errno) -> Inspection? {
        do throws(Errno) {
            let home = try Within(path.parent, of: incoming)
            let file = try Files.openForReading(home / path.name)
            let status = try Files.status(of: file)
            guard status.kind == .file, status.isSame(as: seen) else { return nil }
            guard Rights.canRemove(home / path.name, owner: status.uid) else {
                throw Errno(EACCES, "remove \(path.text)")
            }
            // What stands where the folder should be goes in any case, and makes room for it.
            let refusal =
                path == Ignored.problems
                ? nil
                : limits.refusal(bytes: status.bytes, head: try file.bytes(at: 0, atMost: FirstBytes.count))
            if refusal == nil { try Durable.sync(file) }
            let source = Source(
                path: path, device: status.device, inode: status.inode, bytes: status.bytes,
                modified_ns: status.modified_ns, uid: status.uid, gid: status.gid, mode: status.mode,
                owner: Users.name(of: status.uid))
            return Inspection(source: source, refusal: refusal)
        } catch {
            if error.meansAbsent || error.code == ELOOP { return nil }
            throw error
        }
    }

    /// Whether what stands at the source's path is still that very file, unchanged.
    package static func isUnchanged(_ source: Source, in incoming: Path) throws(Errno) -> Bool {
        do throws(Errno) {
            let home = try Within(source.path.parent, of: incoming)
            guard let status = try Files.status(of: home / source.path.name) else { return false }
            return source.matches(status)
        } catch {
            if error.meansAbsent || error.code == ELOOP { return false }
            throw error
        }
    }

    /// The tree's beat of taking, by rename. Afterwards the bytes are at `original`, durably. False where only a copy
    /// will do: another filesystem, another user's file without the rights, a file with several names.
    package static func rename(_ source: Source, from incoming: Path, to original: Path) throws(Failure) -> Bool
    {
        do throws(Errno) {
            try Files.makeFolders(original.parent)
            let home = try Within(source.path.parent, of: incoming)
            let path = home / source.path.name
            guard let status = try Files.status(of: path), source.matches(status) else {
                throw Failure.gone(source)
            }
            guard status.links == 1, Rights.canOwn(filesOf: status.uid) else { return false }
            // At that instant the file is ours.
            try Durable.rename(path, to: original)
            // Unless somebody put something else under its name just before: that goes back.
            guard let arrived = try Files.status(of: original), source.matches(arrived) else {
                try putBack(original, of: source, in: incoming)
                throw Failure.gone(source)
            }
            try makeOurs(original)
            return true
        } catch {
            // Another mount of one filesystem refuses like another filesystem: only trying tells.
            if error.meansElsewhere { return false }
            throw error.meansAbsent || error.code == ELOOP ? .changed : .cannot(error)
        }
    }

    /// What is no file of ours goes back to where it was taken from, under a free name.
    package static func putBack(_ original: Path, of source: Source, in incoming: Path) throws(Errno) {
        let home = try Within(source.path.parent, of: incoming)
        for number in 1... {
            do throws(Errno) {
                return try Durable.rename(original, to: home / HandBack.numbered(source.path.name, number))
            } catch {
                if error.code != EEXIST { throw error }
            }
        }
    }

    /// Copies a source into staging, synced.
    package static func copy(_ source: Source, from incoming: Path, to staged: Path) throws(Failure) {
        do throws(Errno) {
            try Files.removeTree(staged)
            let home = try Within(source.path.parent, of: incoming)
            let file = try Files.openForReading(home / source.path.name)
            guard source.matches(try Files.status(of: file)) else { throw Failure.gone(source) }
            try Durable.copy(file, to: staged, mode: 0o440)
            guard source.matches(try Files.status(of: file)),
                try Files.status(of: staged)?.bytes == source.bytes
            else {
                try Files.unlink(staged)
                throw Failure.gone(source)
            }
        } catch {
            throw error.meansAbsent || error.code == ELOOP ? .changed : .cannot(error)
        }
    }

    /// The tree's beat of taking, after a copy.
    package static func place(_ staged: Path, as original: Path) throws(Errno) {
        try Files.makeFolders(original.parent)
        // At that instant the copy is ours.
        try Durable.rename(staged, to: original)
    }

    /// Owner and mode of a kept original.
    package static func makeOurs(_ original: Path) throws(Errno) {
        if let status = try Files.status(of: original), status.uid != Users.me {
            try Files.setOwner(original, uid: Users.me, gid: Users.myGroup)
        }
        try Files.setMode(original, 0o440)
        try Durable.syncFile(original)
    }

    /// The last step of taking by copy: the source goes, if it is still the one that was copied and nobody has opened it
    /// for writing again. True when no such source stands there any more.
    package static func removeSource(_ source: Source, in incoming: Path) throws(Errno) -> Bool {
        guard try isUnchanged(source, in: incoming) else { return true }
        let home = try Within(source.path.parent, of: incoming)
        let path = home / source.path.name
        let file = try Files.openForReading(path)
        guard file.writers() != .some else { return false }
        if source.matches(try Files.status(of: file)) { try Durable.unlink(path) }
        return true
    }
}

extension Source {
    /// Whether a file is the one that this source describes, with the same contents as far as `stat` can tell.
    package func matches(_ status: FileStatus) -> Bool {
        status.kind == .file && status.device == device && status.inode == inode && status.bytes == bytes
            && status.modified_ns == modified_ns
    }
}
