/// A file's tags as they are looked up: in any case, because Matroska writes most of them in capitals; without odd
/// spaces; and none that is empty.
struct Tags {
    private let texts: [String: String]

    /// No name of a camera is longer, and no tag that is read here.
    private static let atMost = 100

    init(_ texts: [String: String]) {
        let tidied = texts.map { ($0.key.lowercased(), Self.tidy($0.value)) }.filter { !$0.1.isEmpty }
        // Two spellings of one name: which of them counts must not depend on the order of a dictionary.
        self.texts = Dictionary(tidied) { min($0, $1) }
    }

    subscript(_ name: String) -> String? { texts[name] }

    func first(of names: [String]) -> String? { names.lazy.compactMap { texts[$0] }.first }

    private static func tidy(_ text: String) -> String {
        let plain = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return String(String(plain).split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(atMost))
    }
}
