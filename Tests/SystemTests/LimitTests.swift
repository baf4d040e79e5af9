// What is asked before a file is read: how large it may be, and whether there is room for it.
import Foundation
import Testing

@Suite(.serialized, .seated) struct LimitTests {
    @Test func a_file_that_is_too_large_comes_back_unread_and_everything_else_goes_on() throws {
        let flipd = try Flipd(["--set", "Intake.MaxVideoSize=1M", "--set", "Intake.MaxPhotoSize=1K"])
        // More than any disk here holds: whoever reads or copies it never ends.
        let huge = flipd.incoming.path + "/Loom/huge.mp4"
        try flipd.drop(Machine.tinyClip, as: "Loom/huge.mp4")
        try Machine.run(Machine.asOrdinaryUser + ["truncate", "-s", "8T", huge])
        try flipd.write([0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 2000), as: "photo.mov")
        try flipd.drop(Machine.tinyClip, as: "good.mp4")
        _ = try flipd.asset("good.mp4", is: "ready")
        for name in ["huge.mp4", "photo.mov"] {
            let asset = try flipd.asset(name, is: "failed")
            #expect((asset["problem"] as? [String: Any])?["code"] as? String == "too-large")
            #expect(asset["sha256"] is NSNull && asset["original"] is NSNull)
        }
        let note = try String(
            contentsOfFile: flipd.incoming.path + "/Problems/Loom/huge.mp4.txt", encoding: .utf8)
        #expect(note.contains("It has 8.8 TB; a video may have 1.0 MB at most."))
        #expect(try flipd.files(below: "library/originals").count == 1)
        #expect(try flipd.status()["state"] as? String == "ok")

        let id = try #require(try flipd.asset("huge.mp4", is: "failed")["id"] as? String)
        #expect(try flipd.ctl("retry", id).status == 0)
        try flipd.waitUntil("it came back") { try flipd.assets("?state=failed&name=huge").count == 2 }
        #expect(try flipd.files(below: "incoming/Problems").count == 4)
    }

    @Test(.enabled(if: Machine.isRoot, "only root can mount a small disk"))
    func with_too_little_room_the_intake_waits_says_so_and_goes_on() throws {
        let flipd = try Flipd(start: false)
        let library = flipd.library.path
        try Machine.run(["mkdir", library])
        try Machine.run([
            "mount", "-t", "tmpfs", "-o", "size=24M,uid=65534,gid=65534,mode=755", "tmpfs", library,
        ])
        defer {
            flipd.kill()
            _ = try? Machine.run(["umount", "-l", library])
        }
        try flipd.start()
        // As much as leaves room for a tiny clip and not for two megabytes.
        try Machine.run(["sh", "-c", "head -c 22M /dev/zero > \(library)/filler"])
        try flipd.write(
            try Data(contentsOf: Machine.tinyClip) + [0, 0x1E, 0x84, 0x80] + Data("free".utf8)
                + Data(count: 2_000_000 - 8), as: "Loom/large.mp4")
        try flipd.waitUntil("it says so") { try flipd.reasons(of: "disk-full").count == 1 }
        let reason = try #require(try flipd.reasons(of: "disk-full").first)
        #expect(reason.hasPrefix("The intake waits: Loom/large.mp4 needs 3.9 MB on the archive's disk, and "))
        let status = try flipd.status()
        #expect(status["state"] as? String == "degraded" && status["waiting"] as? Int == 1)
        #expect(try flipd.assets().isEmpty)
        // What does not need much goes on.
        try flipd.drop(Machine.tinyClip, as: "small.mp4")
        _ = try flipd.asset("small.mp4", is: "ready")

        try Machine.run(["rm", "\(library)/filler"])
        _ = try flipd.asset("large.mp4", is: "ready")
        #expect(try flipd.status()["state"] as? String == "ok")
        #expect(flipd.log.components(separatedBy: "The intake waits").count == 2, "it is said once")
        #expect(flipd.log.contains("No file waits for room any more"))
    }

    @Test(.enabled(if: Machine.isRoot, "only root can mount a small disk"))
    func a_file_that_waited_for_room_and_is_taken_away_is_forgotten() throws {
        let flipd = try Flipd(start: false)
        let library = flipd.library.path
        try Machine.run(["mkdir", library])
        try Machine.run([
            "mount", "-t", "tmpfs", "-o", "size=1M,uid=65534,gid=65534,mode=755", "tmpfs", library,
        ])
        defer {
            flipd.kill()
            _ = try? Machine.run(["umount", "-l", library])
        }
        try flipd.start()
        try flipd.drop(Machine.longClip, as: "large.mp4")
        try flipd.waitUntil("it waits") { try flipd.reasons(of: "disk-full").count == 1 }
        try Machine.run(["rm", flipd.incoming.path + "/large.mp4"])
        try flipd.waitUntil("it is forgotten") { try flipd.reasons(of: "disk-full").isEmpty }
        #expect(try flipd.status()["waiting"] as? Int == 0)
    }
}
