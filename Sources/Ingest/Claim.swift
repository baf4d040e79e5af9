// Taking a file out of the drop folder: by one rename where that works, else by a copy.
internal import Glibc
package import Model
package import Platform

package enum Claim {
    package enum Failure: Error {
        /// The source is not what it was when it came to rest.
        case changed
        case cannot(Errno)
    }

    /// Syncs a source's bytes and says what it is; nil if it is no longer the file that came to rest.
    package static func inspect(_ path: Path, in incoming: Path, as seen: FileStatus) throws(Errno) -> Source? {
        let file: Descriptor
        do { file = try Files.openForReading(incoming / path) } catch {
            if error.meansAbsent { return nil }
            throw error
        }
        try Durable.sync(file)
        let status = try Files.status(of: file)
        guard status.kind == .file, status.isSame(as: seen) else { return nil }
        return Source(
            path: path, device: status.device, inode: status.inode, bytes: status.bytes,
            modified_ns: status.modified_ns, uid: status.uid, gid: status.gid, mode: status.mode,
            owner: Users.name(of: status.uid))
    }

    /// Whether what stands at the source's path is still that very file, unchanged.
    package static func isUnchanged(_ source: Source, in incoming: Path) throws(Errno) -> Bool {
        guard let status = try Files.status(of: incoming / source.path) else { return false }
        return source.matches(status)
    }

    /// The tree's beat of taking, by rename. Afterwards the bytes are at `original`, durably. False where only a copy
    /// will do: another filesystem, another user's file without the rights, a file with several names.
    package static func rename(_ source: Source, from incoming: Path, to original: Path) throws(Failure) -> Bool
    {
        do throws(Errno) {
            try Files.makeFolders(original.parent)
            guard let status = try Files.status(of: incoming / source.path), source.matches(status) else {
                throw Errno(ENOENT, "take \(source.path.text)")
            }
            guard status.links == 1, Rights.canOwn(filesOf: status.uid) else { return false }
            // At that instant the file is ours.
            try Durable.rename(incoming / source.path, to: original)
            try makeOurs(original)
            return true
        } catch {
            // Another mount of one filesystem refuses like another filesystem: only trying tells.
            if error.code == EXDEV { return false }
            throw error.meansAbsent ? .changed : .cannot(error)
        }
    }

    /// Copies a source into staging, synced.
    package static func copy(_ source: Source, from incoming: Path, to staged: Path) throws(Failure) {
        let path = incoming / source.path
        do throws(Errno) {
            // A source that cannot be removed afterwards would be taken again and again.
            guard Rights.canRemove(path, owner: source.uid) else {
                throw Errno(EACCES, "remove \(source.path.text)")
            }
            try Files.removeTree(staged)
            let file = try Files.openForReading(path)
            try Durable.copy(file, to: staged, mode: 0o440)
            guard source.matches(try Files.status(of: file)),
                try Files.status(of: staged)?.bytes == source.bytes
            else {
                try Files.unlink(staged)
                throw Errno(ENOENT, "copy \(source.path.text)")
            }
        } catch {
            throw error.meansAbsent ? .changed : .cannot(error)
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

    /// The last step of taking by copy: the source goes, if it is still the one that was copied.
    package static func removeSource(_ source: Source, in incoming: Path) throws(Errno) {
        if try isUnchanged(source, in: incoming) { try Durable.unlink(incoming / source.path) }
    }
}

extension Source {
    /// Whether a file is the one that this source describes, with the same contents as far as `stat` can tell.
    package func matches(_ status: FileStatus) -> Bool {
        status.kind == .file && status.device == device && status.inode == inode && status.bytes == bytes
            && status.modified_ns == modified_ns
    }
}
