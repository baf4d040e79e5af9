// How the drop folder is followed where the kernel does not tell of everything, or of nothing.
import Foundation
import Testing

@Suite(.serialized, .seatedAtOnce) struct WatchingTests {
    @Test(.enabled(if: Machine.isRoot, "only root can give a process a limit of watches of its own"))
    func where_no_more_folders_can_be_watched_they_are_looked_through() throws {
        let flipd = try Flipd(start: false)
        for number in 0..<6 { try flipd.drop(Machine.tinyClip, as: "Box \(number)/.keep") }
        // In a user namespace of its own, with room for three watches.
        try flipd.start(
            under: [
                "unshare", "--user", "--map-root-user", "sh", "-c",
                "echo 3 > /proc/sys/user/max_inotify_watches && exec \"$@\"", "sh",
            ])
        try flipd.waitUntil("it says so") { try flipd.reasons(of: "drop-folder").count == 1 }
        #expect(try flipd.reasons(of: "drop-folder")[0].contains("fs.inotify.max_user_watches"))
        #expect(try flipd.intakeWay() == "scanning")
        try flipd.drop(Machine.tinyClip, as: "Box 5/unheard.mp4")
        _ = try flipd.asset("unheard.mp4", is: "ready")
        try flipd.waitUntil("it has looked again") { flipd.log.contains("Published") }
        #expect(flipd.log.components(separatedBy: "max_user_watches").count == 2, "it is said once")
    }

    @Test(
        .enabled(
            if: Machine.isRoot && Machine.has("bindfs") && FileManager.default.fileExists(atPath: "/dev/fuse"),
            "bindfs and /dev/fuse are needed, and root to mount with"))
    func a_filesystem_that_hides_what_others_write_is_looked_through() throws {
        let flipd = try Flipd(start: false)
        let behind = flipd.root.appendingPathComponent("behind").path
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", behind, flipd.incoming.path])
        let bindfs = Process()
        bindfs.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        bindfs.arguments = ["bindfs", "-f", "-o", "allow_other", behind, flipd.incoming.path]
        try bindfs.run()
        defer {
            // As long as flipd watches it, it is not let go.
            flipd.kill()
            _ = try? Machine.run(["umount", "-l", flipd.incoming.path])
            bindfs.waitUntilExit()
        }
        try flipd.waitUntil("it is mounted") {
            try Machine.run(["mountpoint", "-q", flipd.incoming.path], mustSucceed: false).status == 0
        }
        try flipd.start()
        #expect(try flipd.intakeWay() == "scanning")
        #expect(try flipd.status()["state"] as? String == "ok", "this is no trouble")
        // Behind the mount, as another machine would write to a server: no event tells of it.
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "\(behind)/Loom"])
        try Machine.run(Machine.asOrdinaryUser + ["cp", Machine.tinyClip.path, "\(behind)/Loom/remote.mp4"])
        try flipd.write("no video", as: "bad.txt")
        _ = try flipd.asset("remote.mp4", is: "ready")
        _ = try flipd.asset("bad.txt", is: "failed")
        let left = try flipd.files(below: "behind").sorted()
        #expect(left == ["Problems/bad.txt", "Problems/bad.txt.txt"])
        #expect(try flipd.status()["intake"] as? [String: Any] != nil)
    }

    @Test(.enabled(if: Machine.isRoot, "only root can mount"))
    func a_disk_that_is_unplugged_and_comes_back_is_followed_again() throws {
        let flipd = try Flipd(start: false)
        let incoming = flipd.incoming.path
        let image = flipd.root.appendingPathComponent("disk").path
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", incoming])
        try Machine.run(["sh", "-c", "truncate -s 32M \(image) && mkfs.ext4 -q \(image)"])
        func plugIn() throws {
            try Machine.run(["mount", "-o", "loop", image, incoming])
            try Machine.run(["chown", "65534:65534", incoming])
        }
        try plugIn()
        defer { _ = try? Machine.run(["umount", "-l", incoming]) }
        try flipd.start()
        try flipd.drop(Machine.tinyClip, as: "one.mp4")
        _ = try flipd.asset("one.mp4", is: "ready")

        try Machine.run(["umount", "-l", incoming])
        try flipd.write("x", as: "beneath.txt")
        try plugIn()
        // With a rescan every five minutes only an event can tell of this one in time.
        try flipd.write("no video", as: "Loom/two.txt")
        _ = try flipd.asset("two.txt", is: "failed", within: 30)
        #expect(try flipd.intakeWay() == "events")
    }

    @Test func a_drop_folder_that_is_renamed_away_is_missed_and_taken_up_again() throws {
        let flipd = try Flipd()
        let away = flipd.root.appendingPathComponent("away").path
        try Machine.run(["mv", flipd.incoming.path, away])
        try flipd.waitUntil("it is missed") { try flipd.reasons(of: "drop-folder").count == 1 }
        #expect(try flipd.status()["state"] as? String == "degraded")
        try Machine.run(["mv", away, flipd.incoming.path])
        try flipd.drop(Machine.tinyClip, as: "back.mp4")
        _ = try flipd.asset("back.mp4", is: "ready")
        #expect(try flipd.status()["state"] as? String == "ok")
    }
}

extension Flipd {
    func reasons(of code: String) throws -> [String] {
        let reasons = try status()["reasons"] as? [[String: Any]] ?? []
        return reasons.filter { $0["code"] as? String == code }.compactMap { $0["text"] as? String }
    }

    fileprivate func intakeWay() throws -> String? {
        (try status()["intake"] as? [String: Any])?["way"] as? String
    }
}
