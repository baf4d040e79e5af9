// `watch`: what happens, as it happens, until Ctrl-C or until flipd goes away.
internal import Glibc
internal import Model
internal import Platform

func watch(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    _ = signal(SIGINT, endedByUser)
    let board = Board(output)
    if !asked.wantsJSON {
        let report = try client.decode(StatusReport.self, try client.request("/v1/status"))
        for line in statusHead(report) { output.line(line) }
        for reason in report.reasons { output.line("  - \(Text.harmless(reason.text))") }
        board.take(report)
    }
    var reader = EventReader()
    try client.stream("/v1/events") { bytes in
        for event in reader.take(bytes) {
            if asked.wantsJSON { output.raw(event.data) } else { board.take(event) }
        }
        // Whoever we write to has gone, so nobody watches any more.
        if !output.isWhole { exit(ExitCode.failed.rawValue) }
    }
    board.clear()
    throw .unreachable("flipd has gone away; “systemctl status flipd” may tell why")
}

/// Only calls that a signal handler may make.
private func endedByUser(_: Int32) {
    var lineBreak = UInt8(ascii: "\n")
    if isatty(STDOUT_FILENO) == 1 { write(STDOUT_FILENO, &lineBreak, 1) }
    _exit(ExitCode.done.rawValue)
}

/// What was heard so far. On a terminal the running jobs stand at the bottom and move; elsewhere there are
/// only lines, one for each change and each tenth of a job.
private final class Board {
    private let output: Output
    private var jobs: [StatusReport.JobReport] = []
    private var drawn = 0
    private var states: [AssetID: State] = [:]
    private var tenths: [AssetID: Int] = [:]
    private var health: Health?

    init(_ output: Output) { self.output = output }

    func take(_ event: EventReader.Event) {
        // An event that we do not understand is from a newer flipd, and not for us.
        switch event.name {
        case "asset": if let asset = try? JSON.decode(AssetReport.self, from: event.data) { take(asset) }
        case "status": if let report = try? JSON.decode(StatusReport.self, from: event.data) { take(report) }
        default: break
        }
    }

    func take(_ report: StatusReport) {
        if let health, health != report.state {
            say(report.state == .ok ? "All is well again." : "Not all is well.")
            for reason in report.reasons { say("  - \(Text.harmless(reason.text))") }
        }
        health = report.state
        jobs = report.jobs
        redraw()
    }

    private func take(_ asset: AssetReport) {
        let id = asset.sidecar.id
        if asset.state != .processing { jobs.removeAll { $0.id == id } }
        if states[id] != asset.state {
            states[id] = asset.state
            say("\(Text.name(of: asset.sidecar)) \(standing(asset)).")
            if let problem = asset.problem { say("  \(Text.harmless(problem.text))") }
            tenths[id] = nil
        }
        if let progress = asset.progress, asset.state == .processing { moved(asset.sidecar, progress) }
        redraw()
    }

    private func moved(_ sidecar: Sidecar, _ progress: Double) {
        if let place = jobs.firstIndex(where: { $0.id == sidecar.id }) {
            jobs[place].progress = progress
        } else {
            jobs.append(
                StatusReport.JobReport(
                    id: sidecar.id, sourceName: sidecar.sourceName, stage: .transcode, progress: progress,
                    eta: nil))
        }
        // Verifying begins from nothing again; lines that count backwards would only puzzle.
        let tenth = Int(min(1, max(0, progress.isFinite ? progress : 0)) * 10)
        if output.terminalWidth != nil || tenth <= tenths[sidecar.id] ?? 0 { return }
        tenths[sidecar.id] = tenth
        say("\(Text.name(of: sidecar)): \(tenth * 10) %")
    }

    private func say(_ line: String) {
        clear()
        let now = Text.local(Text.now()).suffix(5)
        output.line("\(now)  \(line)")
    }

    /// Takes the moving lines off the screen.
    func clear() {
        if drawn > 0 { output.draw("\u{1B}[\(drawn)A\r\u{1B}[J") }
        drawn = 0
    }

    private func redraw() {
        guard let width = output.terminalWidth else { return }
        clear()
        for job in jobs.prefix(10) {
            // One column stays free, because a full line would wrap on some terminals.
            output.line(Text.cut(jobLine(job, nameWidth: min(32, max(12, width - 60))), width - 1))
            drawn += 1
        }
    }
}
