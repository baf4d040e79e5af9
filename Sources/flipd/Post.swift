// Mail, when nobody looks: sees how everything is, and sends what Mailing says is due.
import Model
import Notify
import Platform

/// `[Notify]`, as far as it is about mail.
struct MailRules: Hashable, Sendable {
    var to: [String] = []
    /// Empty: the account's own address, or one of this machine.
    var from = ""
    var server = MailServer("smtp://localhost")
    var waits = Mailing.Waits()
    var isWeekly = false

    func message(_ words: MailWords, host: String, at now: Timestamp) -> MailMessage {
        var maker = AssetID.Maker()
        let here = MailMessage.isAddress("flipd@\(host)") ? host : "localhost"
        let sender = from.isEmpty ? server?.userAddress ?? "flipd@\(here)" : from
        return MailMessage(
            from: sender, to: to, subject: words.subject, body: words.body, at: now,
            id: "\(maker.next(at: now))@\(here)")
    }
}

@Loop
final class Post {
    private let file: Path
    private let incoming: Path
    private let librarian: Librarian
    private var rules: MailRules
    private var mailing: Mailing?
    private var mailman: Mailman?
    private var timer: EventSource?
    /// When the timer will fire.
    private var looksAt = Timestamp(milliseconds: .max)
    private var isLooking = false
    /// Something changed while it was looked.
    private var looksAgain = false
    private let isStopped = Pulse()
    private var isEnding = false
    private var wasHandedBack = false

    /// Why the last mail could not be sent; nil if it was.
    private(set) var trouble: Reason?
    /// How everything is, mail left out.
    var health: @Loop () async -> (health: Health, reasons: [Reason]) = { (.ok, []) }
    var report: @Loop () async throws -> StatusReport = { throw Errno.stopped }
    /// Called when something that the status shows changed.
    var onChange: @Loop () -> Void = {}

    /// Many changes in a moment are looked at once.
    private static let pause_s = 10.0

    init(_ configuration: Configuration, librarian: Librarian) {
        file = configuration.state / "mail.json"
        incoming = configuration.incoming
        rules = configuration.mail
        self.librarian = librarian
    }

    /// Begins, or goes on by other rules.
    func follow(_ rules: MailRules) {
        self.rules = rules
        mailing?.waits = rules.waits
        mailing?.wantsWeekly = rules.isWeekly
        if rules.to.isEmpty {
            (timer, mailing, trouble) = (nil, nil, nil)
        } else {
            look(after_s: min(Self.pause_s, rules.waits.afterCritical_s))
        }
    }

    /// Something changed. `wasHandedBack` tells of a file that somebody should look at.
    func changed(wasHandedBack: Bool = false) {
        if rules.to.isEmpty || isEnding { return }
        if wasHandedBack { self.wasHandedBack = true }
        look(after_s: min(Self.pause_s, rules.waits.afterCritical_s))
    }

    /// Ends what is under way, within about a second.
    func end() async {
        isEnding = true
        timer = nil
        isStopped.stop()
        let until = Clock.monotonic_s() + 2
        while isLooking, Clock.monotonic_s() < until { await Loop.sleep(seconds: 0.05) }
    }

    // MARK: Looking

    private func look(after_s delay_s: Double) {
        let moment = Clock.now() + delay_s
        if timer != nil, looksAt <= moment { return }
        looksAt = moment
        timer = EventSource.timer(after_s: delay_s) { [weak self] in
            self?.timer = nil
            Loop.task { await self?.look() }
        }
    }

    private func look() async {
        if isLooking { return looksAgain = true }
        if isEnding || rules.to.isEmpty { return }
        (isLooking, looksAgain) = (true, false)
        defer { isLooking = false }
        guard let mailman = mailman ?? (try? Mailman(file)) else { return look(after_s: rules.waits.after_s) }
        self.mailman = mailman
        if mailing == nil {
            let told = await mailman.told() ?? Mailing.Told(from: Clock.now())
            mailing = Mailing(told, waits: rules.waits, wantsWeekly: rules.isWeekly)
            await mailman.note(told)
            // Before flipd ended, something may have been handed back that nobody was told of.
            wasHandedBack = true
        }
        let seen = await health()
        mailing?.saw(seen.health, seen.reasons, at: Clock.now())
        await lookAtHandedBack()
        if !isEnding, let due = mailing?.due(at: Clock.now()) { await send(due, seen.reasons, mailman) }
        if isEnding || rules.to.isEmpty { return }
        // What nobody tells of, such as a backup that grows old, is found by looking.
        let next_s = mailing?.next(after: Clock.now())?.seconds(since: Clock.now()) ?? .infinity
        let soon_s = looksAgain ? min(Self.pause_s, rules.waits.afterCritical_s) : .infinity
        look(after_s: max(0.1, min(next_s, soon_s, rules.waits.after_s / 2)))
    }

