// Who owns a file, by name; and who we are.
internal import Glibc

package enum Users {
    /// The name of a user, where the system knows one.
    package static func name(of uid: UInt32) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(uid, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return String(cString: entry.pw_name)
    }

    package static func group(named name: String) -> UInt32? {
        var buffer = [CChar](repeating: 0, count: 16384)
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        guard getgrnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_gid
    }

    package static var me: UInt32 { geteuid() }
    package static var myGroup: UInt32 { getegid() }
}
