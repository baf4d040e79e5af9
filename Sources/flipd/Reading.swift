// Slow work on whole files, on threads that nothing else waits for: syncing, copying, hashing, sealing.
import Ingest
import Library
import Model
import Platform

actor Reading {
    private let layout: Layout
    private let incoming: Path
    private let limits: SizeLimits
    private let thread: WorkThread

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(layout: Layout, incoming: Path, limits: SizeLimits, thread: WorkThread) {
        self.layout = layout
        self.incoming = incoming
        self.limits = limits
        self.thread = thread
    }

    /// Syncs a quiet file's bytes and says what it is; nil if it is no longer the file that came to rest.
    func inspect(_ candidate: Candidate) throws(Errno) -> Claim.Inspection? {
        try Claim.inspect(candidate.path, in: incoming, as: candidate.status, within: limits)
    }

    func copy(_ source: Source, to staged: Path) throws(Claim.Failure) {
        try Claim.copy(source, from: incoming, to: staged)
    }

    struct Hashed: Sendable {
        let digest: Digest
        let bytes: Int64
        let seconds: Double
    }

    /// Hashes an original that is ours; nil while somebody who had it open still writes.
    func hash(_ original: Path) throws(Errno) -> Hashed? {
        let began = Clock.monotonic_s()
        let file = try Files.openForReading(original)
        if file.writers() == .some { return nil }
        let before = try Files.status(of: file)
        let (digest, bytes) = try SHA256.digest(of: file)
        // What moved meanwhile was hashed in vain.
        guard file.writers() != .some, before.isSame(as: try Files.status(of: file)) else { return nil }
        return Hashed(digest: digest, bytes: bytes, seconds: Clock.monotonic_s() - began)
    }

    func measure(_ files: [MadeFile], of id: AssetID, kind: Kind, in folder: Path) throws(Errno) -> [Rendition]
    {
        try Publish.measure(files, of: id, kind: kind, in: folder)
    }

    /// Completes a staged folder: hashes, sidecar, sums, modes, all synced. Only its rename is left to do.
    func seal(_ asset: Asset, media: Media, files: [MadeFile], in attempt: Path) throws -> Asset {
        var asset = asset
        asset.media = media.dated(by: asset.source, receivedAt: asset.receivedAt)
        try Publish.bring(asset.renditions, from: layout.preview(of: asset.id), to: attempt)
        asset.renditions = try measure(files, of: asset.id, kind: media.kind, in: attempt) + asset.renditions
        asset.publishedAt = Clock.now()
        try Publish.seal(asset, in: attempt)
        return asset
    }
}
