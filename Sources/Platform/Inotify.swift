// The kernel's hints that something happened in a folder.
internal import CLinux
internal import Glibc
package import Model

/// An inotify instance. Folders are watched, files are not.
package struct Inotify: ~Copyable {
    package struct Watch: Hashable, Sendable {
        fileprivate let number: Int32
    }

    package enum Event: Hashable, Sendable {
        /// Something happened to `name` in the watched folder, or with no name to its own rights. `isFolder` says what it is.
        case touched(Watch, name: Path, isFolder: Bool)
        /// A name appeared: made, linked or moved in.
        case appeared(Watch, name: Path, isFolder: Bool)
        /// A name is gone: deleted or moved out.
        case vanished(Watch, name: Path, isFolder: Bool)
        /// The watched folder itself was deleted, moved or unmounted.
        case folderGone(Watch)
        /// Events were lost: only a scan can tell what happened.
        case overflow
    }

    private let instance: Descriptor

    package var descriptor: Int32 { instance.raw }

    package init() throws(Errno) {
        instance = Descriptor(
            adopting: try system("inotify_init1") { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) })
    }

    /// Never OPEN, ACCESS or CLOSE_NOWRITE: our own reading would flood us.
    private static let mask =
        UInt32(IN_CREATE) | UInt32(IN_CLOSE_WRITE) | UInt32(IN_MODIFY) | UInt32(IN_ATTRIB) | UInt32(IN_MOVED_TO)
        | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
        | UInt32(IN_ONLYDIR) | UInt32(IN_EXCL_UNLINK)

    /// Watches a folder; one that is watched already answers with the watch it has. Links are followed only to a folder
    /// that the configuration names.
    package func watch(_ folder: Path, followingLinks: Bool = false) throws(Errno) -> Watch {
        let fd = instance.raw
        let mask = followingLinks ? Self.mask : Self.mask | UInt32(IN_DONT_FOLLOW)
        return Watch(
            number: try system("watch \(folder.text)") {
                folder.withCString { inotify_add_watch(fd, $0, mask) }
            })
    }

    package func unwatch(_ watch: Watch) { inotify_rm_watch(instance.raw, watch.number) }

    /// All events that wait to be read.
    package func read() throws(Errno) -> [Event] {
        var events: [Event] = []
        while let bytes = try instance.readSome(), !bytes.isEmpty { Self.parse(bytes, into: &events) }
        return events
    }

    /// The kernel's records, field by field: Swift cannot see past a struct that ends in an open array.
    private static func parse(_ bytes: [UInt8], into events: inout [Event]) {
        bytes.withUnsafeBytes { buffer in
            var at = 0
            while at + 16 <= buffer.count {
                let number = buffer.loadUnaligned(fromByteOffset: at, as: Int32.self)
                let mask = buffer.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self)
                let length = Int(buffer.loadUnaligned(fromByteOffset: at + 12, as: UInt32.self))
                guard at + 16 + length <= buffer.count else { return }
                let name = Path(bytes: buffer[(at + 16)..<(at + 16 + length)].prefix { $0 != 0 })
                if let event = event(Watch(number: number), mask, name) { events.append(event) }
                at += 16 + length
            }
        }
    }

    private static func event(_ watch: Watch, _ mask: UInt32, _ name: Path) -> Event? {
        let isFolder = mask & UInt32(IN_ISDIR) != 0
        if mask & UInt32(IN_Q_OVERFLOW) != 0 { return .overflow }
        if mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED) != 0 {
            return .folderGone(watch)
        }
        // The watched folder itself: only its rights matter, for what happens in it has a name.
        if name.isEmpty {
            return mask & UInt32(IN_ATTRIB) != 0 ? .touched(watch, name: .empty, isFolder: true) : nil
        }
        if mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0 {
            return .appeared(watch, name: name, isFolder: isFolder)
        }
        if mask & UInt32(IN_DELETE | IN_MOVED_FROM) != 0 {
            return .vanished(watch, name: name, isFolder: isFolder)
        }
        return .touched(watch, name: name, isFolder: isFolder)
    }
}
