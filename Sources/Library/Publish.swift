// Publishing: a staged folder is completed, sealed and renamed into the media tree, once and for good.
package import Model
package import Platform

package enum Publish {
    /// What a worker made, with sizes and hashes that are our own.
    package static func measure(
        _ files: [MadeFile], of id: AssetID, kind: Kind, in folder: Path
    ) throws(Errno) -> [Rendition] {
        var renditions: [Rendition] = []
        for file in files {
            let name = file.role.file(of: id, kind: kind)
            let (digest, bytes) = try SHA256.digest(of: folder / name)
            renditions.append(
                Rendition(
                    role: file.role, file: name, mime: file.role.mime(kind: kind), bytes: bytes, sha256: digest,
                    width: file.width, height: file.height))
        }
        return renditions
    }

    /// Brings the preview's pictures beside what was made later. Everything is still in staging.
    package static func bring(_ renditions: [Rendition], from preview: Path, to attempt: Path) throws(Errno) {
        for rendition in renditions where try !Files.exists(attempt / rendition.file) {
            try Files.copyStaged(preview / rendition.file, to: attempt / rendition.file)
        }
    }

    /// Writes sidecar and SHA256SUMS, takes away every right to write, and syncs the folder and all that is in it.
    package static func seal(_ asset: Asset, in attempt: Path) throws {
        let sidecar = Papers.sidecar(of: asset.id)
        let text = try JSON.encodeForPeople(Sidecar(of: asset))
        for name in [sidecar, sums] { try Files.removeTree(attempt / name) }
        try Durable.create(attempt / sidecar, text, mode: 0o444)
        try Durable.create(
            attempt / sums, Papers.sums(of: asset, sidecar: SHA256.digest(of: text)), mode: 0o444)

        // A worker's temporary files have no place in an archive.
        let wanted = Set(asset.renditions.map(\.file) + [sidecar, sums])
        for entry in try Files.list(attempt) where !wanted.contains(entry.name.text) {
            try Files.removeTree(attempt / entry.name)
        }
        for rendition in asset.renditions {
            try Files.setMode(attempt / rendition.file, 0o444)
            try Durable.syncFile(attempt / rendition.file)
        }
        try Files.setMode(attempt, 0o755)
        try Durable.syncFolder(attempt)
    }

    private static let sums = Papers.sums

    /// The tree's beat.
    package static func move(_ attempt: Path, to folder: Path) throws(Errno) {
        try Files.makeFolders(folder.parent)
        // At that instant the asset is published.
        try Durable.rename(attempt, to: folder)
        try close(folder)
    }

    /// The tree's beat of deleting and restoring. A folder that may not be written to cannot be moved to another parent.
    package static func move(published folder: Path, to place: Path) throws(Errno) {
        try Files.makeFolders(place.parent)
        try Files.setMode(folder, 0o755)
        // At that instant it is deleted, or is back.
        try Durable.rename(folder, to: place)
        try close(place)
    }

    /// Removes a published folder for good: from its place by one rename to `aside`, and then file by file.
    package static func remove(_ folder: Path, by aside: Path) throws(Errno) {
        try Files.removeTree(aside)
        guard try Files.exists(folder) else { return }
        try Files.makeFolders(aside.parent)
        try Files.setMode(folder, 0o755)
        // At that instant it is gone.
        try Durable.rename(folder, to: aside)
        try Files.removeTree(aside)
    }

    /// The tree's beat of healing one file: a published one, or an original.
    package static func replace(_ file: Path, with staged: Path) throws(Errno) {
        try Files.makeFolders(file.parent)
        try Files.setMode(file.parent, 0o755)
        // At that instant the file is what it was.
        try Files.replace(file, with: staged)
        try Durable.syncFolder(file.parent)
    }

    /// The tree's beat of making a published folder anew: the damaged one leaves its place. One that is gone is fine.
    package static func withdraw(_ folder: Path, to staged: Path) throws(Errno) {
        guard try Files.exists(folder) else { return }
        try Files.makeFolders(staged.parent)
        try Files.removeTree(staged)
        try Files.setMode(folder, 0o755)
        // At that instant nothing of it is published.
        try Durable.rename(folder, to: staged)
    }

    /// Nothing in a published folder may change. Only after its rename: a folder without write permission cannot be moved to
    /// another parent.
    package static func close(_ folder: Path) throws(Errno) { try Files.setMode(folder, 0o555) }

    /// What a published folder says of itself, wherever it stands; nil where there is none.
    package static func sidecar(of id: AssetID, in folder: Path) throws -> Sidecar? {
        let path = folder / Papers.sidecar(of: id)
        guard try Files.exists(path) else { return nil }
        return try JSON.decode(Sidecar.self, from: try Files.read(path, limit: Papers.limit_bytes))
    }

    /// Whether a folder holds all that its sidecar names, as far as sizes tell.
    package static func isWhole(_ sidecar: Sidecar, in folder: Path) throws -> Bool {
        try isWhole(sidecar.renditions, of: sidecar.id, in: folder)
    }

    package static func isWhole(_ renditions: [Rendition], of id: AssetID, in folder: Path) throws -> Bool {
        for rendition in renditions {
            guard try Files.status(of: folder / rendition.file)?.bytes == rendition.bytes else { return false }
        }
        return try !renditions.isEmpty && Files.exists(folder / Papers.sidecar(of: id))
            && Files.exists(folder / Papers.sums)
    }
}
