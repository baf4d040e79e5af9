/// What a file's first bytes say it is, whatever its name says: many a phone writes a photo into an .MOV.
package enum FirstBytes {
    /// How many tell a still picture from everything else.
    package static let count = 16

    package static func areOfPicture(_ bytes: [UInt8]) -> Bool {
        if beginnings.contains(where: { bytes.starts(with: $0) }) { return true }
        guard bytes.count >= 12 else { return false }
        let (word, brand) = (Array(bytes[4..<8]), String(decoding: bytes[8..<12], as: UTF8.self))
        // HEIF, AVIF and Canon's raw share their box with MP4; only the brand tells.
        if word == Array("ftyp".utf8) { return brands.contains(brand) }
        if bytes.starts(with: Array("RIFF".utf8)) { return brand == "WEBP" }
        return bytes.starts(with: Array("BM".utf8)) && bytes[6..<10].allSatisfy { $0 == 0 }
    }

    /// JPEG, PNG, GIF, TIFF and the raw formats built on it, JPEG XL twice, JPEG 2000, and the raw formats of Fuji,
    /// Panasonic, Olympus and Sigma.
    private static let beginnings: [[UInt8]] = [
        [0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47], Array("GIF8".utf8), [0x49, 0x49, 0x2A, 0x00],
        [0x4D, 0x4D, 0x00, 0x2A], Array("FUJIFILM".utf8), [0xFF, 0x0A], [0, 0, 0, 12] + Array("JXL ".utf8),
        [0, 0, 0, 12] + Array("jP  ".utf8), Array("IIU\0".utf8), Array("IIRO".utf8), Array("IIRS".utf8),
        Array("MMOR".utf8), Array("FOVb".utf8),
    ]

    private static let brands: Set<String> = [
        "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis", "crx ",
    ]
}
