// How another machine is reached: by ssh, without anybody to be asked for a password.
internal import Glibc

package enum RemoteShell {
    /// As rsync does: RSYNC_RSH says how, if it is set.
    package static let words: [String] = {
        let own = getenv("RSYNC_RSH").map { String(cString: $0).split(separator: " ").map(String.init) } ?? []
        return own.isEmpty
            ? ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-o", "ServerAliveInterval=30"] : own
    }()

    /// What ssh needs to find its keys; and no other language than the one that we understand.
    package static let environment: [String] = {
        let names = ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "TMPDIR"]
        let known = names.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        return known + ["LC_ALL=C"]
    }()
}
