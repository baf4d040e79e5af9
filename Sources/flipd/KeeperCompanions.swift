// What a phone writes beside a photo that was edited on it: it follows the photo, and goes where that one's original goes.
import Ingest
import Ledger
import Library
import Model
import Platform

extension Keeper {
    /// The photo that it stands beside, or stood, if that was taken not long ago. The bytes of a twin are those of the other
    /// one, and so are its edits.
    func photo(beside companion: Path) throws -> Asset? {
        let since = Clock.now() + -Limits.companionAfter_s
        guard let beside = try reader.taken(beside: companion, since: since).first(where: { $0.isPhoto }) else {
            return nil
        }
        return try reader.asset(beside.duplicateOf ?? beside.id)
    }

    /// Takes it. Nil where it stays: it has no photo here, or that one has others.
    func follow(_ companion: Source) throws -> Asset? {
        guard let asset = try photo(beside: companion.path), asset.original != nil else { return nil }
        if let known = try self.companion(of: asset.id) {
            // One that was copied and could not be removed then is only removed.
            if known.isSameFile(as: companion) { _ = try Claim.removeSource(companion, in: incoming) }
            return nil
        }
        let place = layout.companion(of: asset.id)
        if try Files.exists(place) { return nil }
        var fact = Fact(at: Clock.now(), id: asset.id, what: .following)
        fact.companion = companion
        let act = try begin(fact)
        do {
            if try !Claim.rename(companion, from: incoming, to: place) {
                try Claim.copy(companion, from: incoming, to: layout.copy(of: asset.id))
                try Claim.place(layout.copy(of: asset.id), as: place)
            }
            return try followed(asset, fact, act)
        } catch {
            // What failed after the rename is ours already, and goes on from there.
            if (try? Files.exists(place)) == false, (try? leaveAlone(act, asset.id)) != nil { throw error }
            failed(act)
            throw error
        }
    }

    /// The ledger's beat of that, also for a repair; and the last step of a copy.
    private func followed(_ asset: Asset, _ fact: Fact, _ act: OpenAct) throws -> Asset {
        let asset = try end(act, fact, asset)
        if let companion = fact.companion { _ = try? Claim.removeSource(companion, in: incoming) }
        return asset
    }

    /// After a crash: it is where it is.
    func repairFollowing(_ fact: Fact, _ act: OpenAct) throws {
        guard let companion = fact.companion, let asset = try known(fact, act) else {
            return try endWithoutRow(act)
        }
        if try isKnown(fact) { return try endWithoutRow(act) }
        let place = layout.companion(of: asset.id)
        guard let found = try Files.status(of: place) else { return try leaveAlone(act, asset.id) }
        guard found.kind == .file else {
            try Claim.putBack(place, of: companion, in: incoming)
            return try leaveAlone(act, asset.id)
        }
        try Claim.makeOurs(place)
        _ = try followed(asset, fact, act)
    }

    /// What becomes of an asset's companion.
    enum CompanionChange {
        case none
        /// As JSON.
        case comes(String)
        case goes
    }

    func companionChange(by fact: Fact) throws -> CompanionChange {
        switch fact.what {
        case .following: try fact.companion.map { .comes(try Self.text($0)) } ?? .none
        case .handingBack, .purged, .originalRemoved: .goes
        case .taking, .leftAlone, .received, .previewed, .accident, .duplicate, .publishing, .deleted,
            .restored,
            .renamed, .paired, .retried, .checked, .healing, .remaking:
            .none
        }
    }

    /// The ledger's beat, inside a commit.
    func write(_ change: CompanionChange, of id: AssetID) throws(LedgerFailure) {
        switch change {
        case .none: break
        case .comes(let companion): try ledger.put(companion: companion, of: id)
        case .goes: try ledger.put(companion: nil, of: id)
        }
    }

    private static func text(_ companion: Source) throws -> String {
        String(decoding: try JSON.encode(companion), as: UTF8.self)
    }

    /// As it was when it was dropped.
    private func companion(of id: AssetID) throws -> Source? {
        try reader.companion(of: id).map { try JSON.decode(Source.self, from: Array($0.utf8)) }
    }

    /// The tree's beat of handing its photo back: it stands beside that one again, as it was. Where it is gone from here, it was
    /// handed back before a crash.
    func handBackCompanion(of asset: Asset, beside place: Path) throws {
        let kept = layout.companion(of: asset.id)
        guard try Files.exists(kept) else { return }
        var source = try companion(of: asset.id) ?? asset.source
        source.path = asset.source.path.parent / Companion.name(source.path.name, beside: place.name)
        // Between two filesystems it is a copy, whose last step may not have been done.
        let wanted = place.parent / source.path.name
        if try HandBack.finishCopy(of: kept, at: wanted, in: incoming) { return }
        try HandBack.move(kept, of: source, to: try HandBack.freePlace(for: source, in: incoming), in: incoming)
    }

    /// The original goes for good, and this with it.
    func removeCompanion(of id: AssetID) throws {
        let kept = layout.companion(of: id)
        if try Files.exists(kept) { try Durable.unlink(kept) }
    }

    /// When the ledger is made anew, for what no line of the record tells of.
    func adoptCompanion(of id: AssetID) throws {
        guard let asset = try reader.asset(id), asset.original != nil, try companion(of: id) == nil,
            let status = try Files.status(of: layout.companion(of: id)), status.kind == .file
        else { return }
        var source = asset.source
        (source.device, source.inode) = (status.device, status.inode)
        (source.bytes, source.modified_ns) = (status.bytes, status.modified_ns)
        source.path = source.path.parent / Companion.name(Path("x.AAE"), beside: source.path.name)
        try ledger.put(companion: try Self.text(source), of: id)
    }
}

extension Asset {
    /// What it turned out to be, and before that what its name says.
    fileprivate var isPhoto: Bool { media.map { $0.kind == .photo } ?? source.looksLikePhoto }
}