    private func lookAtHandedBack() async {
        guard wasHandedBack, let told = mailing?.told else { return }
        wasHandedBack = false
        guard let found = try? await librarian.needsSomebody(since: told.handedBackUntil, in: incoming) else {
            return wasHandedBack = true
        }
        if found.count > 0 { mailing?.sawHandedBack(at: Clock.now()) }
    }

    // MARK: Sending

    private func send(_ due: Mailing.Due, _ reasons: [Reason], _ mailman: Mailman) async {
        var needs: NeedsSomebody?
        if due.topic == .needsYou, let told = mailing?.told {
            guard let found = try? await librarian.needsSomebody(since: told.handedBackUntil, in: incoming)
            else {
                return
            }
            // What was mended in the meantime needs nobody.
            if found.count == 0 { return mailing?.handedBackWasTold(until: found.until) ?? () }
            needs = found
        }
        guard let server = rules.server, let words = await words(due.topic, reasons, needs) else { return }
        let message = rules.message(words, host: Host.name, at: Clock.now())
        do {
            try await mailman.send(message, by: server, isStopped: isStopped)
        } catch {
            return failed(error, server)
        }
        mailing?.sent(due, at: Clock.now())
        if let needs {
            mailing?.handedBackWasTold(until: needs.until)
            // Also of what was handed back while it was sent.
            wasHandedBack = true
        }
        if let told = mailing?.told { await mailman.note(told) }
        Log.write(.mail, .info, "Sent mail to \(message.to.joined(separator: ", ")): \(message.subject).")
        if trouble != nil {
            trouble = nil
            Log.write(.mail, .notice, "\(server.name) takes mail again.")
            onChange()
        }
    }

    private func words(
        _ topic: Mailing.Topic, _ reasons: [Reason], _ needs: NeedsSomebody?
    ) async -> MailWords? {
        switch topic {
        case .critical: .health(.critical, reasons, host: Host.name)
        case .degraded: .health(.degraded, reasons, host: Host.name)
        case .well: .health(.ok, [], host: Host.name)
        case .needsYou: needs.map { .needsYou($0, incoming: incoming, host: Host.name) }
        case .weekly: (try? await report()).map { .weekly($0, host: Host.name) }
        }
    }

    private func failed(_ failure: any Error, _ server: MailServer) {
        if isEnding { return }
        mailing?.failed(at: Clock.now())
        let text = """
            Mail cannot be sent: \(server.name) does not take it (\(failure)). It is tried again. \
            Look at Mail= and Smtp= in [Notify] of flipd.conf; “flipd --mail-test” tries them.
            """
        // Told once; the status has it as long as it lasts.
        if trouble == nil { Log.write(.mail, .warning, text) }
        trouble = Reason(code: "mail", text: text)
        onChange()
    }
}

/// Waits for the mail server, and for the disk that keeps what was told.
private actor Mailman {
    private let file: Path
    private let thread: WorkThread

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ file: Path) throws(Errno) {
        self.file = file
        thread = try WorkThread()
    }

    func send(_ message: MailMessage, by server: MailServer, isStopped: Pulse) throws(MailFailure) {
        try server.send(message) { isStopped.isStopped }
    }

    func told() -> Mailing.Told? {
        (try? Files.read(file, limit: 1 << 20)).flatMap { try? JSON.decode(from: $0) }
    }

    /// At worst something is told once more.
    func note(_ told: Mailing.Told) {
        let fresh = Path(bytes: file.bytes + Array(".new".utf8))
        guard let json = try? JSON.encode(told), (try? Files.removeTree(fresh)) != nil,
            (try? Durable.create(fresh, json, mode: 0o640)) != nil
        else { return }
        try? Files.replace(file, with: fresh)
    }
}
