// The one writer: record, tree and ledger, on a thread of its own. Its acts are in the files beside it, each in three
// beats: intent, tree, ledger (docs/stages.md).
import Ingest
import Ledger
import Library
import Model
import Platform

actor Keeper {
    /// An act whose intent is recorded and whose ledger row is not.
    typealias OpenAct = Record.Position

    let layout: Layout
    let incoming: Path
    let libraryID: String
    let ledger: Ledger
    let reader: LedgerReader
    var record: Record
    private var ids = AssetID.Maker()
    /// Every act that has begun and not ended.
    nonisolated let open = OpenActs()
    /// The same in their order, with some that have ended since.
    private var inOrder: ArraySlice<OpenAct> = []
    /// The open ones that failed on their way, and wait to be repaired, with the asset that each is about.
    private(set) var broken: [OpenAct: AssetID] = [:]
    /// Ids of which a line could not be synced: it may stand in the record all the same, and is void.
    private var unheard: [AssetID] = []
    /// Old hand-backs are read again: their notes were written then, or were taken away since.
    var isRebuilding = false
    /// Lines about pairs that the rows of their halves do not say yet, by each of the two.
    var recordedPairs: [AssetID: Fact] = [:]
    /// The other halves whose line was begun, and is not known to stand.
    var begunPairs: [AssetID: AssetID] = [:]
    /// How far a start has read the record.
    var readUpTo = Record.Position.start
    private let thread: WorkThread

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(layout: Layout, incoming: Path, libraryID: String, ledger: sending Ledger, thread: WorkThread) {
        self.layout = layout
        self.incoming = incoming
        self.libraryID = libraryID
        self.ledger = ledger
        self.thread = thread
        reader = LedgerReader(of: ledger)
        record = Record(folder: layout.record)
    }

    func newID(at now: Timestamp) -> AssetID { ids.next(at: now) }

    // MARK: The beats

    /// The first beat. The library is looked at once more: without its disk nothing may begin.
    func begin(_ fact: Fact) throws -> OpenAct {
        try checkMarker()
        // Any line after one that was cut off would say that it was done.
        if broken.contains(where: { $0.value == fact.id && open[$0.key] != nil }) {
            throw Fault(
                Refusal(.ioError, "Something about this file was cut off, and is brought to its end first."))
        }
        while let id = unheard.last {
            _ = try record.append(Fact(at: Clock.now(), id: id, what: .leftAlone))
            unheard.removeLast()
        }
        do {
            let act = try record.append(fact)
            adopt(act, fact)
            return act
        } catch {
            if fact.what.isIntent { unheard.append(fact.id) }
            throw error
        }
    }

    /// The last beat: the row, one line of its history, and how far into the record the ledger has read.
    @discardableResult
    func end(_ act: OpenAct, _ fact: Fact, _ asset: Asset, sourceLeft: Bool = false) throws -> Asset {
        let outcome = fact.outcome(for: asset)
        var asset = outcome.asset
        // Inside the act, which is begun again after a crash, and looks again.
        let isReadyNow = fact.what == .publishing || fact.what == .restored
        let pairing = isReadyNow ? try recordPairing(of: asset) : nil
        let position = self.position(without: act)
        let companion = try companionChange(by: fact)
        try ledger.commit { () throws(LedgerFailure) in
            try ledger.put(asset, sourceLeft: sourceLeft)
            try write(companion, of: asset.id)
            for event in outcome.events { try ledger.add(event, to: asset.id) }
            if let pairing { try write(pairing) }
            try ledger.setRecordPosition(day: position.day, offset: position.offset)
        }
        open[act] = nil
        if let pairing {
            forget(pairing)
            asset.pair = pairing.other.id
        }
        return asset
    }

    /// Ends an act that came to nothing and has no row.
    func endWithoutRow(_ act: OpenAct) throws {
        let position = self.position(without: act)
        try ledger.setRecordPosition(day: position.day, offset: position.offset)
        open[act] = nil
    }

    /// Not past the oldest act that is still open.
    func position(without act: OpenAct? = nil) -> Record.Position {
        while let first = inOrder.first, open[first] == nil { inOrder.removeFirst() }
        return inOrder.first { $0 != act && open[$0] != nil } ?? max(record.position, readUpTo)
    }

    /// The line that began an act.
    func beginning(of act: OpenAct) -> Fact? { open[act] }

    /// Whether this file's act has begun and not ended: a copy that is ours while the source still stands, or one that
    /// failed and waits to be repaired. A second act would make two assets of one file.
    func isUnderWay(_ source: Source) -> Bool {
        open.all.contains { $0.source?.isSameFile(as: source) ?? false }
    }

    /// Says that an act failed on its way; `repairBroken` will end it.
    func failed(_ act: OpenAct) { if let fact = open[act] { broken[act] = fact.id } }

    struct Repaired {
        let asset: Asset
        /// Where it stood before; nil if it was unknown.
        let before: Stage?
    }

    /// Ends the acts that failed on their way, as a start after a crash would. Answers the assets that are on their way or
    /// have changed, and why another could not be repaired: one that fails again holds up no other.
    func repairBroken() throws -> (repaired: [Repaired], failure: (any Error)?) {
        try checkMarker()
        var assets: [Repaired] = []
        var failure: (any Error)?
        for (act, id) in broken.sorted(by: { $0.key < $1.key }) {
            do {
                let before = try reader.asset(id)?.stage
                // The last line about that asset tells; the first one may have been followed by another.
                if let fact = open[act] {
                    _ = try repair(try lastFact(since: act, of: id) ?? fact, act: act)
                }
                if let asset = try settled(id), !asset.stage.isFinal || asset.stage != before {
                    assets.append(Repaired(asset: asset, before: before))
                }
                broken[act] = nil
            } catch {
                failure = failure ?? error
            }
        }
        return (assets, failure)
    }

    private func lastFact(since act: OpenAct, of id: AssetID) throws -> Fact? {
        var last: Fact?
        try record.read(from: act) { _, fact in
            guard fact.id == id, fact.what != .paired else { return }
            // What `received` adds, the intent before it does not know, and the other way round.
            last = last.map { fact.completed(by: $0) } ?? fact
        }
        return last
    }

    /// Keeps an act open while a start reads the record; the position does not pass it before it is repaired.
    func adopt(_ act: OpenAct, _ fact: Fact) {
        let isKnown = open[act] != nil
        open[act] = fact
        if isKnown { return }
        inOrder.insert(act, at: inOrder.lastIndex { $0 < act }.map { $0 + 1 } ?? inOrder.startIndex)
    }

    func checkMarker() throws {
        let finding = Marker.look(layout, for: libraryID)
        if finding != .ours { throw Fault(Refusal(.libraryMissing)) }
    }

    /// Holds nothing of the library open.
    func letGo() { record.close() }

    /// What happened and has no tree: the record's line and the row.
    @discardableResult
    func note(_ fact: Fact, on asset: Asset) throws -> Asset {
        let act = try begin(fact)
        do {
            return try end(act, fact, asset)
        } catch {
            failed(act)
            throw error
        }
    }

    // MARK: Rows without beats: a job's beginning, and a wait for the machine, are no facts

    func put(_ asset: Asset, _ event: HistoryEvent? = nil) throws {
        try ledger.commit { () throws(LedgerFailure) in
            try ledger.put(asset)
            if let event { try ledger.add(event, to: asset.id) }
        }
    }

    /// A job begins: its staging folder is empty, its row says that a worker has it.
    func beginJob(_ asset: Asset, _ step: Step, in staging: Path) throws -> Asset {
        try checkMarker()
        var asset = asset
        asset.stage = step.stage
        asset.retryAt = nil
        if step.stage == .previewing { asset.renditions = [] }
        try Staging.begin(staging)
        try put(asset)
        return asset
    }

    func asset(_ id: AssetID) throws -> Asset? { try reader.asset(id) }

    func awaiting(twin digest: Digest) throws -> [Asset] {
        try reader.awaiting(twin: digest).compactMap { try reader.asset($0) }
    }

    /// Answers when everything asked before is done.
    func isDone() {}

    /// Whether an act about this asset waits to be repaired.
    func isBroken(_ id: AssetID) -> Bool { broken.values.contains(id) }

    /// An asset as it may go on after its job came to nothing.
    func settled(_ id: AssetID) throws -> Asset? {
        guard var asset = try reader.asset(id) else { return nil }
        let stage = atRest(asset)
        if stage != asset.stage {
            asset.stage = stage
            if stage == .taken { asset.renditions = [] }
            try put(asset)
        }
        return asset
    }

    /// An asset that the machine keeps from going on: its row says why, and until when. Nil for one that has ended.
    func letWait(_ id: AssetID, for refusal: Refusal, until moment: Timestamp) throws -> Asset? {
        guard var asset = try reader.asset(id), !asset.stage.isFinal else { return nil }
        asset.stage = atRest(asset)
        if asset.stage == .taken { asset.renditions = [] }
        asset.refusal = refusal
        asset.retryAt = moment
        try put(asset, HistoryEvent(at: Clock.now(), what: .waiting, detail: refusal.text))
        return asset
    }

    /// Where an asset stands when no worker has it.
    func atRest(_ asset: Asset) -> Stage {
        switch asset.stage {
        case .taken, .previewing: .taken
        case .previewed, .transcoding:
            Staging.isWhole(layout.preview(of: asset.id), asset.renditions) ? .previewed : .taken
        case .awaitingTwin, .published, .handedBack, .duplicate, .deleted, .purged: asset.stage
        }
    }
}

extension Fact {
    /// The later of two lines about one asset, with what only the earlier one says.
    func completed(by earlier: Fact) -> Fact {
        var fact = self
        fact.source = source ?? earlier.source
        fact.original = original ?? earlier.original
        fact.sha256 = sha256 ?? earlier.sha256
        return fact
    }
}
