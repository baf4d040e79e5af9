// A file opened to be sent. Opening walks down from the library's root, one folder at a time and never through
// a link, so that what is sent lies in the library whatever somebody put there. It may block on a slow disk:
// the corridor opens off the loop.
internal import Glibc
package import Model
package import Platform

package struct MediaFile: ~Copyable, Sendable {
    let descriptor: Descriptor
    package let bytes: Int64
    /// Changes whenever the file does.
    package let tag: String
    package let mime: String

    private static let askedAhead_bytes = 1 << 20

    /// Fails with ENOENT for everything that is no ordinary file below `root`.
    package static func open(_ relative: Path, beneath root: Path) throws(Errno) -> MediaFile {
        let names = relative.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map(Path.init(bytes:))
        let tricks = [Path.empty, Path("."), Path("..")]
        guard !names.isEmpty, names.allSatisfy({ !tricks.contains($0) && !$0.bytes.contains(0) }) else {
            throw Errno(ENOENT, "open \(relative.text)")
        }
        let folderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        var folder = try open(root, in: AT_FDCWD, folderFlags)
        for name in names.dropLast() { folder = try open(name, in: folder.raw, folderFlags | O_NOFOLLOW) }
        // O_NONBLOCK keeps a pipe that somebody put there from holding us up.
        let file = try open(
            relative.name, in: folder.raw, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        var status = stat()
        let fd = file.raw
        try system("stat \(relative.text)") { fstat(fd, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Errno(ENOENT, "open \(relative.text)") }
        // What is sent first is asked of the disk now, where that holds nobody up; the kernel then reads on ahead of sendfile.
        posix_fadvise(fd, 0, Self.askedAhead_bytes, POSIX_FADV_WILLNEED)
        let changed_ns = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        return MediaFile(
            descriptor: file, bytes: Int64(status.st_size),
            tag: "\"\(String(status.st_size, radix: 16))-\(String(changed_ns, radix: 16))\"",
            mime: MediaPath.mime(of: relative.name))
    }

    /// Gives the open file to somebody who will close it.
    consuming func takeDescriptor() -> Int32 { descriptor.release() }

    private static func open(_ name: Path, in folder: Int32, _ flags: Int32) throws(Errno) -> Descriptor {
        let terminated = name.bytes.map { CChar(bitPattern: $0) } + [0]
        do {
            return Descriptor(adopting: try system("open \(name.text)") { openat(folder, terminated, flags) })
        } catch {
            // A link (ELOOP) or a file where a folder should be is nothing that we published.
            throw [ELOOP, ENOTDIR, ENXIO].contains(error.code) ? Errno(ENOENT, error.call) : error
        }
    }
}
