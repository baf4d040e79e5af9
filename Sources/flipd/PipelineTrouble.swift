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

    /// An act failed after its intent, or before: its asset goes on from where record and tree say it is.
    func afterFailedAct(_ fault: Fault, _ asset: Asset) async {
        let delay_s = failed(fault, about: asset.source.path)
        if await keeper.isBroken(asset.id) { return }
        while !isEnding {
            await Loop.sleep(seconds: delay_s)
            do {
                if let asset = try await keeper.settled(asset.id) { goOn(asset) }
                return
            } catch {
                _ = failed(Fault(error), about: asset.source.path)
            }
        }
    }

    private func repair() async {
        if isPaused || isEnding { return }
        do {
            let (going, failure) = try await keeper.repairBroken()
            if let failure { _ = failed(Fault(failure), about: nil) } else { faults.isOver() }
            for asset in going { goOn(asset) }
        } catch {
            _ = failed(Fault(error), about: nil)
        }
        onChange()
    }

    // MARK: Pausing and ending

    func pause() {
        isPaused = true
        workshop.interruptAll()
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
        workshop.interruptAll()
        let until = Clock.monotonic_s() + Limits.stop_s
        while !workshop.running.isEmpty, Clock.monotonic_s() < until { await Loop.sleep(seconds: 0.05) }
        // The last rows wait for the keeper, which does one thing after another.
        await keeper.isDone()
    }
}
