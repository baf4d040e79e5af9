/// What stands in a PNG file beside its picture. Pure.
package struct PNGChunks: Sendable {
    package private(set) var exif: [UInt8]?
    package private(set) var isAnimated = false
    /// The end is there, and with it all that comes before.
    package private(set) var isEnded = false

    /// A chunk has some kilobytes of picture; beyond that a file is a trap.
    private static let atMost = 1 << 18

    /// `read` gives up to that many bytes from an offset.
    package init(read: (_ offset: Int, _ count: Int) -> [UInt8]) {
        var offset = 8
        for _ in 0..<Self.atMost {
            let head = read(offset, 8)
            guard head.count == 8 else { return }
            let length = head[..<4].reduce(0) { $0 << 8 | Int($1) }
            switch String(decoding: head[4...], as: UTF8.self) {
            case "eXIf": exif = exif ?? read(offset + 8, min(length, 1 << 20))
            case "acTL": isAnimated = true
            case "IEND":
                isEnded = true
                return
            default: break
            }
            offset += length + 12
        }
    }
}
