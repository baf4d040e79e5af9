// What the corridor adds to a file's row or path, so that it can be said where the file is.
import Ingest
import Model
import Platform
import Workshop

/// The same for every file, at one moment.
struct Facts {
    let time: PlaceTime
    /// What each running conversion says of the time that is left.
    var running: [AssetID: Double?] = [:]
    var jobs = 1
    var trash_s = 0.0
    /// Why nothing can be done at all.
    var machine: String?

    init(time: PlaceTime) { self.time = time }

    /// One for each asset, in their order.
    func whereabouts(of rows: Librarian.Rows) -> [(asset: Asset, whereabouts: Whereabouts)] {
        let line = WaitingLine(running: running, line: rows.line, recent: rows.recentWork, jobs: jobs)
        return rows.assets.map { asset in
            var around = Whereabouts.Surroundings(trash_s: trash_s)
            around.twin = asset.duplicateOf.flatMap { rows.twins[$0] }
            around.isInProblems = rows.inProblems.contains(asset.id)
            // Whoever waits for its twin waits as long as that one.
            around.wait_s = line[asset.id] ?? asset.duplicateOf.flatMap { line[$0] }
            around.machine = machine
            return (asset, Whereabouts(of: asset, around, time))
        }
    }

    func whereabouts(of dropped: Dropped, waitsForRoom: Bool) -> Whereabouts {
        if let machine, dropped.holdup != .unreadable { return Whereabouts(notTaken: .machine(machine)) }
        return Whereabouts(notTaken: waitsForRoom ? .room : dropped.holdup)
    }
}

extension Pipeline {
    /// `machine` says why nothing can be done, where that is so.
    func facts(machine: String?, trash_s: Double) -> Facts {
        var facts = Facts(time: PlaceTime(now: Clock.now(), zone_s: Clock.zone_s))
        for (id, worker) in workshop.running where worker.job.kind == .transcode {
            facts.running[id] = .some(worker.progress.eta_s)
        }
        facts.jobs = workshop.rules.jobs
        facts.trash_s = trash_s
        facts.machine = machine
        return facts
    }

    /// Files that have no row yet, whether they still stand in the drop folder or not.
    var waiting: Int { inbox.waiting + onTheWay(among: keeper.open.withoutRow.values).count }

    /// Those of these sources that have left the drop folder. They wait like what stands there.
    func onTheWay(among sources: some Sequence<Source>) -> [Dropped] {
        sources.filter { source in
            // It may be written to while it is copied.
            let standing = inbox.dropped(source.path)?.status
            return standing.map { ($0.device, $0.inode) != (source.device, source.inode) } ?? true
        }
        .map { Dropped(path: $0.path, status: nil, holdup: .none) }.sorted { $0.path < $1.path }
    }

    func whereabouts(of dropped: Dropped, _ facts: Facts) -> Whereabouts {
        facts.whereabouts(of: dropped, waitsForRoom: space.isShort(for: dropped.path))
    }
}
