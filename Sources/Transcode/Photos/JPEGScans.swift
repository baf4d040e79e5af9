/// How a JPEG is built: in one go from top to bottom, or coarse first and finer with every scan. Pure.
package struct JPEGScans: Sendable {
    package private(set) var isProgressive = false
    /// How many scans begin. All but the last of a file that was cut short are complete.
    package private(set) var count = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        var at = 2
        // The heads of parts, each with its length, up to where the picture begins.
        while at + 4 <= bytes.count, bytes[at] == 0xFF {
            let marker = bytes[at + 1]
            if marker == 0xFF {
                at += 1
                continue
            }
            if marker == 0xC2 { isProgressive = true }
            if marker == 0xDA { break }
            at += 2 + Int(bytes[at + 2]) << 8 + Int(bytes[at + 3])
        }
        guard isProgressive else { return }
        while at + 1 < bytes.count {
            if bytes[at] == 0xFF {
                if bytes[at + 1] == 0xDA { count += 1 }
                if bytes[at + 1] == 0xD9 { return }
            }
            at += 1
        }
    }
}
