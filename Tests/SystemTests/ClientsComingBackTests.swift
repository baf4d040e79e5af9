// A client that is killed in mid-upload: when it comes back its file is whole, and when it does not, what is there is handed
// back.
import Foundation
import Testing

@Suite(.serialized, .seated) struct ClientsComingBackTests {
    @Test func an_rsync_that_is_killed_comes_back() throws {
        let flipd = try Flipd(["--set", "Intake.Patience=10min"])
        let modes = [
            "default": [], "partial": ["--partial"], "inplace": ["--inplace"],
            "append": ["--partial", "--append-verify"],
        ]
        func rsync(_ mode: String, _ more: String...) throws -> Client {
            let places = [flipd.sent.path + "/\(mode).mp4", flipd.incoming.path]
            return try Client(
                Machine.asOrdinaryUser + ["rsync", "-a"] + (modes[mode] ?? []) + more + places)
        }
        var clients: [Client] = []
        for mode in modes.keys {
            try flipd.video("\(mode).mp4", megabytes: 12)
            clients.append(try rsync(mode, "--bwlimit=2000"))
        }
        try flipd.waitUntil("some of each is there") { try flipd.arrived() > 8 << 20 }
        for client in clients { client.kill() }
        // Only a client that was asked to leaves what it had.
        try flipd.waitUntil("their other halves have noticed") {
            try flipd.files(below: "incoming").sorted() == ["append.mp4", "inplace.mp4", "partial.mp4"]
        }
        try flipd.expectNothingTaken("their ends are missing")
        for mode in modes.keys { try rsync(mode).succeeds() }
        try flipd.expectTaken(flipd.inSent("default.mp4", "partial.mp4", "inplace.mp4", "append.mp4"))
    }

    @Test func an_upload_that_never_comes_back_is_handed_back() throws {
        let flipd = try Flipd(["--set", "Intake.Patience=6s"])
        let source = try flipd.video("a.mp4", megabytes: 16)
        let client = try Client(
            Machine.asOrdinaryUser + [
                "rsync", "-a", "--inplace", "--bwlimit=3000", source.path, flipd.incoming.path,
            ])
        try client.waits(for: 2 << 20, in: flipd)
        client.kill()
        try flipd.expectNothingTaken("it may come back")
        let half = try flipd.arrived()
        let asset = try flipd.asset("a.mp4", is: "failed")
        #expect((asset["problem"] as? [String: Any])?["code"] as? String == "truncated")
        let stump = flipd.incoming.path + "/Problems/a.mp4"
        try Machine.run(["cmp", "-n", "\(half)", stump, source.path])
        #expect(try Machine.run(["stat", "-c", "%s", stump]).output == "\(half)\n")

        // Should it come after all, nothing stands in its way.
        try Client(Machine.asOrdinaryUser + ["rsync", "-a", source.path, flipd.incoming.path]).succeeds()
        let whole = try flipd.asset("a.mp4", is: "ready")
        let original = flipd.library.path + "/\(whole["original"] ?? "")"
        #expect(FileManager.default.contentsEqual(atPath: original, andPath: source.path))
        #expect(try flipd.files(below: "incoming").sorted() == ["Problems/a.mp4", "Problems/a.mp4.txt"])
        #expect(try flipd.assets().count == 2)
    }
}
