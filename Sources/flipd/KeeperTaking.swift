// Taking: from the drop folder into the library.
import Ingest
import Ledger
import Library
import Model
import Platform

/// A source on its way into the library.
struct Taking: Sendable {
    let act: Keeper.OpenAct
    let id: AssetID
    let source: Source
    /// Below the library.
    let original: String
    /// Where a copy is built, when the source could not be renamed.
    let copyAt: Path?
}

/// Why a source was not taken. In each case it stands where it stood.
enum TakingFailure: Error {
    /// It is no longer the file that had come to rest.
    case changed
    /// Its permissions do not allow it.
    case cannot(Errno)
    case fault(Fault)
}

extension Keeper {
    /// Intent and, where a rename is possible, tree.
    func beginTaking(_ source: Source) throws(TakingFailure) -> Taking {
        try removeIfTaken(source)
        if isUnderWay(source) { throw .changed }
        let now = Clock.now()
        let id = newID(at: now)
        let original = Asset.original(of: id, name: source.path.name)
        let act: OpenAct
        do {
            act = try begin(Fact(at: now, id: id, what: .taking, source: source, original: original))
        } catch {
            throw .fault(Fault(error))
        }
        do {
            let isRenamed = try Claim.rename(source, from: incoming, to: layout.root / original)
            return Taking(
                act: act, id: id, source: source, original: original,
                copyAt: isRenamed ? nil : layout.copy(of: id))
        } catch {
            throw leave(act, id, error)
        }
    }

    /// A source that was copied and could not be removed then is only removed, never taken again.
    private func removeIfTaken(_ source: Source) throws(TakingFailure) {
        do {
            for id in try ledger.sourcesLeft() {
                guard let taken = try reader.asset(id)?.source, taken.isSameFile(as: source) else { continue }
                try removeSource(of: id, taken)
                throw TakingFailure.changed
            }
        } catch let failure as TakingFailure {
            throw failure
        } catch let error as Errno {
            throw .cannot(error)
        } catch {
            throw .fault(Fault(error))
        }
    }

    /// The tree's beat after a copy.
    func place(_ taking: Taking) throws(TakingFailure) {
        guard let staged = taking.copyAt else { return }
        do {
            try checkMarker()
            try Claim.place(staged, as: layout.root / taking.original)
        } catch {
            failed(taking.act)
            // What failed after the rename is ours already, and must not be taken a second time.
            if (try? Files.exists(layout.root / taking.original)) == true { return }
            throw .fault(Fault(error))
        }
    }

    /// A copy came to nothing.
    func leave(_ taking: Taking, _ failure: Claim.Failure) -> TakingFailure {
        leave(taking.act, taking.id, failure)
    }

    private func leave(_ act: OpenAct, _ id: AssetID, _ failure: Claim.Failure) -> TakingFailure {
        do {
            // What failed after the rename is ours already, and goes on from there.
            if let original = beginning(of: act)?.original, try Files.exists(layout.root / original) {
                failed(act)
                guard case .cannot(let error) = failure else {
                    let text = "Another file took its place in the instant in which it was taken."
                    return .fault(Fault(Refusal(.ioError, text)))
                }
                return .fault(Fault(error))
            }
            try leaveAlone(act, id)
        } catch {
            failed(act)
            return .fault(Fault(error))
        }
        switch failure {
        case .changed: return .changed
        case .cannot(let error):
            // What the owner forbids is the file's affair; anything else is the machine's.
            return error.meansForbidden ? .cannot(error) : .fault(Fault(error))
        }
    }

    /// The source stands where it stood: its intent is void.
    func leaveAlone(_ act: OpenAct, _ id: AssetID) throws {
        _ = try record.append(Fact(at: Clock.now(), id: id, what: .leftAlone))
        try Files.removeTree(layout.copy(of: id))
        try endWithoutRow(act)
    }

    /// The bytes are known: the asset exists from here on.
    func receive(_ taking: Taking, _ digest: Digest, bytes: Int64, seconds: Double) throws -> Asset {
        do {
            var fact = Fact(
                at: Clock.now(), id: taking.id, what: .received, source: taking.source,
                original: taking.original, sha256: digest)
            fact.seconds = seconds
            return try receive(fact, bytes: bytes, act: taking.act, isNew: true)
        } catch {
            failed(taking.act)
            throw error
        }
    }

    /// The same for a repair, which may find the line written already.
    func receive(
        _ fact: Fact, bytes: Int64, act: OpenAct, isNew: Bool
    ) throws -> Asset {
        guard let source = fact.source, fact.original != nil, fact.sha256 != nil else {
            throw Fault(Refusal(.ioError, "The record's line about \(fact.id) is incomplete."))
        }
        let sourceLeft = try Claim.isUnchanged(source, in: incoming)
        // Somebody may have written on until we asked: what counts is what was hashed.
        var (fact, hashed) = (fact, source)
        hashed.bytes = bytes
        fact.source = hashed
        if isNew { _ = try record.append(fact) }
        let asset = try end(act, fact, try described(by: fact, hashed), sourceLeft: sourceLeft)
        // The row says that it may still stand there; the asset goes on all the same.
        if sourceLeft { try? removeSource(of: asset.id, source) }
        return asset
    }

    /// The asset that a file became, before anything was made of it.
    func described(by fact: Fact, _ source: Source) throws(LedgerFailure) -> Asset {
        var asset = Asset(
            id: fact.id, stage: .taken, source: source, sha256: fact.sha256, receivedAt: fact.id.madeAt)
        asset.original = fact.original
        if let digest = fact.sha256, let twin = try reader.twin(of: digest, not: fact.id) {
            asset.stage = .awaitingTwin
            asset.duplicateOf = twin.id
        }
        return asset
    }

    /// The last step of taking by copy.
    func removeSource(of id: AssetID, _ source: Source) throws {
        if try Claim.removeSource(source, in: incoming) { try ledger.sourceRemoved(id) }
    }
}
