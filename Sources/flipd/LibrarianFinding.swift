// What the ledger and the drop folder tell of single files: who asks "where is it?" is answered from here.
import Ingest
import Ledger
import Model
import Platform

extension Librarian {
    /// Rows, and what they refer to.
    struct Rows: Sendable {
        var assets: [Asset] = []
        /// The assets that some of them have the bytes of.
        var twins: [AssetID: Asset] = [:]
        /// Those of them that were handed back and still stand in `Problems`.
        var inProblems: Set<AssetID> = []
        var line: [WaitingLine.Place] = []
        var recentWork: [WaitingLine.Work] = []

        /// Whether one of them is what became of a file that still stands in the drop folder, or is about to be missed there.
        func tell(of dropped: Dropped) -> Bool {
            guard let status = dropped.status else { return false }
            return assets.contains {
                $0.source.path == dropped.path && $0.source.matches(status)
                    // Staff may have moved it back since.
                    && ($0.stage != .handedBack || inProblems.contains($0.id))
            }
        }
    }

    /// Of more in line nobody is told when it will be their turn.
    private static let lineAtMost = 1000

    private func rows(_ assets: [Asset], in incoming: Path) throws(LedgerFailure) -> Rows {
        var rows = Rows(assets: assets)
        for asset in assets {
            if let twin = asset.duplicateOf { rows.twins[twin] = try reader.asset(twin) }
            if asset.stage == .handedBack, let place = asset.handedBackTo,
                (try? Files.exists(incoming / place)) != false
            {
                rows.inProblems.insert(asset.id)
            }
        }
        if assets.contains(where: { !$0.stage.isFinal }) {
            (rows.line, rows.recentWork) = (
                try reader.line(limit: Self.lineAtMost), try reader.recentWork()
            )
        }
        return rows
    }

    struct Named: Sendable {
        let rows: Rows
        /// Of the paths that were given, those of this name.
        let paths: [Path]
        let hasMore: Bool
        var isEmpty: Bool { rows.assets.isEmpty && paths.isEmpty }
    }

    /// Files of this name, in the ledger and among the paths of the drop folder.
    func find(_ name: CameraName, among paths: [Path], in incoming: Path) throws(LedgerFailure) -> Named {
        let fitting = paths.filter { name.isPart(of: $0.name.text) }.sorted()
        let dropped = fitting.prefix(FindReport.filesAtMost)
        let room = FindReport.filesAtMost - dropped.count
        // What was tried again is told of by the asset that it became.
        let assets = try reader.named(name, limit: room + 1).filter {
            $0.stage != .handedBack || $0.handedBackTo != nil
        }
        return Named(
            rows: try rows(Array(assets.prefix(room)), in: incoming), paths: Array(dropped),
            hasMore: dropped.count < fitting.count || assets.count > room)
    }

    struct Recent: Sendable {
        let unfinished: Rows
        let moreUnfinished: Int
        let ended: Rows
        let moreEnded: Int
    }

    /// What is on its way, and what came to its end since a moment.
    func recent(since moment: Timestamp, in incoming: Path) throws(LedgerFailure) -> Recent {
        let unfinished = try reader.unfinished(limit: Receipt.waitingAtMost)
        let ended = try reader.ended(since: moment, limit: Receipt.endedAtMost)
        let totals = try reader.totals()
        let unfinishedCount = State.allCases.filter { $0 == .pending || $0 == .processing }.reduce(0) {
            $0 + (totals.counts[$1] ?? 0)
        }
        let endedCount =
            ended.count < Receipt.endedAtMost
            ? ended.count : try reader.ended(since: moment).values.reduce(0, +)
        return Recent(
            unfinished: try rows(unfinished, in: incoming),
            moreUnfinished: max(0, unfinishedCount - unfinished.count),
            ended: try rows(
                ended.filter { $0.stage != .handedBack || $0.handedBackTo != nil }, in: incoming),
            moreEnded: max(0, endedCount - ended.count))
    }

    /// What stands in `Problems`, the newest first.
    func needsYou(in incoming: Path, ignored: Ignored, open: OpenActs) throws(LedgerFailure) -> NeedsYouReport {
        let standing = HandBack.standing(in: incoming, ignored: ignored)
        let comingBack = open.comingBack
        var files: [NeedsYouReport.File] = []
        for place in standing.prefix(NeedsYouReport.filesAtMost) {
            let refusal = comingBack[place]
            // A row would be about an earlier one that stood there.
            let asset = refusal == nil ? try reader.handedBack(to: place) : nil
            files.append(
                NeedsYouReport.File(
                    at: place.relative(to: Ignored.problems) ?? place, asset: asset,
                    refusal: refusal ?? asset?.refusal))
        }
        return NeedsYouReport(files: files, more: standing.count - files.count)
    }
}
