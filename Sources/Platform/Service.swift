// What systemd and we say to each other.
internal import CSystemd
internal import Glibc

package enum Service {
    /// Whether anybody listens.
    package static var isHeard: Bool { getenv("NOTIFY_SOCKET") != nil }

    /// The listening sockets that systemd opened for us (`flipd.socket`). Children do not inherit them.
    package static func handedIn() -> HandedIn {
        var handed = HandedIn()
        let first = SD_LISTEN_FDS_START
        for raw in first..<(first + max(0, sd_listen_fds(1))) {
            let descriptor = Descriptor(adopting: raw)
            try? descriptor.setNonBlocking()
            let isUnix = sd_is_socket(raw, AF_UNIX, Int32(SOCK_STREAM.rawValue), 1) > 0
            let isTCP = [AF_INET, AF_INET6].contains {
                sd_is_socket_inet(raw, $0, Int32(SOCK_STREAM.rawValue), 1, 0) > 0
            }
            if isUnix, handed.status == nil {
                handed.status = .some(descriptor)
            } else if isTCP, handed.page == nil {
                handed.page = .some(descriptor)
            } else {
                handed.surplus += 1
            }
        }
        return handed
    }

    package static func ready(status: String) { sd_notify(0, "READY=1\nSTATUS=\(status)") }
    package static func status(_ text: String) { sd_notify(0, "STATUS=\(text)") }
    package static func stopping() { sd_notify(0, "STOPPING=1\nSTATUS=Stopping.") }
}

package struct HandedIn: ~Copyable {
    /// Where flipctl and others reach us.
    package var status: Descriptor?
    /// Where browsers do.
    package var page: Descriptor?
    /// Where somebody would wait for ever.
    package var surplus = 0
}
