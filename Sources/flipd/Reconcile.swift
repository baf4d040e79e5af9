// After a crash: what the record says was begun, what the tree shows was done, and the ledger brought up to both. Every
// line of the table in docs/stages.md is a case here; every repair may itself be cut off and begun again.
import Ingest
import Ledger
import Library
import Model
import Platform

extension Keeper {
    /// Reads the record from where the ledger left off, and settles what it finds. Answers how many acts there were.
    func reconcile() throws -> Int {
        let left = try ledger.recordPosition
        return try reconcile(from: Record.Position(day: left.day, offset: left.offset))
    }

    /// Every line is one that the ledger should know by now; only the last one about an asset may have been cut off, and
    /// is compared with the tree.
    func reconcile(from start: Record.Position) throws -> Int {
        try checkMarker()
        var last: [AssetID: (act: OpenAct, fact: Fact)] = [:]
        readUpTo = try record.read(from: start) { position, fact in
            if fact.what == .paired {
                // It is about two assets, and is no last word about either. It was written when both were ready.
                for id in [fact.id, fact.pair].compactMap(\.self) {
                    if let held = last[id]?.fact, [.publishing, .restored].contains(held.what) {
                        try replay(held)
                    }
                }
                return try replayPairing(fact)
            }
            let earlier = last[fact.id]?.fact
            if let earlier, !fact.voids(earlier) { try replay(earlier) }
            last[fact.id] = (position, earlier.map { fact.completed(by: $0) } ?? fact)
        }
        let inOrder = last.values.sorted { $0.act < $1.act }
        if isRebuilding { try checkMedia(inOrder.count { $0.fact.what == .publishing }) }
        for (act, fact) in inOrder { adopt(act, fact) }
        // Twins are looked up among what is known by then, so that originals come before their duplicates.
        for (act, fact) in inOrder {
            // What cannot be repaired now holds up nothing else; it is tried again while flipd runs.
            do { _ = try repair(fact, act: act) } catch { failed(act) }
        }
        try checkMarker()
        let position = self.position()
        if position != start { try ledger.setRecordPosition(day: position.day, offset: position.offset) }
        return inOrder.count
    }

    /// A disk below the library that is not connected must not make everything that was published undone.
    private func checkMedia(_ published: Int) throws {
        let isEmpty = try !Files.exists(layout.media) || Files.list(layout.media).isEmpty
        guard published > 5, isEmpty else { return }
        throw CannotStart(
            text: "The record tells of \(published) published assets, and \(layout.media.text) is empty. "
                + "Perhaps a disk is not connected. Nothing was changed.")
    }

    /// Brings a row to what a line says that others have followed: what it begins was done.
    private func replay(_ fact: Fact) throws {
        if fact.what == .checked { return try replayCheck(fact) }
        guard let asset = try unrepeated(fact) else { return }
        let outcome = fact.outcome(for: asset)
        let companion = try companionChange(by: fact)
        try ledger.commit { () throws(LedgerFailure) in
            try ledger.put(outcome.asset)
            try write(companion, of: fact.id)
            for event in outcome.events { try ledger.add(event, to: fact.id) }
        }
    }

    /// The row that a line is about, as it was before; nil where there is none, or where it knows the line.
    private func unrepeated(_ fact: Fact) throws -> Asset? {
        guard fact.event != nil, try !isKnown(fact) else { return nil }
        if let asset = try reader.asset(fact.id) {
            guard try fits(fact, asset) else { return nil }
            guard fact.what == .publishing else { return asset }
            return sidecar(of: fact.id).map { asset.completed(by: $0) } ?? asset
        }
        guard let source = fact.source else { return nil }
        return try described(by: fact, source)
    }

    /// A published folder's own words, wherever it stands by now; or those that stayed when it went.
    private func sidecar(of id: AssetID) -> Sidecar? {
        // One that cannot be read is found damaged by whoever verifies it, and holds up nothing else.
        [layout.folder(of: id), layout.trash(of: id)].lazy
            .compactMap { (try? Publish.sidecar(of: id, in: $0)) ?? nil }.first
    }

    /// Whether a row says already what a line says.
    func isKnown(_ fact: Fact) throws -> Bool {
        guard let event = fact.event else { return false }
        return try reader.knows(event, at: fact.at, of: fact.id)
    }

