/// The few things that are looked for in a photo's XMP, a text in RDF. Pure.
///
/// Whoever edits a photo moves its date there, and phones say there that a film hangs on it. It is searched rather than
/// parsed: what is not found as it is always written is not there.
package struct XMP: Sendable {
    private let text: String

    private static let atMost_bytes = 1 << 20

    package init(_ bytes: some Collection<UInt8>) {
        text = String(decoding: bytes.prefix(Self.atMost_bytes), as: UTF8.self)
    }

    /// The value of `name="…"`, or what stands in `<name>…</name>`.
    package subscript(_ name: String) -> String? {
        attribute(name) ?? element(name)
    }

    private func attribute(_ name: String) -> String? {
        for quote in ["\"", "'"] {
            guard let start = text.firstRange(of: " \(name)=\(quote)")?.upperBound ?? lineStart(name, quote),
                let end = text[start...].firstRange(of: quote)?.lowerBound
            else { continue }
            return String(text[start..<end])
        }
        return nil
    }

    /// Attributes may stand on lines of their own.
    private func lineStart(_ name: String, _ quote: String) -> String.Index? {
        text.firstRange(of: "\n\(name)=\(quote)")?.upperBound
    }

    private func element(_ name: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>")?.upperBound,
            let end = text[start...].firstRange(of: "</\(name)>")?.lowerBound
        else { return nil }
        return String(text[start..<end])
    }

    package var orientation: Int? {
        self["tiff:Orientation"].flatMap { Int($0) }.flatMap { (1...8).contains($0) ? $0 : nil }
    }

    /// Google's word of today and of yesterday.
    package var hasFilm: Bool {
        ["GCamera:MotionPhoto", "Camera:MotionPhoto", "GCamera:MicroVideo"].contains { self[$0] == "1" }
    }
}
