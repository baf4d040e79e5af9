// What is kept, and for how long: originals go when their time has run out and a backup has them; and what people say of
// an asset is written down.
import Ledger
import Library
import Model
import Platform

extension Keeper {
    /// Removes the original of a published asset. The caller has seen that the published version is whole, and that a
    /// backup has the original. Nil if something became of the asset meanwhile.
    func removeOriginal(of id: AssetID) throws -> Asset? {
        guard !isBroken(id), let asset = try reader.asset(id), asset.stage == .published,
            let original = asset.original
        else { return nil }
        try checkMarker()
        // A look, because bytes are about to be removed.
        guard try Publish.sidecar(of: id, in: layout.folder(of: id)) != nil else { return nil }
        let fact = Fact(at: Clock.now(), id: id, what: .originalRemoved, original: original)
        let act = try begin(fact)
        do {
            return try removeOriginal(of: asset, fact, act)
        } catch {
            failed(act)
            throw error
        }
    }

    /// Tree and ledger of that, also for a repair.
    func removeOriginal(of asset: Asset, _ fact: Fact, _ act: OpenAct) throws -> Asset {
        // In a library that was brought back from a backup it may be there again, and stays.
        if !isRebuilding {
            if let original = fact.original, try Files.exists(layout.root / original) {
                // At that instant the camera file is only in the backup.
                try Durable.unlink(layout.root / original)
            }
            try removeCompanion(of: fact.id)
        }
        return try end(act, fact, asset)
    }

    /// Another caption, another collection; nil leaves what there is, and an empty one takes it away.
    func rename(_ id: AssetID, caption: String?, collection: String?, by name: String? = nil) throws -> Asset {
        guard let asset = try reader.asset(id) else { throw NoChange.unknown }
        guard asset.stage == .published else { throw NoChange.state(asset, wanted: .ready) }
        var fact = Fact(at: Clock.now(), id: id, what: .renamed)
        fact.by = name
        fact.caption = caption.map { $0.isEmpty ? nil : $0 } ?? asset.caption
        fact.collection = collection ?? asset.correctedCollection
        if fact.collection == "" || fact.collection == asset.placement.collection.text { fact.collection = nil }
        if (fact.caption, fact.collection) == (asset.caption, asset.correctedCollection) { return asset }
        return try note(fact, on: asset)
    }

    /// When its original was whole in the library.
    func receivedWhole(_ id: AssetID) throws -> Timestamp? { try reader.receivedWhole(id) }

    struct Due: Sendable {
        var ids: [AssetID]
        /// When the next one is due that is not yet.
        var next: Timestamp?
    }

    /// What has been in the trash since before `moment`, at most a few at once.
    func deleted(before moment: Timestamp) throws -> Due {
        let (ids, next) = try reader.deleted(before: moment)
        return Due(ids: ids, next: next)
    }

    /// Published before `moment`, with an original.
    func withOriginals(publishedBefore moment: Timestamp, after last: AssetID?) throws -> Due {
        let (ids, next) = try reader.withOriginals(publishedBefore: moment, after: last)
        return Due(ids: ids, next: next)
    }
}
