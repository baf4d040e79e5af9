// Files and folders by path: each call once, typed, with errors that name the path.
internal import CLinux
internal import Glibc
package import Model

extension Path {
    /// The path as C wants it. Linux has no path with a NUL in it; neither has any that came from a folder.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        var terminated = bytes
        terminated.append(0)
        return terminated.withUnsafeBytes { buffer in
            body(buffer.baseAddress!.assumingMemoryBound(to: CChar.self))  // Not nil, because of the NUL.
        }
    }
}

/// What `stat` says of a file, in our words.
package struct FileStatus: Hashable, Sendable {
    package enum Kind: Sendable { case file, folder, link, other }

    package let kind: Kind
    package let device: UInt64
    package let inode: UInt64
    package let links: UInt64
    package let bytes: Int64
    package let modified_ns: Int64
    package let changed_ns: Int64
    package let uid: UInt32
    package let gid: UInt32
    package let mode: UInt32

    init(_ raw: stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            default: .other
            }
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        links = UInt64(raw.st_nlink)
        bytes = Int64(raw.st_size)
        modified_ns = Self.nanoseconds(raw.st_mtim)
        changed_ns = Self.nanoseconds(raw.st_ctim)
        uid = raw.st_uid
        gid = raw.st_gid
        mode = raw.st_mode & 0o7777
    }

    /// Times are only compared, and anybody may set one that does not fit: it may wrap, but must not stop us.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Whether this is the same file with the same contents, as far as `stat` can tell.
    package func isSame(as other: FileStatus) -> Bool {
        (device, inode, bytes, modified_ns) == (other.device, other.inode, other.bytes, other.modified_ns)
    }
}

