// Who may do what over TCP: tokens, cookies, names of hosts, and those who guess.
import Glibc
import Model
import Platform
import Status
import Testing

private let id = "019a8c5e-7d4f-7abc-8def-0123456789ab"

private func house(_ reading: ReadPolicy, publicURL: String = "") throws -> TestHouse {
    let tokens = Tokens("# who may\nanna correct-horse\n\nbattery-staple\nodd one out\n", key: "of the tests")
    #expect(tokens.badLines == [5])
    return try TestHouse(
        door: Door(reading: reading, tokens: tokens, hosts: HostNames(publicURL: publicURL)))
}

private func code(_ house: TestHouse, _ target: String, _ options: String = "") -> String {
    curl(house, target, "-o /dev/null -w '%{http_code}' \(options)")
}

@Suite(.serialized) struct DoorTests {
    @Test(arguments: ReadPolicy.allCases) func readingFollowsThePolicy(_ reading: ReadPolicy) throws {
        let house = try house(reading)
        defer { house.stop() }
        let here = reading == .token ? "401" : "200"
        #expect(code(house, "/v1/status") == here)
        #expect(code(house, "/metrics") == here)
        #expect(code(house, "/v1/status", "-H 'Authorization: Bearer correct-horse'") == "200")
        // Behind a proxy stands somebody else.
        for header in [
            "X-Forwarded-For: 192.0.2.7", "Forwarded: for=192.0.2.7", "Via: 1.1 x", "X-Real-IP: ::1",
        ] {
            #expect(
                code(house, "/v1/status", "-H '\(header)'") == (reading == .open ? "200" : "401"), "\(header)")
        }
        #expect(code(house, "/healthz") == "200")
        #expect(code(house, "/v1/session") == "200")
        let session = curl(house, "/v1/session")
        #expect(session.contains("\"may_read\":\(reading != .token)"))
        #expect(session.contains("\"may_change\":false") && session.contains("\"has_tokens\":true"))
    }

    @Test func changingNeedsATokenEvenHere() throws {
        let house = try house(.open)
        defer { house.stop() }
        let refused = curl(house, "/v1/assets/\(id)", "-i -X DELETE")
        #expect(refused.contains("401 Unauthorized") && refused.contains("\"code\":\"token-needed\""))
        #expect(refused.contains("WWW-Authenticate: Bearer"))
        for target in ["/v1/assets/\(id)/retry", "/v1/verify", "/v1/snapshot", "/v1/assets/\(id)/heal"] {
            #expect(code(house, target, "-X POST") == "401", "\(target)")
        }
        // The plan of a backup names folders outside the library.
        #expect(code(house, "/v1/backup") == "401")
        let delete = { (token: String) in
            curl(house, "/v1/assets/\(id)", "-X DELETE -H 'Authorization: Bearer \(token)'")
        }
        #expect(delete("correct-horse") == "\(id) by anna")
        #expect(delete("battery-staple") == "\(id) by token")
        // Another program's scheme is no token.
        #expect(code(house, "/v1/status", "-H 'Authorization: Basic YTpi'") == "200")
    }

    @Test func wrongTokensAreSlowedDownAndNeverLockedOut() throws {
        let house = try house(.open)
        defer { house.stop() }
        let began = now_ms()
        let wrong = curl(house, "/v1/status", "-H 'Authorization: Bearer wrong'")
        #expect(wrong.contains("\"code\":\"wrong-token\"") && now_ms() - began >= 900)
        #expect(code(house, "/v1/session", "-d '{\"token\":\"wrong\"}'") == "401")
        // Neither is the question who one is a way to guess, nor are cookies, which nobody can make of a token.
        #expect(code(house, "/v1/session", "-H 'Authorization: Bearer wrong'") == "401")
        let guessing = (0..<3).map { _ in TCPClient(house.port) }
        for client in guessing { client.get("/v1/status", "Authorization: Bearer x\r\n") }
        // Who knows it does not wait behind those who guess.
        #expect(code(house, "/v1/status", "-H 'Authorization: Bearer correct-horse'") == "200")
        let now = now_ms()
        for client in guessing { #expect(client.read(until: "right.").contains("401")) }
        #expect(now_ms() - now >= 1500)
    }

    @Test func aTokenBecomesACookie() throws {
        let house = try house(.token)
        defer { house.stop() }
        let opened = curl(house, "/v1/session", "-i -d '{\"token\":\"correct-horse\"}'")
        #expect(opened.contains("204 No Content"))
        let cookie =
            opened.split(separator: "\r\n").first { $0.hasPrefix("Set-Cookie: ") }.map(String.init) ?? ""
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Secure"))
        #expect(!cookie.contains("correct-horse"))
        let value = cookie.dropFirst("Set-Cookie: ".count).prefix { $0 != ";" }
        let with = { (more: String) in code(house, "/v1/assets/\(id)/retry", "-X POST -b '\(value)' \(more)") }
        #expect(with("") == "200")
        #expect(curl(house, "/v1/session", "-b '\(value)'").contains("\"name\":\"anna\""))
        #expect(with("-H 'Origin: http://127.0.0.1:\(house.port)'") == "200")
        // A page of another port of this machine is another's.
        #expect(with("-H 'Origin: http://127.0.0.1:1'") == "403")
        #expect(with("-H 'Origin: null'") == "403")
        #expect(code(house, "/v1/status", "-b 'flipd=0123'") == "401")
        #expect(curl(house, "/v1/session", "-i -X DELETE").contains("flipd=; Path=/; Max-Age=0"))
        for bad in ["", "{}", "[]", "{\"token\":1}"] {
            #expect(code(house, "/v1/session", "-d '\(bad)' -X POST") == "400", "\(bad)")
        }
    }

    @Test func onlyItsOwnNamesMeanFlipd() throws {
        let house = try house(.open, publicURL: "https://Archive.example:444/flipd")
        defer { house.stop() }
        let own = Host.name
        for host in [
            "localhost", "LOCALHOST:9", "127.0.0.1:8420", "127.1.2.3", "[::1]:8420", "x.localhost", own,
            "\(own).local",
            "archive.example", "archive.example.:1",
        ] {
            #expect(code(house, "/v1/status", "-H 'Host: \(host)'") == "200", "\(host)")
        }
        for host in [
            "evil.example", "192.0.2.7", "127.0.0.1.evil.example", "localhost.evil.example", "[::1", "_",
        ] {
            #expect(code(house, "/v1/status", "-H 'Host: \(host)'") == "421", "\(host)")
            #expect(code(house, "/healthz", "-H 'Host: \(host)'") == "200", "\(host)")
        }
    }

    @Test func whoComesByTheNameOfAProxyComesThroughOne() throws {
        let house = try house(.local, publicURL: "https://archive.example")
        defer { house.stop() }
        #expect(code(house, "/v1/status", "-H 'Host: archive.example'") == "401")
        #expect(code(house, "/v1/status", "-H 'Host: localhost'") == "200")
    }

    @Test func aRevokedTokenLosesItsLiveStream() throws {
        let house = try house(.token)
        defer { house.stop() }
        let client = TCPClient(house.port)
        client.get("/v1/events", "Authorization: Bearer correct-horse\r\n")
        #expect(client.read(until: ":\n\n").contains("200 OK"))
        house.order { server in
            server.door = Door(reading: .token, tokens: .none, hosts: HostNames(publicURL: ""))
            server.endStreams()
        }
        #expect(!client.read(until: "\u{0}never").contains("data"))
    }

    @Test func whatCanBeReadInTwoWaysIsRefused() throws {
        let house = try house(.open)
        defer { house.stop() }
        for header in ["Host: evil.example\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"] {
            let client = TCPClient(house.port)
            client.get("/v1/status", header)
            #expect(client.read(until: "two ways").contains("400 Bad Request"), "\(header)")
        }
    }

    @Test func thePageIsServedUnderAStrictPolicy() throws {
        let house = try house(.token)
        defer { house.stop() }
        #expect(curl(house, "/", "-i").contains("The page is not installed"))
        mkdir(house.folder + "/web", 0o755)
        for (name, text) in [("index.html", "<!doctype html>"), ("page.js", "1"), ("notes.txt", "secret")] {
            let file = try #require(fopen("\(house.folder)/web/\(name)", "w"))
            fputs(text, file)
            fclose(file)
        }
        let page = curl(house, "/?wall", "-i")
        #expect(page.contains("200 OK") && page.hasSuffix("<!doctype html>"))
        #expect(page.contains("Content-Security-Policy: default-src 'none'; script-src 'self';"))
        #expect(curl(house, "/page/page.js", "-i").contains("text/javascript"))
        #expect(code(house, "/page/notes.txt") == "404")
        #expect(code(house, "/page/..%2f..%2fetc%2fpasswd") == "404")
        #expect(code(house, "/", "-X POST") == "405")
        let tag = page.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6) ?? ""
        #expect(curl(house, "/", "-i -H 'If-None-Match: \(tag)'").contains("304 Not Modified"))
    }

    @Test func metricsAreWhatPrometheusReads() throws {
        let house = try house(.local)
        defer { house.stop() }
        let text = curl(house, "/metrics", "-i")
        #expect(text.contains("Content-Type: text/plain; version=0.0.4"))
        for line in [
            "flipd_assets{state=\"ready\"} 3", "flipd_needs_you_files 2", "flipd_health{state=\"degraded\"} 1",
            "flipd_job_seconds_bucket{le=\"+Inf\",stage=\"preview\"} 0",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(
            popen("curl -s http://127.0.0.1:\(house.port)/metrics | promtool check metrics 2>&1", "r").map {
                output in
                defer { pclose(output) }
                var buffer = [CChar](repeating: 0, count: 4096)
                let count = fread(&buffer, 1, buffer.count, output)
                return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            } == "")
    }
}

/// The same as `RawClient`, over TCP.
private final class TCPClient {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)

    init(_ port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(result == 0, "connect")
        var patience = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(fd) }

    func get(_ target: String, _ more: String = "") {
        let bytes = Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(more)\r\n".utf8)
        _ = Glibc.send(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    func read(until text: String) -> String {
        var got: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: got, as: UTF8.self).contains(text) {
            let count = recv(fd, &buffer, buffer.count, 0)
            if count <= 0 { break }
            got += buffer[..<count]
        }
        return String(decoding: got, as: UTF8.self)
    }
}
