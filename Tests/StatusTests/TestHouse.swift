// A server on a thread of its own, with a small poll(2) loop such as the daemon's, and clients of several
// kinds.
import Glibc
import Model
import Platform
import Status
import Synchronization

/// What the loop's thread is asked to do, from any other.
final class TestHouse: Sendable {
    let folder: String
    var socketPath: String { folder + "/status.sock" }
    private let orders = Mutex<[@Sendable (Server) -> Void]>([])
    private let bell: [Int32]
    private let stopped = Atomic(false)
    /// How many answers were asked for, and how many hang-ups are watched.
    private let asked = Atomic(0)
    private let watched = Atomic(0)
    var askedNow: Int { asked.load(ordering: .sequentiallyConsistent) }
    var watchedNow: Int { watched.load(ordering: .sequentiallyConsistent) }
    let delay_ms: Int

    /// The TCP port, where there is a door.
    let port: UInt16
    private let door: Door?
    private let patience_s: Double
    /// The same listener, as systemd would hold it.
    let held: Int32

    /// `delay_ms` nil answers at once, within the call. With a door it listens on TCP of this machine, else on a Unix socket.
    init(answerAfter delay_ms: Int? = nil, door: Door? = nil, patience_s: Double = 60) throws {
        _ = signal(SIGPIPE, SIG_IGN)
        var template = Array("/tmp/flip-status-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        bell = ends
        self.delay_ms = delay_ms ?? -1
        self.door = door
        self.patience_s = patience_s
        port = door == nil ? 0 : freePort()
        let fd: Int32
        if let address = ListenAddress("127.0.0.1:\(port)") {
            fd = try listenOnTCP(address).release()
        } else {
            fd = try listenOnUnix(path: Path(folder + "/status.sock")).release()
        }
        held = dup(fd)
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(house: self, listener: fd)).toOpaque()
        pthread_create(&thread, nil, loopThread, start)
        pthread_detach(thread)
    }

    func order(_ work: @escaping @Sendable (Server) -> Void) {
        orders.withLock { $0.append(work) }
        ring()
    }

