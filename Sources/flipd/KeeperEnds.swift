// How an asset's way ends: published, handed back, or known as a duplicate. And how a handed-back file begins anew.
import Ingest
import Ledger
import Library
import Model
import Platform

extension Keeper {
    /// `asset` is complete, and its folder in staging is sealed.
    func publish(_ asset: Asset, from attempt: Path, events: [HistoryEvent]) throws -> Asset {
        let act = try begin(Fact(at: Clock.now(), id: asset.id, what: .publishing))
        do {
            try Publish.move(attempt, to: layout.folder(of: asset.id))
            return try published(asset, act, events)
        } catch {
            failed(act)
            throw error
        }
    }

    /// The ledger's beat of publishing, also for a repair.
    func published(_ asset: Asset, _ act: OpenAct, _ events: [HistoryEvent]) throws -> Asset {
        var asset = asset
        asset.stage = .published
        asset.attempts = 0
        asset.refusal = nil
        asset.retryAt = nil
        try end(
            act, asset,
            events: events + [HistoryEvent(at: begunAt(act), what: .publication, detail: asset.folder)])
        try? Staging.discard(asset.id, in: layout)
        return asset
    }

    func handBack(_ asset: Asset, _ refusal: Refusal) throws -> Asset {
        try checkMarker()
        let place = try HandBack.freePlace(for: asset.source, in: incoming)
        let act = try begin(
            Fact(at: Clock.now(), id: asset.id, what: .handingBack, refusal: refusal, to: place))
        do {
            return try handBack(asset, refusal, to: place, act)
        } catch {
            failed(act)
            throw error
        }
    }

    /// Tree and ledger of handing back. Without an original it was handed back before a crash.
    func handBack(_ asset: Asset, _ refusal: Refusal, to place: Path, _ act: OpenAct) throws -> Asset {
        if let original = layout.original(of: asset), try Files.exists(original) {
            try HandBack.move(original, of: asset.source, to: place, in: incoming)
        }
        if try Files.exists(incoming / place) {
            try HandBack.writeNote(refusal, for: place, of: asset.source, on: Clock.now().day, in: incoming)
        }
        var asset = asset
        asset.stage = .handedBack
        asset.refusal = refusal
        asset.retryAt = nil
        asset.original = nil
        asset.duplicateOf = nil
        asset.handedBackTo = place
        try end(
            act, asset,
            events: [
                HistoryEvent(
                    at: begunAt(act), what: .handedBack, detail: "\(refusal.problem.rawValue): \(refusal.text)")
            ])
        try? Staging.discard(asset.id, in: layout)
        return asset
    }

    /// The bytes are those of a published asset: they go, their name stays.
    func discardTwin(_ asset: Asset, of twin: AssetID) throws -> Asset {
        try checkTwin(twin)
        let act = try begin(
            Fact(at: Clock.now(), id: asset.id, what: .duplicate, sha256: asset.sha256, twin: twin))
        do {
            return try discardTwin(asset, of: twin, act)
        } catch {
            failed(act)
            throw error
        }
    }

    func discardTwin(_ asset: Asset, of twin: AssetID, _ act: OpenAct) throws -> Asset {
        if let original = layout.original(of: asset), try Files.exists(original) {
            try checkTwin(twin)
            // At that instant only the twin has these bytes.
            try Durable.unlink(original)
        }
        var asset = asset
        asset.stage = .duplicate
        asset.original = nil
        asset.refusal = nil
        asset.retryAt = nil
        asset.duplicateOf = twin
        try end(act, asset, events: [HistoryEvent(at: begunAt(act), what: .duplicate, detail: "of \(twin)")])
        return asset
    }

    /// A look, because bytes are about to be removed: the twin's folder must stand.
    private func checkTwin(_ twin: AssetID) throws {
        guard try Files.status(of: layout.folder(of: twin))?.kind == .folder else {
            throw Fault(Refusal(.ioError, "The published folder of \(twin) is not in its place."))
        }
    }

    /// Why a file cannot be tried again.
    enum NoRetry: Error {
        case unknown
        case notFailed(State)
        case gone
    }

    /// Moves a handed-back file into its folder again, where it is taken as a new asset. One rename, no beats: in either
    /// place it is a file of staff.
    func tryAgain(_ id: AssetID) throws -> Asset {
        guard var asset = try reader.asset(id) else { throw NoRetry.unknown }
        guard asset.stage == .handedBack else { throw NoRetry.notFailed(asset.state) }
        guard let place = asset.handedBackTo,
            let home = try HandBack.tryAgain(place, to: asset.source.path, in: incoming)
        else { throw NoRetry.gone }
        asset.handedBackTo = nil
        try ledger.commit { () throws(LedgerFailure) in
            try ledger.put(asset)
            try ledger.add(HistoryEvent(at: Clock.now(), what: .retried, detail: home.text), to: id)
        }
        return asset
    }
}
