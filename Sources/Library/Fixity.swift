// Whether the files of an asset are what the ledger says of them: sizes, SHA-256, nothing missing and nothing more. It
// only looks; whoever asked decides what to do about it.
package import Model
package import Platform

package struct Fixity {
    /// What one look at all files of an asset has found.
    package struct Check: Sendable {
        package let asset: Asset
        package let at: Timestamp
        package let damage: [Damage]
        /// Whether something is missing, or the disk does not give it. Where that befalls many at once it is rather the
        /// disk's affair than theirs.
        package let isAbsent: Bool
    }

    private let asset: Asset
    private let layout: Layout
    private let fromDisk: Bool
    private let each: (Int) throws(Errno) -> Void
    private var damage: [Damage] = []
    private var isAbsent = false

    /// Reads every file of an asset that is published or in the trash; with `fromDisk` also what memory holds already, which
    /// takes longer. `each` hears how many bytes were read, and may throw.
    package static func check(
        _ asset: Asset, in layout: Layout, fromDisk: Bool = false,
        _ each: @escaping (Int) throws(Errno) -> Void = { _ in }
    ) throws(Errno) -> Check {
        let now = Clock.now()
        var look = Fixity(asset: asset, layout: layout, fromDisk: fromDisk, each: each)
        try look.lookAtFolder()
        if let original = asset.original, let digest = asset.sha256 {
            try look.look(at: original, asset.source.bytes, digest)
        }
        return Check(asset: asset, at: now, damage: look.damage, isAbsent: look.isAbsent)
    }

    private init(
        asset: Asset, layout: Layout, fromDisk: Bool, each: @escaping (Int) throws(Errno) -> Void
    ) {
        self.asset = asset
        self.layout = layout
        self.fromDisk = fromDisk
        self.each = each
    }

    private mutating func found(_ what: Damage.What, _ file: String, _ text: String) {
        damage.append(Damage(file: file, what: what, text: text))
        if what == .missing { isAbsent = true }
    }

    private mutating func lookAtFolder() throws(Errno) {
        let folder = layout.place(of: asset)
        let entries: [Files.Entry]
        do throws(Errno) { entries = try Files.list(layout.root / folder) } catch {
            if error.meansAbsent { return found(.missing, folder, "The whole folder is missing.") }
            return try unreadable(folder, error)
        }
        for rendition in asset.renditions {
            try look(at: "\(folder)/\(rendition.file)", rendition.bytes, rendition.sha256)
        }
        try lookAtPapers(in: folder)
        let wanted = layout.files(of: asset)
        for entry in entries.map({ "\(folder)/\($0.name.text)" }).sorted() where !wanted.contains(entry) {
            found(.damaged, entry, "It is no part of the archive. Take it out of there.")
        }
    }

    private mutating func look(at file: String, _ bytes: Int64, _ digest: Digest) throws(Errno) {
        do throws(Errno) {
            guard let status = try Files.status(of: layout.root / file) else {
                return found(.missing, file, "It is missing.")
            }
            guard status.kind == .file else { return found(.damaged, file, "It is no ordinary file.") }
            if status.bytes != bytes {
                return found(.damaged, file, "It has \(status.bytes) bytes and should have \(bytes).")
            }
            let opened = try Files.openForReading(layout.root / file)
            let (sum, _) = try SHA256.digestOnce(of: opened, fromDisk: fromDisk, each)
            if sum != digest { found(.damaged, file, "Its contents are not what they were.") }
        } catch {
            try unreadable(file, error)
        }
    }

    private mutating func lookAtPapers(in folder: String) throws(Errno) {
        let (sidecar, sums) = ("\(folder)/\(Papers.sidecar(of: asset.id))", "\(folder)/\(Papers.sums)")
        let papers = Papers(sidecar: try read(sidecar), sums: try read(sums))
        guard let text = papers.sidecar, papers.sums != nil, !papers.agree(with: asset) else { return }
        // The row can often tell which of the two is wrong.
        let isSidecarRight = papers.claimed(of: asset) == nil || Papers.written(of: asset).contains(text)
        found(.damaged, isSidecarRight ? sums : sidecar, "Its contents are not what they were.")
    }

    /// Nil, and noted, where it cannot be had.
    private mutating func read(_ file: String) throws(Errno) -> [UInt8]? {
        do throws(Errno) {
            let bytes = try Files.read(layout.root / file, limit: Papers.limit_bytes)
            try each(bytes.count)
            return bytes
        } catch {
            if error.meansAbsent {
                found(.missing, file, "It is missing.")
            } else {
                try unreadable(file, error)
            }
            return nil
        }
    }

    /// A disk that fails at one file says nothing of the others; a machine at its limits says nothing of any.
    private mutating func unreadable(_ file: String, _ error: Errno) throws(Errno) {
        if error.meansAbsent { return found(.missing, file, "It is missing.") }
        if error.meansMachine { throw error }
        found(.damaged, file, "It cannot be read (\(error.reason)).")
        isAbsent = true
    }
}

extension Layout {
    /// Where an asset's folder is, below the library.
    package func place(of asset: Asset) -> String {
        asset.stage == .deleted ? "trash/\(asset.id)" : asset.folder
    }

    /// All that belongs into that folder, below the library.
    package func files(of asset: Asset) -> [String] {
        let folder = place(of: asset)
        let names = asset.renditions.map(\.file) + [Papers.sidecar(of: asset.id), Papers.sums]
        return names.map { "\(folder)/\($0)" }
    }
}
