// Writes the receipt, on a thread of its own: the drop folder may be far away, and its owners' names too.
import Ingest
import Model
import Platform

actor Clerk {
    private let incoming: Path
    private let thread: WorkThread
    /// What the page says, so that one that says the same is not written again.
    private var written: String?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(incoming: Path, thread: WorkThread) {
        self.incoming = incoming
        self.thread = thread
    }

    struct Draft: Sendable {
        let time: PlaceTime
        let dropped: [(Dropped, Whereabouts)]
        let unfinished: [(asset: Asset, whereabouts: Whereabouts)]
        let ended: [(asset: Asset, whereabouts: Whereabouts)]
        /// Beyond those above.
        let moreWaiting: Int
        let moreEnded: Int
        let needsYou: Int
    }

    func write(_ draft: Draft) throws(Errno) {
        var names: [UInt32: String?] = [:]
        func name(of uid: UInt32) -> String? {
            if let known = names[uid] { return known }
            let found = Users.name(of: uid)
            names[uid] = .some(found)
            return found
        }
        let dropped = draft.dropped.map { dropped, whereabouts in
            Receipt.Line(
                name: dropped.path.name, collection: Placement(of: dropped.path).collection.text,
                uploader: dropped.status.flatMap { name(of: $0.uid) }, at: dropped.changedAt,
                whereabouts: whereabouts)
        }
        let waiting =
            dropped + draft.unfinished.map { Receipt.Line($0.asset, at: $0.asset.receivedAt, $0.whereabouts) }
        let shown = waiting.sorted { ($0.at ?? draft.time.now) > ($1.at ?? draft.time.now) }
            .prefix(Receipt.waitingAtMost)
        let receipt = Receipt(
            waiting: Array(shown), moreWaiting: draft.moreWaiting + waiting.count - shown.count,
            ended: draft.ended.map { Receipt.Line($0.asset, at: $0.asset.endedAt, $0.whereabouts) },
            moreEnded: draft.moreEnded, needsYou: draft.needsYou)
        let body = receipt.body(draft.time)
        if body == written { return }
        written = nil
        try ReceiptFile.write(Receipt.page(body, draft.time), in: incoming)
        written = body
    }

    func remove() throws(Errno) {
        written = nil
        try ReceiptFile.remove(from: incoming)
    }
}

extension Receipt.Line {
    fileprivate init(_ asset: Asset, at moment: Timestamp?, _ whereabouts: Whereabouts) {
        self.init(
            name: asset.sourceName, collection: asset.collection, uploader: asset.source.owner, at: moment,
            whereabouts: whereabouts)
    }
}
