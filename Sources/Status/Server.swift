// HTTP for one listener. libmicrohttpd does the protocol and waits in an epoll descriptor of its own, which the
// corridor puts into its loop: call `run` when that is readable, and when `House.runLater` asked for it.
//
// Not Sendable: one thread makes it, runs it, and gives it its answers. The process must ignore SIGPIPE.
// What a client does wrong costs it its connection; nothing it does ends the server.
internal import CMicrohttpd
internal import Glibc
internal import Model
package import Platform

package final class Server {
    private var daemon: OpaquePointer?
    let house: House
    /// Who may do what; nil where everybody who can connect may do everything.
    package var door: Door?
    private var isRunning = false
    private var hasStoppedListening = false
    private var isStopping = false
    private var shallRunAgain = false
    /// When the corridor will call `run` by itself, on the monotonic clock.
    private var runDue_ms: Int?
    /// Requests whose answer is still to come; their connections rest.
    var waiting: [ObjectIdentifier: Exchange] = [:]
    /// Everybody who is connected.
    var peers: [ObjectIdentifier: Peer] = [:]
    var latecomersDue_s: Double?
    let patience_s: Double
    /// Answers to wrong tokens, and when they are due.
    var delayed: [(due_s: Double, exchange: Exchange)] = []
    var streams: [ObjectIdentifier: EventStream] = [:]

    /// Takes the listening socket and closes it in the end.
    package init(
        listener: consuming Descriptor, house: House, door: Door? = nil,
        patience_s: Double = Limits.requestPatience_s
    ) throws(StatusFailure) {
        self.house = house
        self.patience_s = patience_s
        self.door = door
        daemon = nil
        let me = Unmanaged.passUnretained(self).toOpaque()
        let options = [
            MHD_OptionItem(option: .LISTEN_SOCKET, value: Int(listener.release()), ptr_value: nil),
            MHD_OptionItem(
                option: .CONNECTION_LIMIT, value: door == nil ? Limits.connections : Limits.tcpConnections,
                ptr_value: nil),
            // Not heeded on a Unix socket, where nobody has an address.
            MHD_OptionItem(
                option: .PER_IP_CONNECTION_LIMIT, value: Limits.tcpConnectionsOfOneAddress, ptr_value: nil),
            MHD_OptionItem(option: .CONNECTION_TIMEOUT, value: Limits.connectionIdle_s, ptr_value: nil),
            MHD_OptionItem(
                option: .CONNECTION_MEMORY_LIMIT, value: Limits.connectionMemory_bytes, ptr_value: nil),
            // Without this it never uses sendfile(2) in somebody else's loop, and is seven times slower.
            MHD_OptionItem(option: .SIGPIPE_HANDLED_BY_APP, value: 1, ptr_value: nil),
            MHD_OptionItem(option: .STRICT_FOR_CLIENT, value: 1, ptr_value: nil),
            flip_mhd_notify_connection(peerCameOrWent, me),
            flip_mhd_uri_callback(requestBegan, me),
            flip_mhd_notify_completed(requestEnded, me),
            MHD_OptionItem(option: .END, value: 0, ptr_value: nil),
        ]
        let flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        daemon = flip_mhd_start(flags, requestArrived, me, options)
        if daemon == nil { throw .couldNotStart }
    }

    deinit { precondition(daemon == nil, "a server is stopped before it is let go") }

    /// Readable whenever there is something to do.
    package var descriptor: Int32 { daemon.map { flip_mhd_epoll_fd($0) } ?? -1 }

    /// After how long `run` must be called even if nothing arrives; nil for never.
    package var timeout_ms: Int? {
        var milliseconds: UInt64 = 0
        guard let daemon, MHD_get_timeout(daemon, &milliseconds) == .YES else { return nil }
        return Int(clamping: milliseconds)
    }

    /// How many live streams are open.
    package var subscribers: Int { streams.count }

    /// Does what is to be done now, and returns; it never waits.
    package func run() {
        // Answers may be given and events published while the library calls us; it cannot be entered twice.
        shallRunAgain = true
        guard let daemon, !isRunning else { return }
        answerDelayed()
        isRunning = true
        var turns = 0
        while turns < Limits.turnsInOneRun, shallRunAgain || timeout_ms == 0 {
            shallRunAgain = false
            turns += 1
            _ = MHD_run(daemon)
        }
        isRunning = false
        showLatecomersOut()
        askForNextRun()
    }

    private func askForNextRun() {
        // What was resumed within the last turn does not show in `timeout_ms`.
        let now_s = Clock.monotonic_s()
        let ours_ms = nextDue_s.map { max(0, Int((($0 - now_s) * 1000).rounded(.up))) }
        guard let wait_ms = shallRunAgain ? 0 : [timeout_ms, ours_ms].compactMap(\.self).min() else { return }
        let now_ms = Int(now_s * 1000)
        if let runDue_ms, now_ms < runDue_ms, runDue_ms <= now_ms + wait_ms { return }
        runDue_ms = now_ms + wait_ms
        house.runLater(wait_ms)
    }

    /// Takes no new connections: whoever comes from here on waits where the listener is held by somebody else, such as
    /// systemd, until that one's next flipd answers. Who is connected already is answered, for as long as `run` is called.
    /// Never called from within `House.answer`.
    package func stopListening() {
        precondition(!isRunning, "a server does not stop to listen in the middle of an answer")
        guard let daemon, !hasStoppedListening else { return }
        hasStoppedListening = true
        // Those who came before are let in: with a listener of our own nobody would be left to answer them.
        run()
        let listener = MHD_quiesce_daemon(daemon)
        if listener >= 0 { _ = Descriptor(adopting: listener) }
        // Whoever watches comes again, and so reaches the next flipd.
        endStreams()
    }

    /// Ends all connections and closes the listener. Requests that still wait are told so.
    /// Never called from within `House.answer`.
    package func stop() {
        precondition(!isRunning, "a server cannot be stopped by the answer it is waiting for")
        guard let daemon else { return }
        // From here on nothing may be suspended: the library aborts if anything is when it is stopped.
        isStopping = true
        for exchange in waiting.values { deliver(Self.stopping(), to: exchange) }
        for stream in streams.values { stream.end() }
        // The library must have taken note of every resumed connection before it may be stopped.
        run()
        MHD_stop_daemon(daemon)
        self.daemon = nil
    }

    private static func stopping() -> Response { .error(status: 503, code: "stopping", "flipd is stopping.") }
}

