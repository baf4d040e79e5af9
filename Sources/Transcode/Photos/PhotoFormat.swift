/// What kind of still picture a file's first bytes announce. Pure.
package enum PhotoFormat: Hashable, Sendable {
    case jpeg, png, gif, webp, tiff, heif, jpegXL, jpeg2000
    /// Known, but not read here: in words that end "It is …".
    case unread(String)

    package static let raw = PhotoFormat.unread("a raw file, of which a program has to make a photo first")

    /// Nil where this is no still picture.
    package init?(_ head: [UInt8]) {
        let found = Self.beginnings.first { head.starts(with: $0.bytes) }
        if let found {
            // Canon's raw files of old are TIFF files with two letters more.
            let isRaw = found.format == .tiff && head.dropFirst(8).starts(with: Array("CR".utf8))
            self = isRaw ? .raw : found.format
            return
        }
        guard head.count >= 12 else { return nil }
        if head.starts(with: Array("RIFF".utf8)), head[8..<12].elementsEqual("WEBP".utf8) {
            self = .webp
        } else if head[4..<8].elementsEqual("ftyp".utf8) {
            self = head[8..<12].elementsEqual("crx ".utf8) ? .raw : .heif
        } else {
            return nil
        }
    }

    private static let beginnings: [(bytes: [UInt8], format: PhotoFormat)] = [
        ([0xFF, 0xD8, 0xFF], .jpeg), ([0x89, 0x50, 0x4E, 0x47], .png), (Array("GIF8".utf8), .gif),
        ([0x49, 0x49, 0x2A, 0x00], .tiff), ([0x4D, 0x4D, 0x00, 0x2A], .tiff), ([0xFF, 0x0A], .jpegXL),
        ([0, 0, 0, 12] + Array("JXL ".utf8), .jpegXL), ([0, 0, 0, 12] + Array("jP  ".utf8), .jpeg2000),
        (Array("BM".utf8), .unread("a Windows bitmap")), (Array("FUJIFILM".utf8), .raw),
        // Panasonic, Olympus, Sigma.
        (Array("IIU\0".utf8), .raw), (Array("IIRO".utf8), .raw), (Array("IIRS".utf8), .raw),
        (Array("MMOR".utf8), .raw), (Array("FOVb".utf8), .raw),
    ]
}
