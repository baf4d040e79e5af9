// Values to begin a test with.
package import Model

package let noon = Timestamp("2026-11-20T12:00:00.000Z")!

package func makeID(_ number: Int64 = 0, at moment: Timestamp = noon) -> AssetID {
    var maker = AssetID.Maker()
    return maker.next(at: Timestamp(milliseconds: moment.milliseconds + number))
}

package func makeDigest(_ fill: UInt8) -> Digest { Digest(bytes: [UInt8](repeating: fill, count: 32))! }

package func makeSource(_ path: Path = Path("Loom/1905/IMG_1.MOV"), bytes: Int64 = 10) -> Source {
    Source(
        path: path, device: 1, inode: 2, bytes: bytes, modified_ns: 3, uid: 1000, gid: 1001, mode: 0o640,
        owner: "ada")
}

/// Everything that an asset can know, known.
package func fullAsset(_ id: AssetID = makeID()) -> Asset {
    var asset = Asset(
        id: id, stage: .published, source: makeSource(), sha256: makeDigest(7), receivedAt: id.madeAt)
    asset.publishedAt = id.madeAt + 60
    asset.endedAt = id.madeAt + 61
    asset.media = Media(
        kind: .video, duration: 12.5, width: 1920, height: 1080, capturedAt: noon + -86400,
        capturedAtOffset: "+01:00", capturedAtSource: "com.apple.quicktime.creationdate",
        contentIdentifier: "A-1", device: "Apple iPhone 15 Pro", remarks: ["One track was left out.", "Two."])
    asset.original = "originals/2026/11/20/\(id).mov"
    asset.renditions = [Rendition.Role.main, .poster, .thumb].enumerated().map { place, role in
        Rendition(
            role: role, file: role.file(of: id, kind: .video), mime: role.mime(kind: .video),
            bytes: Int64(1000 + place), sha256: makeDigest(UInt8(place)), width: 640, height: 360)
    }
    asset.madeWith = ["flipd": "1.0", "libx264": "164", "recipe": "a=b"]
    asset.refusal = Refusal(.stalled, "Nothing happened.")
    asset.retryAt = noon + 300
    asset.attempts = 2
    asset.duplicateOf = makeID(-5)
    asset.handedBackTo = Path("Problems/IMG_1.MOV")
    asset.deletedAt = noon + 60
    asset.caption = "Two lines\nof \"words\""
    asset.correctedCollection = "Loom/1906"
    return asset
}

package func leanAsset(_ id: AssetID = makeID()) -> Asset {
    Asset(id: id, stage: .taken, source: makeSource(), sha256: nil, receivedAt: id.madeAt)
}
