internal import Model

/// What the first bytes of a file say it is. Pure: bytes in, a word out.
///
/// libav is asked only about what is left after this, because its guesses go by how well something would
/// parse: a still picture is a video of one frame to it, and plain text is sometimes sound.
package enum FirstLook: String, Sendable, CaseIterable {
    /// A still picture.
    case picture
    /// Something that is certainly no recording: text, a document, an archive.
    case other
    /// Perhaps a recording.
    case unknown

    /// How many bytes `init` wants to see.
    package static let length = 512

    package init(_ bytes: [UInt8]) {
        if FirstBytes.areOfPicture(bytes) {
            self = .picture
        } else if Self.isOther(bytes) {
            self = .other
        } else {
            self = .unknown
        }
    }

    private static func isOther(_ bytes: [UInt8]) -> Bool {
        let starts: [[UInt8]] = [
            Array("%PDF".utf8), [0x50, 0x4B, 0x03, 0x04], Array("Rar!".utf8), [0x1F, 0x8B],
            [0x37, 0x7A, 0xBC, 0xAF], [0xD0, 0xCF, 0x11, 0xE0], [0x7F, 0x45, 0x4C, 0x46], Array("MZ".utf8),
        ]
        if starts.contains(where: bytes.starts(with:)) { return true }
        // Text, playlists and web pages among it: nothing but printable bytes as far as we look.
        return bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    }
}

/// The boxes that an MP4 or QuickTime file is made of, at its top level.
package struct Boxes: Sendable {
    package struct Box: Sendable, Equatable {
        package let type: String
        package let offset: Int64
        package let size: Int64
    }

    package private(set) var list: [Box] = []
    /// The last box promises more bytes than the file has.
    package private(set) var reachesPastTheEnd = false
    /// Where a box should begin, something else does.
    private var breaksOff = false

    /// `read` gives up to that many bytes from an offset.
    package init(size: Int64, read: (_ offset: Int64, _ count: Int) -> [UInt8]) {
        var offset: Int64 = 0
        // No honest file has this many; a hostile one should not keep us.
        while offset + 8 <= size, list.count < 4096 {
            let head = read(offset, 16)
            guard head.count >= 8 else { break }
            var length = Int64(Self.number(head[0..<4]))
            if length == 1, head.count == 16 { length = Int64(truncatingIfNeeded: Self.number(head[8..<16])) }
            if length == 0 { length = size - offset }
            guard length >= 8, head[4..<8].allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0xA9 }) else {
                breaksOff = true
                break
            }
            let type = String(decoding: head[4..<8], as: UTF8.self)
            list.append(Box(type: type, offset: offset, size: length))
            if length > size - offset {
                reachesPastTheEnd = true
                break
            }
            offset += length
        }
    }

    package func first(_ type: String) -> Box? { list.first { $0.type == type } }

    /// Whether something is missing: a box is longer than the file, or an index points to nothing.
    package var endEarly: Bool {
        // Behind a file in one piece rubbish does no harm; in one of pieces it stands where a piece should be.
        reachesPastTheEnd || first("moov") != nil && first("mdat") == nil && first("moof") == nil
            || breaksOff && first("moof") != nil
    }

    /// Whether the index stands before the pictures, so that playing can start before all is loaded.
    package var startsAtOnce: Bool {
        guard let index = first("moov"), let data = first("mdat") else { return false }
        return index.offset < data.offset
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
