// The staging folder: what is being built. Nothing in it is worth keeping, but for previews that are waiting.
package import Model
package import Platform

package enum Staging {
    /// An empty folder for one attempt.
    package static func begin(_ folder: Path) throws(Errno) {
        try Files.makeFolders(folder.parent)
        try Files.removeTree(folder)
        try Files.makeFolder(folder)
    }

    /// Whether a preview folder holds what was made for it.
    package static func isWhole(_ preview: Path, _ renditions: [Rendition]) -> Bool {
        !renditions.isEmpty
            && renditions.allSatisfy { (try? Files.status(of: preview / $0.file))??.bytes == $0.bytes }
    }

    /// Removes everything but the folders named.
    package static func empty(_ layout: Layout, keeping names: Set<Path>) throws(Errno) {
        guard try Files.exists(layout.staging) else { return try Files.makeFolders(layout.staging) }
        for entry in try Files.list(layout.staging) where !names.contains(entry.name) {
            try Files.removeTree(layout.staging / entry.name)
        }
    }

    /// Removes all attempts of one asset.
    package static func discard(_ id: AssetID, in layout: Layout) throws(Errno) {
        // By their names, because after a burst the previews of thousands stand here.
        let attempts = (0..<Limits.attempts).map { layout.attempt($0, of: id) }
        for made in [layout.preview(of: id), layout.copy(of: id), layout.damaged(of: id)] + attempts {
            try Files.removeTree(made)
        }
    }
}
