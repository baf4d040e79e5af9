/// What is true of an asset at its publication, and never changes: `<uuid>.json` beside the renditions.
package struct Sidecar: Codable, Sendable {
    package static let currentSchema = 1

    package var schema: Int
    package var id: AssetID
    @OrNull package var kind: Kind?
    package var collection: String
    /// Only where the collection's bytes are no UTF-8.
    package var collectionBase64: String?
    @OrNull package var ref: String?
    package var sourceName: String
    package var sourceNameBase64: String?
    package var sourceBytes: Int64
    @OrNull package var sourceOwner: String?
    @OrNull package var sha256: Digest?
    package var receivedAt: Timestamp
    @OrNull package var publishedAt: Timestamp?
    @OrNull package var capturedAt: Timestamp?
    @OrNull package var capturedAtOffset: String?
    @OrNull package var capturedAtSource: String?
    @OrNull package var contentIdentifier: String?
    @OrNull package var device: String?
    @OrNull package var duration: Double?
    @OrNull package var width: Int?
    @OrNull package var height: Int?
    @OrNull package var original: String?
    package var remarks: [String]
    package var renditions: [Rendition]
    package var madeWith: [String: String]

    private enum CodingKeys: String, CodingKey {
        case schema, id, kind, collection, ref, sha256, device, duration, width, height, original, remarks
        case renditions
        case collectionBase64 = "collection_base64"
        case sourceName = "source_name"
        case sourceNameBase64 = "source_name_base64"
        case sourceBytes = "source_bytes"
        case sourceOwner = "source_owner"
        case receivedAt = "received_at"
        case publishedAt = "published_at"
        case capturedAt = "captured_at"
        case capturedAtOffset = "captured_at_offset"
        case capturedAtSource = "captured_at_source"
        case contentIdentifier = "content_identifier"
        case madeWith = "made_with"
    }

    package init(of asset: Asset) {
        let placement = asset.placement
        schema = Self.currentSchema
        id = asset.id
        kind = asset.media?.kind
        collection = placement.collection.text
        collectionBase64 = placement.collection.exactText == nil ? placement.collection.base64 : nil
        ref = placement.ref?.text
        sourceName = asset.sourceName.text
        sourceNameBase64 = asset.sourceName.exactText == nil ? asset.sourceName.base64 : nil
        sourceBytes = asset.source.bytes
        sourceOwner = asset.source.owner
        sha256 = asset.sha256
        receivedAt = asset.receivedAt
        publishedAt = asset.publishedAt
        capturedAt = asset.media?.capturedAt
        capturedAtOffset = asset.media?.capturedAtOffset
        capturedAtSource = asset.media?.capturedAtSource
        contentIdentifier = asset.media?.contentIdentifier
        device = asset.media?.device
        duration = asset.media?.duration
        width = asset.media?.width
        height = asset.media?.height
        original = asset.original
        remarks = asset.media?.remarks ?? []
        renditions = asset.renditions
        madeWith = asset.madeWith
    }
}
