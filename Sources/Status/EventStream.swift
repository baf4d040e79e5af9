// One reader of the live events. While there is nothing to send its connection rests outside the library's
// epoll. A reader that does not keep up is dropped: it can come back and start with a fresh look.
internal import CMicrohttpd
internal import Glibc
internal import Model

final class EventStream {
    let descriptor: Int32
    private let connection: OpaquePointer
    private var backlog: [UInt8] = Array(":\n\n".utf8)
    private var isResting = false
    private var isEnding = false
    private let rests: (EventStream) -> Void
    private let wakes: (EventStream) -> Void
    private let ends: (EventStream) -> Void

    init(
        _ connection: OpaquePointer, rests: @escaping (EventStream) -> Void,
        wakes: @escaping (EventStream) -> Void, ends: @escaping (EventStream) -> Void
    ) {
        self.connection = connection
        descriptor = flip_mhd_connection_fd(connection)
        self.rests = rests
        self.wakes = wakes
        self.ends = ends
    }

    /// Queues the endless answer. The library keeps us until it has let go of that.
    func open() -> MHD_Result? {
        let me = Unmanaged.passRetained(self)
        guard
            let response = MHD_create_response_from_callback(
                FLIP_MHD_SIZE_UNKNOWN, 16 << 10, streamIsRead, me.toOpaque(), streamIsFreed)
        else {
            me.release()
            return nil
        }
        defer { MHD_destroy_response(response) }
        Wire.addHeaders(
            ["Content-Type": "text/event-stream", "Cache-Control": "no-store"], to: response)
        return MHD_queue_response(connection, 200, response)
    }

    func push(_ bytes: [UInt8]) {
        if isEnding { return }
        backlog += bytes
        if backlog.count > Limits.streamBacklog_bytes {
            isEnding = true
            // The library waits until the reader takes something, which it never may; this ends the wait.
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
        wake()
    }

    func end() {
        isEnding = true
        wake()
    }

    private func wake() {
        guard isResting else { return }
        isResting = false
        wakes(self)
        MHD_resume_connection(connection)
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if isEnding { return FLIP_MHD_END_OF_STREAM }
        if backlog.isEmpty {
            isResting = true
            MHD_suspend_connection(connection)
            rests(self)
            return 0
        }
        let count = min(buffer.count, backlog.count)
        buffer.copyBytes(from: backlog[..<count])
        backlog.removeFirst(count)
        return count
    }

    fileprivate func freed() { ends(self) }
}

private func streamIsRead(
    _ me: UnsafeMutableRawPointer?, _: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
    guard let me else { return FLIP_MHD_END_OF_STREAM }
    let stream = Unmanaged<EventStream>.fromOpaque(me).takeUnretainedValue()
    return stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

private func streamIsFreed(_ me: UnsafeMutableRawPointer?) {
    if let me { Unmanaged<EventStream>.fromOpaque(me).takeRetainedValue().freed() }
}
