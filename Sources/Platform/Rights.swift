// What we may do with files that are not ours.
internal import Glibc
package import Model

package enum Rights {
    /// Lets this process have so many files open, if the system allows it: each client costs one, or two while a file is sent
    /// to it, and what comes in must never wait for them.
    package static func allow(openFiles count: UInt) {
        var limit = rlimit()
        guard getrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < count else { return }
        limit.rlim_cur = min(count, limit.rlim_max)
        setrlimit(Int32(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static let chown: UInt64 = 1 << 0
    private static let fowner: UInt64 = 1 << 3

    /// The capabilities in effect, as the kernel lists them.
    private static let effective: UInt64 = {
        guard let bytes = try? Files.read(Path("/proc/self/status"), limit: 64 << 10) else { return 0 }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("CapEff:") {
            return UInt64(line.dropFirst(7).drop { $0 == "\t" || $0 == " " }, radix: 16) ?? 0
        }
        return 0
    }()

    /// Whether owner and mode of this user's files may be changed by us.
    package static func canOwn(filesOf uid: UInt32) -> Bool {
        let needed = chown | fowner
        return uid == Users.me || effective & needed == needed
    }

    /// Whether a name may be removed from its folder by us.
    package static func canRemove(_ path: Path, owner: UInt32) -> Bool {
        let folder = path.parent.isEmpty ? Path(".") : path.parent
        guard folder.withCString({ faccessat(AT_FDCWD, $0, W_OK | X_OK, AT_EACCESS) }) == 0 else {
            return false
        }
        // Through the dot, because the path may lead through an open folder's link.
        guard let status = try? Files.status(of: folder / Path(".")), status.mode & 0o1000 != 0 else {
            return true
        }
        // In a sticky folder only the file's owner, the folder's owner and CAP_FOWNER may.
        return owner == Users.me || status.uid == Users.me || effective & fowner != 0
    }
}
