/// Where the second copy of the archive is: in a folder of this machine, or of another one that ssh reaches.
package enum BackupDestination: Hashable, Sendable, CustomStringConvertible {
    case folder(Path)
    /// `host` may say the user too, as in `ada@shelf`.
    case remote(host: String, folder: String)

    /// Nil for what is neither a path from the root nor `host:path`.
    package init?(_ text: String) {
        if text.hasPrefix("/") {
            guard let folder = Self.folder(text), folder != "/" else { return nil }
            self = .folder(Path(folder))
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let (host, path) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
        // A word that begins with a dash would be an option, and two colons are rsync's own protocol, which has no shell.
        guard !host.isEmpty, !host.hasPrefix("-"), host.utf8.allSatisfy(Self.isHostByte), !path.hasPrefix(":"),
            !path.hasPrefix("-"), let folder = Self.folder(path)
        else { return nil }
        self = .remote(host: host, folder: folder)
    }

    /// In one way of writing only, so that destinations can be compared.
    private static func folder(_ path: String) -> String? {
        let names = path.split(separator: "/").filter { $0 != "." }
        if names.contains("..") || path.isEmpty { return nil }
        let joined = (path.hasPrefix("/") ? "/" : "") + names.joined(separator: "/")
        return joined.isEmpty ? nil : joined
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "@._-".utf8.contains(byte)
        }
    }

    package var description: String {
        switch self {
        case .folder(let path): path.text
        case .remote(let host, let folder): "\(host):\(folder)"
        }
    }
}
