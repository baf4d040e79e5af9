// `status`: how everything is, in sentences that fit on one screen.
internal import Model

func showStatus(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let answer = try client.request("/v1/status")
    if asked.wantsJSON {
        output.raw(answer)
    } else {
        let report = try client.decode(StatusReport.self, answer)
        for line in statusLines(report, now: Text.now()) { output.line(line) }
    }
    return .done
}

/// The report in words, one sentence or job per line.
func statusLines(_ report: StatusReport, now: Timestamp) -> [String] {
    var lines = [healthLine(report)]
    lines += report.reasons.map { "  - \(Text.harmless($0.text))" }
    lines.append(publishedLine(report))
    lines.append(waitingLine(report))
    if report.needsYou > 0 {
        let verb = report.needsYou == 1 ? "needs" : "need"
        lines.append("\(Text.count(report.needsYou, "file")) \(verb) you: look into the folder Problems.")
    }
    if !report.jobs.isEmpty {
        lines.append("Working on:")
        lines += report.jobs.prefix(8).map { "  " + jobLine($0, nameWidth: 32) }
        if report.jobs.count > 8 { lines.append("  … and \(report.jobs.count - 8) more") }
    }
    let day = report.lastDay
    lines.append(
        "In the last 24 hours: \(day.ready) published, \(day.failed) handed back,"
            + " \(day.duplicate) already here."
    )
    let storage = report.storage
    lines.append(
        "The library holds \(ByteCount.text(storage.libraryBytes)),"
            + " its originals \(ByteCount.text(storage.originalsBytes));"
            + " \(ByteCount.text(storage.freeBytes)) are free.")
    if report.intake.way == .scanning, !report.reasons.contains(where: { $0.code == "drop-folder" }) {
        lines.append(
            "The drop folder does not tell what happens in it; it is looked through every few seconds.")
    }
    lines += lastLines(report.last, now: now)
    return lines
}

private func healthLine(_ report: StatusReport) -> String {
    let version = "flipd \(Text.harmless(report.version)), running for \(Text.duration(report.uptime))"
    return switch report.state {
    case .ok: report.reasons.isEmpty ? "All well. (\(version))" : "All well, with a remark. (\(version))"
    case .degraded: "Not all is well. (\(version))"
    case .critical: "Something is seriously wrong. (\(version))"
    }
}

private func publishedLine(_ report: StatusReport) -> String {
    let parts = Kind.allCases.compactMap { kind -> String? in
        guard let totals = report.kinds[kind.rawValue] else { return nil }
        // A kind of which there is none is only worth a word if it is the main one.
        if totals.count == 0 && kind != .video { return nil }
        var text = "\(Text.count(totals.count, kind.rawValue)), \(ByteCount.text(totals.bytes))"
        if let seconds = totals.seconds, seconds > 0 { text += ", \(Text.duration(seconds)) long" }
        return text
    }
    return "Published: \(parts.joined(separator: "; "))."
}

private func waitingLine(_ report: StatusReport) -> String {
    if report.waiting == 0 && report.queue.depth == 0 { return "Nothing waits." }
    var text = "\(Text.count(report.waiting, "file")) in the drop folder, \(report.queue.depth) in the queue"
    if let oldest = report.queue.oldestPending, report.queue.depth > 0 {
        text += " (the oldest for \(Text.duration(oldest)))"
    }
    return text + "."
}

private func lastLines(_ last: StatusReport.Last, now: Timestamp) -> [String] {
    let moments: [(String, Timestamp?)] = [
        ("published", last.published), ("looked into the drop folder", last.scan), ("snapshot", last.snapshot),
        ("verified", last.verify), ("backed up", last.backup),
    ]
    let parts = moments.compactMap { what, moment in moment.map { "\(what) \(Text.age(of: $0, now: now))" } }
    return parts.isEmpty ? [] : ["Last \(parts.joined(separator: ", "))."]
}

/// "IMG_0042.MOV  transcode  [####................]  21 %, about 2 min left"
func jobLine(_ job: StatusReport.JobReport, nameWidth: Int) -> String {
    let name = Text.padded(Text.cut(Text.harmless(job.sourceName), nameWidth), nameWidth)
    let left = job.eta.map { ", about \(Text.duration($0)) left" } ?? ""
    return "\(name) \(Text.padded(job.stage.rawValue, 9)) \(Text.bar(job.progress))\(left)"
}
