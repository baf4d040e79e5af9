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

    /// `kind` is a MESSAGE_ID: 32 hexadecimal digits that never change for one kind of event.
    package static func write(
        _ priority: Priority, _ message: String, kind: String, fields: [(name: String, value: Path)] = []
    ) {
        if isConnected {
            var entries = [
                Array("MESSAGE=\(message)".utf8), Array("PRIORITY=\(priority.rawValue)".utf8),
                Array("MESSAGE_ID=\(kind)".utf8), Array("SYSLOG_IDENTIFIER=flipd".utf8),
            ]
            for field in fields { entries.append(Array("\(field.name)=".utf8) + field.value.bytes) }
            send(entries)
        } else {
            // A name may hold a line break or worse; a line on a terminal may not.
            let line = "\(Clock.now()) \(message.printable)\n"
            writeAll(Array(line.utf8), to: STDERR_FILENO)
        }
    }

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
