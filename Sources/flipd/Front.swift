// What flipd shows of itself: the Unix socket, the page's TCP port, and the live events on both.
import Model
import Platform
import Status

@Loop
final class Front {
    private let answers: Answers
    private let rest: Rest
    private var openings: [Opening] = []
    private var page: Opening?
    private var hasPage = false
    private var door: Door?
    private var againTimer: EventSource?
    private var statusTimer: EventSource?
    private var heartbeatTimer: EventSource?
    /// Why nobody finds the page, if that is so.
    private var trouble: Reason?
    /// Why nobody may change anything there, if that is so.
    private var tokenTrouble: Reason?
    var troubles: [Reason] { [trouble, tokenTrouble].compactMap(\.self) }

    /// Many changes in a moment are told as one.
    private static let statusPause_s = 0.25
    /// Less than what proxies and clients allow a silent connection.
    private static let heartbeat_s = 20.0
    /// A port that another program has is asked for again this often.
    private static let listenAgain_s = 10.0

    init(socket: consuming Descriptor, answers: Answers, rest: Rest) throws(StatusFailure) {
        self.answers = answers
        self.rest = rest
        openings = [try open(socket, door: nil)]
        answers.front = self
    }

    /// Listens on TCP too: with the socket that systemd handed in, else at `Listen=`. Without its port flipd works on, and
    /// says so.
    func listen(_ configuration: Configuration, handedIn: consuming Descriptor?) {
        hasPage = handedIn != nil || configuration.listen != nil
        follow(configuration)
        if let handed = handedIn.take() {
            do {
                try show(handed)
            } catch {
                let reason = Reason(
                    code: "page", text: "The page cannot be shown by the socket of flipd.socket: \(error).")
                trouble = reason
                Log.write(.page, .warning, reason.text)
            }
        } else if let address = configuration.listen {
            listen(at: address)
        }
    }

    private func show(_ listener: consuming Descriptor) throws(StatusFailure) {
        let page = try open(listener, door: door)
        openings.append(page)
        self.page = page
    }

    private func listen(at address: ListenAddress) {
        let hadTrouble = trouble != nil
        do {
            try show(try listenOnTCP(address))
            trouble = nil
            againTimer = nil
            if hadTrouble { Log.write(.page, .notice, "The page is shown at http://\(address)/.") }
        } catch {
            let reason = (error as? Errno)?.reason ?? "\(error)"
            trouble = Reason(
                code: "page",
                text:
                    "The page cannot be shown at \(address): \(reason). End what else uses that port, or change Listen= in [Status]."
            )
            if !hadTrouble, let trouble { Log.write(.page, .warning, trouble.text) }
            againTimer = EventSource.timer(after_s: Self.listenAgain_s) { [weak self] in
                self?.listen(at: address)
                self?.statusChanged()
            }
        }
    }

    /// Who may do what, from the next request on.
    func follow(_ configuration: Configuration) {
        if !hasPage { return }
        let (tokens, trouble) = TokenFile.read(configuration.tokenFile, state: configuration.state)
        if let trouble, trouble != tokenTrouble { Log.write(.page, .warning, trouble.text) }
        tokenTrouble = trouble
        let door = Door(
            reading: configuration.reading, tokens: tokens, hosts: HostNames(publicURL: configuration.publicURL)
        )
        self.door = door
        page?.server?.door = door
        // Whoever watches shows again that they may.
        page?.server?.endStreams()
    }

    private func open(_ listener: consuming Descriptor, door: Door?) throws(StatusFailure) -> Opening {
        try Opening(
            listener: listener, door: door, answers: answers, rest: rest,
            onReader: { [weak self] in self?.beat() })
    }

    /// Lets nobody in any more, and gives those who are in their answers. Where systemd holds a socket, whoever comes from
    /// here on is answered by the next flipd.
    func stop() async {
        againTimer = nil
        for opening in openings { opening.stopListening() }
        let until = Clock.monotonic_s() + Limits.lastAnswers_s
        while openings.contains(where: \.owesAnswers), Clock.monotonic_s() < until {
            await Loop.sleep(seconds: 0.01)
        }
        for opening in openings { opening.close() }
        openings = []
        page = nil
    }

    // MARK: Live events

    private var listened: [Server] { openings.compactMap(\.server).filter { $0.subscribers > 0 } }

    func assetChanged(_ asset: Asset, progress: Double?) {
        let listened = self.listened
        if listened.isEmpty { return }
        var report = answers.report(asset)
        if let progress { report.progress = progress }
        guard let json = try? JSON.encode(report) else { return }
        for server in listened { server.publish(event: "asset", json: json) }
    }

    func statusChanged() {
        guard !listened.isEmpty, statusTimer == nil else { return }
        statusTimer = EventSource.timer(after_s: Self.statusPause_s) { [weak self] in
            self?.statusTimer = nil
            Loop.task { await self?.publishStatus() }
        }
    }

    private func publishStatus() async {
        guard let report = try? await answers.status(), let json = try? JSON.encode(report) else { return }
        for server in listened { server.publish(event: "status", json: json) }
    }

    /// Only while somebody listens.
    private func beat() {
        if heartbeatTimer != nil { return }
        heartbeatTimer = EventSource.timer(after_s: Self.heartbeat_s) { [weak self] in
            guard let self else { return }
            heartbeatTimer = nil
            let listened = self.listened
            if listened.isEmpty { return }
            for server in listened { server.heartbeat() }
            beat()
        }
    }
}
