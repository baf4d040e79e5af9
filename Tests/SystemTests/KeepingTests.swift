// How long things are kept: the trash runs out, originals go when they may, and what people write stays.
import Foundation
import Testing

@Suite(.serialized, .seated) struct KeepingTests {
    @Test func what_was_in_the_trash_long_enough_goes_for_good_and_its_row_stays() throws {
        let flipd = try Flipd(["--set", "Keep.Trash=2s"])
        try flipd.drop(Machine.tinyClip, as: "Loom/a.mp4")
        let id = try #require(try flipd.asset("a.mp4", is: "ready")["id"] as? String)
        let before = try #require(try flipd.json("/v1/assets/\(id)") as? [String: Any])
        #expect(try flipd.ctl("delete", id).status == 0)
        #expect(try flipd.ctl("show", id).output.contains("is in the trash until "))
        _ = try flipd.asset("a.mp4", is: "purged")
        #expect(try flipd.files(below: "library/trash").isEmpty)
        #expect(try flipd.files(below: "library/originals").isEmpty)
        #expect(try flipd.files(below: "library/.staging").isEmpty)
        let row = try #require(try flipd.json("/v1/assets/\(id)") as? [String: Any])
        for key in ["sha256", "duration", "source_name", "published_at", "received_at"] {
            #expect("\(row[key] ?? "-")" == "\(before[key] ?? "-")", "\(key)")
        }
        #expect(row["folder"] is NSNull && row["original"] is NSNull)
        let restored = try flipd.ctl("restore", id)
        #expect(restored.status == 1 && restored.errors.contains("a.mp4 is purged"))
        #expect(flipd.log.contains("Removed Loom/a.mp4 from the trash, for good."))
        // The same bytes are a new file now.
        try flipd.drop(Machine.tinyClip, as: "b.mp4")
        _ = try flipd.asset("b.mp4", is: "ready")
    }

    @Test func the_trash_runs_out_for_many_at_once_and_over_a_restart() throws {
        let flipd = try Flipd(["--set", "Keep.Trash=6s"])
        let clips = ["a.mp4", "b.mp4", "c.mp4"]
        let files = [Machine.tinyClip, Machine.smallClip, Machine.threeFrames]
        for (file, name) in zip(files, clips) { try flipd.drop(file, as: name) }
        let ids = try clips.map { try #require(try flipd.asset($0, is: "ready")["id"] as? String) }
        #expect(try flipd.ctl("delete", ids[0], ids[1]).status == 0)
        #expect(try flipd.ctl("restore", ids[1]).status == 0)
        #expect(try flipd.ctl("delete", ids[1], ids[2]).status == 0)
        try flipd.stop()
        #expect(try flipd.files(below: "library/trash").count == 15 || flipd.log.contains("for good"))
        Thread.sleep(forTimeInterval: 6)
        try flipd.start()
        for name in clips { _ = try flipd.asset(name, is: "purged") }
        #expect(try flipd.files(below: "library/trash").isEmpty)
    }

    @Test func without_a_backup_the_original_stays_however_old_it_is() throws {
        let flipd = try Flipd(["--set", "Keep.Originals=1s"], backedUp: false)
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        Thread.sleep(forTimeInterval: 3)
        #expect(try flipd.files(below: "library/originals").count == 1)
        let shown = try flipd.ctl("show", try #require(asset["id"] as? String)).output
        #expect(shown.contains("and longer while no backup has it"))
    }

    @Test(.enabled(if: Machine.has("rsync"), "rsync is not installed"))
    func the_original_goes_when_its_time_is_up_and_a_backup_has_it() throws {
        let flipd = try Flipd.withCopy()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        try flipd.stop()
        try flipd.start(["--set", "Keep.Originals=2s"])
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        let id = try #require(try flipd.asset("a.mp4", is: "ready")["id"] as? String)
        let original = try #require(try flipd.files(below: "library/originals").first)
        Thread.sleep(forTimeInterval: 3)
        #expect(try flipd.files(below: "library/originals").count == 1)
        let made = try flipd.ctl("backup", "--now")
        #expect(made.status == 0, "\(made.errors)")
        try flipd.waitUntil("the original is gone") { try flipd.files(below: "library/originals").isEmpty }
        #expect(try flipd.copied(below: "originals") == [original.replacing("library/originals/", with: "")])
        try flipd.waitUntil("the row says so") {
            try (flipd.json("/v1/assets/\(id)") as? [String: Any])?["original"] is NSNull
        }
    }

    @Test(.enabled(if: Machine.has("rsync"), "rsync is not installed"))
    func what_is_damaged_keeps_its_original_and_is_told_of() throws {
        let flipd = try Flipd.withCopy()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        try flipd.drop(Machine.smallClip, as: "b.mp4")
        let folder = try #require(try flipd.asset("b.mp4", is: "ready")["folder"] as? String)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        try flipd.stop()
        let thumb = "\(flipd.library.path)/\(folder)/*-thumb.jpg"
        try Machine.run(["sh", "-c", "chmod u+w \(thumb) && for f in \(thumb); do echo damaged >> $f; done"])
        try flipd.start(["--set", "Keep.Originals=1s"])
        try flipd.waitUntil("it is told of") { try flipd.status()["state"] as? String == "critical" }
        #expect(try flipd.files(below: "library/originals").count == 1)
    }

    @Test func where_none_are_kept_the_original_goes_as_soon_as_the_published_asset_was_verified() throws {
        let flipd = try Flipd(["--set", "Keep.Originals=none"])
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        try flipd.waitUntil("the original is gone") { try flipd.files(below: "library/originals").isEmpty }
        let id = try #require(asset["id"] as? String)
        try flipd.waitUntil("the row says so") {
            try (flipd.json("/v1/assets/\(id)") as? [String: Any])?["original"] is NSNull
        }
        #expect(try flipd.ctl("show", id).output.contains("the camera file is no longer kept here"))
        // The same file again is known still.
        try flipd.drop(Machine.tinyClip, as: "b.mp4")
        #expect(try flipd.asset("b.mp4", is: "duplicate")["duplicate_of"] as? String == id)
    }

    @Test func captions_and_collections_can_be_corrected_and_survive_the_ledger() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Lom/a.mp4")
        let id = try #require(try flipd.asset("a.mp4", is: "ready")["id"] as? String)
        func patch(_ body: String) throws -> Machine.Result {
            try Machine.run(
                Machine.asOrdinaryUser + [
                    "curl", "-s", "--unix-socket", flipd.root.path + "/run/status.sock", "-X", "PATCH", "-w",
                    "%{http_code}", "-d", body, "http://flipd/v1/assets/\(id)",
                ])
        }
        #expect(
            try patch(#"{"caption":"Zwei Männer am Webstuhl","collection":"Loom/1905"}"#).output.hasSuffix(
                "200"))
        #expect(try patch(#"{"collection":"../etc"}"#).output.hasSuffix("400"))
        #expect(try patch("{}").output.hasSuffix("400"))
        #expect(try flipd.assets("?collection=Loom").count == 1 && flipd.assets("?collection=Lom").isEmpty)
        let before = try #require(try flipd.json("/v1/assets/\(id)") as? NSDictionary)
        #expect(before["caption"] as? String == "Zwei Männer am Webstuhl")
        try flipd.stop()
        try flipd.start(["--rebuild"], waiting: false)
        #expect(flipd.waitForExit() == 0)
        try flipd.start()
        #expect(try #require(try flipd.json("/v1/assets/\(id)") as? NSDictionary) == before)
        #expect(try patch(#"{"caption":null,"collection":null}"#).output.hasSuffix("200"))
        let after = try #require(try flipd.json("/v1/assets/\(id)") as? [String: Any])
        #expect(after["caption"] is NSNull && after["collection"] as? String == "Lom")
    }
}

