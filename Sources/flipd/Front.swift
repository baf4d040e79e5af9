// The status server in the loop: its socket, its wake-ups, and the live events.
import Model
import Platform
import Status

@Loop
final class Front {
    private let answers: Answers
    private let rest: Rest
    private var server: Server?
    private var serverSource: EventSource?
    private var runTimers: [Int: EventSource] = [:]
    private var hangUps: [Int32: EventSource] = [:]
    private var statusTimer: EventSource?
    private var heartbeatTimer: EventSource?

    /// Many changes in a moment are told as one.
    private static let statusPause_s = 0.25
    /// Less than what proxies and clients allow a silent connection.
    private static let heartbeat_s = 20.0

    init(listener: consuming Descriptor, answers: Answers, rest: Rest) throws(StatusFailure) {
        self.answers = answers
        self.rest = rest
        let house = House(
            answer: { [weak self] request, reply in
                let reply = Reply(reply)
                Loop.assumeIsolated { self?.answer(request, reply) }
            },
            watchHangUp: { [weak self] descriptor, left in
                let left = Left(left)
                Loop.assumeIsolated { self?.watchHangUp(descriptor, left) }
            },
            unwatch: { [weak self] descriptor in Loop.assumeIsolated { self?.hangUps[descriptor] = nil } },
            runLater: { [weak self] delay_ms in Loop.assumeIsolated { self?.runLater(delay_ms) } })
        let server = try Server(listener: listener, house: house)
        self.server = server
        serverSource = EventSource.descriptor(server.descriptor) { [weak self] in self?.server?.run() }
    }

    func stop() {
        serverSource = nil
        server?.stop()
        server = nil
    }

    private func answer(_ request: Request, _ reply: Reply) {
        let answers = self.answers
        Loop.task { reply.give(await answers.answer(request)) }
        rest.soon()
    }

    private func watchHangUp(_ descriptor: Int32, _ left: Left) {
        hangUps[descriptor] = EventSource.descriptor(descriptor, .hangUp) { left.call() }
        beat()
    }

    /// One timer for each wish: a later one never takes an earlier one back.
    private func runLater(_ delay_ms: Int) {
        if runTimers[delay_ms] != nil { return }
        runTimers[delay_ms] = EventSource.timer(after_s: Double(delay_ms) / 1000) { [weak self] in
            self?.runTimers[delay_ms] = nil
            self?.server?.run()
        }
    }

    // MARK: Live events

    func assetChanged(_ asset: Asset, progress: Double?) {
        guard let server, server.subscribers > 0 else { return }
        var report = answers.report(asset)
        if let progress { report.progress = progress }
        if let json = try? JSON.encode(report) { server.publish(event: "asset", json: json) }
    }

    func statusChanged() {
        guard let server, server.subscribers > 0, statusTimer == nil else { return }
        statusTimer = EventSource.timer(after_s: Self.statusPause_s) { [weak self] in
            self?.statusTimer = nil
            Loop.task { await self?.publishStatus() }
        }
    }

    private func publishStatus() async {
        guard let report = try? await answers.status(), let json = try? JSON.encode(report) else { return }
        server?.publish(event: "status", json: json)
    }

    /// Only while somebody listens.
    private func beat() {
        if heartbeatTimer != nil { return }
        heartbeatTimer = EventSource.timer(after_s: Self.heartbeat_s) { [weak self] in
            guard let self else { return }
            heartbeatTimer = nil
            guard let server, server.subscribers > 0 else { return }
            server.heartbeat()
            beat()
        }
    }
}

/// It only passes through a task of the loop.
private struct Reply: @unchecked Sendable {  // True because only the loop's thread calls it.
    private let reply: (consuming Response) -> Void
    init(_ reply: @escaping (consuming Response) -> Void) { self.reply = reply }
    func give(_ response: consuming Response) { reply(response) }
}

/// What to do when a reader has left.
private struct Left: @unchecked Sendable {  // True because only the loop's thread calls it.
    let call: () -> Void
    init(_ call: @escaping () -> Void) { self.call = call }
}
