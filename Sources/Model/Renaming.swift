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

    private static func isCollection(_ text: String) -> Bool {
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= longestPath_bytes && !text.unicodeScalars.contains(where: isControl)
            && names.allSatisfy {
                !["", ".", ".."].contains($0) && !$0.hasPrefix("ref=") && $0.utf8.count <= longestName_bytes
            }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }
}
