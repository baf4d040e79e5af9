// What an act leaves in the row of its asset and in its history, once it is done. Pure, and said nowhere else: it is the
// same whether the act was just done, was cut off by a crash, or is read from the record when the ledger is made anew.

extension Fact {
    package typealias Outcome = (asset: Asset, events: [HistoryEvent])

    /// The event by which the history tells that this act is done. Nil for what leaves none.
    package var event: HistoryEvent.What? {
        switch what {
        // A check leaves what is damaged, and more than one event or none (Ledger/Checks.swift).
        case .taking, .leftAlone, .checked: nil
        case .received: .digest
        case .following: .companion
        case .previewed: .preview
        case .accident: .accident
        case .duplicate: .duplicate
        case .publishing: .publication
        case .deleted: .deletion
        case .restored: .restoration
        case .purged: .purging
        case .originalRemoved: .originalRemoved
        case .renamed: .renaming
        case .paired: .pairing
        case .handingBack: .handedBack
        case .retried: .retried
        case .healing, .remaking: .healing
        }
    }

    /// `asset` is the row before, completed by its sidecar where it is published. A pair is about two, and said elsewhere.
    package func outcome(for asset: Asset) -> Outcome {
        var asset = asset
        change(&asset)
        var events = self.events ?? []
        if what == .received {
            events.append(HistoryEvent(at: asset.receivedAt, what: .ingestion, detail: asset.source.path.text))
        }
        if let event { events.append(HistoryEvent(at: at, what: event, seconds: seconds, detail: told)) }
        return (asset, events)
    }

    private func change(_ asset: inout Asset) {
        switch what {
        case .taking, .leftAlone, .following, .paired, .checked, .healing: break
        case .received:
            asset.sha256 = sha256
            asset.original = original
        case .previewed:
            goOn(&asset, at: .previewed, attempts: 0)
            asset.media = media
            asset.renditions = renditions ?? []
            asset.madeWith = madeWith ?? [:]
        case .accident: goOn(&asset, at: asset.stage.waiting, attempts: attempts ?? asset.attempts)
        case .duplicate:
            end(&asset, .duplicate)
            asset.original = nil
            asset.duplicateOf = twin
        case .publishing:
            goOn(&asset, at: .published, attempts: 0)
            asset.endedAt = asset.publishedAt ?? at
            asset.duplicateOf = nil
        case .handingBack:
            end(&asset, .handedBack)
            asset.refusal = refusal
            asset.original = nil
            asset.duplicateOf = nil
            asset.handedBackTo = to
            asset.attempts = attempts ?? asset.attempts
        // Deleting and restoring are no new end.
        case .deleted: (asset.stage, asset.deletedAt) = (.deleted, at)
        case .restored: (asset.stage, asset.deletedAt) = (.published, nil)
        case .purged:
            asset.stage = .purged
            asset.deletedAt = nil
            asset.original = nil
            asset.renditions = []
        case .originalRemoved: asset.original = nil
        case .renamed: (asset.caption, asset.correctedCollection) = (caption, collection)
        case .retried: asset.handedBackTo = nil
        case .remaking:
            goOn(&asset, at: .taken, attempts: 0)
            asset.renditions = []
            asset.publishedAt = nil
            asset.endedAt = nil
        }
    }

    private func goOn(_ asset: inout Asset, at stage: Stage, attempts: Int) {
        asset.stage = stage
        asset.attempts = attempts
        asset.refusal = nil
        asset.retryAt = nil
    }

    private func end(_ asset: inout Asset, _ stage: Stage) {
        asset.stage = stage
        asset.refusal = nil
        asset.retryAt = nil
        asset.endedAt = at
    }

    /// What the history says beside the word.
    private var told: String? {
        let told = toldOfIt
        guard let by else { return told }
        return told.map { "by \(by): \($0)" } ?? "by \(by)"
    }

    private var toldOfIt: String? {
        switch what {
        case .taking, .leftAlone, .paired, .deleted, .restored, .purged, .checked: nil
        case .healing: "\(file ?? ""), from \(from ?? "")"
        case .remaking: "all of it, from its original"
        case .received: sha256.map { "SHA-256 \($0)" }
        case .following: companion?.path.text
        case .previewed: detail
        case .originalRemoved: original
        case .accident: refusal?.text
        case .duplicate: twin.map { "of \($0)" }
        case .publishing: Asset.folder(of: id)
        case .handingBack: refusal.map { "\($0.problem.rawValue): \($0.text)" }
        case .retried: to?.text
        case .renamed:
            [caption.map { "caption: \($0)" }, "collection: \(collection ?? "as it was dropped")"]
                .compactMap(\.self).joined(separator: "; ")
        }
    }
}
