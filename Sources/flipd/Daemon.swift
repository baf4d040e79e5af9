// Opening and closing the house: folders, locks, ledger and library at the start, every room in its place, and all of it
// put away at the end.
import Glibc
import Ingest
import Ledger
import Library
import Model
import Notify
import Platform
import Status
import Workshop

/// Why flipd cannot start, in a sentence for whoever started it.
struct CannotStart: Error {
    let text: String
}

@Loop
final class Daemon {
    private var configuration: Configuration
    private let source: ConfigurationSource
    private let stateLock: Lock
    private let keeper: Keeper?
    private let pipeline: Pipeline?
    private let upkeep: Upkeep?
    private let watch: LibraryWatch
    private let receipts: Receipts?
    private let post: Post
    private let statusLine: StatusLine
    private let presence = Announcement()
    private let answers: Answers
    private let front: Front
    /// What systemd handed in stays its own.
    private let ownsSocket: Bool
    private var handedPage: Descriptor?
    private var signals: [EventSource?] = []
    private var isReconciled = false
    private var isOpening = false
    private var isClosing = false

    /// Opens the house and leaves it to the loop; ends the loop if that cannot be done.
    static func open(_ configuration: Configuration, from source: ConfigurationSource) async {
        do {
            let daemon = try Daemon(configuration, from: source)
            await daemon.start()
        } catch {
            let isDamaged = (error as? LedgerFailure)?.isDamaged ?? false
            let advice = isDamaged ? " Run flipd --rebuild, and start it again." : ""
            let text = (error as? CannotStart)?.text ?? "flipd cannot start: \(error).\(advice)"
            Log.write(.stopped, .critical, text)
            Loop.executor.exit(ExitCode.failed)
        }
    }

    private init(_ configuration: Configuration, from source: ConfigurationSource) throws {
        self.configuration = configuration
        self.source = source
        let layout = Layout(root: configuration.library)
        if source.root != nil { try Folders.make(configuration) }
        try Folders.check(state: configuration)
        stateLock = try Folders.lock(configuration.state)
        try Snapshots.makeBeforeMigration(of: configuration.ledger, layout)
        let ledger = try Ledger(configuration.ledger)
        let libraryID = try Self.library(of: ledger, layout)
        try Folders.check(incoming: configuration, layout)
        watch = LibraryWatch(layout: layout, libraryID: libraryID)
        let librarian = try Librarian(ledger: configuration.ledger, layout: layout, thread: try WorkThread())
        // Of its own, because it looks into the drop folder too, which may be slow.
        let finder = try Librarian(ledger: configuration.ledger, layout: layout, thread: try WorkThread())
        if let libraryID {
            let keeper = Keeper(
                layout: layout, incoming: configuration.incoming, libraryID: libraryID, ledger: ledger,
                thread: try WorkThread())
            self.keeper = keeper
            let verification = Verification(keeper: keeper, librarian: librarian)
            let pipeline = try Self.makePipeline(configuration, keeper, layout, verification)
            self.pipeline = pipeline
            upkeep = try Upkeep(
                configuration, settings: try source.read().settings, pipeline: pipeline, libraryID: libraryID)
        } else {
            (keeper, pipeline, upkeep) = (nil, nil, nil)
        }
        post = Post(configuration, librarian: librarian)
        answers = Answers(
            pipeline: pipeline, upkeep: upkeep, librarian: librarian, finder: finder, watch: watch,
            page: Folders.page())
        answers.post = post
        post.health = { [answers] in await answers.healthBesideMail() }
        post.report = { [answers] in try await answers.status() }
        statusLine = StatusLine(
            incoming: configuration.incoming, hindrance: { [watch] in watch.presence.reason },
            report: { [answers] in try await answers.status() })
        receipts = try pipeline.map { [watch, upkeep] in
            try Receipts(
                $0, finder: finder, isWanted: configuration.receipts,
                machine: { watch.presence.reason?.text },
                trash_s: { upkeep?.retention.rules.trash_s ?? 0 })
        }
        answers.receipts = receipts
        answers.places = configuration.places
        if source.root != nil { try Files.makeFolders(configuration.socket.parent) }
        var handed = Service.handedIn()
        if handed.surplus > 0 {
            throw CannotStart(
                text:
                    "systemd hands in more sockets than flipd knows what to do with. flipd.socket may have one Unix socket, and one of TCP for the page."
            )
        }
        handedPage = handed.page.take()
        ownsSocket = handed.status == nil
        let listener = try handed.status.take() ?? Self.listener(configuration)
        front = try Front(socket: listener, answers: answers, rest: pipeline?.rest ?? Rest())
    }

    private static func listener(_ configuration: Configuration) throws(Errno) -> Descriptor {
        try listenOnUnix(
            path: configuration.socket,
            groupName: configuration.socketGroup.isEmpty ? nil : configuration.socketGroup)
    }

    // MARK: Running

