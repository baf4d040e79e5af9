// What systemd and we say to each other.
internal import CSystemd
internal import Glibc

package enum Service {
    /// Whether anybody listens.
    package static var isHeard: Bool { getenv("NOTIFY_SOCKET") != nil }

    package static func ready(status: String) { sd_notify(0, "READY=1\nSTATUS=\(status)") }
    package static func status(_ text: String) { sd_notify(0, "STATUS=\(text)") }
    package static func stopping() { sd_notify(0, "STOPPING=1\nSTATUS=Stopping.") }
}
