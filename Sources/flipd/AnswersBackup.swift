// What the status socket is asked for a backup's sake.
import Model
import Status

extension Answers {
    func backupPlan() -> Response {
        guard let upkeep else { return Self.notReady }
        return .json(upkeep.backups.plan(upkeep.chores.kept))
    }

    func snapshot() async -> Response {
        // While record, tree and ledger are brought to one answer, the ledger is no answer yet.
        guard let chores = upkeep?.chores, chores.isReady() else {
            return .error(
                status: 503, code: "paused",
                "The archive is not ready. “flipctl status” says what it waits for.")
        }
        do { return .json(try await chores.snapshot()) } catch {
            return .error(status: 503, code: "unavailable", Fault(error).refusal.text)
        }
    }
}
