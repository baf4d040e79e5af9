/// What a file turned out to be.
package enum Kind: String, CaseIterable, Codable, Sendable {
    case video, photo
}

/// What a worker learned about an original, and what the sidecar says of it.
package struct Media: Hashable, Codable, Sendable {
    package var kind: Kind
    /// Seconds of playing time; nil for photos.
    package var duration: Double?
    /// As published: upright, in square pixels.
    package var width: Int
    package var height: Int
    package var capturedAt: Timestamp?
    /// "+01:00", where the file says it.
    package var capturedAtOffset: String?
    /// Which tag of the file said so, or "file time".
    package var capturedAtSource: String?
    /// What pairs the two halves of a Live Photo.
    package var contentIdentifier: String?
    /// "Apple iPhone 15 Pro".
    package var device: String?
    /// Plain sentences about what had to be left out or repaired.
    package var remarks: [String]

    /// What is said where no tag says anything.
    package static let fileTime = "file time"

    package init(
        kind: Kind, duration: Double?, width: Int, height: Int, capturedAt: Timestamp? = nil,
        capturedAtOffset: String? = nil, capturedAtSource: String? = nil, contentIdentifier: String? = nil,
        device: String? = nil, remarks: [String] = []
    ) {
        self.kind = kind
        self.duration = duration
        self.width = width
        self.height = height
        self.capturedAt = capturedAt
        self.capturedAtOffset = capturedAtOffset
        self.capturedAtSource = capturedAtSource
        self.contentIdentifier = contentIdentifier
        self.device = device
        self.remarks = remarks
    }
}

extension Timestamp {
    /// No camera wrote files before; a clock that says so was never set.
    package static let cameraAge = Timestamp(milliseconds: 631_152_000_000)
}

extension Media {
    /// A recording that does not say when it was made is as old as its file was in the drop folder, as far as that can be
    /// believed.
    package func dated(by source: Source, receivedAt: Timestamp) -> Media {
        let changed = Timestamp(milliseconds: source.modified_ns / 1_000_000)
        guard capturedAt == nil, changed > .cameraAge, changed <= receivedAt + 86400 else { return self }
        var media = self
        media.capturedAt = changed
        media.capturedAtOffset = nil
        media.capturedAtSource = Self.fileTime
        return media
    }
}

/// One published file of an asset.
package struct Rendition: Hashable, Codable, Sendable {
    package enum Role: Hashable, Sendable {
        case main, poster, thumb
        /// A photo, fitted into a box of this width: `[Photo] Sizes`.
        case box(Int)
    }

    package var role: Role
    /// Its name in the asset's folder.
    package var file: String
    package var mime: String
    package var bytes: Int64
    package var sha256: Digest
    package var width: Int
    package var height: Int

    package init(
        role: Role, file: String, mime: String, bytes: Int64, sha256: Digest, width: Int, height: Int
    ) {
        self.role = role
        self.file = file
        self.mime = mime
        self.bytes = bytes
        self.sha256 = sha256
        self.width = width
        self.height = height
    }
}

extension Rendition.Role {
    /// The file name of this role: `<uuid>.mp4`, `<uuid>-poster.jpg`.
    package func file(of id: AssetID, kind: Kind) -> String {
        switch self {
        case .main: kind == .video ? "\(id).mp4" : "\(id).jpg"
        case .poster, .thumb, .box: "\(id)-\(rawValue).jpg"
        }
    }

    package func mime(kind: Kind) -> String { self == .main && kind == .video ? "video/mp4" : "image/jpeg" }
}

extension Rendition.Role: RawRepresentable, Codable {
    package init?(rawValue: String) {
        switch rawValue {
        case "main": self = .main
        case "poster": self = .poster
        case "thumb": self = .thumb
        default:
            guard let width = Int(rawValue), width > 0, String(width) == rawValue else { return nil }
            self = .box(width)
        }
    }

    package var rawValue: String {
        switch self {
        case .main: "main"
        case .poster: "poster"
        case .thumb: "thumb"
        case .box(let width): String(width)
        }
    }
}
