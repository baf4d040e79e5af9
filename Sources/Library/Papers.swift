// The two files of a published folder that tell of the others: the sidecar and SHA256SUMS. Pure.
package import Model
internal import Platform

package struct Papers: Sendable {
    package static let sums = "SHA256SUMS"
    package static func sidecar(of id: AssetID) -> String { "\(id).json" }

    /// Longer than any of the two.
    package static let limit_bytes = 1 << 20

    /// Both as they were found; nil where one is missing or cannot be read.
    package var sidecar: [UInt8]?
    package var sums: [UInt8]?

    package init(sidecar: [UInt8]?, sums: [UInt8]?) {
        self.sidecar = sidecar
        self.sums = sums
    }

    /// What SHA256SUMS says beside a sidecar of this digest.
    package static func sums(of asset: Asset, sidecar: Digest) -> [UInt8] {
        var lines = asset.renditions.map { "\($0.sha256)  \($0.file)\n" }
        lines.append("\(sidecar)  \(Self.sidecar(of: asset.id))\n")
        return Array(lines.sorted().joined().utf8)
    }

    /// Whether the one lists the other, and the renditions as the ledger knows them.
    package func agree(with asset: Asset) -> Bool {
        guard let sidecar, let sums else { return false }
        return sums == Self.sums(of: asset, sidecar: SHA256.digest(of: sidecar))
    }

    /// What the sidecar should add up to, by a SHA256SUMS that is right in all else.
    package func claimed(of asset: Asset) -> Digest? {
        let ending = "  \(Self.sidecar(of: asset.id))"
        let lines = String(decoding: sums ?? [], as: UTF8.self).split(separator: "\n")
        guard
            let digest = lines.first(where: { $0.hasSuffix(ending) }).flatMap({
                Digest($0.dropLast(ending.count))
            }),
            sums == Self.sums(of: asset, sidecar: digest)
        else { return nil }
        return digest
    }

    /// The sidecar that was published with this asset, as far as it can be told: one that a SHA256SUMS vouches for; else
    /// what the row says; else one that at least agrees with the row. `others` are such as a backup holds.
    package func rightSidecar(of asset: Asset, others: [Papers]) -> [UInt8]? {
        let found = ([self] + others).compactMap(\.sidecar)
        let written = Self.written(of: asset)
        let claims = ([self] + others).compactMap { $0.claimed(of: asset) }
        for claim in claims {
            if let right = (written + found).first(where: { SHA256.digest(of: $0) == claim }) { return right }
        }
        if let right = found.first(where: { written.contains($0) }) { return right }
        // Nothing vouches for it: only where there is none that anything speaks against.
        if claims.isEmpty, let right = found.first(where: { Self.isOf(asset, $0) }) { return right }
        return claims.isEmpty || found.isEmpty ? written.first : nil
    }

    /// The sidecar by the row, with its original, which may have been removed since; and as the row is now.
    static func written(of asset: Asset) -> [[UInt8]] {
        var before = asset
        before.original = Asset.original(of: asset.id, name: asset.source.path.name)
        return [before, asset].compactMap { try? JSON.encodeForPeople(Sidecar(of: $0)) }
    }

    private static func isOf(_ asset: Asset, _ text: [UInt8]) -> Bool {
        guard let sidecar = try? JSON.decode(Sidecar.self, from: text) else { return false }
        return sidecar.id == asset.id && sidecar.sha256 == asset.sha256
            && sidecar.publishedAt == asset.publishedAt && sidecar.renditions == asset.renditions
    }
}
