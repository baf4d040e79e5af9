// The status as Prometheus reads it. Pure.
package import Model

extension Response {
    package static func metrics(_ status: StatusReport, _ jobs: JobTimes) -> Response {
        .text(
            status: 200, Metrics(status, jobs).text, contentType: "text/plain; version=0.0.4; charset=utf-8")
    }
}

private struct Metrics {
    private(set) var text = ""

    init(_ status: StatusReport, _ jobs: JobTimes) {
        family(
            "flipd_build_info", "gauge", "Always 1; the label is flipd's version.",
            [
                (["version": status.version], 1)
            ])
        family("flipd_uptime_seconds", "gauge", "For how long flipd has been running.", [([:], status.uptime)])
        family(
            "flipd_health", "gauge", "1 for the state that the archive is in.",
            Health.allCases.map { (["state": $0.rawValue], $0 == status.state ? 1 : 0) })
        family(
            "flipd_assets", "gauge", "Assets by state.",
            State.allCases.map { (["state": $0.rawValue], Double(status.counts[$0.rawValue] ?? 0)) })
        family(
            "flipd_published_bytes", "gauge", "What is published, by kind.",
            Kind.allCases.map { (["kind": $0.rawValue], Double(status.kinds[$0.rawValue]?.bytes ?? 0)) })
        family(
            "flipd_queue_depth", "gauge", "Assets that wait for a worker.", [([:], Double(status.queue.depth))])
        family(
            "flipd_queue_oldest_seconds", "gauge", "For how long the oldest of them has waited.",
            [([:], status.queue.oldestPending ?? 0)])
        family(
            "flipd_waiting_files", "gauge", "Files in the drop folder that are not taken yet.",
            [([:], Double(status.waiting))])
        family(
            "flipd_needs_you_files", "gauge", "Files that were handed back and wait for somebody.",
            [([:], Double(status.needsYou))])
        family("flipd_jobs", "gauge", "Workers that run.", [([:], Double(status.jobs.count))])
        family(
            "flipd_storage_bytes", "gauge", "What the archive holds, and the room that is left.",
            [
                (["what": "library"], Double(status.storage.libraryBytes)),
                (["what": "originals"], Double(status.storage.originalsBytes)),
                (["what": "free"], Double(status.storage.freeBytes)),
            ])
        let last = [
            ("scan", status.last.scan), ("published", status.last.published),
            ("snapshot", status.last.snapshot),
            ("verify", status.last.verify), ("backup", status.last.backup),
        ]
        family(
            "flipd_last_success_timestamp_seconds", "gauge", "When each task last succeeded.",
            last.compactMap { task, at in at.map { (["task": task], Double($0.milliseconds) / 1000) } })
        histogram(jobs)
    }

    private mutating func family(
        _ name: String, _ type: String, _ help: String, _ samples: [(labels: [String: String], value: Double)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for (labels, value) in samples { sample(name, labels, value) }
    }

    private mutating func histogram(_ jobs: JobTimes) {
        let name = "flipd_job_seconds"
        text += "# HELP \(name) How long workers took since flipd started.\n# TYPE \(name) histogram\n"
        for kind in JobKind.allCases {
            let times = jobs[kind]
            for (bound_s, count) in zip(JobTimes.bounds_s, times.counts) {
                sample("\(name)_bucket", ["stage": kind.rawValue, "le": Self.number(bound_s)], Double(count))
            }
            sample("\(name)_bucket", ["stage": kind.rawValue, "le": "+Inf"], Double(times.count))
            sample("\(name)_sum", ["stage": kind.rawValue], times.sum_s)
            sample("\(name)_count", ["stage": kind.rawValue], Double(times.count))
        }
    }

    /// The values of our labels are words of ours, which need no escaping.
    private mutating func sample(_ name: String, _ labels: [String: String], _ value: Double) {
        let labels = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(
            separator: ",")
        text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
