// What checks have found, in record and ledger. No tree shows it, and nothing else follows from it: what is missing is
// not deleted.
import Ledger
import Library
import Model
import Platform

extension Keeper {
    /// Whether an asset still stands as it was when its check began: what was moved meanwhile is not missing.
    func stands(_ asset: Asset) throws -> Bool {
        guard !isBroken(asset.id), let row = try reader.asset(asset.id) else { return false }
        return row.stage == asset.stage && row.original == asset.original && row.renditions == asset.renditions
    }

    /// Records several checks with one sync, and writes them into their rows with one commit. Answers those that count. One
    /// that is recorded and not in its row is only done again.
    func note(_ checks: [Fixity.Check]) throws -> [Fixity.Check] {
        try checkMarker()
        let standing = try checks.filter { try stands($0.asset) }
        if standing.isEmpty { return [] }
        _ = try record.append(
            standing.map { check in
                let damage = check.damage.isEmpty ? nil : check.damage
                return Fact(at: check.at, id: check.asset.id, what: .checked, damage: damage)
            })
        let position = self.position()
        try ledger.commit { () throws(LedgerFailure) in
            for check in standing {
                try ledger.noteCheck(of: check.asset.id, at: check.at, check.damage, isNew: true)
            }
            try ledger.setRecordPosition(day: position.day, offset: position.offset)
        }
        return standing
    }

    /// What was checked or published by a clock that was ahead is due now, and not when that time comes.
    func forgetChecksToCome() throws { try ledger.forgetChecks(after: Clock.now()) }

    func noteVerification(at moment: Timestamp) throws { try ledger.noteVerification(at: moment) }

    /// After a crash, and when the ledger is made anew: what the line says, the row says.
    func replayCheck(_ fact: Fact) throws {
        if let asset = try reader.asset(fact.id), asset.stage == .published || asset.stage == .deleted {
            try ledger.commit { () throws(LedgerFailure) in
                try ledger.noteCheck(of: fact.id, at: fact.at, fact.damage ?? [], isNew: false)
            }
        }
    }
}
