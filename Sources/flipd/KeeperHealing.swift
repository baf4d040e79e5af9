// Healing: a damaged file is replaced by what it was; or the damaged folder leaves the media tree, and its asset goes the
// way of a file that was just taken.
import Ledger
import Library
import Model
import Platform

extension Keeper {
    /// One file as it should be, in staging and synced.
    struct Remedy: Sendable {
        /// Below the library: what it replaces.
        let file: String
        let staged: Path
        /// Where it comes from: "the backup copy", "the ledger".
        let from: String
    }

    /// False if the asset was moved meanwhile: then nothing was done.
    func heal(_ asset: Asset, with remedy: Remedy) throws -> Bool {
        try checkMarker()
        guard try stands(asset), let asset = try reader.asset(asset.id) else { return false }
        let act = try begin(
            Fact(at: Clock.now(), id: asset.id, what: .healing, file: remedy.file, from: remedy.from))
        do {
            try Publish.replace(layout.root / remedy.file, with: remedy.staged)
            if remedy.file != asset.original { try Publish.close(layout.root / layout.place(of: asset)) }
            let event = HistoryEvent(
                at: begunAt(act), what: .healing, detail: "\(remedy.file), from \(remedy.from)")
            try end(act, asset, events: [event])
            return true
        } catch {
            failed(act)
            throw error
        }
    }

    /// After a crash: a file is the damaged one or the right one, and the next check says which.
    func repairHealing(_ fact: Fact, _ act: OpenAct) throws {
        if let asset = try reader.asset(fact.id) {
            let folder = layout.root / layout.place(of: asset)
            if try Files.exists(folder) { try Publish.close(folder) }
        }
        try endWithoutRow(act)
    }

    /// Its original is whole; what was made of it is not. Nil if the asset was moved meanwhile.
    func remake(_ asset: Asset) throws -> Asset? {
        try checkMarker()
        guard asset.stage == .published, try stands(asset), let asset = try reader.asset(asset.id) else {
            return nil
        }
        let act = try begin(Fact(at: Clock.now(), id: asset.id, what: .remaking))
        do {
            return try remake(asset, act)
        } catch {
            failed(act)
            throw error
        }
    }

    /// Tree and ledger of that, also for a repair.
    private func remake(_ asset: Asset, _ act: OpenAct) throws -> Asset {
        try Publish.withdraw(layout.folder(of: asset.id), to: layout.damaged(of: asset.id))
        var asset = asset
        asset.stage = .taken
        asset.renditions = []
        asset.publishedAt = nil
        asset.endedAt = nil
        asset.attempts = 0
        let event = HistoryEvent(at: begunAt(act), what: .healing, detail: "all of it, from its original")
        return try end(act, asset, events: [event])
    }

    /// What should have been made anew and cannot be: the damaged folder is better than none, and goes back to where it was.
    /// Nil where there is none.
    func putBack(_ asset: Asset, because refusal: Refusal) throws -> Asset? {
        let damaged = layout.damaged(of: asset.id)
        guard let sidecar = try? Publish.sidecar(of: asset.id, in: damaged) else { return nil }
        let act = try begin(Fact(at: Clock.now(), id: asset.id, what: .publishing))
        do {
            try Publish.move(damaged, to: layout.folder(of: asset.id))
            let event = HistoryEvent(
                at: begunAt(act), what: .healing,
                detail: "It could not be made anew (\(refusal.text)), and is published as it was.")
            return try published(asset.completed(by: sidecar), act, [event])
        } catch {
            failed(act)
            throw error
        }
    }

    func repairRemaking(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        guard let asset = try known(fact, act) else { return nil }
        let isWithdrawn = try !Files.exists(layout.folder(of: asset.id))
        if isWithdrawn, asset.stage != .published {
            try endWithoutRow(act)
            return asset.stage.isFinal ? nil : asset
        }
        return try remake(asset, act)
    }
}
