// Deleting and restoring: a published folder goes to the trash, and comes back to where it was.
import Ledger
import Library
import Model
import Platform

extension Keeper {
    func delete(_ id: AssetID) throws -> Asset { try change(id, from: .published, to: .deleted) }

    func restore(_ id: AssetID) throws -> Asset { try change(id, from: .deleted, to: .published) }

    private func change(_ id: AssetID, from stage: Stage, to wanted: Stage) throws -> Asset {
        guard let asset = try reader.asset(id) else { throw NoChange.unknown }
        guard asset.stage == stage else { throw NoChange.state(asset, wanted: stage.state) }
        let (published, trash) = (layout.folder(of: id), layout.trash(of: id))
        guard try Files.exists(wanted == .deleted ? published : trash) else {
            throw NoChange.gone(asset, from: wanted == .deleted ? "the archive" : "the trash")
        }
        let act = try begin(Fact(at: Clock.now(), id: id, what: wanted == .deleted ? .deleted : .restored))
        do {
            if wanted == .deleted {
                try Publish.move(published: published, to: trash)
            } else {
                try Publish.move(published: trash, to: published)
            }
            return try changed(asset, to: wanted, act)
        } catch {
            failed(act)
            throw error
        }
    }

    /// The ledger's beat.
    private func changed(_ asset: Asset, to stage: Stage, _ act: OpenAct) throws -> Asset {
        var asset = asset
        asset.stage = stage
        let what = stage == .deleted ? HistoryEvent.What.deletion : .restoration
        return try end(act, asset, events: [HistoryEvent(at: begunAt(act), what: what)])
    }

    /// After a crash: it is where it is.
    func repairTrash(_ fact: Fact, _ act: OpenAct) throws {
        guard let asset = try known(fact, act) else { return }
        let inTrash = (folder: layout.trash(of: fact.id), stage: Stage.deleted)
        let inMedia = (folder: layout.folder(of: fact.id), stage: Stage.published)
        // A backup may hold both; then the last word counts.
        for (folder, stage) in fact.what == .deleted ? [inTrash, inMedia] : [inMedia, inTrash] {
            guard let sidecar = try Publish.sidecar(of: fact.id, in: folder) else { continue }
            try Publish.close(folder)
            if asset.stage == stage { return try endWithoutRow(act) }
            _ = try changed(asset.completed(by: sidecar), to: stage, act)
            return
        }
        // Neither is there; whoever looks for it will find it missing.
        try endWithoutRow(act)
    }
}
