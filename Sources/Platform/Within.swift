// A folder below a root that others may write to, held open. Names in it are then reached through the folder itself, so
// that nobody can put a link in the way between a look and a deed.
internal import CLinux
internal import Glibc
package import Model

package struct Within: ~Copyable {
    private let folder: Descriptor

    /// Opens a folder below `root`, walking through no link and never out of it. A link in the way is ELOOP.
    package init(_ relative: Path, of root: Path) throws(Errno) {
        let top = root.withCString { flip_open_path($0, 1) }
        guard top >= 0 else { throw Errno(errno, "open \(root.text)") }
        let rootFolder = Descriptor(adopting: top)
        let below = relative.isEmpty ? Path(".") : relative
        folder = Descriptor(
            adopting: try system("open \(relative.text)") {
                below.withCString { flip_open_beneath(rootFolder.raw, $0) }
            })
    }

    /// A path that leads through the open folder, wherever its name points by now. It holds as long as this object.
    package static func / (within: borrowing Within, name: Path) -> Path {
        Path("/proc/self/fd/\(within.folder.raw)") / name
    }
}
