// The two halves of a Live Photo: a photo and a video that are one to whoever took them.
import Ledger
import Library
import Model
import Platform

extension Keeper {
    /// Two assets that are about to name each other, and when that was recorded.
    struct Pairing {
        let at: Timestamp
        let one: Asset
        let other: Asset
    }

    /// An asset becomes ready: where its other half is ready too, both are recorded as a pair. No tree shows it, so that
    /// this line alone says it, and the ledger only repeats it.
    func recordPairing(of asset: Asset) throws -> Pairing? {
        guard asset.stage == .published, asset.pair == nil else { return nil }
        if let fact = recordedPairs[asset.id] { return try pairing(asset, fact) }
        guard let other = try otherHalf(of: asset), recordedPairs[other.id] == nil else { return nil }
        let fact = Fact(at: Clock.now(), id: asset.id, what: .paired, pair: other.id)
        begunPairs[asset.id] = other.id
        _ = try record.append(fact)
        begunPairs[asset.id] = nil
        note(pair: fact)
        return Pairing(at: fact.at, one: asset, other: other)
    }

    /// A line that could not be synced may stand in the record all the same: it is written once more, and no other half
    /// is looked for.
    private func otherHalf(of asset: Asset) throws -> Asset? {
        guard let begun = begunPairs[asset.id] else { return try reader.otherHalf(of: asset) }
        return try reader.asset(begun)
    }

    /// Nil where the other half has no row, or another half.
    private func pairing(_ asset: Asset, _ fact: Fact) throws -> Pairing? {
        guard let id = fact.id == asset.id ? fact.pair : fact.id, let other = try reader.asset(id),
            asset.pair == nil, other.pair == nil
        else { return nil }
        return Pairing(at: fact.at, one: asset, other: other)
    }

    private func note(pair fact: Fact) {
        // The first line counts.
        for id in [fact.id, fact.pair].compactMap(\.self) where recordedPairs[id] == nil {
            recordedPairs[id] = fact
        }
    }

    func forget(_ pairing: Pairing) {
        recordedPairs[pairing.one.id] = nil
        recordedPairs[pairing.other.id] = nil
    }

    /// The ledger's beat, inside a commit.
    func write(_ pairing: Pairing) throws(LedgerFailure) {
        try ledger.pair(pairing.one.id, with: pairing.other.id)
        for (half, other) in [(pairing.one, pairing.other), (pairing.other, pairing.one)] {
            let detail = "with \(other.sourceName.text), \(other.id)"
            try ledger.add(HistoryEvent(at: pairing.at, what: .pairing, detail: detail), to: half.id)
        }
    }

    /// After a crash, and when the ledger is made anew: what the line says, the rows say.
    func replayPairing(_ fact: Fact) throws {
        guard let asset = try reader.asset(fact.id), let pairing = try pairing(asset, fact) else { return }
        try ledger.commit { () throws(LedgerFailure) in try write(pairing) }
    }
}
