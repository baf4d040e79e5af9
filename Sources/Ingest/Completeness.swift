// Whether the end of a video is missing, judged from its outermost boxes: pure, on bytes that are read where asked.
//
// A copy that was cut off, or that is still on its way without a writer (an upload that will be taken up again, a file
// whose room was taken before its bytes came), is told from a whole file before it is taken. Only what can be known is
// said: a file of another kind counts as whole.
internal import Glibc
internal import Model
internal import Platform

enum Completeness {
    case whole
    case cutShort

    /// More outermost boxes than any recorder writes; a file of a million fragments is judged by its beginning.
    private static let boxes = 4096

    /// Old QuickTime begins with any of the others.
    private static let firstNames: Set<String> = ["ftyp", "wide", "mdat", "moov", "skip", "free", "pnot"]

    /// `read` answers the bytes at an offset, fewer at the end of the file.
    static func judge(bytes size: Int64, read: (_ offset: Int64, _ count: Int) -> [UInt8]) -> Completeness {
        let head = read(0, OuterLength.head)
        if !head.isEmpty, head.allSatisfy({ $0 == 0 }) { return .cutShort }
        let length = OuterLength.promised(by: head)
        if let length { return length > size ? .cutShort : .whole }
        return judgeBoxes(bytes: size, read)
    }

    private static func judgeBoxes(
        bytes size: Int64, _ read: (_ offset: Int64, _ count: Int) -> [UInt8]
    ) -> Completeness {
        var offset: Int64 = 0
        var hasIndex = false
        for number in 0..<boxes {
            guard let box = Box(header: read(offset, 16), room: size - offset) else { break }
            // Not this kind of file: whatever it is, it is not ours to judge.
            if number == 0, !firstNames.contains(box.name) { return .whole }
            let isPastEnd = box.length > size - offset
            switch box.name {
            case "moov", "meta":
                if isPastEnd { return .cutShort }
                hasIndex = true
            case "mdat":
                if isPastEnd { return .cutShort }
            default:
                // Rubbish behind a whole file is none of its end.
                if isPastEnd { return hasIndex ? .whole : .cutShort }
            }
            offset += box.length
            if offset >= size { break }
        }
        // Nothing at all was read from a file without boxes.
        return offset == 0 || hasIndex ? .whole : .cutShort
    }
}

/// The head of a box: how long it says it is, and its name.
private struct Box {
    let length: Int64
    let name: String

    /// Nil where no box begins.
    init?(header: [UInt8], room: Int64) {
        guard header.count >= 8 else { return nil }
        let name = header[4..<8]
        // Names are printable; QuickTime's own may begin with ©.
        guard name.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0xA9 }) else { return nil }
        self.name = String(decoding: name, as: UTF8.self)
        let short = header[..<4].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        switch short {
        case 0: length = room
        case 1:
            guard header.count >= 16, header[8] < 0x80 else { return nil }
            length = header[8..<16].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            guard length >= 16 else { return nil }
        case 8...: length = short
        default: return nil
        }
    }
}

/// `SEEK_HOLE`, which Glibc's module hides.
private let seekHole: Int32 = 4

extension Descriptor {
    /// Judges an open file. What cannot be read is thrown, so that it is never taken for a stump.
    borrowing func completeness(bytes size: Int64) throws(Errno) -> Completeness {
        var failure: Errno?
        let verdict = Completeness.judge(bytes: size) { offset, count in
            do throws(Errno) { return try bytes(at: offset, atMost: count) } catch {
                failure = error
                return []
            }
        }
        if let failure { throw failure }
        return verdict == .whole && hasHole(before: size) ? .cutShort : verdict
    }

    /// Whether bytes were never written: an index that comes first knows nothing of that. A filesystem that cannot tell says
    /// that none are missing.
    private borrowing func hasHole(before size: Int64) -> Bool {
        let hole = lseek(raw, 0, seekHole)
        return hole >= 0 && hole < size
    }
}