    /// Whether an act can befall an asset that stands where this one does. No other line is followed, whoever wrote it.
    private func fits(_ fact: Fact, _ asset: Asset) throws -> Bool {
        switch fact.what {
        case .taking, .leftAlone, .received, .paired, .checked: true
        case .following: asset.original != nil
        case .previewed, .accident, .publishing, .handingBack: !asset.stage.isFinal
        case .duplicate:
            try !asset.stage.isFinal && fact.twin.flatMap { try reader.asset($0) }?.sha256 == asset.sha256
        case .deleted, .originalRemoved, .renamed, .remaking: asset.stage == .published
        case .restored, .purged: asset.stage == .deleted
        case .healing: asset.stage == .published || asset.stage == .deleted
        case .retried: asset.stage == .handedBack
        }
    }

    /// Brings one asset to what record and tree say. Answers it if it is still on its way.
    @discardableResult
    func repair(_ fact: Fact, act: OpenAct) throws -> Asset? {
        if let asset = try reader.asset(fact.id), try !isKnown(fact), try !fits(fact, asset) {
            return try nothingToDo(act)
        }
        switch fact.what {
        // A pair has been read with the record.
        case .leftAlone, .paired: return try nothingToDo(act)
        case .taking: return try repairTaking(fact, act)
        case .received: return try repairReceived(fact, act)
        case .publishing: return try repairPublishing(fact, act)
        case .handingBack: return try repairHandingBack(fact, act)
        case .deleted, .restored: try repairTrash(fact, act)
        case .checked:
            try replayCheck(fact)
            return try nothingToDo(act)
        case .healing: try repairHealing(fact, act)
        case .following: try repairFollowing(fact, act)
        case .remaking: return try repairRemaking(fact, act)
        case .duplicate:
            guard let twin = fact.twin, let asset = try known(fact, act) else { return nil }
            if asset.stage == .duplicate { return try nothingToDo(act) }
            _ = try discardTwin(asset, of: twin, fact, act)
        case .purged:
            guard var asset = try known(fact, act) else { return nil }
            if try isKnown(fact) { return try nothingToDo(act) }
            if let sidecar = fact.sidecar { asset = asset.completed(by: sidecar) }
            _ = try purge(asset, fact, act)
        case .originalRemoved:
            guard let asset = try known(fact, act) else { return nil }
            if try isKnown(fact) { return try nothingToDo(act) }
            _ = try removeOriginal(of: asset, fact, act)
        case .previewed, .accident, .renamed, .retried:
            guard let asset = try known(fact, act) else { return nil }
            if try isKnown(fact) { return try nothingToDo(act) }
            _ = try end(act, fact, asset)
        }
        return nil
    }

    private func nothingToDo(_ act: OpenAct) throws -> Asset? {
        try endWithoutRow(act)
        return nil
    }

    /// The asset of a later act: from its row, or as its `received` line describes it. What neither knows cannot be
    /// repaired, and is left as it is.
    func known(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        if let asset = try reader.asset(fact.id) { return asset }
        guard let source = fact.source else {
            try endWithoutRow(act)
            return nil
        }
        return try described(by: fact, source)
    }

    private func repairTaking(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        guard let source = fact.source, let original = fact.original else { return try nothingToDo(act) }
        guard let found = try Files.status(of: layout.root / original) else {
            try leaveAlone(act, fact.id)
            return nil
        }
        guard found.kind == .file else {
            try Claim.putBack(layout.root / original, of: source, in: incoming)
            try leaveAlone(act, fact.id)
            return nil
        }
        try Claim.makeOurs(layout.root / original)
        let file = try Files.openForReading(layout.root / original)
        // An uploader may have outlived our crash; what is still being written has no hash yet.
        if file.writers() == .some {
            throw Fault(Refusal(.ioError, "Somebody still writes to \(source.path.text)."))
        }
        let (digest, bytes) = try SHA256.digest(of: file)
        var received = fact
        (received.what, received.sha256, received.at) = (.received, digest, Clock.now())
        let asset = try receive(received, bytes: bytes, act: act, isNew: true)
        if found.bytes == source.bytes { return asset }
        _ = try handBack(asset, Refusal(.truncated, "Power failed while it was being copied."))
        return nil
    }

