// Where everything in the library stands. Pure.
package import Model

package struct Layout: Sendable {
    package let root: Path

    package init(root: Path) { self.root = root }

    package var marker: Path { root / ".flipd-library" }
    package var record: Path { root / "record" }
    package var staging: Path { root / ".staging" }
    package var media: Path { root / "media" }
    package var originals: Path { root / "originals" }
    /// Snapshots of the ledger, and the configuration.
    package var ledger: Path { root / "ledger" }

    package var trash: Path { root / "trash" }

    /// A deleted asset's folder.
    package func trash(of id: AssetID) -> Path { trash / "\(id)" }

    package func original(of asset: Asset) -> Path? { asset.original.map { root / $0 } }

    /// What a photo's edits are in, beside its original.
    package func companion(of id: AssetID) -> Path { originals / id.dayFolder / "\(id).aae" }

    /// The published folder.
    package func folder(of id: AssetID) -> Path { root / Asset.folder(of: id) }

    /// Poster and thumb from their making to the publication; of a photo, all of it.
    package func preview(of id: AssetID) -> Path { staging / "\(id).preview" }

    /// What one attempt at a transcode makes.
    package func attempt(_ number: Int, of id: AssetID) -> Path { staging / "\(id).\(number)" }

    /// A published folder on its way to nowhere.
    package func purge(of id: AssetID) -> Path { staging / "\(id).purge" }

    /// Where files are laid ready that will replace damaged ones.
    package func healing(of id: AssetID) -> Path { staging / "\(id).healing" }

    /// A damaged folder that is made anew.
    package func damaged(of id: AssetID) -> Path { staging / "\(id).damaged" }

    /// A snapshot of the ledger that is being made.
    package var snapshot: Path { staging / "ledger" }

    /// A source that is being copied.
    package func copy(of id: AssetID) -> Path { staging / "\(id).copy" }
}
