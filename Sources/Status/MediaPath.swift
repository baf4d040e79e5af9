// The address of one published file. Only the exact shape that flipd itself publishes is one, so a path with
// tricks in it (dots, slashes, another day, a foreign name) is never even looked for.
package import Model

package struct MediaPath: Hashable, Sendable {
    package let id: AssetID
    /// The file's name in the asset's folder: `<uuid>.mp4`, `<uuid>-poster.jpg`, `SHA256SUMS`.
    package let file: String

    /// Below the library.
    package var relative: Path { Path("\(Asset.folder(of: id))/\(file)") }

    /// Takes the decoded pieces of "media/2026/11/20/<uuid>/<file>".
    init?(_ words: [String]) {
        guard words.count == 6, let id = AssetID(words[4]),
            words[..<5].joined(separator: "/") == Asset.folder(of: id),
            Self.belongs(words[5], to: id)
        else { return nil }
        self.id = id
        file = words[5]
    }

    private static func belongs(_ file: String, to id: AssetID) -> Bool {
        if file == "SHA256SUMS" { return true }
        guard file.hasPrefix(id.description) else { return false }
        let ending = file.utf8.dropFirst(36)
        return (2...32).contains(ending.count)
            && ending.allSatisfy { character in
                switch character {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                case UInt8(ascii: "-"), UInt8(ascii: "."): true
                default: false
                }
            }
    }

    /// What browsers are told of a file with this name.
    static func mime(of name: Path) -> String {
        switch name.stemAndExtension.extension?.text {
        case "mp4": "video/mp4"
        case "jpg": "image/jpeg"
        case "json": "application/json"
        case nil: "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}