    private func start() async {
        pipeline?.onChange = { [weak self] in self?.somethingChanged() }
        pipeline?.inbox.onChange = { [weak self] in self?.somethingChanged() }
        post.onChange = { [weak self] in self?.front.statusChanged() }
        pipeline?.onAsset = { [weak self] asset, progress in
            self?.front.assetChanged(asset, progress: progress)
            self?.statusLine.changed()
            if progress == nil { self?.receipts?.changed() } else { self?.receipts?.progressed() }
            if asset.stage == .handedBack { self?.post.changed(wasHandedBack: true) }
            if asset.stage == .published || asset.stage == .deleted { self?.upkeep?.retention.look() }
        }
        if !configuration.notifyUrl.isEmpty { tellByWebhook() }
        receipts?.onChange = { [weak self] in self?.somethingChanged() }
        receipts?.start()
        signals = [
            .signal(Signals.terminate) { [self] in close() }, .signal(Signals.interrupt) { [self] in close() },
            .signal(Signals.reload) { [self] in reload() },
        ]
        Loop.executor.answerWatchdog()
        front.listen(configuration, handedIn: handedPage.take())
        watch.start { [weak self] presence in self?.libraryChanged(presence) }
        if watch.presence == .taken {
            Log.write(
                .stopped, .critical,
                "Another flipd works on \(watch.layout.root.text). Only one may; stop that one first.")
            return Loop.executor.exit(ExitCode.failed)
        }
        tell(of: watch.presence)
        await openLibrary()
        Log.write(.started, .notice, "flipd \(flipVersion) takes files from \(configuration.incoming.text).")
        if source.root != nil, isatty(STDERR_FILENO) != 0 || getenv("FLIPD_GREET") != nil { greet() }
        Service.ready(status: statusLine.short)
        statusLine.changed()
        post.follow(configuration.mail)
    }

    private func somethingChanged() {
        front.statusChanged()
        statusLine.changed()
        post.changed()
        receipts?.changed()
    }

    /// What a newcomer needs to know, in three lines.
    private func greet() {
        let root = source.root?.text ?? ""
        let page = configuration.listen.map { "Or in a browser    http://\($0)/\n" } ?? ""
        let lines = """
            Drop files into    \(configuration.incoming.text)
            Look at them with  \(Folders.flipctl()) --root \(root) status   (and list, watch, show)
            \(page)Stop with          Ctrl-C

            """
        writeAll(Array(lines.utf8), to: STDERR_FILENO)
    }

    private func libraryChanged(_ presence: LibraryWatch.Presence) {
        tell(of: presence)
        if presence == .there {
            Loop.task { await self.openLibrary() }
        } else {
            pipeline?.pause()
        }
        statusLine.sayNow()
        somethingChanged()
    }

    private func tell(of found: LibraryWatch.Presence) {
        presence.becomes(found.reason?.text ?? "") {
            if let reason = found.reason {
                Log.write(.fault, .critical, reason.text, problem: Problem(rawValue: reason.code))
            } else {
                Log.write(.recovered, .notice, "The archive is in its place.")
            }
        }
    }

    /// Brings record, tree and ledger to one answer, once, and begins or goes on.
    private func openLibrary() async {
        guard let keeper, let pipeline, watch.presence == .there, !isOpening, !isClosing else { return }
        isOpening = true
        defer { isOpening = false }
        while !isReconciled {
            do {
                let acts = try await keeper.reconcile()
                let going = try await keeper.resume()
                isReconciled = true
                pipeline.faults.isOver(for: nil)
                if acts > 0 {
                    Log.write(
                        .recovered, .notice,
                        acts == 1
                            ? "Settled one thing that was under way when flipd ended."
                            : "Settled \(acts) things that were under way when flipd ended.")
                }
                for asset in going { pipeline.goOn(asset) }
                pipeline.inbox.start()
            } catch {
                pipeline.faults.happened(Fault(error), about: nil)
                await Loop.sleep(seconds: 2)
                if watch.presence != .there || isClosing { return }
            }
        }
        // It may have gone again while the record was read.
        guard watch.presence == .there else { return }
        pipeline.resume()
        upkeep?.begin()
    }

    private func tellByWebhook() {
        guard let pipeline, let telling = try? Telling(url: configuration.notifyUrl) else { return }
        let show = pipeline.onAsset
        pipeline.onAsset = { asset, progress in
            show(asset, progress)
            if asset.stage.isFinal { Loop.task { await telling.tell(asset) } }
        }
    }

    private func reload() {
        do throws(ConfigurationMistakes) {
            let (fresh, settings) = try source.read()
            guard fresh.differsOnlyInReloadable(from: configuration) else {
                return Log.write(
                    .configuration, .warning,
                    "The new configuration changes folders, intake, socket, port or webhook. It is not in force; restart flipd for that."
                )
            }
            configuration = fresh
            answers.configurationTrouble = nil
            answers.places = fresh.places
            pipeline?.workshop.rules = fresh.workshopRules
            front.follow(fresh)
            upkeep?.follow(fresh, settings: settings)
            receipts?.follow(isWanted: fresh.receipts)
            post.follow(fresh.mail)
            front.statusChanged()
            // There may be room for more jobs now.
            pipeline?.startJobs()
            Log.write(.configuration, .notice, "The new configuration is in force, from the next job on.")
        } catch {
            for mistake in error.mistakes { Log.write(.configuration, .error, mistake.sentence) }
            Log.write(.configuration, .error, "The old configuration stays in force.")
            answers.configurationTrouble = Reason(
                code: "configuration",
                text:
                    "The old configuration is in force, because the new one has a mistake, and flipd would not start again with it. “flipd --check” names it."
            )
            somethingChanged()
        }
    }

    private func close() {
        if isClosing { return }
        isClosing = true
        statusLine.end()
        Service.stopping()
        upkeep?.stop()
        receipts?.stop()
        Loop.task {
            await self.post.end()
            await self.pipeline?.end()
            // Before it stops to listen, so that nobody comes in between to be turned away.
            if self.ownsSocket { try? Files.unlink(self.configuration.socket) }
            await self.front.stop()
            Log.write(.stopped, .notice, "flipd has stopped; nothing is lost.")
            Loop.executor.exit(ExitCode.done)
        }
    }
}
