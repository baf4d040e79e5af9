// Finding the other half of a Live Photo.
package import Model

extension LedgerReader {
    /// The published asset of the other kind that belongs to this one, and to no other yet: the one with its identifier,
    /// or, where one of the two has none, the one of its name, in its folder, of its moment. The oldest, if there are
    /// several.
    package func otherHalf(of asset: Asset) throws(LedgerFailure) -> Asset? {
        guard let media = asset.media, asset.pair == nil else { return nil }
        let kind: Kind = media.kind == .video ? .photo : .video
        if let identifier = media.contentIdentifier,
            let half = try connection.first(
                """
                \(Self.select) WHERE stage = 'published' AND pair IS NULL AND content_identifier = ? AND kind = ?
                ORDER BY id LIMIT 1
                """, [Value(identifier), Value(kind)], Self.read)
        {
            return half
        }
        return try halves(byNameOf: asset, kind).first { half in
            half.source.path.parent == asset.source.path.parent
                && half.source.path.stemAndExtension.stem == asset.source.path.stemAndExtension.stem
                && (half.media?.contentIdentifier == nil || media.contentIdentifier == nil)
                && (half.media?.isOfTheMoment(of: media) ?? false)
        }
    }

    /// Those whose name begins like this one's, up to its last dot. By text, which an index knows; the caller compares
    /// bytes.
    private func halves(byNameOf asset: Asset, _ kind: Kind) throws(LedgerFailure) -> [Asset] {
        let stem = asset.source.path.stemAndExtension.stem.text
        var found: [Asset] = []
        // A slash comes right after the dot, and is in no name.
        try connection.run(
            """
            \(Self.select) WHERE stage = 'published' AND pair IS NULL AND collection_text = ?1
                AND source_name_text >= ?2 || '.' AND source_name_text < ?2 || '/' AND kind = ?3
            ORDER BY id
            """, [Value(asset.placement.collection.text), Value(stem), Value(kind)]
        ) { row throws(LedgerFailure) in found.append(try Self.read(row)) }
        return found
    }
}

extension Media {
    /// The picture of a Live Photo is taken in the middle of its film, which lasts three seconds.
    fileprivate func isOfTheMoment(of other: Media) -> Bool {
        guard let capturedAt, let otherAt = other.capturedAt, saysItsMoment, other.saysItsMoment else {
            return false
        }
        return abs(capturedAt.seconds(since: otherAt)) <= 3
    }

    /// A day alone, or the time of a file that was copied about, is the same for many.
    private var saysItsMoment: Bool {
        guard let capturedAtSource else { return false }
        return capturedAtSource != Media.fileTime && !capturedAtSource.hasSuffix(" (day only)")
    }
}
