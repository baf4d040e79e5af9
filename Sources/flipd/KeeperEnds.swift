// How an asset's way ends: published, handed back, or known as a duplicate. And how a handed-back file begins anew.
import Ingest
import Ledger
import Library
import Model
import Platform

extension Keeper {
    // Each begins with a look at the row: two who heard of the same end must not bring it about twice. Nil says that it
    // had ended before.

    private func isOnItsWay(_ id: AssetID) throws -> Bool {
        try reader.asset(id).map { !$0.stage.isFinal } ?? false
    }

    /// `asset` is complete, and its folder in staging is sealed.
    func publish(_ asset: Asset, from attempt: Path, events: [HistoryEvent]) throws -> Asset? {
        guard try isOnItsWay(asset.id) else { return nil }
        var fact = Fact(at: Clock.now(), id: asset.id, what: .publishing)
        fact.events = events
        let act = try begin(fact)
        do {
            // What a backup that was cut off has left of it makes room.
            if attempt != layout.damaged(of: asset.id) {
                try Publish.withdraw(layout.folder(of: asset.id), to: layout.damaged(of: asset.id))
            }
            try Publish.move(attempt, to: layout.folder(of: asset.id))
            return try published(asset, fact, act)
        } catch {
            failed(act)
            throw error
        }
    }

    /// The ledger's beat of publishing, also for a repair.
    func published(_ asset: Asset, _ fact: Fact, _ act: OpenAct) throws -> Asset {
        let asset = try end(act, fact, asset)
        try? Staging.discard(asset.id, in: layout)
        return asset
    }

    func handBack(_ asset: Asset, _ refusal: Refusal) throws -> Asset? {
        try checkMarker()
        guard try isOnItsWay(asset.id) else { return nil }
        if let published = try putBack(asset, because: refusal) { return published }
        var fact = Fact(
            at: Clock.now(), id: asset.id, what: .handingBack, refusal: refusal,
            to: try freePlace(for: asset.source))
        fact.attempts = asset.attempts
        let act = try begin(fact)
        do {
            return try handBack(asset, fact, act)
        } catch {
            failed(act)
            throw error
        }
    }

    /// A file that is refused before it is taken goes to `Problems` directly: it may be too large to be taken.
    func handBack(untaken source: Source, _ refusal: Refusal) throws(TakingFailure) -> Asset {
        if isUnderWay(source) { throw .changed }
        let act: OpenAct
        let fact: Fact
        do {
            let now = Clock.now()
            fact = Fact(
                at: now, id: newID(at: now), what: .handingBack, source: source, refusal: refusal,
                to: try freePlace(for: source))
            act = try begin(fact)
        } catch {
            throw .fault(Fault(error))
        }
        do {
            guard let asset = try handBack(untaken: fact, act) else { throw TakingFailure.changed }
            return asset
        } catch {
            throw leave(act, fact, error)
        }
    }

    /// What failed before the rename never happened: the source is looked at again, as another act.
    private func leave(_ act: OpenAct, _ fact: Fact, _ failure: any Error) -> TakingFailure {
        if let failure = failure as? TakingFailure { return failure }
        if let source = fact.source, (try? Claim.isUnchanged(source, in: incoming)) == true,
            (try? leaveAlone(act, fact.id)) != nil
        {
            // Problems is on another filesystem, or closed to us: that is for people to mend.
            if let error = failure as? Errno, error.meansForbidden || error.meansElsewhere {
                return .cannot(error)
            }
        } else {
            failed(act)
        }
        return .fault(Fault(failure))
    }

    /// Tree and ledger of that, also for a repair. Nil if it is no longer the file that was looked at.
    func handBack(untaken fact: Fact, _ act: OpenAct) throws -> Asset? {
        guard let source = fact.source, let place = fact.to else {
            try endWithoutRow(act)
            return nil
        }
        // A rebuild reads of many that have been tried again since; what stands there now is for the intake.
        if !isRebuilding {
            let isMoved = try HandBack.move(untaken: source, to: place, in: incoming)
            guard try isMoved || HandBack.stands(source, at: place, in: incoming) else {
                try leaveAlone(act, fact.id)
                return nil
            }
        }
        let asset = Asset(
            id: fact.id, stage: .taken, source: source, sha256: nil, receivedAt: fact.id.madeAt)
        return try handBack(asset, fact, act)
    }

