// `status`: how everything is, in sentences that fit on one screen.
internal import Model

func showStatus(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let answer = try client.request("/v1/status")
    if asked.wantsJSON {
        output.raw(answer)
    } else {
        let report = try client.decode(StatusReport.self, answer)
        for line in statusLines(report, now: Text.now(), screen: output.screen) { output.line(line) }
    }
    return .done
}

/// The report in words, one sentence or job per line; on a terminal no more lines than it has.
func statusLines(_ report: StatusReport, now: Timestamp, screen: Screen?) -> [Line] {
    func fitted(_ lines: [Line]) -> [Line] { screen?.wrapped(lines) ?? lines }
    let head = fitted(statusHead(report))
    let doing = jobLines(report, screen)
    let rest = fitted(needsYouLines(report) + [Line(waitingLine(report))])
    let tail = fitted(tailLines(report, now))
    // A line is left for the next prompt.
    let room = screen.map { $0.height - 1 - head.count - doing.count - rest.count - tail.count } ?? Int.max
    let lines = head + reasonLines(report.reasons, room, fitted) + rest + doing + tail
    return screen.map { Array(lines.prefix($0.height - 1)) } ?? lines
}

/// How it is, in one or two sentences.
func statusHead(_ report: StatusReport) -> [Line] {
    let health =
        switch report.state {
        case .ok: Line(report.reasons.isEmpty ? "All well." : "All well, with a remark:", .good)
        case .degraded: Line("Not all is well:", .warning)
        case .critical: Line("Something is seriously wrong:", .bad)
        }
    return [Line(Text.harmless(report.summary)), health]
}

/// Whole reasons, as many as there is room for, and one at least.
private func reasonLines(_ reasons: [Reason], _ room: Int, _ fitted: ([Line]) -> [Line]) -> [Line] {
    var lines: [Line] = []
    for (index, reason) in reasons.enumerated() {
        let more = fitted([Line("  - \(Text.harmless(reason.text))")])
        // What is left out needs a line of its own.
        let isLast = index == reasons.count - 1
        if index > 0, lines.count + more.count + (isLast ? 0 : 1) > room {
            return lines + [Line("  … and \(reasons.count - index) more; --json has all of them.")]
        }
        lines += more
    }
    return lines
}

private func needsYouLines(_ report: StatusReport) -> [Line] {
    if report.needsYou == 0 { return [] }
    let isOne = report.needsYou == 1
    let files = isOne ? "1 file needs you: its note" : "\(report.needsYou) files need you: their notes"
    return [Line("\(files) in the folder Problems \(isOne ? "says" : "say") what to do.", .warning)]
}

private func jobLines(_ report: StatusReport, _ screen: Screen?) -> [Line] {
    if report.jobs.isEmpty { return [] }
    // Reasons come first.
    let few = report.reasons.isEmpty ? 4 : 2
    let most = report.jobs.count == few + 1 ? few + 1 : few
    let nameWidth = min(32, max(12, (screen?.width ?? 92) - 60))
    let lines = report.jobs.prefix(most).map { job in
        let line = "  " + jobLine(job, nameWidth: nameWidth)
        return Line(screen.map { Text.cut(line, $0.width) } ?? line)
    }
    let more = report.jobs.count - lines.count
    return [Line("Working on:")] + lines + (more > 0 ? [Line("  … and \(more) more")] : [])
}

private func tailLines(_ report: StatusReport, _ now: Timestamp) -> [Line] {
    var lines: [String] = []
    let day = report.lastDay
    if day.ready + day.failed + day.duplicate > 0 {
        lines.append(
            "In the last 24 hours: \(day.ready) published, \(day.failed) handed back,"
                + " \(day.duplicate) already here.")
    }
    if report.intake.way == .scanning, !report.reasons.contains(where: { $0.code == "drop-folder" }) {
        lines.append(
            "The drop folder does not tell what happens in it; it is looked through every few seconds.")
    }
    let storage = report.storage
    lines.append(
        "On the disk: \(ByteCount.text(storage.libraryBytes)), of which"
            + " \(ByteCount.text(storage.originalsBytes)) are originals; \(ByteCount.text(storage.freeBytes)) are free."
    )
    lines += lastLines(report.last, now: now)
    lines.append("flipd \(Text.harmless(report.version)) has been running for \(Text.duration(report.uptime)).")
    return lines.map { Line($0) }
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
