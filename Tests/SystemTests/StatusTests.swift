// What the status socket and flipctl say, asked with real clients.
import Foundation
import Testing

@Suite(.serialized, .seated) struct StatusTests {
    @Test func the_status_has_every_key_that_the_interface_promises() throws {
        let flipd = try Flipd()
        let status = try flipd.status()
        let keys = [
            "version", "summary", "state", "reasons", "uptime", "counts", "kinds", "last_24h", "waiting",
            "needs_you",
            "intake", "queue", "jobs",
            "storage", "last",
        ]
        #expect(Set(status.keys) == Set(keys))
        let counts = try #require(status["counts"] as? [String: Int])
        #expect(
            Set(counts.keys) == ["pending", "processing", "ready", "failed", "duplicate", "deleted", "purged"])
        let kinds = try #require(status["kinds"] as? [String: [String: Any]])
        #expect(Set(kinds.keys) == ["video", "photo"])
        #expect(
            Set(try #require(status["last"] as? [String: Any]).keys) == [
                "scan", "published", "snapshot", "verify", "backup",
            ])
    }

    @Test func media_is_served_with_ranges_and_previews_redirect_to_it() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "a.mov")
        let asset = try flipd.asset("a.mov", is: "ready")
        let id = try #require(asset["id"] as? String)
        let path = "/\(asset["folder"] ?? "")/\(id).mp4"
        let file = try Data(contentsOf: URL(fileURLWithPath: flipd.library.path + path))
        let socket = flipd.root.path + "/run/status.sock"
        let copy = flipd.root.path + "/copy"
        func curl(_ arguments: String...) throws -> String {
            try Machine.run(
                ["curl", "-s", "-o", copy, "-w", "%{http_code} %{redirect_url}", "--unix-socket", socket]
                    + arguments
            )
            .output
        }
        #expect(try curl("http://flipd\(path)") == "200 ")
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == file)
        #expect(try curl("-r", "100-199", "http://flipd\(path)") == "206 ")
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == file[100..<200])
        #expect(try curl("-r", "-50", "http://flipd\(path)") == "206 ")
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == file.suffix(50))
        #expect(try curl("http://flipd/v1/assets/\(id)/main") == "302 http://flipd\(path)")
        #expect(try curl("--path-as-is", "http://flipd/media/../state/ledger.sqlite") == "404 ")
        #expect(try curl("http://flipd/v1/assets/\(id.prefix(20))") == "200 ")
        #expect(try curl("-X", "DELETE", "http://flipd/v1/status") == "405 ")
    }

    @Test func a_preview_can_be_seen_before_the_video_is_ready() throws {
        let flipd = try Flipd(["--set", "Video.Preset=medium", "--set", "Worker.Threads=1"])
        try flipd.drop(Machine.longClip, as: "long.mp4")
        try flipd.waitUntil("its transcode runs") { try flipd.isTranscoding() }
        let id = try #require(try flipd.assets().first?["id"] as? String)
        let answer = try Machine.run([
            "curl", "-s", "-D", "-", "-o", flipd.root.path + "/poster", "--unix-socket",
            flipd.root.path + "/run/status.sock", "http://flipd/v1/assets/\(id)/poster",
        ]).output
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        #expect(answer.lowercased().contains("cache-control: no-store"))
        #expect(
            try Data(contentsOf: flipd.root.appendingPathComponent("poster")).starts(with: [0xFF, 0xD8, 0xFF]))
    }

    @Test func the_list_is_filtered_and_paged_newest_first() throws {
        let flipd = try Flipd()
        for number in 1...5 { try flipd.write("text \(number)", as: "Box/\(number % 2)/file\(number).txt") }
        try flipd.drop(Machine.clip, as: "video.mov")
        _ = try flipd.asset("video.mov", is: "ready")
        try flipd.waitUntil("all five are back") { try flipd.assets("?state=failed").count == 5 }
        #expect(try flipd.assets("?collection=Box/1").count == 3)
        #expect(try flipd.assets("?collection=Box").count == 5)
        #expect(try flipd.assets("?kind=video").count == 1)
        #expect(try flipd.assets("?name=FILE2").count == 1)
        var seen: [String] = []
        var query = "?limit=2"
        while true {
            let page = try #require(try flipd.json("/v1/assets\(query)") as? [String: Any])
            seen += try #require(page["assets"] as? [[String: Any]]).compactMap { $0["id"] as? String }
            guard let next = page["next"] as? String else { break }
            query = "?limit=2&after=\(next)"
        }
        #expect(seen.count == 6)
        #expect(seen == seen.sorted(by: >))
    }

    @Test func flipctl_answers_and_its_exit_codes_are_as_documented() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "Loom/a.mov")
        let asset = try flipd.asset("a.mov", is: "ready")
        let id = try #require(asset["id"] as? String)
        let status = try flipd.ctl("status")
        #expect(status.status == 0 && status.output.contains("\nAll well.\n"))
        #expect(status.output.hasPrefix("1 video, "))
        #expect(try flipd.ctl("list").output.contains("Loom/a.mov"))
        #expect(try flipd.ctl("show", String(id.prefix(18))).output.contains(id))
        #expect(try flipd.ctl("find", "a.mov").status == 0)
        #expect(try flipd.ctl("find", "never.mov").status == 1)
        #expect(try flipd.ctl("show", "ffffffff-ffff").status == 1)
        #expect(try flipd.ctl("dance").status == 2)
        let json = try flipd.ctl("--json", "show", id).output
        #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
        try flipd.stop()
        #expect(try flipd.ctl("status").status == 3)
    }

    @Test func watch_tells_the_way_of_a_file_line_by_line() throws {
        let flipd = try Flipd()
        let watch = Process()
        watch.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        watch.arguments =
            Machine.asOrdinaryUser + [Machine.program("flipctl"), "--root", flipd.root.path, "watch"]
        let output = flipd.root.appendingPathComponent("watched")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        watch.standardOutput = try FileHandle(forWritingTo: output)
        try watch.run()
        try flipd.drop(Machine.clip, as: "a.mov")
        _ = try flipd.asset("a.mov", is: "ready")
        try flipd.waitUntil("watch tells it") {
            try String(contentsOf: output, encoding: .utf8).contains("a.mov")
                && String(contentsOf: output, encoding: .utf8).contains("published")
        }
        try flipd.stop()
        watch.waitUntilExit()
        #expect(watch.terminationStatus == 3)
    }
}
