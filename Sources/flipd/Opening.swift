// One listener of the status server in the loop: its socket, its wake-ups, and who hangs up.
import Model
import Platform
import Status

@Loop
final class Opening {
    private let answers: Answers
    private let rest: Rest
    private(set) var server: Server?
    private var serverSource: EventSource?
    private var runTimers: [Int: EventSource] = [:]
    private var hangUps: [Int32: EventSource] = [:]
    /// A live stream has come to rest.
    private let onReader: @Loop () -> Void

    init(
        listener: consuming Descriptor, door: Door?, answers: Answers, rest: Rest,
        onReader: @escaping @Loop () -> Void
    ) throws(StatusFailure) {
        self.answers = answers
        self.rest = rest
        self.onReader = onReader
        let house = House(
            answer: { [weak self] request, name, reply in
                let reply = Reply(reply)
                Loop.assumeIsolated { self?.answer(request, name, reply) }
            },
            watchHangUp: { [weak self] descriptor, left in
                let left = Left(left)
                Loop.assumeIsolated { self?.watchHangUp(descriptor, left) }
            },
            unwatch: { [weak self] descriptor in Loop.assumeIsolated { self?.hangUps[descriptor] = nil } },
            runLater: { [weak self] delay_ms in Loop.assumeIsolated { self?.runLater(delay_ms) } })
        let server = try Server(listener: listener, house: house, door: door)
        self.server = server
        serverSource = EventSource.descriptor(server.descriptor) { [weak self] in self?.server?.run() }
    }

    func stopListening() { server?.stopListening() }

    var owesAnswers: Bool { server?.owesAnswers ?? false }

    func close() {
        serverSource = nil
        server?.stop()
        server = nil
    }

    private func answer(_ request: Request, _ name: String?, _ reply: Reply) {
        let answers = self.answers
        Loop.task { reply.give(await answers.answer(request, by: name)) }
        rest.soon()
    }

    private func watchHangUp(_ descriptor: Int32, _ left: Left) {
        hangUps[descriptor] = EventSource.descriptor(descriptor, .hangUp) { left.call() }
        onReader()
    }

    /// One timer for each wish: a later one never takes an earlier one back.
    private func runLater(_ delay_ms: Int) {
        if runTimers[delay_ms] != nil { return }
        runTimers[delay_ms] = EventSource.timer(after_s: Double(delay_ms) / 1000) { [weak self] in
            self?.runTimers[delay_ms] = nil
            self?.server?.run()
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
