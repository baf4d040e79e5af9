// What systemd and we say to each other.
internal import CSystemd
internal import Glibc

package enum Service {
    /// Whether anybody listens.
    package static var isHeard: Bool { getenv("NOTIFY_SOCKET") != nil }

    /// The listening sockets that systemd opened for us (`flipd.socket`), each only once. Children do not inherit them.
    package static func handedIn() -> HandedIn {
        var handed = HandedIn()
        let first = SD_LISTEN_FDS_START
        for raw in first..<(first + max(0, sd_listen_fds(1))) {
            let descriptor = Descriptor(adopting: raw)
            guard (try? descriptor.setNonBlocking()) != nil else { continue }
            if sd_is_socket(raw, AF_UNIX, Int32(SOCK_STREAM.rawValue), 1) > 0 {
                handed.status = .some(descriptor)
            } else if sd_is_socket(raw, AF_UNSPEC, Int32(SOCK_STREAM.rawValue), 1) > 0 {
                handed.page = .some(descriptor)
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
}
