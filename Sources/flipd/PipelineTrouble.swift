// When the machine is at fault, the library away, or flipd about to end: nothing is lost, everything waits.
import Ingest
import Model
import Platform
import Workshop

extension Pipeline {
    /// Notes a fault; answers how many seconds to wait before the next try.
    func failed(_ fault: Fault, about path: Path?) -> Double {
        faults.happened(fault, about: path)
        onChange()
        let delay_s = retryDelay_s(afterFaults: faults.inARow)
        // One that waits already is not put off by the next fault.
        if repairTimer == nil {
            repairTimer = EventSource.timer(after_s: delay_s) { [weak self] in
                self?.repairTimer = nil
                Loop.task { await self?.repair() }
            }
        }
        return delay_s
    }

    /// An act failed, after its intent or before: its asset waits, and goes on from where record and tree say it is.
    func afterFailedAct(_ fault: Fault, _ asset: Asset) async {
        let delay_s = failed(fault, about: asset.source.path)
        if await keeper.isBroken(asset.id) { return }
        do {
            return try await wait(asset.id, for: fault.refusal, delay_s: delay_s)
        } catch {
            // Then the ledger too is out of reach, and only time will tell.
        }
        while !isEnding {
            await Loop.sleep(seconds: delay_s)
            do {
                return try await wait(asset.id, for: fault.refusal, delay_s: 0)
            } catch {
                _ = failed(Fault(error), about: asset.source.path)
            }
        }
    }

    /// Says in the row that an asset waits and why, and lets it go on after that. One that has ended stays as it is.
    private func wait(_ id: AssetID, for refusal: Refusal, delay_s: Double) async throws {
        guard let asset = try await keeper.letWait(id, for: refusal, until: Clock.now() + delay_s) else {
            return
        }
        onAsset(asset, nil)
        goOn(asset)
    }

    private func repair() async {
        if isPaused || isEnding { return }
        do {
            let (repaired, failure) = try await keeper.repairBroken()
            for one in repaired {
                if one.before == .deleted { restored(one.asset) } else { ended(one.asset) }
            }
            if let failure { _ = failed(Fault(failure), about: nil) } else { faults.isOver(for: nil) }
        } catch {
            _ = failed(Fault(error), about: nil)
        }
        onChange()
    }

    // MARK: Pausing and ending

    func pause() {
        isPaused = true
        workshop.interruptAll()
        verification.interrupt()
        // So that the disk, if it is still there, can be taken away.
        Loop.task { await self.keeper.letGo() }
        onChange()
    }

    func resume() {
        isPaused = false
        let held = heldBack
        heldBack = []
        for candidate in held { arrived(candidate) }
        Loop.task { await self.repair() }
        startJobs()
    }

    /// Ends all jobs and waits for them; what they were about is written down as interrupted.
    func end() async {
        isEnding = true
        inbox.stop()
        for flood in [handedBack, accidents] { flood.end() }
        verification.stop()
        workshop.interruptAll()
        let until = Clock.monotonic_s() + Limits.stop_s
        // The last rows wait for the keeper, which does one thing after another. Should it take too long, nothing is lost:
        // every act may be cut off.
        while !workshop.running.isEmpty, Clock.monotonic_s() < until { await Loop.sleep(seconds: 0.05) }
        Loop.task {
            await self.keeper.isDone()
            self.hasEnded = true
        }
        while !hasEnded, Clock.monotonic_s() < until { await Loop.sleep(seconds: 0.02) }
    }
}
