// What the status socket is asked for a backup's sake.
import Model
import Status

extension Answers {
    func backupPlan() async throws -> Response {
        guard let upkeep, let pipeline else { return Self.notReady }
        let usage = try await librarian.usage()
        return .json(
            upkeep.backups.plan(
                upkeep.chores.kept, published: usage.classes[UsageReport.Class.published.rawValue]?.count ?? 0,
                originals: usage.classes[UsageReport.Class.originals.rawValue]?.count ?? 0,
                damaged: try await librarian.damagedIDs(),
                hindrance: pipeline.verification.missingReason))
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