/// Killed in the middle of purging and of removing an original: the next start ends both, and nothing else goes.
@Suite(.serialized, .seated) struct KeepingCrashTests {
    private static let runsOut = ["--set", "Keep.Trash=1s", "--set", "Keep.Originals=none"]

    @Test(
        .enabled(if: Machine.mayAnswer, "this machine lets nobody answer for its system calls"),
        arguments: ["write", "pwrite", "rename", "unlink", "mkdir", "sync", "chmod"])
    func a_crash_while_things_go_for_good_loses_nothing_else(kind: String) throws {
        let model = try Flipd()
        try model.drop(Machine.threeFrames, as: "Loom/a.mp4")
        try model.drop(Machine.smallClip, as: "b.mp4")
        _ = try model.asset("a.mp4", is: "ready")
        let id = try #require(try model.asset("b.mp4", is: "ready")["id"] as? String)
        #expect(try model.ctl("delete", id).status == 0)
        try model.stop()
        var chance = Faults.Chance("keeping \(kind)")
        // The ledger writes a dozen times for each change, and one sync makes it count.
        let step = Faults.isWhole ? 1 : ["pwrite": 25, "sync": 6][kind] ?? 2
        var number = Faults.isWhole ? 1 : Int.random(in: 1...step, using: &chance)
        var hit = 0
        while try kill(at: number, kind, model) {
            number += step
            hit += 1
        }
        Faults.say("keeping was killed at \(hit) calls of \(kind)")
    }

    /// False when there is no call of that number any more.
    private func kill(at number: Int, _ kind: String, _ model: Flipd) throws -> Bool {
        let flipd = try Flipd(Self.runsOut, start: false)
        try Machine.run(Machine.asOrdinaryUser + ["cp", "-a", model.root.path + "/.", flipd.root.path])
        try flipd.start(
            under: [
                Machine.program("faults"), kind, "\(number)", "1", "kill",
                flipd.root.path + "/library:" + flipd.root.path + "/state", "/dev/null",
            ], waiting: false)
        try flipd.waitUntil("all is done, or it was killed") { !flipd.isRunning || isDone(flipd) }
        let isHit = !flipd.isRunning
        flipd.terminate()
        _ = flipd.waitForExit()
        try flipd.start()
        try flipd.waitUntil("it is brought to its end after \(kind) \(number)") { isDone(flipd) }
        let rows = flipd.rows.map { $0 as NSDictionary }
        try flipd.stop()
        try flipd.start(["--rebuild"], waiting: false)
        #expect(flipd.waitForExit() == 0)
        try flipd.start()
        #expect(flipd.rows.map { $0 as NSDictionary } == rows, "\(kind) \(number)")
        #expect(flipd.disorder() == [], "\(kind) \(number)")
        try flipd.stop()
        return isHit
    }

    private func isDone(_ flipd: Flipd) -> Bool {
        flipd.states == ["purged", "ready"] && flipd.rows.allSatisfy { $0["original"] is NSNull }
            && flipd.disorder().isEmpty
            && flipd.names(below: flipd.library.appendingPathComponent("trash")).isEmpty
    }
}