    private func freePlace(for source: Source) throws -> Path {
        do throws(Errno) { return try HandBack.freePlace(for: source, in: incoming) } catch {
            guard error.meansNoFolder else { throw error }
            throw Fault(
                Refusal(
                    .ioError,
                    "In the drop folder, Problems or a folder in it is none; rename what stands there."))
        }
    }

    /// Tree and ledger of handing back. Without an original it was handed back before a crash.
    func handBack(_ asset: Asset, _ fact: Fact, _ act: OpenAct) throws -> Asset {
        guard let refusal = fact.refusal, let place = fact.to else {
            throw Fault(Refusal(.ioError, "The record's line about \(fact.id) is incomplete."))
        }
        var isMoved = false
        if let original = layout.original(of: asset), try Files.exists(original) {
            try HandBack.move(original, of: asset.source, to: place, in: incoming)
            isMoved = true
        }
        try handBackCompanion(of: asset, beside: place)
        if isMoved || !isRebuilding {
            try HandBack.writeNote(refusal, for: place, of: asset.source, on: Clock.now().day, in: incoming)
        }
        let asset = try end(act, fact, asset)
        try? Staging.discard(asset.id, in: layout)
        return asset
    }

    /// The bytes are those of a published asset: they go, their name stays. Where that one's folder is gone, these bytes
    /// are the only ones, and go their own way.
    func discardTwin(_ asset: Asset, of twin: AssetID) throws -> Asset? {
        try checkMarker()
        guard try isOnItsWay(asset.id) else { return nil }
        guard try isPublished(twin) else { return try without(twin, asset) }
        let fact = Fact(at: Clock.now(), id: asset.id, what: .duplicate, sha256: asset.sha256, twin: twin)
        let act = try begin(fact)
        do {
            return try discardTwin(asset, of: twin, fact, act)
        } catch {
            failed(act)
            throw error
        }
    }

    func discardTwin(_ asset: Asset, of twin: AssetID, _ fact: Fact, _ act: OpenAct) throws -> Asset {
        if let original = layout.original(of: asset), try Files.exists(original) {
            // A look, because bytes are about to be removed.
            guard try isPublished(twin) else {
                let alone = try without(twin, asset)
                try leaveAlone(act, asset.id)
                return alone
            }
            // At that instant only the twin has these bytes.
            try Durable.unlink(original)
        }
        return try end(act, fact, asset)
    }

    /// Whole, as far as sizes tell, and not known to be damaged: otherwise these bytes may be the better ones.
    private func isPublished(_ twin: AssetID) throws -> Bool {
        guard let row = try reader.asset(twin), try reader.damage(of: twin).isEmpty else { return false }
        return try Publish.isWhole(row.renditions, of: twin, in: layout.folder(of: twin))
    }

    /// The twin was published, and its folder is gone or damaged. One that is still on its way is waited for, and one that has been
    /// deleted meanwhile is brought back.
    private func without(_ twin: AssetID, _ asset: Asset) throws -> Asset {
        let stage = try reader.asset(twin)?.stage
        if stage == .deleted, try Files.exists(layout.trash(of: twin)) { return asset }
        guard stage?.isFinal ?? true else {
            throw Fault(Refusal(.ioError, "\(twin) is not published yet."))
        }
        var asset = asset
        asset.stage = .taken
        asset.duplicateOf = nil
        try put(asset)
        return asset
    }

    /// Here, because it is here that notes are written.
    func remove(orphans: [Path]) {
        for note in orphans { HandBack.removeOrphan(note, in: incoming) }
    }

    /// Why what was asked cannot be done to an asset.
    enum NoChange: Error {
        case unknown
        case state(Asset, wanted: State)
        /// What it is about no longer stands there.
        case gone(Asset, from: String)
    }

    /// Moves a handed-back file into its folder again, where it is taken as a new asset. One rename, and only then the
    /// record: in either place it is a file of staff.
    func tryAgain(_ id: AssetID, by name: String? = nil) throws -> Asset {
        guard let asset = try reader.asset(id) else { throw NoChange.unknown }
        guard asset.stage == .handedBack else { throw NoChange.state(asset, wanted: .failed) }
        guard let place = asset.handedBackTo,
            let home = try HandBack.tryAgain(place, to: asset.source.path, in: incoming)
        else { throw NoChange.gone(asset, from: "Problems") }
        var fact = Fact(at: Clock.now(), id: id, what: .retried, to: home)
        fact.by = name
        return try note(fact, on: asset)
    }
}
