// HTTP to flipd over its Unix socket, by libcurl. One request at a time; errors come as sentences.
internal import CCurl
internal import Glibc
internal import Model
internal import Platform

final class Client {
    private let socket: Path
    private var handle: OpaquePointer?

    init(socket: Path) throws(Failure) {
        guard !socket.isEmpty, socket.bytes.count < 108 else {
            throw .usage("“\(socket.text)” cannot be a socket: its path may have at most 107 bytes")
        }
        self.socket = socket
        guard let made = curl_easy_init() else { throw .failed("there is no memory left") }
        handle = OpaquePointer(made)
    }

    func close() {
        if let handle { curl_easy_cleanup(UnsafeMutableRawPointer(handle)) }
        handle = nil
    }

    /// The body of a good answer; everything else is a failure with flipd's own words. `waiting` is called about once a second
    /// until it is there, and must not use this client.
    func request(
        _ path: String, _ query: [(key: String, value: String?)] = [], method: String = "GET",
        timeout_s: Int = 120, waiting: (() -> Void)? = nil
    ) throws(Failure) -> [UInt8] {
        let target = path + Self.encoded(query)
        let received = Received(waiting: waiting)
        let result = perform(target, method, received, timeout_s: timeout_s)
        if result.code != CURLE_OK { throw unreachable(result.code, result.osError) }
        guard (200..<300).contains(result.status) else { throw refused(result.status, received.bytes) }
        return received.bytes
    }

    /// Reads until flipd goes away; `take` gets each piece as it comes.
    func stream(_ path: String, _ take: @escaping ([UInt8]) -> Void) throws(Failure) {
        let result = perform(path, "GET", Received(take), timeout_s: 0)
        if result.code != CURLE_OK, result.status == 0 { throw unreachable(result.code, result.osError) }
        guard result.status == 200 else { throw refused(result.status, []) }
    }

    func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws(Failure) -> Value {
        do { return try JSON.decode(type, from: bytes) } catch {
            throw .failed("flipd's answer makes no sense to this flipctl; are both of the same version?")
        }
    }

    /// Nil if something answers over HTTP at an address, or else why not.
    static func answers(at address: ListenAddress) -> String? {
        guard let curl = curl_easy_init() else { return "there is no memory left" }
        defer { curl_easy_cleanup(curl) }
        let receiver = Unmanaged.passRetained(Received())
        defer { receiver.release() }
        // An address that stands for all of this machine's is reached by its own.
        let host = ["0.0.0.0", "::"].contains(address.host) ? "127.0.0.1" : address.host
        let url =
            host.contains(":")
            ? "http://[\(host)]:\(address.port)/healthz" : "http://\(host):\(address.port)/healthz"
        _ = flip_curl_set_text(curl, CURLOPT_URL, url)
        _ = flip_curl_set_text(curl, CURLOPT_PROXY, "")
        _ = flip_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        _ = flip_curl_set_long(curl, CURLOPT_TIMEOUT, 5)
        _ = flip_curl_set_write(curl, bytesArrived)
        _ = flip_curl_set_pointer(curl, CURLOPT_WRITEDATA, receiver.toOpaque())
        let code = curl_easy_perform(curl)
        return code == CURLE_OK ? nil : String(cString: curl_easy_strerror(code))
    }

