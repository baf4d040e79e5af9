// `verify` and `heal`: reading the archive's files again, and bringing back what is damaged.
internal import Model
internal import Platform

func verify(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    var report = VerifyReport()
    let bar = try VerifyBar(asked, output)
    // In portions, because an address has an end.
    let portions = stride(from: 0, to: max(1, asked.operands.count), by: 100).map { start in
        asked.operands.dropFirst(start).prefix(100).map { ("id", String?.some($0)) }
    }
    for ids in portions {
        let query = asked.wantsAll ? [("all", "1")] : ids
        let answer = try client.request("/v1/verify", query, method: "POST", timeout_s: 0) { bar?.draw() }
        let part = try client.decode(VerifyReport.self, answer)
        report.checked += part.checked
        report.damaged += part.damaged
        report.stopped = part.stopped ?? report.stopped
    }
    bar?.clear()
    if asked.wantsJSON {
        guard let json = try? JSON.encode(report) else { throw .failed("there is no memory left") }
        output.raw(json)
    } else {
        for line in lines(report, asked) { output.line(line) }
    }
    return report.damaged.isEmpty && report.stopped == nil ? .done : .failed
}

private func lines(_ report: VerifyReport, _ asked: Asked) -> [String] {
    var lines = report.damaged.map { "\($0.id)  \(Text.harmless($0.file)): \(Text.harmless($0.text))" }
    let files = Text.count(report.checked, "file")
    let count = Set(report.damaged.map(\.id)).count
    if let stopped = report.stopped {
        lines.append(Text.harmless(stopped.text))
    } else if count > 0 {
        lines.append(
            "\(count) of \(files) \(count == 1 ? "is" : "are") damaged or incomplete; “flipctl heal ID” brings each back."
        )
    } else if report.checked == 0 {
        lines.append(
            asked.wantsAll
                ? "The archive holds nothing yet."
                : "Nothing is due; everything was verified or published within the last week."
        )
    } else {
        lines.append("\(files) verified, and all is well.")
    }
    return lines
}

func heal(_ asked: Asked, _ client: Client, _ output: Output) throws(Failure) -> ExitCode {
    let answer = try client.request(
        "/v1/assets/\(Client.encoded(asked.operands[0]))/heal", method: "POST", timeout_s: 0)
    if asked.wantsJSON {
        output.raw(answer)
        return .done
    }
    let asset = try client.decode(AssetReport.self, answer)
    let isWhole = asset.state == .ready || asset.state == .deleted
    output.line("\(Text.name(of: asset.sidecar)) is \(isWhole ? "as it was" : "made anew from its original").")
    return .done
}

/// How far it is, on a terminal, asked over a connection of its own.
private final class VerifyBar {
    private let client: Client
    private let output: Output
    private let width: Int
    private var isDrawn = false

    /// Nil where nobody would see it.
    init?(_ asked: Asked, _ output: Output) throws(Failure) {
        guard let width = output.terminalWidth, !asked.wantsJSON else { return nil }
        client = try Client(socket: asked.socket)
        self.output = output
        self.width = width
    }

    deinit { client.close() }

    func draw() {
        guard let answer = try? client.request("/v1/verify"),
            let progress = try? client.decode(VerifyProgress.self, answer), progress.running
        else { return }
        let part = Double(progress.bytes) / Double(max(1, progress.totalBytes))
        let sizes = "\(ByteCount.text(progress.bytes)) of \(ByteCount.text(progress.totalBytes))"
        let line = "\(Text.bar(part))  \(sizes), \(Text.count(progress.checked, "file"))"
        output.draw("\r\u{1B}[K\(Text.cut(line, width - 1))")
        isDrawn = true
    }

    func clear() {
        if isDrawn { output.draw("\r\u{1B}[K") }
        isDrawn = false
    }
}
