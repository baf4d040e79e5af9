// `flipctl doctor`: well on a fresh archive, and each thing that goes wrong has its line, its remedy and its exit code.
import Foundation
import Testing

@Suite(.serialized, .seated) struct DoctorTests {
    private struct Diagnosis {
        let code: Int32
        let state: String
        let findings: [String: (level: String, text: String)]

        func level(_ name: String) -> String? { findings[name]?.level }
        func text(_ name: String) -> String { findings[name]?.text ?? "" }
    }

    private func examine(_ flipd: Flipd) throws -> Diagnosis {
        let result = try flipd.ctl("--json", "doctor")
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result)")
        var findings: [String: (String, String)] = [:]
        for finding in try #require(json["findings"] as? [[String: String]]) {
            findings[finding["name"] ?? ""] = (finding["level"] ?? "", finding["text"] ?? "")
        }
        return Diagnosis(code: result.status, state: json["state"] as? String ?? "", findings: findings)
    }

    /// What flipd itself can be blamed for: kernels differ.
    private static let ours = [
        "daemon", "configuration", "codecs", "folders", "room", "backup", "queue", "jobs", "last day", "damage",
        "page", "clock",
    ]

    @Test func a_fresh_archive_is_well() throws {
        let flipd = try Flipd()
        let found = try examine(flipd)
        for name in Self.ours { #expect(found.level(name) == "well", "\(name): \(found.text(name))") }
        #expect(found.text("codecs").contains("libx264") && found.text("codecs").contains("libavcodec"))
        #expect(found.text("one disk").contains("rename"))
        for name in ["sandbox", "filesystems", "watches", "leases"] { #expect(found.level(name) != nil) }
        let told = try flipd.ctl("doctor")
        #expect(told.status == found.code)
        #expect(told.output.contains("well      codecs        libx264"))
        // Colours are for terminals.
        #expect(!told.output.contains("\u{1B}"))
    }

    @Test func a_flipd_that_is_down_is_critical_and_the_rest_is_looked_at() throws {
        let flipd = try Flipd()
        try flipd.stop()
        let found = try examine(flipd)
        #expect(found.code == 2 && found.state == "critical")
        #expect(found.level("daemon") == "critical" && found.text("daemon").contains("systemctl start flipd"))
        for name in ["configuration", "codecs", "folders", "room", "clock", "page"] {
            #expect(found.level(name) == "well", "\(name): \(found.text(name))")
        }
        for name in ["queue", "jobs", "last day", "damage"] { #expect(found.level(name) == "unknown") }
        // The destination was only named on the command line of the one that was stopped.
        #expect(found.level("backup") == "warning")
    }

    @Test func a_line_that_is_not_understood_is_named() throws {
        let flipd = try Flipd(start: false)
        let folder = try Machine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("flipd.conf")
        try Data("[Intake]\nSettel=5s\n".utf8).write(to: file)
        let check = try Machine.run(
            [Machine.program("flipd"), "--config", file.path, "--check", "--json"], mustSucceed: false)
        #expect(check.status == 2 && check.errors.contains("flipd.conf:2"))
        let good = try Machine.run([Machine.program("flipd"), "--root", flipd.root.path, "--check", "--json"])
        let places = try #require(
            try JSONSerialization.jsonObject(with: Data(good.output.utf8)) as? [String: Any])
        #expect(places["incoming"] as? String == flipd.incoming.path)
        let alone = [Machine.program("flipd"), "--root", flipd.root.path, "--json"]
        #expect(try Machine.run(alone, mustSucceed: false).status == 2)
    }

    @Test func without_a_second_copy_it_is_a_warning() throws {
        let flipd = try Flipd(backedUp: false)
        try flipd.drop(Machine.tinyClip, as: "a.mov")
        _ = try flipd.asset("a.mov", is: "ready")
        let found = try examine(flipd)
        #expect(found.level("backup") == "warning" && found.text("backup").contains("Destination="))
        #expect(found.code == 1)
    }

    @Test func folders_that_may_not_be_used_are_critical() throws {
        let flipd = try Flipd()
        try Machine.run(["chmod", "555", flipd.incoming.path])
        let closed = try examine(flipd)
        #expect(closed.level("folders") == "critical" && closed.text("folders").contains("chown"))
        #expect(closed.code == 2)
        try Machine.run(["chmod", "755", flipd.incoming.path])
        try flipd.stop()
        try Machine.run(["mv", flipd.library.path, flipd.library.path + ".away"])
        let gone = try examine(flipd)
        #expect(gone.level("folders") == "critical" && gone.text("folders").contains("Connect its disk"))
    }

    @Test func what_is_damaged_is_critical_and_what_came_back_is_told() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "a.mov")
        let asset = try flipd.asset("a.mov", is: "ready")
        let id = try #require(asset["id"] as? String)
        let poster = flipd.library.path + "/\(asset["folder"] ?? "")/\(id)-poster.jpg"
        try Machine.run(["sh", "-c", "chmod u+w \"$0\" && printf x >> \"$0\"", poster])
        #expect(try flipd.ctl("verify", id).status == 1)
        for number in 1...3 {
            let write = ["sh", "-c", "echo words > \"$1\"", "sh", flipd.incoming.path + "/\(number).txt"]
            try Machine.run(Machine.asOrdinaryUser + write)
            _ = try flipd.asset("\(number).txt", is: "failed")
        }
        let found = try examine(flipd)
        #expect(found.level("damage") == "critical" && found.text("damage").contains("flipctl heal"))
        #expect(found.level("last day") == "warning" && found.text("last day").contains("3 handed back"))
        #expect(found.code == 2)
    }

    @Test func a_page_that_answers_is_well_and_one_that_does_not_is_a_warning() throws {
        let port = 20000 + Int(getpid() % 20000)
        let flipd = try Flipd(["--set", "Status.Listen=127.0.0.1:\(port)"])
        let found = try examine(flipd)
        #expect(found.level("page") == "well", "\(found.text("page"))")
        try flipd.stop()
        // Takes connections and never answers.
        let script = """
            import socket, sys, time
            taken = socket.create_server(("127.0.0.1", \(port)))
            sys.stdout.write("taken"); sys.stdout.flush(); time.sleep(600)
            """
        let blocker = try Client(["python3", "-c", script])
        try blocker.waitUntil("the port is taken", with: flipd) { blocker.output == "taken" }
        try flipd.start()
        let blocked = try examine(flipd)
        #expect(blocked.level("page") == "warning" && blocked.text("page").contains("Another program"))
        blocker.kill()
    }

    @Test(.enabled(if: Machine.isRoot, "only root can mount a small disk"))
    func a_disk_that_is_full_is_critical() throws {
        let flipd = try Flipd(start: false)
        let library = flipd.library.path
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", library])
        try Machine.run([
            "mount", "-t", "tmpfs", "-o", "size=24M,uid=65534,gid=65534,mode=755", "tmpfs", library,
        ])
        defer {
            flipd.kill()
            _ = try? Machine.run(["umount", "-l", library])
        }
        try flipd.start()
        let fresh = try examine(flipd)
        #expect(fresh.level("room") == "well", "\(fresh.text("room"))")
        #expect(fresh.level("one disk") == "warning" && fresh.text("one disk").contains("copied"))
        try Machine.run(["fallocate", "-l", "23M", library + "/.staging/filling"])
        let full = try examine(flipd)
        #expect(full.level("room") == "critical" && full.text("room").contains("Free some space"))
        #expect(full.code == 2)
    }

    @Test func another_version_than_what_is_installed_is_a_warning() throws {
        let flipd = try Flipd()
        var status = try flipd.status()
        status["version"] = "0.0.1"
        let answer = flipd.root.appendingPathComponent("answer.json")
        try JSONSerialization.data(withJSONObject: status).write(to: answer)
        try flipd.stop()
        // There is but one version to run, so that somebody else says what an older one would.
        let script = """
            import http.server, os, socketserver, sys
            class Old(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    body = open(sys.argv[2], "rb").read() if self.path == "/v1/status" else b"{}"
                    self.send_response(200 if self.path == "/v1/status" else 404)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                def address_string(self): return "here"
            server = socketserver.ThreadingUnixStreamServer(sys.argv[1], Old)
            os.chmod(sys.argv[1], 0o777)
            server.serve_forever()
            """
        let socket = flipd.root.path + "/run/status.sock"
        let old = try Client(["python3", "-c", script, socket, answer.path])
        try old.waitUntil("it answers", with: flipd) { try flipd.ctl("status").status == 0 }
        let found = try examine(flipd)
        #expect(found.level("daemon") == "warning" && found.text("daemon").contains("systemctl restart flipd"))
        old.kill()
    }
}
