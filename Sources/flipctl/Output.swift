// The one place that writes to the terminal. A full disk or a closed pipe is remembered and ends with
// exit code 1.
internal import Glibc
internal import Platform

final class Output {
    /// Whether everything that was said could be written.
    private(set) var isWhole = true

    /// The room of the terminal that stdout is; nil where it is none.
    var screen: Screen? {
        guard isatty(STDOUT_FILENO) == 1, getenv("TERM").map({ String(cString: $0) }) != "dumb"
        else { return nil }
        guard let size = Terminal.size(of: STDOUT_FILENO) else { return Screen(width: 80, height: 24) }
        return Screen(width: max(20, size.columns), height: size.rows)
    }

    var terminalWidth: Int? { screen?.width }

    /// Only for somebody who sees them, and has not said otherwise (no-color.org).
    private lazy var hasColours = screen != nil && getenv("NO_COLOR").map { $0[0] == 0 } ?? true

    func line(_ line: Line) { self.line(hasColours ? line.coloured : line.text) }

    func line(_ text: String) { write(Array(text.utf8) + [UInt8(ascii: "\n")], to: STDOUT_FILENO) }

    /// Bytes as they are, ended with a line break.
    func raw(_ bytes: [UInt8]) {
        write(bytes.last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
    }

    /// Text without a line break, for drawing.
    func draw(_ text: String) { write(Array(text.utf8), to: STDOUT_FILENO) }

    func complaint(_ text: String) { write(Array(text.utf8) + [UInt8(ascii: "\n")], to: STDERR_FILENO) }

    private func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                isWhole = false
                return
            }
        }
    }
}