package enum Files {
    /// Nil where there is nothing. Links are not followed.
    package static func status(of path: Path) throws(Errno) -> FileStatus? {
        var raw = stat()
        do { try system("stat \(path.text)") { path.withCString { lstat($0, &raw) } } } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error
        }
        return FileStatus(raw)
    }

    package static func status(of descriptor: borrowing Descriptor) throws(Errno) -> FileStatus {
        var raw = stat()
        let fd = descriptor.raw
        try system("fstat") { fstat(fd, &raw) }
        return FileStatus(raw)
    }

    package static func exists(_ path: Path) throws(Errno) -> Bool { try status(of: path) != nil }

    /// Opens a file for reading: never a link, and never waiting for a pipe's other end.
    package static func openForReading(_ path: Path) throws(Errno) -> Descriptor {
        try open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    }

    package static func openFolder(_ path: Path) throws(Errno) -> Descriptor {
        try open(path, O_RDONLY | O_DIRECTORY)
    }

    /// A new file; it must not exist yet.
    package static func create(_ path: Path, mode: UInt32) throws(Errno) -> Descriptor {
        try open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
    }

    package static func openForAppending(_ path: Path, mode: UInt32) throws(Errno) -> Descriptor {
        try open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, mode)
    }

    private static func open(_ path: Path, _ flags: Int32, _ mode: UInt32 = 0) throws(Errno) -> Descriptor {
        Descriptor(
            adopting: try system("open \(path.text)") {
                path.withCString { Glibc.open($0, flags | O_CLOEXEC, mode) }
            })
    }

    /// Makes a folder; one that is there already is fine.
    package static func makeFolder(_ path: Path, mode: UInt32 = 0o755) throws(Errno) {
        do { try system("mkdir \(path.text)") { path.withCString { mkdir($0, mode) } } } catch {
            guard error.code == EEXIST, try status(of: path)?.kind == .folder else { throw error }
        }
    }

    /// Makes `path` and what is missing above it, and syncs each folder that got a new entry.
    package static func makeFolders(_ path: Path, mode: UInt32 = 0o755) throws(Errno) {
        if path.isEmpty { return }
        if let found = try status(of: path) {
            if found.kind == .folder || found.kind == .link { return }
            throw Errno(ENOTDIR, "mkdir \(path.text)")
        }
        try makeFolders(path.parent, mode: mode)
        try makeFolder(path, mode: mode)
        try Durable.syncFolder(path.parent)
    }

    /// Renames; whatever stands at `to` already is an error (EEXIST).
    package static func rename(_ from: Path, to: Path) throws(Errno) {
        do throws(Errno) {
            try system("rename \(from.text) to \(to.text)") {
                from.withCString { from in to.withCString { to in flip_rename_noreplace(from, to) } }
            }
        } catch {
            // Network filesystems know no such promise. A second name does the same for files.
            guard error.code == EINVAL else { throw error }
            if from.withCString({ from in to.withCString { to in link(from, to) } }) == 0 {
                return try unlink(from)
            }
            // A folder cannot have one; nobody but us moves folders to where we do.
            if try exists(to) { throw Errno(EEXIST, error.call) }
            try replace(to, with: from)
        }
    }

    /// Renames over whatever stands at `to`.
    package static func replace(_ to: Path, with from: Path) throws(Errno) {
        try system("rename \(from.text) to \(to.text)") {
            from.withCString { from in to.withCString { to in Glibc.rename(from, to) } }
        }
    }

    package static func unlink(_ path: Path) throws(Errno) {
        try system("unlink \(path.text)") { path.withCString { Glibc.unlink($0) } }
    }

    package static func removeFolder(_ path: Path) throws(Errno) {
        try system("rmdir \(path.text)") { path.withCString { rmdir($0) } }
    }

    /// Removes a folder with all that is in it; one that is not there is fine.
    package static func removeTree(_ path: Path) throws(Errno) {
        guard let found = try status(of: path) else { return }
        guard found.kind == .folder else { return try unlink(path) }
        for entry in try list(path) { try removeTree(path / entry.name) }
        try removeFolder(path)
    }

    package static func setMode(_ path: Path, _ mode: UInt32) throws(Errno) {
        try system("chmod \(path.text)") { path.withCString { flip_chmod_nofollow($0, mode) } }
    }

    package static func setOwner(_ path: Path, uid: UInt32, gid: UInt32) throws(Errno) {
        try system("chown \(path.text)") { path.withCString { lchown($0, uid, gid) } }
    }

    package struct Entry: Sendable {
        package let name: Path
        /// Nil where the filesystem does not tell; then `status` does.
        package let kind: FileStatus.Kind?
    }

    /// What a folder holds, without `.` and `..`, in no order. A link to a folder is followed only where that is asked for.
    package static func list(_ path: Path, followingLinks: Bool = false) throws(Errno) -> [Entry] {
        let opened = try open(path, O_RDONLY | O_DIRECTORY | (followingLinks ? 0 : O_NOFOLLOW)).release()
        guard let folder = fdopendir(opened) else {
            _ = close(opened)
            throw Errno(errno, "list \(path.text)")
        }
        defer { closedir(folder) }
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let raw = readdir(folder) else {
                if errno != 0 { throw Errno(errno, "list \(path.text)") }
                return entries
            }
            let name = Path(
                bytes: withUnsafeBytes(of: &raw.pointee.d_name) { buffer in Array(buffer.prefix { $0 != 0 }) })
            if name.bytes == [0x2E] || name.bytes == [0x2E, 0x2E] { continue }
            entries.append(Entry(name: name, kind: kind(ofEntry: raw.pointee.d_type)))
        }
    }

    private static func kind(ofEntry type: UInt8) -> FileStatus.Kind? {
        switch Int(type) {
        case Int(DT_REG): .file
        case Int(DT_DIR): .folder
        case Int(DT_LNK): .link
        case Int(DT_UNKNOWN): nil
        default: .other
        }
    }

    /// The whole file, which must not be larger than `limit`.
    package static func read(_ path: Path, limit: Int) throws(Errno) -> [UInt8] {
        let file = try openForReading(path)
        let size = try status(of: file).bytes
        if size > limit { throw Errno(EFBIG, "read \(path.text)") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(max(Int(size), 4 << 10), 64 << 10))
        while bytes.count <= limit {
            let fd = file.raw
            let count = try system("read \(path.text)") { Glibc.read(fd, &buffer, buffer.count) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        throw Errno(EFBIG, "read \(path.text)")
    }

    /// A second name for a staged file, or a copy where the file system has no second names.
    package static func copyStaged(_ from: Path, to: Path) throws(Errno) {
        let code = from.withCString { from in to.withCString { to in link(from, to) } }
        if code != 0 { try Durable.copy(try openForReading(from), to: to, mode: 0o644) }
    }

    package static func write(_ bytes: some Collection<UInt8>, to descriptor: borrowing Descriptor)
        throws(Errno)
    {
        let bytes = Array(bytes)
        let fd = descriptor.raw
        var done = 0
        while done < bytes.count {
            done += try system("write") {
                // Not empty, because done < count.
                bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress! + done, $0.count - done) }
            }
        }
    }

    /// Lets the system forget what it remembers of a file that is on disk, so that the next reading is one of the disk.
    package static func forget(_ path: Path) throws(Errno) {
        let file = try openForReading(path)
        posix_fadvise(file.raw, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// The size of the filesystem that holds `path`, and what ordinary users may still fill of it.
    package static func space(at path: Path) throws(Errno) -> (total: Int64, free: Int64) {
        var space = statvfs()
        try system("statvfs \(path.text)") { path.withCString { statvfs($0, &space) } }
        func bytes(_ blocks: UInt) -> Int64 {
            // Some network filesystems say "very many".
            let (bytes, isMore) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(space.f_frsize))
            return isMore ? .max : Int64(clamping: bytes)
        }
        return (bytes(space.f_blocks), bytes(space.f_bavail))
    }
}
