// The end of making the ledger anew: the whole tree is gone through for what the record does not know, or knows
// otherwise. A backup that was brought back may hold an asset in two places, and may have lost the record.
import Ledger
import Library
import Model
import Platform

/// What became of a ledger that was made anew.
struct Rebuilt: Sendable {
    let assets: Int
    /// How many could not be read, and will be tried again.
    let failures: Int
    /// Known by name, and nothing else is left.
    let lost: [Asset]
}

extension Keeper {
    /// Reads record and tree into a ledger that is empty.
    func rebuild() throws -> Rebuilt {
        try checkMarker()
        isRebuilding = true
        defer { isRebuilding = false }
        _ = try reconcile(from: .start)
        try auditPublished()
        try auditTrash()
        try auditOriginals()
        let lost = try auditUnfinished()
        try ledger.finish()
        return Rebuilt(assets: try reader.count(), failures: broken.count, lost: lost)
    }

    private func auditPublished() throws {
        try eachOfADay(in: layout.media) { name, folder in
            guard let id = AssetID(name.text) else { return }
            let row = try reader.asset(id)
            if row?.stage == .published { return }
            guard let sidecar = try? Publish.sidecar(of: id, in: folder) else { return }
            switch row?.stage {
            case .published: return
            case .deleted: return try settle(sidecar, at: layout.trash(of: id), not: folder)
            case .purged: return try Publish.remove(folder, by: layout.purge(of: id))
            case .handedBack, .duplicate: return
            case .taken, .previewing, .previewed, .transcoding, .awaitingTwin, nil:
                // A copy that was cut short is made anew, where that is possible.
                if let original = row?.original ?? sidecar.original, try Files.exists(layout.root / original),
                    try !Publish.isWhole(sidecar, in: folder)
                {
                    if row == nil { try takeAgain(sidecar, original) }
                    return
                }
                try Publish.close(folder)
                try adopt(sidecar, row, as: .published)
            }
        }
    }

    private func auditTrash() throws {
        guard try Files.exists(layout.trash) else { return }
        for entry in try Files.list(layout.trash) where entry.kind != .file {
            let folder = layout.trash / entry.name
            guard let id = AssetID(entry.name.text), let sidecar = try? Publish.sidecar(of: id, in: folder)
            else {
                continue
            }
            let row = try reader.asset(id)
            switch row?.stage {
            case .deleted, .handedBack, .duplicate: break
            case .purged: try Publish.remove(folder, by: layout.purge(of: id))
            case .published:
                try settle(sidecar, at: layout.folder(of: id), not: folder)
            case .taken, .previewing, .previewed, .transcoding, .awaitingTwin, nil:
                try Publish.close(folder)
                try adopt(sidecar, row, as: .deleted)
            }
        }
    }

    /// An asset in two places: the record's last line decided for `home`. A copy that was cut short is no reason to lose the
    /// whole one; where neither is whole, both stay, and whoever reads them again will tell.
    private func settle(_ sidecar: Sidecar, at home: Path, not other: Path) throws {
        let aside = layout.purge(of: sidecar.id)
        if try Publish.isWhole(sidecar, in: home) { return try Publish.remove(other, by: aside) }
        guard try Publish.isWhole(sidecar, in: other) else { return }
        try Publish.remove(home, by: aside)
        try Publish.move(published: other, to: home)
    }

    private func auditOriginals() throws {
        var companions: [AssetID] = []
        try eachOfADay(in: layout.originals) { name, file in
            // Never an original: its photo comes first.
            if Companion.isOne(name) {
                guard let id = AssetID(name.stemAndExtension.stem.text) else { return }
                if try reader.asset(id)?.stage == .purged { return try Durable.unlink(file) }
                return companions.append(id)
            }
            guard let id = AssetID(name.stemAndExtension.stem.text), var asset = try reader.asset(id) else {
                return try adoptOriginal(name, file)
            }
            if asset.stage == .purged { return try Durable.unlink(file) }
            // One that had been removed is back, from a backup.
            guard asset.original == nil, asset.stage == .published || asset.stage == .deleted,
                file.name == Path(Asset.original(of: id, name: asset.source.path.name)).name
            else { return }
            asset.original = Asset.original(of: id, name: asset.source.path.name)
            try put(asset)
        }
        for id in companions { try adoptCompanion(of: id) }
    }

