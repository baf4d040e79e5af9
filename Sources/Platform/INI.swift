// Configuration files, read by libinih.
internal import CINI
internal import Glibc
package import Model

/// One `Key=Value` of a configuration file and where it stands.
package struct Setting: Hashable, Sendable {
    package let section: String
    package let key: String
    package let value: String
    package let file: Path
    package let line: Int

    package init(section: String, key: String, value: String, file: Path, line: Int) {
        self.section = section
        self.key = key
        self.value = value
        self.file = file
        self.line = line
    }
}

package enum INI {
    /// Far more than a configuration needs, and a bound against a wrong file.
    private static let limit_bytes = 1 << 20

    /// Every setting of a file in its order, and the lines that are none.
    package static func read(_ file: Path) throws(Errno) -> (settings: [Setting], badLines: [Int]) {
        parse(try Files.read(file, limit: limit_bytes), file: file)
    }

    package static func parse(_ bytes: [UInt8], file: Path) -> (settings: [Setting], badLines: [Int]) {
        let reading = Reading(
            lines: bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false), file: file)
        let me = Unmanaged.passUnretained(reading).toOpaque()
        // inih names only the first bad line and goes on; what it skips is found by the counting reader.
        let firstBad = withExtendedLifetime(reading) { ini_parse_stream(nextLine, me, settingFound, me) }
        if firstBad > 0 { reading.badLines.insert(Int(firstBad)) }
        return (reading.settings, reading.badLines.sorted())
    }
}

/// The state of one reading, which inih hands back to us at every line. It counts, so that errors name their line.
private final class Reading {
    let lines: [ArraySlice<UInt8>]
    let file: Path
    var next = 0
    var settings: [Setting] = []
    var badLines: Set<Int> = []

    init(lines: [ArraySlice<UInt8>], file: Path) {
        self.lines = lines
        self.file = file
    }
}

private func nextLine(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ me: UnsafeMutableRawPointer?
) -> UnsafeMutablePointer<CChar>? {
    guard let buffer, let me, size > 1 else { return nil }
    let reading = Unmanaged<Reading>.fromOpaque(me).takeUnretainedValue()
    guard reading.next < reading.lines.count else { return nil }
    var line = reading.lines[reading.next]
    reading.next += 1
    // A line that does not fit would be cut in two, and half a setting is worse than none.
    if line.count > Int(size) - 1 || line.contains(0) {
        reading.badLines.insert(reading.next)
        line = []
    }
    for (index, byte) in line.enumerated() { buffer[index] = CChar(bitPattern: byte) }
    buffer[line.count] = 0
    return buffer
}

private func settingFound(
    _ me: UnsafeMutableRawPointer?, _ section: UnsafePointer<CChar>?, _ key: UnsafePointer<CChar>?,
    _ value: UnsafePointer<CChar>?
) -> Int32 {
    guard let me, let section, let key, let value else { return 0 }
    let reading = Unmanaged<Reading>.fromOpaque(me).takeUnretainedValue()
    reading.settings.append(
        Setting(
            section: String(cString: section), key: String(cString: key), value: String(cString: value),
            file: reading.file, line: reading.next))
    return 1
}
