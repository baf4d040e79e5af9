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
    func heal(_ asset: Asset, with remedy: Remedy, by name: String? = nil) throws -> Bool {
        try checkMarker()
        guard try stands(asset), let asset = try reader.asset(asset.id) else { return false }
        var fact = Fact(at: Clock.now(), id: asset.id, what: .healing, file: remedy.file, from: remedy.from)
        fact.by = name
        let act = try begin(fact)
        do {
            try Publish.replace(layout.root / remedy.file, with: remedy.staged)
            if remedy.file != asset.original { try Publish.close(layout.root / layout.place(of: asset)) }
            try end(act, fact, asset)
            return true
        } catch {
            // What is laid ready still did not take its place, and will be cleared away.
            if (try? Files.exists(remedy.staged)) == true {
                try? Publish.close(layout.root / layout.place(of: asset))
                do { try leaveAlone(act, asset.id) } catch { failed(act) }
            } else {
                failed(act)
            }
            throw error
        }
    }

    /// After a crash: what was laid ready is gone if it took its place.
    func repairHealing(_ fact: Fact, _ act: OpenAct) throws {
        guard let file = fact.file, let asset = try known(fact, act) else { return try endWithoutRow(act) }
        if try isKnown(fact) { return try endWithoutRow(act) }
        let folder = layout.root / layout.place(of: asset)
        if try Files.exists(folder) { try Publish.close(folder) }
        if try Files.exists(layout.healing(of: asset.id) / Path(file).name) {
            return try leaveAlone(act, asset.id)
        }
        try end(act, fact, asset)
    }

    /// Its original is whole; what was made of it is not. Nil if the asset was moved meanwhile.
    func remake(_ asset: Asset, by name: String? = nil) throws -> Asset? {
        try checkMarker()
        guard asset.stage == .published, try stands(asset), let asset = try reader.asset(asset.id) else {
            return nil
        }
        var fact = Fact(at: Clock.now(), id: asset.id, what: .remaking)
        fact.by = name
        let act = try begin(fact)
        do {
            return try remake(asset, fact, act)
        } catch {
            failed(act)
            throw error
        }
    }

    /// Tree and ledger of that, also for a repair.
    private func remake(_ asset: Asset, _ fact: Fact, _ act: OpenAct) throws -> Asset {
        let damaged = layout.damaged(of: asset.id)
        try Publish.withdraw(layout.folder(of: asset.id), to: damaged)
        // It may have to go back, and then it says what it is.
        let sidecar = damaged / Papers.sidecar(of: asset.id)
        if try Files.exists(damaged), ((try? Publish.sidecar(of: asset.id, in: damaged)) ?? nil) == nil,
            asset.stage == .published
        {
            try Files.removeTree(sidecar)
            try Durable.create(sidecar, try JSON.encodeForPeople(Sidecar(of: asset)), mode: 0o444)
        }
        return try end(act, fact, asset)
    }

    /// What should have been made anew and cannot be: the damaged folder is better than none, and goes back to where it was.
    /// Nil where there is none.
    func putBack(_ asset: Asset, because refusal: Refusal) throws -> Asset? {
        let damaged = layout.damaged(of: asset.id)
        guard let sidecar = try? Publish.sidecar(of: asset.id, in: damaged) else { return nil }
        let event = HistoryEvent(
            at: Clock.now(), what: .healing,
            detail: "It could not be made anew (\(refusal.text)), and is published as it was.")
        return try publish(asset.completed(by: sidecar), from: damaged, events: [event])
    }

    func repairRemaking(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        guard let asset = try known(fact, act) else { return nil }
        if try isKnown(fact) {
            try endWithoutRow(act)
            return asset.stage.isFinal ? nil : asset
        }
        // Still there, or there again from a backup: whoever asked will find it as it was, and may ask again.
        if try Publish.sidecar(of: asset.id, in: layout.folder(of: asset.id)) != nil {
            try Publish.close(layout.folder(of: asset.id))
            try leaveAlone(act, asset.id)
            return nil
        }
        return try remake(asset, fact, act)
    }
}
