/// What stands in the boxes of a HEIF file beside its pictures: found here, because libheif of Debian 12 refuses files whose
/// references it does not understand, and gives no Exif for what it was helped to open. Pure.
package struct HeifBoxes: Sendable {
    /// Where Exif stands in the file, as a TIFF file of its own, in one piece or several.
    package private(set) var exif: [Range<Int>] = []
    package private(set) var xmp: [Range<Int>] = []
    /// Where the types of the references stand that older libheifs stumble over.
    package private(set) var stumblingBlocks: [Int] = []
    /// Where the types of the properties stand that promise sizes.
    package private(set) var sizes: [Int] = []
    /// A short film hangs on the photo.
    package private(set) var hasFilm = false
    /// A film is all there is, or most.
    package private(set) var isSequence = false
    /// Something that the file speaks of would lie beyond its end.
    package private(set) var isCut = false
    /// How often the picture to show is turned to the left. Nil where more is done to it.
    package private(set) var quarterTurns: Int?

    /// Exif of a mebibyte is a trap, and so is an index of more.
    private static let (metaAtMost, exifAtMost) = (16 << 20, 1 << 20)

    /// Of all pieces, which may lie over each other.
    private static func bounded(_ places: [Range<Int>]) -> [Range<Int>] {
        places.reduce(0) { $0 + $1.count } < exifAtMost ? places : []
    }

    /// `read` gives up to that many bytes from an offset.
    package init(size: Int, read: (_ offset: Int, _ count: Int) -> [UInt8]) {
        let boxes = Boxes(size: Int64(size)) { read(Int($0), $1) }
        let film = boxes.first("mpvd")
        hasFilm = film != nil
        isCut = film.map { $0.size > Int64(size) - $0.offset } ?? false
        let brand = String(decoding: read(8, 4), as: UTF8.self)
        isSequence = boxes.first("moov") != nil && ["msf1", "hevc", "hevx", "avis"].contains(brand)
        guard let meta = boxes.first("meta"), meta.size < Self.metaAtMost else { return }
        let start = Int(meta.offset)
        let inside = Inside(bytes: read(start, Int(meta.size)), start: start)
        let children = inside.boxes(in: inside.body(of: 0..<inside.bytes.count, isFull: true))
        stumblingBlocks = inside.references(children).filter { ["auxl", "cdsc"].contains($0.type) }.map(\.place)
        sizes = inside.sizes(children)
        let (exifItem, xmpItem) = inside.papers(children)
        let places = inside.places(children)
        exif = Self.bounded(places.filter { $0.item == exifItem }.map(\.place))
        xmp = Self.bounded(places.filter { $0.item == xmpItem }.map(\.place))
        isCut = isCut || places.contains { $0.place.upperBound > size }
        quarterTurns = inside.quarterTurns(children)
    }
}

/// The inside of the box that describes all others, whose first byte stands at `start` of the file.
private struct Inside {
    let bytes: [UInt8]
    let start: Int

    struct Box {
        let type: String
        let range: Range<Int>
    }

    private static let (boxesAtMost, piecesAtMost) = (4096, 1 << 16)