    /// Asks the server something, on its own thread.
    func ask(_ question: @escaping @Sendable (Server) -> Bool) -> Bool {
        let said = Said()
        order { server in
            let answer = question(server)
            said.answer.withLock { $0 = answer }
        }
        wait { said.answer.withLock { $0 != nil } }
        return said.answer.withLock { $0 } ?? false
    }

    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        ring()
        wait { access(self.folder + "/ended", F_OK) == 0 }
        close(held)
        pclose(popen("rm -rf \(folder)", "r"))
    }

    private func ring() {
        var byte: UInt8 = 1
        write(bell[1], &byte, 1)
    }

    fileprivate func loop(listener: Int32) {
        let state = LoopState()
        let house = House(
            answer: { request, name, reply in self.answer(request, name, state, reply) },
            watchHangUp: { fd, gone in
                self.watched.add(1, ordering: .sequentiallyConsistent)
                state.watched[fd] = gone
            },
            unwatch: { fd in
                self.watched.subtract(1, ordering: .sequentiallyConsistent)
                state.watched[fd] = nil
            },
            runLater: { wait_ms in state.due = min(state.due ?? .max, now_ms() + wait_ms) })
        guard
            let server = try? Server(
                listener: Descriptor(adopting: listener), house: house, door: door, patience_s: patience_s)
        else { return }
        while !stopped.load(ordering: .sequentiallyConsistent) { turn(server, state) }
        server.stop()
        close(creat(folder + "/ended", 0o600))
    }

    private func turn(_ server: Server, _ state: LoopState) {
        var fds = [
            pollfd(fd: bell[0], events: Int16(POLLIN), revents: 0),
            pollfd(fd: server.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        fds += state.watched.keys.map { pollfd(fd: $0, events: Int16(0x2000), revents: 0) }  // POLLRDHUP
        let next = ([state.due] + state.late.map { $0.due }).compactMap { $0 }.min()
        poll(&fds, nfds_t(fds.count), Int32(next.map { max(0, $0 - now_ms()) } ?? 10_000))
        for gone in fds.dropFirst(2) where gone.revents != 0 { state.watched[gone.fd]?() }
        if fds[0].revents != 0 {
            var byte: UInt8 = 0
            read(bell[0], &byte, 1)
            let todo = orders.withLock { orders in
                defer { orders = [] }
                return orders
            }
            for work in todo { work(server) }
        }
        let now = now_ms()
        let late = state.late.filter { $0.due <= now }
        state.late.removeAll { $0.due <= now }
        for answer in late { answer.give() }
        let isDue = state.due.map { $0 <= now_ms() } ?? false
        if isDue { state.due = nil }
        if isDue || fds[1].revents != 0 { server.run() }
    }

    private func answer(
        _ request: Request, _ name: String?, _ state: LoopState,
        _ reply: @escaping (consuming Response) -> Void
    ) {
        asked.add(1, ordering: .sequentiallyConsistent)
        let root = Path(folder)
        let give = { reply(respond(to: request, by: name, root: root)) }
        if delay_ms < 0 { give() } else { state.late.append((now_ms() + delay_ms, give)) }
    }
}

private func respond(to request: Request, by name: String?, root: Path) -> Response {
    switch request {
    case .status, .usage, .health, .assets, .find, .needsYou, .places, .verify, .verifyProgress, .snapshot,
        .backup:
        return .json(["state": "ok"])
    case .asset(let prefix): return .error(status: 409, code: "ambiguous", "Several ids begin with \(prefix).")
    case .preview(let prefix, let role): return .redirect(to: "/media/\(prefix)/\(role.rawValue)")
    case .delete(let prefix):
        return .text(status: 200, "\(prefix) by \(name ?? "nobody")", contentType: "text/plain")
    case .retry(let prefix), .restore(let prefix), .heal(let prefix):
        return .text(status: 200, prefix, contentType: "text/plain")
    case .rename(_, let renaming): return .json(renaming)
    case .metrics: return .metrics(exampleStatus, JobTimes())
    case .page(let file):
        return ((try? PageFiles(in: root / "web")) ?? .none).response(file)
    case .events, .session: return .notFound()
    case .media(let path):
        do { return .file(try MediaFile.open(path.relative, beneath: root), .immutable) } catch {
            return .notFound()
        }
    }
}

private let exampleStatus = StatusReport(
    version: "1.0", summary: "", state: .degraded, reasons: [], uptime: 1.5, counts: [.ready: 3], kinds: [:],
    lastDay: .init(ready: 0, failed: 0, duplicate: 0), waiting: 1, needsYou: 2,
    intake: .init(way: .events, lastHeard: nil), queue: .init(depth: 0, oldestPending: nil), jobs: [],
    storage: .init(libraryBytes: 1, originalsBytes: 2, freeBytes: 3), last: .init(scan: nil, published: nil))

/// A port that nobody listens on just now.
private func freePort() -> UInt16 {
    for port in UInt16(20000)...30000 {
        guard let address = ListenAddress("127.0.0.1:\(UInt16.random(in: port...30000))") else { continue }
        if (try? listenOnTCP(address)) != nil { return address.port }
    }
    return 0
}

private final class Said: Sendable {
    let answer = Mutex<Bool?>(nil)
}

/// Confined to the loop's thread.
private final class LoopState {
    var watched: [Int32: () -> Void] = [:]
    var late: [(due: Int, give: () -> Void)] = []
    var due: Int?
}

private final class Start {
    let house: TestHouse
    let listener: Int32
    init(house: TestHouse, listener: Int32) {
        self.house = house
        self.listener = listener
    }
}

private func loopThread(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let start else { return nil }
    let begin = Unmanaged<Start>.fromOpaque(start).takeRetainedValue()
    begin.house.loop(listener: begin.listener)
    return nil
}

func now_ms() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
}

/// Waits up to ten seconds for something to become true.
@discardableResult
func wait(_ condition: () -> Bool) -> Bool {
    let end = now_ms() + 10_000
    while now_ms() < end {
        if condition() { return true }
        usleep(5000)
    }
    return condition()
}

/// A connection of bytes, as the worst of clients would use it.
final class RawClient {
    let fd: Int32

    init(_ path: String) {
        fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        precondition(result == 0, "connect")
        setPatience(seconds: 10)
    }

    func setPatience(seconds: Int) {
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(fd) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    func get(_ target: String, _ more: String = "") {
        send("GET \(target) HTTP/1.1\r\nHost: x\r\n\(more)\r\n")
    }

    /// Whether the server has ended it.
    var isClosed: Bool {
        var byte: UInt8 = 0
        let count = recv(fd, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || count < 0 && errno != EAGAIN
    }

    /// Reads until `text` has come, or the end.
    func read(until text: String) -> String {
        var got: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while !String(decoding: got, as: UTF8.self).contains(text) {
            let count = recv(fd, &buffer, buffer.count, 0)
            if count <= 0 { break }
            got += buffer[..<count]
        }
        return String(decoding: got, as: UTF8.self)
    }

    func readToEnd() -> String { read(until: "\u{0}never") }
}

/// Runs curl and gives what it printed.
func curl(_ house: TestHouse, _ target: String, _ options: String = "") -> String {
    let place =
        house.port == 0
        ? "--unix-socket \(house.socketPath) 'http://x\(target)'" : "'http://127.0.0.1:\(house.port)\(target)'"
    let command = "curl -s -m 20 --path-as-is \(options) \(place)"
    guard let output = popen(command, "r") else { return "" }
    defer { pclose(output) }
    var got: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&buffer, 1, buffer.count, output)
        if count == 0 { break }
        got += buffer[..<count]
    }
    return String(decoding: got, as: UTF8.self)
}
