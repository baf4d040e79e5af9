// A lock on a file, which ends with the process that holds it: nothing to clean up after a crash.
internal import Glibc
package import Model

package struct Lock: ~Copyable, Sendable {
    private let file: Descriptor

    /// Nil where somebody else holds it.
    package static func take(_ path: Path) throws(Errno) -> Lock? {
        let file = try Files.openForReading(path)
        let fd = file.raw
        do { try system("lock \(path.text)") { flock(fd, LOCK_EX | LOCK_NB) } } catch {
            if error.code == EWOULDBLOCK { return nil }
            throw error
        }
        return Lock(file: file)
    }

    private init(file: consuming Descriptor) { self.file = file }

    /// The file that is locked, to see whether it still stands under its name.
    package borrowing func status() throws(Errno) -> FileStatus { try Files.status(of: file) }
}