    private func repairReceived(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        if let asset = try reader.asset(fact.id) {
            try endWithoutRow(act)
            return asset.stage.isFinal ? nil : asset
        }
        guard let source = fact.source, let original = fact.original else { return try nothingToDo(act) }
        guard let found = try Files.status(of: layout.root / original) else {
            // Whoever makes the ledger anew tells of it (`auditUnfinished`); nobody else has a reason to.
            return isRebuilding
                ? try receive(fact, bytes: source.bytes, act: act, isNew: false) : try nothingToDo(act)
        }
        try Claim.makeOurs(layout.root / original)
        return try receive(fact, bytes: found.bytes, act: act, isNew: false)
    }

    private func repairPublishing(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        guard let asset = try known(fact, act) else { return nil }
        if try isKnown(fact) { return try nothingToDo(act) }
        let folder = layout.folder(of: fact.id)
        guard try Files.exists(folder / "\(fact.id).json") else {
            try leaveAlone(act, fact.id)
            return asset
        }
        try Publish.close(folder)
        var whole = sidecar(of: fact.id).map { asset.completed(by: $0) } ?? asset
        whole.publishedAt = whole.publishedAt ?? fact.at
        _ = try published(whole, fact, act)
        return nil
    }

    private func repairHandingBack(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        guard fact.refusal != nil, let place = fact.to else { return try nothingToDo(act) }
        var fact = fact
        if let source = fact.source, fact.original == nil, try reader.asset(fact.id) == nil {
            if try !isRebuilding && Claim.isUnchanged(source, in: incoming) { try moveOn(&fact, source, act) }
            _ = try handBack(untaken: fact, act)
            return nil
        }
        guard let asset = try known(fact, act) else { return nil }
        if try isKnown(fact) { return try nothingToDo(act) }
        if let original = layout.original(of: asset), try Files.exists(original),
            try !HandBack.finishCopy(of: original, at: place, in: incoming)
        {
            try moveOn(&fact, asset.source, act)
        }
        _ = try handBack(asset, fact, act)
        return nil
    }

    /// The place that was chosen may be taken by now: another one is, and the record says so first.
    private func moveOn(_ fact: inout Fact, _ source: Source, _ act: OpenAct) throws {
        let place = try HandBack.freePlace(for: source, in: incoming)
        if place == fact.to { return }
        fact.to = place
        _ = try record.append(fact)
        adopt(act, fact)
    }

    /// Makes staging and rows fit: what a job had begun begins again, whole previews are kept.
    func resume() throws -> [Asset] {
        var (going, kept) = ([Asset](), Set<Path>())
        for found in try reader.unfinished() {
            guard !isBroken(found.id), let asset = try settled(found.id) else { continue }
            if asset.stage == .previewed { kept.insert(layout.preview(of: asset.id).name) }
            kept.insert(layout.damaged(of: asset.id).name)
            going.append(asset)
        }
        try Staging.empty(layout, keeping: kept)
        for id in try ledger.sourcesLeft() {
            // What cannot be removed now is not taken again either.
            if let asset = try reader.asset(id) { try? removeSource(of: id, asset.source) }
        }
        return going
    }
}

extension Asset {
    /// What a published folder says of itself, for a row that does not know it yet.
    func completed(by sidecar: Sidecar) -> Asset {
        var asset = self
        asset.publishedAt = sidecar.publishedAt
        asset.endedAt = sidecar.publishedAt
        asset.renditions = sidecar.renditions
        asset.madeWith = sidecar.madeWith
        asset.sha256 = sidecar.sha256 ?? asset.sha256
        asset.original = sidecar.original
        if let kind = sidecar.kind, let width = sidecar.width, let height = sidecar.height {
            asset.media = Media(
                kind: kind, duration: sidecar.duration, width: width, height: height,
                capturedAt: sidecar.capturedAt, capturedAtOffset: sidecar.capturedAtOffset,
                capturedAtSource: sidecar.capturedAtSource, contentIdentifier: sidecar.contentIdentifier,
                device: sidecar.device, remarks: sidecar.remarks)
        }
        return asset
    }
}