    private func perform(
        _ target: String, _ method: String, _ received: Received, timeout_s: Int
    ) -> (code: CURLcode, status: Int, osError: Int) {
        guard let handle else { return (CURLE_FAILED_INIT, 0, 0) }
        let curl = UnsafeMutableRawPointer(handle)
        let receiver = Unmanaged.passRetained(received)
        defer { receiver.release() }
        curl_easy_reset(curl)
        socket.bytes.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { bytes in
            let path = Array(bytes) + [0]
            _ = flip_curl_set_text(curl, CURLOPT_UNIX_SOCKET_PATH, path)
        }
        _ = flip_curl_set_text(curl, CURLOPT_URL, "http://flipd" + target)
        // A proxy of the environment knows nothing of this socket.
        _ = flip_curl_set_text(curl, CURLOPT_PROXY, "")
        _ = flip_curl_set_text(curl, CURLOPT_CUSTOMREQUEST, method)
        _ = flip_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        _ = flip_curl_set_long(curl, CURLOPT_CONNECTTIMEOUT, 10)
        _ = flip_curl_set_long(curl, CURLOPT_TIMEOUT, timeout_s)
        _ = flip_curl_set_write(curl, bytesArrived)
        _ = flip_curl_set_pointer(curl, CURLOPT_WRITEDATA, receiver.toOpaque())
        if received.waiting != nil {
            _ = flip_curl_set_long(curl, CURLOPT_NOPROGRESS, 0)
            _ = flip_curl_set_progress(curl, stillWaiting)
            _ = flip_curl_set_pointer(curl, CURLOPT_XFERINFODATA, receiver.toOpaque())
        }
        let code = curl_easy_perform(curl)
        return (code, flip_curl_status(curl), flip_curl_os_error(curl))
    }

    private func unreachable(_ code: CURLcode, _ osError: Int) -> Failure {
        switch (code, Int32(truncatingIfNeeded: osError)) {
        case (CURLE_COULDNT_CONNECT, EACCES), (CURLE_COULDNT_CONNECT, EPERM):
            .unreachable("you may not open \(socket.text); ask to be added to the group it belongs to")
        case (CURLE_COULDNT_CONNECT, _):
            .unreachable(
                "flipd does not answer at \(socket.text); “systemctl start flipd” starts it, and --socket or"
                    + " --root name another place")
        case (CURLE_OPERATION_TIMEDOUT, _):
            .unreachable(
                "flipd takes too long to answer at \(socket.text); “systemctl status flipd” may tell why")
        default:
            .unreachable(
                "flipd went away in the middle of its answer (\(String(cString: curl_easy_strerror(code))));"
                    + " “systemctl status flipd” may tell why")
        }
    }

    private func refused(_ status: Int, _ body: [UInt8]) -> Failure {
        let report = try? JSON.decode(ErrorReport.self, from: body)
        let text = report?.error.text ?? "flipd answered with HTTP status \(status)"
        // 400 says that the request itself makes no sense, and it was made of the command line.
        return Failure(exit: status == 400 ? .wrongUsage : .failed, text: text, status: status)
    }

    /// "?name=IMG_1&limit=5"; what has no value is left out.
    private static func encoded(_ query: [(key: String, value: String?)]) -> String {
        let pairs = query.compactMap { key, value in value.map { "\(key)=\(encoded($0))" } }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// Percent signs for all but the characters that mean only themselves everywhere.
    static func encoded(_ text: String) -> String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return text.utf8.map { byte in
            if plain.contains(byte) { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }.joined()
    }
}

/// Where the bytes of an answer go.
private final class Received {
    var bytes: [UInt8] = []
    let take: (([UInt8]) -> Void)?
    let waiting: (() -> Void)?

    init(_ take: (([UInt8]) -> Void)? = nil, waiting: (() -> Void)? = nil) {
        self.take = take
        self.waiting = waiting
    }

    func arrived(_ piece: UnsafeBufferPointer<UInt8>) {
        if let take { take(Array(piece)) } else { bytes += piece }
    }
}

private func stillWaiting(
    _ receiver: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    if let receiver { Unmanaged<Received>.fromOpaque(receiver).takeUnretainedValue().waiting?() }
    return 0
}

private func bytesArrived(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ receiver: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let receiver else { return 0 }
    let received = Unmanaged<Received>.fromOpaque(receiver).takeUnretainedValue()
    bytes.withMemoryRebound(to: UInt8.self, capacity: size * count) {
        received.arrived(UnsafeBufferPointer(start: $0, count: size * count))
    }
    return size * count
}
