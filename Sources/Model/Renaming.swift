/// What somebody writes about an asset: another caption, another collection. What is absent stays as it is; an empty
/// caption, or null, takes it away, and for a collection means the one it was dropped into.
package struct Renaming: Hashable, Codable, Sendable {
    package var caption: String?
    package var collection: String?

    private enum CodingKeys: String, CodingKey { case caption, collection }

    package init(caption: String?, collection: String?) {
        self.caption = caption
        self.collection = collection
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String? {
            guard keys.contains(key) else { return nil }
            return try keys.decodeNil(forKey: key) ? "" : try keys.decode(String.self, forKey: key)
        }
        caption = try text(.caption)
        collection = try text(.collection)
    }

    /// What is wrong with it, in a sentence.
    package var complaint: String? {
        if caption == nil, collection == nil { return "Say a “caption”, a “collection”, or both." }
        if let caption {
            if caption.utf8.count > Self.longestCaption_bytes { return "This caption is too long." }
            let isPlain = caption.unicodeScalars.allSatisfy { $0 == "\n" || !Self.isControl($0) }
            if !isPlain { return "A caption is plain text." }
        }
        if let collection, !collection.isEmpty, !Self.isCollection(collection) {
            return "A collection is named like the folders it could be, such as Loom/1905."
        }
        return nil
    }

    private static let longestCaption_bytes = 4000
    private static let longestName_bytes = 255
    private static let longestPath_bytes = 1000
    private static let deepest = 20

    private static func isCollection(_ text: String) -> Bool {
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= longestPath_bytes && names.count <= deepest && names[0] != "Problems"
            && !text.unicodeScalars.contains { isControl($0) || turnsText($0) }
            && names.allSatisfy(isFolder)
    }

    /// One that a file could have been dropped into.
    private static func isFolder(_ name: Substring) -> Bool {
        !name.hasPrefix(".") && !name.hasPrefix("#") && !name.hasPrefix("ref=")
            && name.first?.isWhitespace == false
            && name.last?.isWhitespace == false && name.utf8.count <= longestName_bytes
    }

    /// What shows letters in another order than they stand in.
    private static func turnsText(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }
}
