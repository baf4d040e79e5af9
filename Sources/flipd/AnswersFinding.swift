// "Where is my file?", and what needs somebody.
import Ingest
import Model
import Platform
import Status

extension Answers {
    func find(_ name: CameraName) async throws -> Response {
        guard let pipeline else {
            return .json(FindReport(of: name, files: [], hasMore: false, unseen: unseen(nil)))
        }
        var found = try await find(name, in: pipeline)
        if found.isEmpty, let stem = name.stem { found = try await find(stem, in: pipeline) }
        let facts = facts(of: pipeline)
        let dropped = found.dropped.map { dropped in
            FindReport.File(
                name: dropped.path.name.text, collection: Placement(of: dropped.path).collection.text,
                pipeline.whereabouts(of: dropped, facts), asset: nil)
        }
        let taken = facts.whereabouts(of: found.named.rows).map { asset, whereabouts in
            FindReport.File(
                name: asset.sourceName.text, collection: asset.collection, whereabouts, asset: asset.id)
        }
        let files = dropped + taken
        let exact = files.filter { name.isAll(of: $0.name) }
        let others = files.filter { !name.isAll(of: $0.name) }
        return .json(
            FindReport(of: name, files: exact + others, hasMore: found.named.hasMore, unseen: unseen(pipeline)))
    }

    private struct Everywhere {
        let named: Librarian.Named
        /// Those that have no row.
        let dropped: [Dropped]
        var isEmpty: Bool { named.rows.assets.isEmpty && dropped.isEmpty }
    }

    private func find(_ name: CameraName, in pipeline: Pipeline) async throws -> Everywhere {
        let inbox = pipeline.inbox
        // In the order in which a file goes, so that none slips through.
        func look() async throws -> (named: Librarian.Named, others: [AssetID: Source]) {
            let (paths, others) = (inbox.paths, pipeline.keeper.open.withoutRow)
            return (try await finder.find(name, among: paths, in: inbox.folder), others)
        }
        var (named, others) = try await look()
        // One that has left the folder meanwhile is in neither. In a burst there may always be one.
        for _ in 1...4 where named.paths.contains(where: { inbox.dropped($0) == nil }) {
            (named, others) = try await look()
        }
        for asset in named.rows.assets { others[asset.id] = nil }
        let onTheWay = pipeline.onTheWay(among: others.values).filter { name.isPart(of: $0.path.name.text) }
        let standing = named.paths.compactMap(inbox.dropped).filter { !named.rows.tell(of: $0) }
        return Everywhere(named: named, dropped: standing + onTheWay)
    }

    /// Why it is not known what stands in the drop folder. Nobody should copy again what stands there.
    private func unseen(_ pipeline: Pipeline?) -> String? {
        if let pipeline, pipeline.inbox.isLookedThrough { return nil }
        return machine ?? pipeline?.inbox.trouble.map(Inbox.text) ?? pipeline?.faults.reasons.first?.text
            ?? "flipd has only just been started. Ask again in a moment."
    }

    func needsYou() async throws -> Response {
        guard let pipeline else { return .json(NeedsYouReport(files: [], more: 0)) }
        let inbox = pipeline.inbox
        return .json(
            try await finder.needsYou(in: inbox.folder, ignored: inbox.ignored, open: pipeline.keeper.open))
    }

    private func facts(of pipeline: Pipeline) -> Facts {
        pipeline.facts(machine: machine, trash_s: upkeep?.retention.rules.trash_s ?? 0)
    }
}
