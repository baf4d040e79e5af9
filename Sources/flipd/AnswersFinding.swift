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
        let inbox = pipeline.inbox
        var found = try await find(name, of: inbox)
        if found.isEmpty, let stem = name.stem { found = try await find(stem, of: inbox) }
        let facts = facts(of: pipeline)
        let waiting = found.paths.compactMap(inbox.dropped).filter { !found.rows.tell(of: $0) }
        let dropped = waiting.map { dropped in
            FindReport.File(
                name: dropped.path.name.text, collection: Placement(of: dropped.path).collection.text,
                pipeline.whereabouts(of: dropped, facts), asset: nil)
        }
        let taken = facts.whereabouts(of: found.rows).map { asset, whereabouts in
            FindReport.File(
                name: asset.sourceName.text, collection: asset.collection, whereabouts, asset: asset.id)
        }
        let files = dropped + taken
        let exact = files.filter { name.isAll(of: $0.name) }
        let others = files.filter { !name.isAll(of: $0.name) }
        return .json(
            FindReport(of: name, files: exact + others, hasMore: found.hasMore, unseen: unseen(inbox)))
    }

    private func find(_ name: CameraName, of inbox: Inbox) async throws -> Librarian.Named {
        let found = try await finder.find(name, among: inbox.paths, in: inbox.folder)
        if found.paths.allSatisfy({ inbox.dropped($0) != nil }) { return found }
        // One that was taken meanwhile has a row by now.
        return try await finder.find(name, among: inbox.paths, in: inbox.folder)
    }

    /// Why it is not known what stands in the drop folder. Nobody should copy again what stands there.
    private func unseen(_ inbox: Inbox?) -> String? {
        if let inbox, inbox.isLookedThrough { return nil }
        return machine ?? inbox?.trouble.map(Inbox.text)
            ?? "flipd has only just been started. Ask again in a moment."
    }

    func needsYou() async throws -> Response {
        guard let pipeline else { return .json(NeedsYouReport(files: [], more: 0)) }
        let inbox = pipeline.inbox
        let report = try await finder.needsYou(in: inbox.folder, ignored: inbox.ignored)
        // What no row tells of may be coming back at this moment. Only then is the one writer waited for.
        if report.files.allSatisfy({ $0.asset != nil }) { return .json(report) }
        return .json(try await pipeline.keeper.needsYou(ignored: inbox.ignored))
    }

    private func facts(of pipeline: Pipeline) -> Facts {
        pipeline.facts(machine: machine, trash_s: upkeep?.retention.rules.trash_s ?? 0)
    }
}
