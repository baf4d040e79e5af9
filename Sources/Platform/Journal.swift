// One entry for one event: to the journal with its fields when systemd runs us, else one readable line on stderr.
internal import CSystemd
internal import Glibc
package import Model

package enum Journal {
    package enum Priority: Int, Sendable {
        case critical = 2
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
    }

    /// Whether stderr is the journal's own stream, as systemd says it is.
    private static let isConnected: Bool = {
        guard let stream = getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }()

    /// What journald listens to.
    private static let socket = Path("/run/systemd/journal/socket")
    /// systemd waits for longer than twice this.
    private static let patience_s = 4.0

    /// `kind` is a MESSAGE_ID: 32 hexadecimal digits that never change for one kind of event. After the last words the process
    /// ends.
    package static func write(
        _ priority: Priority, _ message: String, kind: String, fields: [(name: String, value: Path)] = [],
        isLast: Bool = false
    ) {
        if !isConnected {
            // A name may hold a line break or worse; a line on a terminal may not.
            return say("\(Clock.now()) \(message.printable)\n")
        }
        // A journal that comes to it too late knows from stderr alone whose words they are: systemd has told it whose that is.
        if isLast, !hasRead(at: socket, within_s: patience_s) {
            return say("<\(priority.rawValue)>\(message.printable)\n")
        }
        var entries = [
            Array("MESSAGE=\(message)".utf8), Array("PRIORITY=\(priority.rawValue)".utf8),
            Array("MESSAGE_ID=\(kind)".utf8), Array("SYSLOG_IDENTIFIER=flipd".utf8),
        ]
        for field in fields { entries.append(Array("\(field.name)=".utf8) + field.value.bytes) }
        send(entries)
    }

    /// To be called before the process ends. The journal looks up which service an entry comes from when it reads it, and
    /// that of a process that has ended by then is in none: `journalctl -u` would not show it.
    package static func finish() {
        if isConnected { _ = hasRead(at: socket, within_s: patience_s) }
    }

    /// Whether everything that was sent to this socket so far is read and done with. An empty datagram, which the journal
    /// drops, takes its place in the queue: once that is read, so is what came before, and its sender was looked up.
    static func hasRead(at path: Path, within_s: Double) -> Bool {
        guard let socket = try? unixSocket(SOCK_DGRAM), let address = try? unixAddress(path) else {
            return false
        }
        let fd = socket.raw
        let until = Clock.monotonic_s() + within_s
        var (isSent, unread) = (false, Int32(0))
        repeat {
            if !isSent {
                isSent = withAddress(address) { sendto(fd, nil, 0, 0, $0, $1) } == 0
                // Its queue may be full.
                if !isSent, errno != EAGAIN { return false }
            }
            if isSent, ioctl(fd, UInt(TIOCOUTQ), &unread) == 0, unread == 0 { return true }
            usleep(1000)
        } while Clock.monotonic_s() < until
        return false
    }

    private static func say(_ line: String) { writeAll(Array(line.utf8), to: STDERR_FILENO) }

    private static func send(_ entries: [[UInt8]]) {
        // One buffer for all, so that its address holds while the kernel reads it.
        var bytes = entries.flatMap { $0 }
        bytes.withUnsafeMutableBytes { buffer in
            var vectors: [iovec] = []
            var at = 0
            for entry in entries {
                vectors.append(iovec(iov_base: buffer.baseAddress.map { $0 + at }, iov_len: entry.count))
                at += entry.count
            }
            sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }
}

/// Writes all that can be written, for output whose failure nobody could be told of.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var done = 0
    while done < bytes.count {
        let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 {
            if errno == EINTR { continue }
            return
        }
        done += count
    }
}

extension String {
    /// With everything that could move a terminal's cursor shown as U+FFFD.
    package var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                    let turnsText =
                        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
                    return isControl || turnsText ? "\u{FFFD}" : scalar
                }))
    }
}