    /// What was taken while a backup was made may be in its record and not in its tree. Only the row says so: where the bytes
    /// are back at the next rebuilding, so is the asset.
    private func auditUnfinished() throws -> [Asset] {
        var lost: [Asset] = []
        for asset in try reader.unfinished() where !isBroken(asset.id) {
            if let original = layout.original(of: asset), try Files.exists(original) { continue }
            var asset = asset
            asset.stage = .handedBack
            asset.original = nil
            asset.refusal = Refusal(
                .truncated, "All of it is missing: it came while the backup was made that this archive is from."
            )
            asset.endedAt = asset.receivedAt
            try put(asset)
            lost.append(asset)
        }
        // Those who waited for one of them have the only bytes.
        for asset in lost {
            guard let digest = asset.sha256 else { continue }
            for var twin in try awaiting(twin: digest) where twin.duplicateOf == asset.id {
                (twin.stage, twin.duplicateOf) = (.taken, nil)
                try put(twin)
            }
        }
        return lost
    }

    /// A row for what only its own folder tells of.
    private func adopt(_ sidecar: Sidecar, _ row: Asset?, as stage: Stage) throws {
        var asset =
            row
            ?? Asset(
                id: sidecar.id, stage: stage, source: Source(of: sidecar), sha256: sidecar.sha256,
                receivedAt: sidecar.receivedAt)
        asset = asset.completed(by: sidecar)
        if let original = asset.original, try !Files.exists(layout.root / original) { asset.original = nil }
        asset.stage = stage
        asset.endedAt = sidecar.publishedAt
        asset.deletedAt = stage == .deleted ? Clock.now() : nil
        let event = sidecar.publishedAt.map { HistoryEvent(at: $0, what: .publication, detail: asset.folder) }
        try put(asset, event)
    }

    private func takeAgain(_ sidecar: Sidecar, _ original: String) throws {
        let source = Source(of: sidecar)
        let fact = Fact(
            at: Clock.now(), id: sidecar.id, what: .received, source: source, original: original,
            sha256: sidecar.sha256)
        if fact.isSound { try note(fact, on: try described(by: fact, source)) }
    }

    /// Bytes of which nothing else is left: they are taken as if they had just been dropped, under the name they have here.
    private func adoptOriginal(_ name: Path, _ file: Path) throws {
        guard let id = AssetID(name.stemAndExtension.stem.text), let status = try Files.status(of: file),
            status.kind == .file
        else { return }
        let (digest, bytes) = try SHA256.digest(of: file)
        let source = Source(
            path: name, device: status.device, inode: status.inode, bytes: bytes,
            modified_ns: status.modified_ns, uid: status.uid, gid: status.gid, mode: 0o640,
            owner: Users.name(of: status.uid))
        let fact = Fact(
            at: Clock.now(), id: id, what: .received, source: source,
            original: "originals/\(id.dayFolder)/\(name.text)", sha256: digest)
        guard fact.isSound else { return }
        try note(fact, on: try described(by: fact, source))
    }

    /// What stands in a tree of year, month and day.
    private func eachOfADay(in root: Path, _ body: (Path, Path) throws -> Void) throws {
        func walk(_ folder: Path, _ depth: Int) throws {
            guard try Files.status(of: folder)?.kind == .folder else { return }
            for entry in try Files.list(folder).sorted(by: { $0.name < $1.name }) {
                if depth == 3 {
                    try body(entry.name, folder / entry.name)
                } else {
                    try walk(folder / entry.name, depth + 1)
                }
            }
        }
        try walk(root, 0)
    }
}

extension Source {
    /// What a sidecar still knows of the file that was dropped.
    fileprivate init(of sidecar: Sidecar) {
        let name = sidecar.sourceNameBase64.flatMap { Path(base64: $0) } ?? Path(sidecar.sourceName)
        let collection = sidecar.collectionBase64.flatMap { Path(base64: $0) } ?? Path(sidecar.collection)
        let ref = sidecar.ref.map { Path("ref=\($0)") } ?? .empty
        self.init(
            path: collection / ref / name, device: 0, inode: 0, bytes: sidecar.sourceBytes, modified_ns: 0,
            uid: 0, gid: 0, mode: 0o640, owner: sidecar.sourceOwner)
    }
}
