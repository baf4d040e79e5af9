/// The few things that are looked for in a photo's XMP, a text in RDF. Pure.
///
/// Whoever edits a photo moves its date there, and phones say there that a film hangs on it. It is searched rather than
/// parsed: what is not found as it is always written is not there.
package struct XMP: Sendable {
    private let text: [UInt8]

    /// Phones write some kilobytes; what follows are small pictures and the history of edits.
    private static let atMost_bytes = 256 << 10

    package init(_ bytes: some Collection<UInt8>) { text = Array(bytes.prefix(Self.atMost_bytes)) }

    /// The value of `name="…"`, or what stands in `<name>…</name>`.
    package subscript(_ name: String) -> String? { attribute(name) ?? element(name) }

    private func attribute(_ name: String) -> String? {
        let word = Array("\(name)=".utf8)
        var rest = text[...]
        while let found = rest.firstRange(of: word) {
            rest = text[found.upperBound...]
            let isWhole = found.lowerBound > 0 && [0x20, 0x09, 0x0A, 0x0D].contains(text[found.lowerBound - 1])
            guard isWhole, let quote = rest.first, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(quote),
                let end = rest.dropFirst().firstIndex(of: quote)
            else { continue }
            return String(decoding: rest[..<end].dropFirst(), as: UTF8.self)
        }
        return nil
    }

    private func element(_ name: String) -> String? {
        guard let start = text.firstRange(of: Array("<\(name)>".utf8))?.upperBound,
            let end = text[start...].firstRange(of: Array("</\(name)>".utf8))?.lowerBound
        else { return nil }
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    package var orientation: Int? {
        self["tiff:Orientation"].flatMap { Int($0) }.flatMap { (1...8).contains($0) ? $0 : nil }
    }

    /// Google's word of today and of yesterday.
    package var hasFilm: Bool {
        ["GCamera:MotionPhoto", "Camera:MotionPhoto", "GCamera:MicroVideo"].contains { self[$0] == "1" }
    }
}
