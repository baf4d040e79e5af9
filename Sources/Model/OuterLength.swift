/// How long a file says it is in its first bytes: AVI, Matroska, WebM and Windows Media do. Pure: bytes in, a length out.
///
/// Nil where it does not say so: another kind of file, or a recorder that stopped before it could write its length.
package enum OuterLength {
    /// How many bytes `promised(by:)` wants to see.
    package static let head = 512

    package static func promised(by head: [UInt8]) -> Int64? {
        switch Array(head.prefix(4)) {
        case Array("RIFF".utf8): ofRIFF(head)
        case [0x1A, 0x45, 0xDF, 0xA3]: ofMatroska(head)
        case [0x30, 0x26, 0xB2, 0x75]: ofWindowsMedia(head)
        default: nil
        }
    }

    private static func ofRIFF(_ head: [UInt8]) -> Int64? {
        guard head.count >= 12, head[8..<12].elementsEqual("AVI ".utf8) else { return nil }
        let length = head[4..<8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return length == 0 || length == 0xFFFF_FFFF ? nil : length + 8
    }

    /// A header, then one segment that holds everything. A live recording does not know its length.
    private static func ofMatroska(_ head: [UInt8]) -> Int64? {
        var at = 4
        guard let header = number(in: head, &at), header < 400 else { return nil }
        at += Int(header)
        guard head.dropFirst(at).starts(with: [0x18, 0x53, 0x80, 0x67]) else { return nil }
        at += 4
        return number(in: head, &at).map { Int64(at) + $0 }
    }

    /// The object of the file's properties holds it, behind its own name, length and number. A live recording says nothing.
    private static func ofWindowsMedia(_ head: [UInt8]) -> Int64? {
        let properties: [UInt8] = [
            0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11, 0x8E, 0xE4, 0x00, 0xC0, 0x0C, 0x20, 0x53, 0x65,
        ]
        guard let at = head.firstRange(of: properties)?.lowerBound, at + 48 <= head.count else { return nil }
        let length = head[(at + 40)..<(at + 48)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length == 0 ? nil : Int64(exactly: length)
    }

    /// EBML's number of one to eight bytes: the first set bit says how many. All ones stand for "unknown".
    private static func number(in head: [UInt8], _ at: inout Int) -> Int64? {
        guard at < head.count, head[at] != 0 else { return nil }
        let count = head[at].leadingZeroBitCount + 1
        guard at + count <= head.count else { return nil }
        let value = head[at..<(at + count)].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        at += count
        let ones = (Int64(1) << (7 * count)) - 1
        return value & ones == ones ? nil : value & ones
    }
}