// Requests and their answers.
extension Server {
    fileprivate func arrived(
        _ exchange: Exchange, _ connection: OpaquePointer, method: String,
        body: UnsafePointer<CChar>?, bodySize: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        switch exchange.step {
        case .heads:
            exchange.step = .body
            if Wire.isAmbiguous(connection) { return Wire.send(.ambiguous, connection) }
            let declared = Wire.header("Content-Length", of: connection).flatMap { Int($0) } ?? 0
            return declared > Limits.requestBody_bytes ? Wire.send(.bodyTooLarge, connection) : .YES
        case .body where bodySize.pointee > 0:
            let portion = UnsafeRawBufferPointer(start: body, count: bodySize.pointee)
            bodySize.pointee = 0
            // The library takes no answer in the middle of a body, so a liar loses the connection.
            if exchange.body.count + portion.count > Limits.requestBody_bytes { return .NO }
            exchange.body += portion
            return .YES
        case .body: return ask(exchange, connection, method: method)
        case .asked, .over:
            guard let response = exchange.takeAnswer() else { return .NO }
            exchange.step = .over
            return Wire.send(response, connection, exchange.conditions)
        }
    }

    private func ask(_ exchange: Exchange, _ connection: OpaquePointer, method: String) -> MHD_Result {
        exchange.peer?.waitedForSince_s = nil
        if isStopping { return Wire.send(Self.stopping(), connection, FileConditions()) }
        let request: Request
        do { request = try Request.parse(method: method, target: exchange.target, body: exchange.body) } catch {
            exchange.step = .over
            return Wire.send(error, connection)
        }
        let name: String?
        switch admit(request, connection) {
        case .admitted(let by): name = by
        case .answered(let response):
            exchange.step = .over
            return Wire.send(response, connection, FileConditions())
        case .denied(let failure):
            exchange.step = .over
            return Wire.send(failure, connection)
        case .deniedLater:
            exchange.step = .asked
            delay(exchange)
            return rest(exchange, connection)
        }
        if request == .events {
            exchange.step = .over
            return subscribe(connection)
        }
        exchange.conditions = FileConditions(
            method: method, range: Wire.header("Range", of: connection),
            ifRange: Wire.header("If-Range", of: connection),
            ifNoneMatch: Wire.header("If-None-Match", of: connection))
        exchange.step = .asked
        house.answer(request, name) { [weak self] response in
            if let self { self.deliver(response, to: exchange) }
        }
        if let response = exchange.takeAnswer() {
            exchange.step = .over
            return Wire.send(response, connection, exchange.conditions)
        }
        return rest(exchange, connection)
    }

