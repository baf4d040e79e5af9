// The webhook, as it comes to a real HTTP server: each file that ends is told once, in JSON.
import Foundation
import Testing

@Suite(.serialized, .seated) struct WebhookTests {
    private static let script = """
        import http.server, os, sys, time
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with open("%s/%d.new" % (sys.argv[1], time.time_ns()), "wb") as file:
                    file.write(self.headers["Content-Type"].encode() + b"\\n" + body)
                os.rename(file.name, file.name[:-4] + ".post")
                self.send_response(204)
                self.end_headers()
            def log_message(self, *words): pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        with open(sys.argv[1] + "/port.new", "w") as file: file.write(str(server.server_port))
        os.rename(file.name, file.name[:-4])
        server.serve_forever()
        """

    @Test func each_end_is_told_once() throws {
        let folder = try Machine.folder()
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        server.arguments = ["-c", Self.script, folder.path]
        try server.run()
        defer {
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
            try? FileManager.default.removeItem(at: folder)
        }
        let file = folder.appendingPathComponent("port")
        let end = Date() + 30
        while server.isRunning, Date() < end, !FileManager.default.fileExists(atPath: file.path) {
            usleep(20_000)
        }
        let port = try String(contentsOf: file, encoding: .utf8)

        let flipd = try Flipd(["--set", "Notify.Url=http://127.0.0.1:\(port)/hook"])
        try flipd.drop(Machine.threeFrames, as: "Loom/a.mp4")
        let ready = try flipd.asset("a.mp4", is: "ready")
        try flipd.drop(Machine.threeFrames, as: "b.mp4")
        try flipd.write("no video", as: "c.txt")
        var told: [[String: Any]] = []
        try flipd.waitUntil("three are told") {
            let posts = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0.hasSuffix(".post")
            }
            told = try posts.sorted().map { name in
                let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
                let lines = text.split(separator: "\n", maxSplits: 1)
                #expect(lines.first == "application/json")
                let json = try JSONSerialization.jsonObject(with: Data((lines.last ?? "").utf8))
                return try #require(json as? [String: Any])
            }
            return told.count >= 3
        }
        func asset(_ event: String) -> [String: Any]? {
            told.first { $0["event"] as? String == event }?["asset"] as? [String: Any]
        }
        #expect(Set(told.compactMap { $0["event"] as? String }) == ["ready", "duplicate", "failed"])
        #expect(told.count == 3)
        #expect(asset("ready")?["id"] as? String == ready["id"] as? String)
        #expect(asset("ready")?["folder"] as? String == ready["folder"] as? String)
        #expect(asset("duplicate")?["duplicate_of"] as? String == ready["id"] as? String)
        #expect((asset("failed")?["problem"] as? [String: String])?["code"] == "not-media")
    }
}