    func number(_ offset: Int, _ count: Int) -> Int? {
        guard offset >= 0, offset + count <= bytes.count, count <= 7 || bytes[offset] < 0x80 else { return nil }
        return bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Without its head: length and type, and of a full box its version.
    func body(of box: Range<Int>, isFull: Bool) -> Range<Int> {
        let head = min((number(box.lowerBound, 4) == 1 ? 16 : 8) + (isFull ? 4 : 0), box.count)
        return (box.lowerBound + head)..<box.upperBound
    }

    func version(_ box: Box) -> Int { number(body(of: box.range, isFull: false).lowerBound, 1) ?? 0 }

    func boxes(in range: Range<Int>) -> [Box] {
        var (found, offset) = ([Box](), range.lowerBound)
        while offset + 8 <= range.upperBound, found.count < Self.boxesAtMost {
            guard var length = number(offset, 4) else { break }
            if length == 1 { length = number(offset + 8, 8) ?? 0 }
            if length == 0 { length = range.upperBound - offset }
            guard length >= 8, length <= range.upperBound - offset else { break }
            let type = String(decoding: bytes[(offset + 4)..<(offset + 8)], as: UTF8.self)
            found.append(Box(type: type, range: offset..<(offset + length)))
            offset += length
        }
        return found
    }

    /// The types of all references, and where in the file each stands.
    func references(_ children: [Box]) -> [(type: String, place: Int)] {
        guard let box = children.first(where: { $0.type == "iref" }) else { return [] }
        return boxes(in: body(of: box.range, isFull: true)).map { ($0.type, start + $0.range.lowerBound + 4) }
    }

    /// The numbers of the items that hold Exif and XMP.
    func papers(_ children: [Box]) -> (exif: Int?, xmp: Int?) {
        guard let box = children.first(where: { $0.type == "iinf" }) else { return (nil, nil) }
        let count = version(box) == 0 ? 2 : 4
        let body = body(of: box.range, isFull: true)
        let entries = boxes(in: min(body.lowerBound + count, body.upperBound)..<body.upperBound)
        var (exif, xmp): (Int?, Int?)
        for entry in entries where entry.type == "infe" {
            let body = self.body(of: entry.range, isFull: true)
            let idLength = version(entry) == 3 ? 4 : 2
            let typeAt = body.lowerBound + idLength + 2
            guard let id = number(body.lowerBound, idLength), typeAt + 4 <= body.upperBound else { continue }
            switch String(decoding: bytes[typeAt..<(typeAt + 4)], as: UTF8.self) {
            case "Exif": exif = exif ?? id
            case "mime":
                let words = bytes[(typeAt + 4)..<body.upperBound]
                if words.firstRange(of: Array("application/rdf+xml".utf8)) != nil { xmp = xmp ?? id }
            default: break
            }
        }
        return (exif, xmp)
    }

    /// Where in the file the types of all properties stand that promise sizes.
    func sizes(_ children: [Box]) -> [Int] {
        guard let all = children.first(where: { $0.type == "iprp" }),
            let list = boxes(in: body(of: all.range, isFull: false)).first(where: { $0.type == "ipco" })
        else { return [] }
        return boxes(in: body(of: list.range, isFull: false)).filter { $0.type == "ispe" }
            .map { start + $0.range.lowerBound + 4 }
    }

    /// What the properties say that belong to the picture to show.
    func quarterTurns(_ children: [Box]) -> Int? {
        guard let primary = children.first(where: { $0.type == "pitm" }),
            let all = children.first(where: { $0.type == "iprp" })
        else { return nil }
        let id = number(body(of: primary.range, isFull: true).lowerBound, version(primary) == 0 ? 2 : 4)
        let parts = boxes(in: body(of: all.range, isFull: false))
        guard let list = parts.first(where: { $0.type == "ipco" }) else { return nil }
        let properties = boxes(in: body(of: list.range, isFull: false))
        var turns = 0
        for box in parts where box.type == "ipma" {
            for index in associations(box, of: id) where properties.indices.contains(index - 1) {
                let property = properties[index - 1]
                switch property.type {
                case "irot": turns = (number(body(of: property.range, isFull: false).lowerBound, 1) ?? 0) & 3
                case "imir", "clap": return nil
                default: break
                }
            }
        }
        return turns
    }

    /// The numbers of an item's properties, counted from one.
    private func associations(_ box: Box, of item: Int?) -> [Int] {
        let flags = number(body(of: box.range, isFull: false).lowerBound + 3, 1) ?? 0
        let (idLength, length) = (version(box) == 0 ? 2 : 4, flags & 1 == 0 ? 1 : 2)
        let body = body(of: box.range, isFull: true)
        var at = body.lowerBound + 4
        while at < body.upperBound, let id = number(at, idLength), let count = number(at + idLength, 1) {
            let first = at + idLength + 1
            if id == item {
                return (0..<count).compactMap { number(first + $0 * length, length) }
                    .map { $0 & (length == 1 ? 0x7F : 0x7FFF) }
            }
            at = first + count * length
        }
        return []
    }

    /// Where the bytes of all items stand in the file, piece by piece.
    func places(_ children: [Box]) -> [(item: Int, place: Range<Int>)] {
        guard let box = children.first(where: { $0.type == "iloc" }) else { return [] }
        let version = version(box)
        let body = body(of: box.range, isFull: true)
        var at = body.lowerBound
        let next = { (count: Int) -> Int in
            defer { at += count }
            return number(at, count) ?? 0
        }
        let (lengths, more) = (next(1), next(1))
        let (offsetLength, lengthLength, baseLength) = (lengths >> 4, lengths & 15, more >> 4)
        let indexLength = version > 0 ? more & 15 : 0
        guard [offsetLength, lengthLength, baseLength, indexLength].allSatisfy([0, 4, 8].contains),
            lengthLength > 0
        else { return [] }
        var places: [(item: Int, place: Range<Int>)] = []
        for _ in 0..<next(version < 2 ? 2 : 4) {
            let id = next(version < 2 ? 2 : 4)
            let isInside = version > 0 && next(2) & 15 == 1
            _ = next(2)
            let base = next(baseLength)
            for _ in 0..<next(2) {
                guard at < body.upperBound, places.count < Self.piecesAtMost else { return places }
                _ = next(indexLength)
                let offset = base &+ next(offsetLength)
                if let place = place(offset, next(lengthLength), isInside: isInside, children) {
                    places.append((id, place))
                }
            }
            guard at < body.upperBound else { break }
        }
        return places
    }

    /// Counted from the file's beginning, or from that of a box among these.
    private func place(_ offset: Int, _ length: Int, isInside: Bool, _ children: [Box]) -> Range<Int>? {
        guard offset >= 0, length > 0, length < 1 << 40, offset < 1 << 40 else { return nil }
        var offset = offset
        if isInside {
            guard let box = children.first(where: { $0.type == "idat" }) else { return nil }
            offset += start + body(of: box.range, isFull: false).lowerBound
        }
        return offset..<(offset + length)
    }
}
