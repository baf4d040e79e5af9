// flipd over TCP, as the page and scripts meet it: who may what, by name; ports that are taken; tokens that change.
import Foundation
import Testing

@Suite(.serialized, .seated) struct DoorTests {
    /// A file of tokens that the ordinary user may read.
    private func tokenFile(_ text: String) throws -> URL {
        let file = try Machine.folder().appendingPathComponent("tokens")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    private func curl(_ port: Int, _ target: String, _ options: String...) throws -> String {
        try Machine.run(
            ["curl", "-s", "-m", "20", "-i"] + options + ["http://127.0.0.1:\(port)\(target)"],
            mustSucceed: false
        ).output
    }

    @Test func who_changed_something_stands_in_its_history_for_ever() throws {
        let tokens = try tokenFile("anna correct-horse\n")
        let port = try Server.freePort()
        let flipd = try Flipd([
            "--set", "Status.Listen=127.0.0.1:\(port)", "--set", "Status.TokenFile=\(tokens.path)",
        ])
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        let id = try #require(try flipd.asset("a.mp4", is: "ready")["id"] as? String)
        let bearer = "Authorization: Bearer correct-horse"
        #expect(try curl(port, "/v1/assets/\(id)", "-X", "DELETE").contains("401"))
        #expect(
            try curl(port, "/v1/assets/\(id)", "-X", "DELETE", "-H", bearer).contains("\"state\":\"deleted\""))
        #expect(try curl(port, "/v1/assets/\(id)/restore", "-X", "POST", "-H", bearer).contains("\"ready\""))
        let caption = "{\"caption\":\"The loom\"}"
        #expect(
            try curl(port, "/v1/assets/\(id)", "-X", "PATCH", "-H", bearer, "-d", caption).contains("The loom"))
        let told = ["by anna", "by anna", "by anna: caption: The loom; collection: as it was dropped"]
        #expect(try details(of: id, in: flipd) == told)
        try flipd.stop()
        try Machine.run(
            Machine.asOrdinaryUser + [Machine.program("flipd"), "--root", flipd.root.path, "--rebuild"])
        try flipd.start()
        #expect(try details(of: id, in: flipd) == told)
    }

    private func details(of id: String, in flipd: Flipd) throws -> [String] {
        let asset = try #require(try flipd.json("/v1/assets/\(id)") as? [String: Any])
        let events = try #require(asset["events"] as? [[String: Any]])
        return events.compactMap { $0["detail"] as? String }.filter { $0.hasPrefix("by ") }
    }

    /// An address of this machine that is not loopback.
    private static let ownAddress: String? = {
        let all = try? Machine.run(["hostname", "-I"], mustSucceed: false).output
        return all?.split(whereSeparator: \.isWhitespace).map(String.init).first { !$0.contains(":") }
    }()

    @Test(.enabled(if: ownAddress != nil, "this machine has no address but loopback"))
    func the_network_reaches_it_by_the_machines_own_address() throws {
        let own = try #require(Self.ownAddress)
        let port = try Server.freePort()
        let flipd = try Flipd(["--set", "Status.Listen=0.0.0.0:\(port)"])
        let status = "http://\(own):\(port)/v1/status"
        func code(_ options: String...) throws -> String {
            let words = ["curl", "-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}"] + options
            return try Machine.run(words + [status]).output
        }
        // Known by it, and a stranger who comes through the network.
        #expect(try code() == "401")
        #expect(try code("-H", "Host: 203.0.113.9") == "421")
        #expect(flipd.isRunning)
    }

    @Test func without_its_port_flipd_works_and_says_so() throws {
        let port = try Server.freePort()
        let other = try Client(["python3", "-m", "http.server", "--bind", "127.0.0.1", "\(port)"])
        let listening = { try curl(port, "/").contains("200 OK") }
        while try !listening() { usleep(50_000) }
        let flipd = try Flipd(["--set", "Status.Listen=127.0.0.1:\(port)"])
        let status = try flipd.status()
        #expect(status["state"] as? String == "degraded")
        let reasons = try #require(status["reasons"] as? [[String: String]])
        #expect(reasons.first?["code"] == "page")
        #expect(reasons.first?["text"]?.contains("127.0.0.1:\(port)") == true)
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        _ = try flipd.asset("a.mp4", is: "ready")
        other.kill()
        try flipd.waitUntil("the page is shown", within: 60) {
            try curl(port, "/healthz").contains("200 OK")
        }
        #expect(try flipd.status()["state"] as? String == "ok")
    }

    @Test func as_many_clients_as_there_may_be_keep_no_file_from_coming_in() throws {
        let port = try Server.freePort()
        let flipd = try Flipd(["--set", "Status.Listen=127.0.0.1:\(port)"], start: false)
        // As many open files as a service begins with, and as it may have.
        try flipd.start(under: ["prlimit", "--nofile=1024:"])
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        let folder = try #require(try flipd.asset("a.mp4", is: "ready")["folder"] as? String)
        let id = folder.split(separator: "/").last.map(String.init) ?? ""
        // Large enough that it stays open for each of them.
        let place = flipd.library.appendingPathComponent(folder).path
        try Machine.run(["chmod", "u+w", place])
        try Machine.run(["truncate", "-s", "20M", "\(place)/\(id)-large.mp4"])
        // Whatever they ask for, they never read it; and there are more of them than flipd has places for.
        let script = """
            import socket, sys, time
            held = []
            for _ in range(700):
                client = socket.socket()
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                client.connect(("127.0.0.1", \(port)))
                client.setblocking(False)
                client.send(b"GET /\(folder)/\(id)-large.mp4 HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
                held.append(client)
            sys.stderr.write("held\\n")
            time.sleep(120)
            """
        let clients = try Client(["python3", "-c", script])
        try clients.waitUntil("they hold on", with: flipd) { clients.output.contains("held") }
        try flipd.drop(Machine.otherClip, as: "b.mp4")
        _ = try flipd.asset("b.mp4", is: "ready")
        #expect(!flipd.log.contains("Too many open files"))
        clients.kill()
        try flipd.waitUntil("others are served again") { try curl(port, "/healthz").contains("200 OK") }
    }

    @Test func a_reload_reads_the_tokens_again() throws {
        let tokens = try tokenFile("anna first\n")
        let port = try Server.freePort()
        let flipd = try Flipd([
            "--set", "Status.Listen=127.0.0.1:\(port)", "--set", "Status.TokenFile=\(tokens.path)", "--set",
            "Status.Read=token",
        ])
        func code(_ token: String) throws -> Bool {
            try curl(port, "/v1/status", "-H", "Authorization: Bearer \(token)").contains("200 OK")
        }
        #expect(try code("first"))
        try "anna second\n".write(to: tokens, atomically: true, encoding: .utf8)
        kill(flipd.pid, SIGHUP)
        try flipd.waitUntil("the new token is right") { try code("second") }
        #expect(try !code("first"))
        try "one two three\n".write(to: tokens, atomically: true, encoding: .utf8)
        kill(flipd.pid, SIGHUP)
        try flipd.waitUntil("the mistake is told") {
            try flipd.ctl("status").output.contains("Line 1 of TokenFile= in [Status] is no name and its token")
        }
    }

    @Test func below_a_root_there_is_no_port_unless_asked_for() throws {
        let flipd = try Flipd()
        let sockets = try Machine.run(["ss", "-ltnp"]).output
        #expect(!sockets.contains("pid=\(flipd.pid),"))
    }
}