    /// Nobody watches for a hang-up meanwhile: the answer comes soon, and sending it will tell.
    private func rest(_ exchange: Exchange, _ connection: OpaquePointer) -> MHD_Result {
        exchange.resting = connection
        waiting[ObjectIdentifier(exchange)] = exchange
        MHD_suspend_connection(connection)
        return .YES
    }

    func deliver(_ response: consuming Response, to exchange: Exchange) {
        guard exchange.accept(response) else { return }
        guard let connection = exchange.resting else { return }
        exchange.resting = nil
        waiting[ObjectIdentifier(exchange)] = nil
        MHD_resume_connection(connection)
        run()
    }

    fileprivate func ended(_ exchange: Exchange) {
        exchange.step = .over
        exchange.resting = nil
        waiting[ObjectIdentifier(exchange)] = nil
        exchange.peer?.waitedForSince_s = Clock.monotonic_s()
        exchange.peer?.isNew = false
        exchange.peer?.isSentFile = false
    }
}

// What the library calls: functions that capture nothing. The server outlives its daemon; an exchange is
// retained from `requestBegan` to `requestEnded`, which the library pairs.

private func server(_ me: UnsafeMutableRawPointer?) -> Server? {
    me.map { Unmanaged<Server>.fromOpaque($0).takeUnretainedValue() }
}

private func requestBegan(
    _: UnsafeMutableRawPointer?, _ uri: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let uri else { return nil }
    let target = UnsafeBufferPointer(start: uri, count: strlen(uri)).map { UInt8(bitPattern: $0) }
    let peer = connection.flatMap { flip_mhd_socket_context($0) }
        .map { Unmanaged<Peer>.fromOpaque($0).takeUnretainedValue() }
    return Unmanaged.passRetained(Exchange(target: target, peer: peer)).toOpaque()
}

/// A peer is retained from its coming to its going, which the library pairs.
private func peerCameOrWent(
    _ me: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let server = server(me), let connection, let context else { return }
    if let known = context.pointee {
        context.pointee = nil
        server.went(Unmanaged<Peer>.fromOpaque(known).takeRetainedValue())
    } else {
        let peer = Peer(flip_mhd_connection_fd(connection), since_s: Clock.monotonic_s())
        context.pointee = Unmanaged.passRetained(peer).toOpaque()
        server.came(peer)
    }
}

private func requestArrived(
    _ me: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _: UnsafePointer<CChar>?, _ body: UnsafePointer<CChar>?,
    _ bodySize: UnsafeMutablePointer<Int>?, _ exchange: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let server = server(me), let connection, let method, let bodySize, let exchange = exchange?.pointee
    else { return .NO }
    return server.arrived(
        Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue(), connection,
        method: String(cString: method), body: body, bodySize: bodySize)
}

private func requestEnded(
    _ me: UnsafeMutableRawPointer?, _: OpaquePointer?,
    _ exchange: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _: MHD_RequestTerminationCode
) {
    guard let pointer = exchange?.pointee else { return }
    exchange?.pointee = nil
    let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
    server(me)?.ended(exchange)
}
