// What power failures cannot undo: bytes and names that are on stable storage before the call returns.
internal import CLinux
internal import Glibc
package import Model

package enum Durable {
    package static func sync(_ descriptor: borrowing Descriptor) throws(Errno) {
        let fd = descriptor.raw
        try system("fsync") { fsync(fd) }
    }

    package static func syncFile(_ path: Path) throws(Errno) { try sync(try Files.openForReading(path)) }

    /// Makes the names in a folder durable. The path "" is the current folder.
    package static func syncFolder(_ path: Path) throws(Errno) {
        try sync(try Files.openFolder(path.isEmpty ? Path(".") : path))
    }

    /// Writes a new file at `path`, synced; its name is durable once its folder is synced.
    package static func create(_ path: Path, _ bytes: [UInt8], mode: UInt32) throws(Errno) {
        let file = try Files.create(path, mode: mode)
        try Files.write(bytes, to: file)
        try sync(file)
        try file.close()
    }

    /// Renames without replacing, and makes both folders durable.
    package static func rename(_ from: Path, to: Path) throws(Errno) {
        try Files.rename(from, to: to)
        try syncFolder(to.parent)
        if from.parent != to.parent { try syncFolder(from.parent) }
    }

    package static func unlink(_ path: Path) throws(Errno) {
        try Files.unlink(path)
        try syncFolder(path.parent)
    }

    /// Copies a file's bytes into a new file, synced: by reflink where the filesystem can, else within the kernel,
    /// else by hand.
    package static func copy(_ source: borrowing Descriptor, to path: Path, mode: UInt32) throws(Errno) {
        let copy = try Files.create(path, mode: mode)
        if flip_reflink(copy.raw, source.raw) != 0 { try copyBytes(from: source.raw, to: copy.raw) }
        try sync(copy)
        try copy.close()
    }

    private static func copyBytes(from source: Int32, to target: Int32) throws(Errno) {
        let chunk = 16 << 20
        while true {
            let count = flip_copy_range(source, target, chunk)
            if count == 0 { return }
            if count > 0 { continue }
            switch errno {
            case EINTR: continue
            case EXDEV, EINVAL, ENOSYS, EOPNOTSUPP: return try copyByHand(from: source, to: target)
            default: throw Errno(errno, "copy")
            }
        }
    }

    private static func copyByHand(from source: Int32, to target: Int32) throws(Errno) {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try system("read") { read(source, &buffer, buffer.count) }
            if count == 0 { return }
            var done = 0
            while done < count {
                done += try system("write") {
                    // Not empty, because count > 0.
                    buffer.withUnsafeBytes { write(target, $0.baseAddress! + done, count - done) }
                }
            }
        }
    }
}
