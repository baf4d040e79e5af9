// Deleting, restoring, purging: a published folder goes to the trash, comes back to where it was, or goes for good.
import Ledger
import Library
import Model
import Platform

extension Keeper {
    func delete(_ id: AssetID, by name: String? = nil) throws -> Asset {
        try change(id, from: .published, to: .deleted, by: name)
    }

    func restore(_ id: AssetID, by name: String? = nil) throws -> Asset {
        try change(id, from: .deleted, to: .published, by: name)
    }

    private func change(_ id: AssetID, from stage: Stage, to wanted: Stage, by name: String?) throws -> Asset {
        guard let asset = try reader.asset(id) else { throw NoChange.unknown }
        guard asset.stage == stage else { throw NoChange.state(asset, wanted: stage.state) }
        let (published, trash) = (layout.folder(of: id), layout.trash(of: id))
        guard try Files.exists(wanted == .deleted ? published : trash) else {
            throw NoChange.gone(asset, from: wanted == .deleted ? "the archive" : "the trash")
        }
        // A clock that is far behind must not let the time in the trash run out at once.
        let now = max(Clock.now(), try reader.newestEnd() ?? asset.receivedAt)
        var fact = Fact(at: now, id: id, what: wanted == .deleted ? .deleted : .restored)
        fact.by = name
        let act = try begin(fact)
        do {
            if wanted == .deleted {
                try Publish.move(published: published, to: trash)
            } else {
                try Publish.move(published: trash, to: published)
            }
            return try end(act, fact, asset)
        } catch {
            failed(act)
            throw error
        }
    }

    /// What has been in the trash since before `moment` goes for good, its original with it. Nil if it was restored
    /// meanwhile.
    func purge(_ id: AssetID, deletedBefore moment: Timestamp) throws -> Asset? {
        guard !isBroken(id), let asset = try reader.asset(id), asset.stage == .deleted,
            let deletedAt = asset.deletedAt, deletedAt <= moment
        else { return nil }
        try checkMarker()
        var fact = Fact(at: Clock.now(), id: id, what: .purged, original: asset.original)
        fact.sidecar = (try? Publish.sidecar(of: id, in: layout.trash(of: id))) ?? Sidecar(of: asset)
        let act = try begin(fact)
        do {
            return try purge(asset, fact, act)
        } catch {
            failed(act)
            throw error
        }
    }

    /// Tree and ledger of that, also for a repair: what was begun is ended, wherever it was cut off. A backup that was
    /// brought back may hold it in the media tree still.
    func purge(_ asset: Asset, _ fact: Fact, _ act: OpenAct) throws -> Asset {
        for folder in [layout.trash(of: fact.id), layout.folder(of: fact.id)] {
            try Publish.remove(folder, by: layout.purge(of: fact.id))
        }
        if let original = layout.original(of: asset), try Files.exists(original) {
            try Durable.unlink(original)
        }
        try removeCompanion(of: fact.id)
        return try end(act, fact, asset)
    }

    /// After a crash: it is where it is.
    func repairTrash(_ fact: Fact, _ act: OpenAct) throws {
        guard let asset = try known(fact, act) else { return }
        if try isKnown(fact) { return try endWithoutRow(act) }
        let isDeleting = fact.what == .deleted
        let (published, trash) = (layout.folder(of: fact.id), layout.trash(of: fact.id))
        let (wanted, other) = isDeleting ? (trash, published) : (published, trash)
        guard let sidecar = try Publish.sidecar(of: fact.id, in: wanted) else {
            if try Files.exists(other) { try Publish.close(other) }
            // Or neither is there; whoever looks for it will find it missing.
            return try leaveAlone(act, fact.id)
        }
        try Publish.close(wanted)
        _ = try end(act, fact, asset.publishedAt == nil ? asset.completed(by: sidecar) : asset)
    }
}
