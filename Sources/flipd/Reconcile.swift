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

    /// Forgets the ledger and reads the whole record anew.
    func rebuild() throws -> (assets: Int, failures: Int) {
        try checkMarker()
        try ledger.empty()
        isRebuilding = true
        defer { isRebuilding = false }
        _ = try reconcile(from: .start)
        return (try reader.count(), broken.count)
    }

    private func reconcile(from start: Record.Position) throws -> Int {
        try checkMarker()
        // Of each asset, where it was begun and the last word about it, in the order of their beginnings.
        var acts: [AssetID: (act: OpenAct, last: Fact)] = [:]
        var pairs: [(act: OpenAct, last: Fact)] = []
        var checks: [AssetID: (act: OpenAct, last: Fact)] = [:]
        readUpTo = try record.read(from: start) { position, fact in
            if fact.what == .paired { return pairs.append((position, fact)) }
            // Of checks the last one counts.
            if fact.what.isBeside { return checks[fact.id] = (position, fact) }
            // What is made anew was not checked yet.
            if fact.what == .remaking { checks[fact.id] = nil }
            let earlier = acts[fact.id]
            acts[fact.id] = (earlier?.act ?? position, earlier.map { fact.completed(by: $0.last) } ?? fact)
        }
        // A pair is about two assets, and is no last word about either: after all else both have their rows.
        let inOrder = acts.values.sorted { $0.act < $1.act } + pairs + checks.values.sorted { $0.act < $1.act }
        for (act, fact) in inOrder { adopt(act, fact) }
        for (_, fact) in pairs { note(pair: fact) }
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

    /// Brings one asset to what record and tree say. Answers it if it is still on its way.
    func repair(_ fact: Fact, act: OpenAct) throws -> Asset? {
        switch fact.what {
        case .leftAlone:
            try endWithoutRow(act)
            return nil
        case .taking: return try repairTaking(fact, act)
        case .received: return try repairReceived(fact, act)
        case .publishing: return try repairPublishing(fact, act)
        case .deleted, .restored:
            try repairTrash(fact, act)
            return nil
        case .paired:
            try repairPairing(fact, act)
            return nil
        case .checked:
            try repairCheck(fact, act)
            return nil
        case .healing:
            try repairHealing(fact, act)
            return nil
        case .remaking: return try repairRemaking(fact, act)
        case .handingBack:
            guard let refusal = fact.refusal, var place = fact.to else { return try nothingToDo(act) }
            if let source = fact.source, fact.original == nil, try reader.asset(fact.id) == nil {
                var fact = fact
                if try Claim.isUnchanged(source, in: incoming) {
                    fact.to = try HandBack.freePlace(for: source, in: incoming)
                }
                _ = try handBack(untaken: fact, act)
                return nil
            }
            guard let asset = try known(fact, act) else { return nil }
            if asset.stage == .handedBack { return try nothingToDo(act) }
            if let original = layout.original(of: asset), try Files.exists(original),
                try !HandBack.finishCopy(of: original, at: place, in: incoming)
            {
                place = try HandBack.freePlace(for: asset.source, in: incoming)
            }
            _ = try handBack(asset, refusal, to: place, act)
            return nil
        case .duplicate:
            guard let twin = fact.twin, let asset = try known(fact, act) else { return nil }
            if asset.stage == .duplicate { return try nothingToDo(act) }
            _ = try discardTwin(asset, of: twin, act)
            return nil
        }
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
        var asset = Asset(
            id: fact.id, stage: .taken, source: source, sha256: fact.sha256, receivedAt: fact.id.madeAt)
        asset.original = fact.original
        // Its row is the parent of its history.
        try put(asset, HistoryEvent(at: asset.receivedAt, what: .ingestion, detail: source.path.text))
        return asset
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
        let asset = try receive(
            received, receivedAt: fact.id.madeAt, bytes: bytes, seconds: nil, act: act, isNew: true)
        if found.bytes == source.bytes { return asset }
        _ = try handBack(asset, Refusal(.truncated, "Power failed while it was being copied."))
        return nil
    }

    private func repairReceived(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        if let asset = try reader.asset(fact.id) {
            try endWithoutRow(act)
            return asset.stage.isFinal ? nil : asset
        }
        guard let original = fact.original, let found = try Files.status(of: layout.root / original) else {
            // Its end was read from the tree, or it will be found missing by whoever looks for it.
            return try nothingToDo(act)
        }
        try Claim.makeOurs(layout.root / original)
        return try receive(
            fact, receivedAt: fact.id.madeAt, bytes: found.bytes, seconds: nil, act: act, isNew: false)
    }

    private func repairPublishing(_ fact: Fact, _ act: OpenAct) throws -> Asset? {
        guard let asset = try known(fact, act) else { return nil }
        if asset.stage == .published { return try nothingToDo(act) }
        guard let sidecar = try Publish.sidecar(of: fact.id, in: layout.folder(of: fact.id)) else {
            try endWithoutRow(act)
            return asset
        }
        try Publish.close(layout.folder(of: fact.id))
        _ = try published(asset.completed(by: sidecar), act, [])
        return nil
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
