// How large a file may be, which is asked before any of it is read, and what kind it is, told from its first bytes. Pure.
internal import Model

package struct SizeLimits: Sendable {
    package var video_bytes: Int64
    package var photo_bytes: Int64

    package init(video_bytes: Int64, photo_bytes: Int64) {
        self.video_bytes = video_bytes
        self.photo_bytes = photo_bytes
    }

    /// How many of a file's first bytes tell its kind.
    static let head_bytes = 16

    /// Why a file of this size is not taken; nil if it is. What is no photo counts as a video.
    func refusal(bytes: Int64, head: [UInt8]) -> Refusal? {
        if bytes <= min(video_bytes, photo_bytes) { return nil }
        let isPhoto = Self.isPhoto(head)
        let limit = isPhoto ? photo_bytes : video_bytes
        if bytes <= limit { return nil }
        return Refusal(
            .tooLarge,
            "It has \(ByteCount.text(bytes)); a \(isPhoto ? "photo" : "video") may have \(ByteCount.text(limit)) at most."
        )
    }

    /// By content, never by name: many a phone writes a photo into an .MOV.
    static func isPhoto(_ head: [UInt8]) -> Bool {
        if beginnings.contains(where: { head.starts(with: $0) }) { return true }
        guard head.count >= 12 else { return false }
        let (name, brand) = (Array(head[4..<8]), String(decoding: head[8..<12], as: UTF8.self))
        if name == Array("ftyp".utf8) { return brands.contains(brand) }
        return head.starts(with: Array("RIFF".utf8)) && brand == "WEBP"
    }

    /// JPEG, PNG, GIF, TIFF and the raw formats built on it, Fuji's raw, BMP, JPEG XL.
    private static let beginnings: [[UInt8]] = [
        [0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47], Array("GIF8".utf8), Array("II*\0".utf8),
        Array("MM\0*".utf8), Array("FUJIFILM".utf8), Array("BM".utf8), [0xFF, 0x0A],
        [0, 0, 0, 12] + Array("JXL ".utf8),
    ]

    /// HEIF, AVIF and Canon's raw.
    private static let brands: Set<String> = [
        "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis", "crx ",
    ]
}
