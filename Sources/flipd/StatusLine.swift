// The one line that `systemctl status` shows.
import Model
import Platform

@Loop
final class StatusLine {
    private let incoming: Path
    private let report: @Loop () async throws -> StatusReport
    /// What keeps everything from going on, if anything does.
    private let hindrance: @Loop () -> Reason?
    private var timer: EventSource?
    private var saidAt = -Double.infinity
    private var said = ""
    private var isEnding = false

    /// As often as anybody can read it.
    private static let pause_s = 5.0

    init(
        incoming: Path, hindrance: @escaping @Loop () -> Reason?,
        report: @escaping @Loop () async throws -> StatusReport
    ) {
        (self.incoming, self.hindrance, self.report) = (incoming, hindrance, report)
    }

    /// Before anything is known, and at once when the archive comes or goes.
    var short: String { hindrance()?.text ?? "Taking files from \(incoming.text.printable)." }

    func sayNow() { say(short) }

    /// Something changed; many changes are said as one.
    func changed() {
        if timer != nil || isEnding || !Service.isHeard { return }
        let wait_s = max(0.2, saidAt + Self.pause_s - Clock.monotonic_s())
        timer = EventSource.timer(after_s: wait_s) { [weak self] in
            Loop.task { await self?.sayAll() }
        }
    }

    func end() { (isEnding, timer) = (true, nil) }

    private func sayAll() async {
        let report = try? await report()
        timer = nil
        if isEnding { return }
        say(hindrance() == nil ? report.map { Self.text($0, incoming) } ?? short : short)
    }

    private func say(_ text: String) {
        saidAt = Clock.monotonic_s()
        if text == said { return }
        said = text
        Service.status(text)
    }

    /// "Taking files from /srv/flipd/incoming. 312 videos, 46 GB; 2 waiting, 1 being converted (43 %)."
    nonisolated static func text(_ report: StatusReport, _ incoming: Path) -> String {
        var parts = Kind.allCases.compactMap { kind in
            report.kinds[kind.rawValue].flatMap { $0.count > 0 ? Summary.count($0.count, kind.rawValue) : nil }
        }
        if !parts.isEmpty { parts.append(ByteCount.text(report.storage.libraryBytes)) }
        let held = parts.isEmpty ? "The archive is empty" : parts.joined(separator: ", ")
        var doing: [String] = []
        let waiting = report.waiting + report.queue.depth
        if waiting > 0 { doing.append("\(waiting) waiting") }
        let converted = report.jobs.filter { $0.stage != .preview }
        if converted.count < report.jobs.count {
            doing.append("\(report.jobs.count - converted.count) being looked at")
        }
        if !converted.isEmpty {
            let percent = converted.count == 1 ? " (\(Int(converted[0].progress * 100)) %)" : ""
            doing.append("\(converted.count) being converted\(percent)")
        }
        if report.needsYou > 0 { doing.append("\(report.needsYou) need\(report.needsYou == 1 ? "s" : "") you") }
        let trouble = report.state == .ok ? "" : " Not all is well; see “flipctl status”."
        return "Taking files from \(incoming.text.printable). "
            + ([held] + (doing.isEmpty ? [] : [doing.joined(separator: ", ")])).joined(separator: "; ")
            + ".\(trouble)"
    }
}
