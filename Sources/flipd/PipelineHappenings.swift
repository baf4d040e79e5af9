// What happens to an asset on its way, by the table in Model/Stage.swift: deciding is there, doing is here.
import Ingest
import Model
import Platform

extension Pipeline {
    func happened(_ happening: Happening, to asset: Asset) {
        guard let step = asset.stage.after(happening, attempts: asset.attempts) else { return }
        var asset = asset
        asset.attempts = step.attempts
        if case .accident(let refusal) = happening {
            Log.write(
                .accident, .warning, "\(asset.sourceName.text): \(refusal.text) (attempt \(step.attempts))",
                asset: asset, problem: refusal.problem)
        }
        Loop.task { await self.carryOut(step, asset, because: happening) }
    }

    private func carryOut(_ step: Step, _ asset: Asset, because happening: Happening) async {
        do {
            switch step.effect {
            case .none:
                try await move(asset, to: step.stage, refusal: nil, retryAt: nil, happening.event)
            case .wait(let refusal):
                let delay_s = failed(Fault(refusal), about: asset.source.path)
                try await move(
                    asset, to: step.stage, refusal: refusal, retryAt: Clock.now() + delay_s, happening.event)
            case .handBack(let refusal):
                let handedBack = try await keeper.handBack(asset, refusal)
                faults.isOver()
                Log.write(
                    .handedBack, .warning,
                    "Handed back \(asset.source.path.text): \(refusal.text) \(refusal.problem.remedy)",
                    asset: handedBack)
                inbox.rescanProblems()
                onAsset(handedBack, nil)
                await tellTwins(of: handedBack, .twinHandedBack(refusal))
            case .discardTwin:
                guard let twin = asset.duplicateOf else { return }
                let duplicate = try await keeper.discardTwin(asset, of: twin)
                Log.write(
                    .duplicate, .info, "\(asset.source.path.text) is already here, as \(twin).",
                    asset: duplicate)
                onAsset(duplicate, nil)
            case .publish: break  // Only `jobEnded` publishes, for only it has what was made.
            }
            onChange()
        } catch {
            await afterFailedAct(Fault(error), asset)
        }
    }

    private func move(
        _ asset: Asset, to stage: Stage, refusal: Refusal?, retryAt: Timestamp?, _ event: HistoryEvent?
    ) async throws {
        var asset = asset
        asset.stage = stage
        asset.refusal = refusal
        asset.retryAt = retryAt
        try await keeper.put(asset, event)
        onAsset(asset, nil)
        goOn(asset)
    }

    func tellTwins(of asset: Asset, _ happening: Happening) async {
        guard let digest = asset.sha256 else { return }
        for twin in (try? await keeper.awaiting(twin: digest)) ?? [] where twin.duplicateOf == asset.id {
            happened(happening, to: twin)
        }
    }
}

extension Happening {
    /// The line of history for what befell a job. Our own end befell nobody.
    fileprivate var event: HistoryEvent? {
        switch self {
        case .accident(let refusal): HistoryEvent(at: Clock.now(), what: .accident, detail: refusal.text)
        case .fault(let refusal): HistoryEvent(at: Clock.now(), what: .waiting, detail: refusal.text)
        case .jobStarted, .jobDone, .refused, .interrupted, .twinPublished, .twinHandedBack: nil
        }
    }
}
