// What happens to an asset on its way, by the table in Model/Stage.swift: deciding is there, doing is here.
import Ingest
import Model
import Platform

extension Pipeline {
    func happened(_ happening: Happening, to asset: Asset) {
        guard let step = asset.stage.after(happening, attempts: asset.attempts) else { return }
        var asset = asset
        asset.attempts = step.attempts
        // It is tried again; whoever is needed is told when it is handed back.
        if case .accident(let refusal) = happening, accidents.admits() {
            Log.write(
                .accident, .notice,
                "\(asset.sourceName.text): \(refusal.text) (attempt \(step.attempts) of \(Limits.attempts))",
                asset: asset, problem: refusal.problem)
        }
        Loop.task { await self.carryOut(step, asset, because: happening) }
    }

    private func carryOut(_ step: Step, _ asset: Asset, because happening: Happening) async {
        do {
            switch step.effect {
            case .none:
                if case .accident(let refusal) = happening {
                    var fact = Fact(at: Clock.now(), id: asset.id, what: .accident, refusal: refusal)
                    fact.attempts = step.attempts
                    return moved(try await keeper.note(fact, on: asset))
                }
                try await move(asset, to: step.stage)
            case .wait(let refusal):
                var asset = asset
                asset.refusal = refusal
                asset.retryAt = Clock.now() + failed(Fault(refusal), about: asset.source.path)
                try await move(
                    asset, to: step.stage,
                    HistoryEvent(at: Clock.now(), what: .waiting, detail: refusal.text))
            case .handBack(let refusal):
                guard let ended = try await keeper.handBack(asset, refusal) else { break }
                self.ended(ended)
                // It could not be made anew, and is as damaged as it was.
                if ended.stage == .published { _ = try await verification.check(ended) }
            case .discardTwin:
                guard let twin = asset.duplicateOf else { return }
                if let ended = try await keeper.discardTwin(asset, of: twin) { self.ended(ended) }
            case .publish: break  // Only `jobEnded` publishes, for only it has what was made.
            }
            onChange()
        } catch {
            await afterFailedAct(Fault(error), asset)
        }
    }

    private func move(_ asset: Asset, to stage: Stage, _ event: HistoryEvent? = nil) async throws {
        var asset = asset
        asset.stage = stage
        try await keeper.put(asset, event)
        moved(asset)
    }

    private func moved(_ asset: Asset) {
        onAsset(asset, nil)
        goOn(asset)
        onChange()
    }

    /// An act is done: whoever should know is told, and whoever waited for it goes on.
    func ended(_ asset: Asset, seconds: Double? = nil) {
        faults.isOver(for: asset.source.path)
        let name = asset.source.path.text
        switch asset.stage {
        case .published:
            Log.write(
                .published, .info, "Published \(name) as \(asset.folder).", asset: asset, seconds: seconds)
            if let other = asset.pair { Loop.task { await self.tell(of: asset, pairedWith: other) } }
        case .duplicate:
            let twin = asset.duplicateOf?.description ?? ""
            Log.write(.duplicate, .info, "\(name) is already here, as \(twin).", asset: asset)
        case .handedBack:
            let refusal = asset.refusal ?? Refusal(.corrupt)
            Log.write(
                // Of many at once a few are told to whoever reads only what needs somebody, and then their number.
                .handedBack, handedBack.admits() ? .warning : .info,
                "Handed back \(name): \(refusal.text) \(refusal.problem.remedy)",
                asset: asset)
            inbox.handedBack()
        case .deleted: Log.write(.deleted, .notice, "Moved \(name) to the trash.", asset: asset)
        case .purged: Log.write(.purged, .notice, "Removed \(name) from the trash, for good.", asset: asset)
        case .taken, .previewing, .previewed, .transcoding, .awaitingTwin: goOn(asset)
        }
        tell(of: asset)
    }

    private func tell(of asset: Asset, pairedWith id: AssetID) async {
        // Only words: that they are a pair is recorded.
        guard let other = try? await keeper.asset(id) else { return }
        let (photo, video) = asset.media?.kind == .photo ? (asset, other) : (other, asset)
        Log.write(
            .paired, .info,
            "\(photo.source.path.text) and \(video.source.path.text) are two halves of one Live Photo.",
            asset: asset)
    }

    /// An asset is back from the trash.
    func restored(_ asset: Asset) {
        Log.write(
            .restored, .notice, "Brought \(asset.source.path.text) back from the trash.", asset: asset)
        tell(of: asset)
    }

    /// Somebody wrote something else about it.
    func renamed(_ asset: Asset) {
        let name = asset.source.path.text
        Log.write(.renamed, .info, "\(name) has another caption or collection.", asset: asset)
        onAsset(asset, nil)
    }

    func originalRemoved(_ asset: Asset) {
        Log.write(
            .originalRemoved, .info,
            "The camera file of \(asset.source.path.text) has left the archive, as was planned; the published version stays.",
            asset: asset)
        onAsset(asset, nil)
    }

    private func tell(of asset: Asset) {
        onAsset(asset, nil)
        guard asset.stage.isFinal else { return }
        space.ended(asset.id)
        Loop.task { await self.tellTwins(of: asset) }
    }

    private func tellTwins(of asset: Asset) async {
        guard let digest = asset.sha256 else { return }
        while !isEnding {
            do {
                for twin in try await keeper.awaiting(twin: digest) where twin.duplicateOf == asset.id {
                    await askTwin(of: twin)
                }
                return
            } catch {
                await Loop.sleep(seconds: failed(Fault(error), about: asset.source.path))
            }
        }
    }
}
