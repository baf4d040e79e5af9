/// A file name or a path, as Linux has it: bytes, not text.
///
/// It is text only where people read it; there, bytes that are no UTF-8 show as U+FFFD.
package struct Path: Hashable, Comparable, Sendable {
    package let bytes: [UInt8]

    package init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
    package init(_ text: String) { bytes = Array(text.utf8) }

    package static let empty = Path(bytes: [])

    package static func < (a: Path, b: Path) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    package var isEmpty: Bool { bytes.isEmpty }
    package var isAbsolute: Bool { bytes.first == Self.slash }

    /// How people read it.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The text, if it says exactly what the bytes say.
    package var exactText: String? { String(validating: bytes, as: UTF8.self) }

    package var components: [Path] { bytes.split(separator: Self.slash).map(Path.init(bytes:)) }

    /// What stands after the last slash.
    package var name: Path {
        guard let slash = bytes.lastIndex(of: Self.slash) else { return self }
        return Path(bytes: bytes[(slash + 1)...])
    }

    /// What stands before the last slash; empty where there is none, "/" for a child of the root.
    package var parent: Path {
        guard let slash = bytes.lastIndex(of: Self.slash) else { return .empty }
        return Path(bytes: slash == 0 ? bytes[..<1] : bytes[..<slash])
    }

    /// The name's last dot splits it; a leading dot does not.
    package var stemAndExtension: (stem: Path, extension: Path?) {
        let name = name.bytes
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0, dot < name.count - 1
        else { return (Path(bytes: name), nil) }
        return (Path(bytes: name[..<dot]), Path(bytes: name[(dot + 1)...]))
    }

    package static func / (parent: Path, child: Path) -> Path {
        if parent.isEmpty { return child }
        if child.isEmpty { return parent }
        return Path(
            bytes: parent.bytes.last == slash
                ? parent.bytes + child.bytes : parent.bytes + [slash] + child.bytes)
    }

    package static func / (parent: Path, child: String) -> Path { parent / Path(child) }

    /// Whether this is `folder` itself or something inside it.
    package func isInside(_ folder: Path) -> Bool {
        folder.isEmpty || self == folder || bytes.starts(with: folder.withSlash)
    }

    private var withSlash: [UInt8] { bytes.last == Self.slash ? bytes : bytes + [Self.slash] }

    /// The rest of the path below `folder`.
    package func relative(to folder: Path) -> Path? {
        guard isInside(folder) else { return nil }
        return folder.isEmpty ? self : Path(bytes: bytes.dropFirst(folder.withSlash.count))
    }

    private static let slash = UInt8(ascii: "/")
}

/// Text where it is UTF-8, else `{"base64": …}`: a path in JSON comes back exactly as it was.
extension Path: Codable {
    private enum CodingKeys: String, CodingKey { case base64 }

    package init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.init(text)
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let path = Path(base64: try container.decode(String.self, forKey: .base64)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .base64, in: container, debugDescription: "not base64")
        }
        self = path
    }

    package func encode(to encoder: any Encoder) throws {
        if let text = exactText {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        } else {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(base64, forKey: .base64)
        }
    }
}

/// Base64 stands here because this room imports nothing, and names must survive JSON.
extension Path {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package var base64: String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(
                    place <= group.count ? Self.alphabet[value >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    package init?(base64: String) {
        let characters = base64.utf8.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
        guard base64.utf8.count % 4 == 0, base64.utf8.count - characters.count <= 2 else { return nil }
        var (bytes, value, bits) = ([UInt8](), 0, 0)
        for character in characters {
            guard let digit = Self.alphabet.firstIndex(of: character) else { return nil }
            (value, bits) = (value << 6 | digit, bits + 6)
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(value >> bits & 0xFF))
            }
        }
        self.bytes = bytes
    }
}
