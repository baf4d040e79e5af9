/// What a camera wrote into a photo: Exif, which is a TIFF file without a picture. Pure.
///
/// Read here rather than by a library, because a TIFF or raw file is Exif as a whole, of any size, and those look at its
/// first 64 kB. The position, serial numbers and names of owners are never read.
package struct Exif: Sendable {
    /// In the names of its standard.
    package private(set) var texts: [String: String] = [:]
    /// How the picture has to be turned, from 1 to 8.
    package private(set) var orientation: Int?
    /// What pairs the two halves of a Live Photo.
    package private(set) var contentIdentifier: String?
    /// The picture is what only the maker of the camera can develop.
    package private(set) var isRaw = false

    /// `read` gives up to that many bytes from an offset.
    package init?(read: @escaping (_ offset: Int, _ count: Int) -> [UInt8]) {
        guard let reader = Reader(read: read), let first = reader.number(at: 4, bytes: 4) else { return nil }
        let entries = reader.entries(at: first)
        take(entries, names: Self.names, reader)
        if let entry = entries.first(where: { $0.tag == 0x8769 }), let place = reader.number(entry) {
            let entries = reader.entries(at: place)
            take(entries, names: Self.exifNames, reader)
            if let note = entries.first(where: { $0.tag == 0x927C }) {
                contentIdentifier = Self.contentIdentifier(in: reader.bytes(note, atMost: 64 << 10))
            }
        }
        isRaw = Self.isRaw(entries, reader)
    }

    /// Of a block of its own, perhaps behind the six bytes by which JPEG announces it.
    package init?(_ block: [UInt8]) {
        let start = block.starts(with: Array("Exif\0\0".utf8)) ? 6 : 0
        self.init { offset, count in
            offset < 0 || offset > block.count ? [] : Array(block.dropFirst(start + offset).prefix(count))
        }
    }

    private static let names: [Int: String] = [0x010F: "Make", 0x0110: "Model", 0x0132: "DateTime"]
    private static let exifNames: [Int: String] = [
        0x9003: "DateTimeOriginal", 0x9004: "DateTimeDigitized", 0x9010: "OffsetTime",
        0x9011: "OffsetTimeOriginal", 0x9012: "OffsetTimeDigitized",
    ]

    private mutating func take(_ entries: [Entry], names: [Int: String], _ reader: Reader) {
        for entry in entries {
            if entry.tag == 0x0112, let number = reader.number(entry), (1...8).contains(number) {
                orientation = orientation ?? number
            }
            guard let name = names[entry.tag], entry.type == Entry.text, texts[name] == nil else { continue }
            let bytes = reader.bytes(entry, atMost: 256).prefix { $0 != 0 }
            texts[name] = String(decoding: bytes, as: UTF8.self)
        }
    }

    /// DNG says so. Others begin with a small picture, and keep the real one in a part of its own, or pack it in ways of
    /// their own.
    private static func isRaw(_ entries: [Entry], _ reader: Reader) -> Bool {
        let number = { (tag: Int) in entries.first { $0.tag == tag }.flatMap { reader.number($0) } }
        let isReduced = number(0x00FE).map { $0 & 1 != 0 } ?? false
        let hasParts = entries.contains { $0.tag == 0x014A }
        return entries.contains { $0.tag == 0xC612 } || isReduced && hasParts
            || [32767, 32769, 32770, 34713, 65000, 65535].contains(number(0x0103) ?? 0)
    }

    /// Apple's notes are a block of the same build, with places counted from their own beginning.
    private static func contentIdentifier(in note: [UInt8]) -> String? {
        guard note.starts(with: Array("Apple iOS\0".utf8)), note.count > 16 else { return nil }
        let isLittle = note[12..<14].elementsEqual("II".utf8)
        let reader = Reader(isLittle: isLittle) { offset, count in
            offset < 0 || offset > note.count ? [] : Array(note.dropFirst(offset).prefix(count))
        }
        guard let entry = reader.entries(at: 14).first(where: { $0.tag == 0x0011 && $0.type == Entry.text })
        else { return nil }
        let text = String(decoding: reader.bytes(entry, atMost: 100).prefix { $0 != 0 }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}

/// One line of a directory.
private struct Entry {
    static let text = 2

    let tag: Int
    let type: Int
    let count: Int
    /// Where its four bytes stand: the value, or where to find it.
    let place: Int

    var size: Int {
        let sizes = [1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 13: 4]
        return sizes[type] ?? 0
    }
}

private struct Reader {
    let isLittle: Bool
    let read: (_ offset: Int, _ count: Int) -> [UInt8]

    /// More than any camera writes.
    private static let entriesAtMost = 512

    init(isLittle: Bool, read: @escaping (_ offset: Int, _ count: Int) -> [UInt8]) {
        (self.isLittle, self.read) = (isLittle, read)
    }

    /// Nil where no such file begins.
    init?(read: @escaping (_ offset: Int, _ count: Int) -> [UInt8]) {
        let head = read(0, 8)
        guard head.count == 8 else { return nil }
        if head.starts(with: [0x49, 0x49, 0x2A, 0x00]) {
            self.init(isLittle: true, read: read)
        } else if head.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) {
            self.init(isLittle: false, read: read)
        } else {
            return nil
        }
    }

    func number(at offset: Int, bytes count: Int) -> Int? {
        let bytes = read(offset, count)
        guard bytes.count == count else { return nil }
        return (isLittle ? bytes.reversed() : bytes).reduce(0) { $0 << 8 | Int($1) }
    }

    func entries(at offset: Int) -> [Entry] {
        guard let count = number(at: offset, bytes: 2) else { return [] }
        return (0..<min(count, Self.entriesAtMost)).compactMap { index in
            let place = offset + 2 + 12 * index
            guard let tag = number(at: place, bytes: 2), let type = number(at: place + 2, bytes: 2),
                let count = number(at: place + 4, bytes: 4)
            else { return nil }
            return Entry(tag: tag, type: type, count: count, place: place + 8)
        }
    }

    /// The first number of an entry.
    func number(_ entry: Entry) -> Int? {
        switch entry.type {
        case 3: number(at: entry.place, bytes: 2)
        case 4, 13: number(at: entry.place, bytes: 4)
        default: nil
        }
    }

    func bytes(_ entry: Entry, atMost limit: Int) -> [UInt8] {
        let length = entry.size * min(entry.count, limit)
        if length <= 4 { return read(entry.place, length) }
        guard let offset = number(at: entry.place, bytes: 4) else { return [] }
        return read(offset, min(length, limit))
    }
}
