// Folders that do not let flipd do what it wants, and a machine that tells it too late: nothing is doubled, nothing is
// silent, and everything goes on when people have mended it.
import Foundation
import Testing

@Suite(.serialized, .seatedAtOnce) struct StubbornTests {
    @Test(.enabled(if: Machine.isRoot, "only root can make files of others"))
    func in_a_sticky_folder_files_of_others_stay_and_are_named() throws {
        let flipd = try Flipd()
        try Machine.run(["sh", "-c", "chown 0 \(flipd.incoming.path) && chmod 1777 \(flipd.incoming.path)"])
        try flipd.drop(Machine.tinyClip, as: ".staged")
        let path = flipd.incoming.path
        try Machine.run(["sh", "-c", "chown 4711 \(path)/.staged && mv \(path)/.staged \(path)/theirs.mp4"])
        try flipd.drop(Machine.clip, as: "ours.mov")
        _ = try flipd.asset("ours.mov", is: "ready")
        // Nobody can be asked whether its owner still writes, so that it takes half a minute.
        try flipd.waitUntil("it is named") { try flipd.reasons(of: "unreadable").count == 1 }
        #expect(try flipd.reasons(of: "unreadable")[0].hasPrefix("theirs.mp4 stays where it is"))
        #expect(try flipd.assets().count == 1)
    }

    @Test(.enabled(if: Machine.isRoot, "only root can make folders of others"))
    func a_folder_that_may_be_listed_and_not_entered_is_told_of() throws {
        let flipd = try Flipd(start: false)
        try flipd.drop(Machine.tinyClip, as: "Loom/hidden.mp4")
        let folder = flipd.incoming.path + "/Loom"
        try Machine.run(["sh", "-c", "chown -R 4711 \(folder) && chmod 744 \(folder)"])
        try flipd.start()
        try flipd.waitUntil("it is named") { try flipd.reasons(of: "unreadable").count == 1 }
        #expect(try flipd.reasons(of: "unreadable")[0].hasPrefix("Loom stays where it is"))
    }

    @Test(.enabled(if: Machine.isRoot, "only root can take Problems away from flipd"))
    func while_Problems_is_closed_what_is_too_large_waits_and_comes_back_once() throws {
        let flipd = try Flipd(["--set", "Intake.MaxVideoSize=1K"], start: false)
        let problems = flipd.incoming.path + "/Problems"
        try Machine.run(["mkdir", "-p", problems])
        try Machine.run(["chown", "65534", flipd.incoming.path])
        try flipd.drop(Machine.tinyClip, as: "large.mp4")
        try flipd.start()
        try flipd.waitUntil("it is named") { try flipd.reasons(of: "unreadable").count == 1 }
        #expect(try flipd.assets().isEmpty)
        try Machine.run(["chown", "65534", problems])
        try Machine.run(["touch", flipd.incoming.path + "/large.mp4"])
        _ = try flipd.asset("large.mp4", is: "failed")
        #expect(try flipd.assets().count == 1)
        #expect(
            try flipd.files(below: "incoming").sorted() == ["Problems/large.mp4", "Problems/large.mp4.txt"])
    }

    @Test func a_twin_of_what_somebody_removed_from_the_trash_goes_its_own_way() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        let id = try #require(try flipd.asset("a.mp4", is: "ready")["id"] as? String)
        #expect(try flipd.ctl("delete", id).status == 0)
        try Machine.run([
            "sh", "-c", "chmod -R u+w \(flipd.library.path)/trash/* && rm -r \(flipd.library.path)/trash/*",
        ])
        let restored = try flipd.ctl("restore", id)
        #expect(restored.status == 1 && restored.errors.contains("a.mp4 is no longer in the trash."))
        try flipd.drop(Machine.tinyClip, as: "b.mp4")
        _ = try flipd.asset("b.mp4", is: "ready")
        #expect(try flipd.status()["state"] as? String == "ok")
    }

    @Test(.enabled(if: Machine.isRoot, "only root can take a folder away from flipd"))
    func a_deletion_that_failed_leaves_everything_as_it_was() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        let trash = flipd.library.path + "/trash"
        try Machine.run(["mkdir", trash])
        #expect(try flipd.ctl("delete", id).status == 1)
        let folder = flipd.library.path + "/\(asset["folder"] ?? "")"
        try flipd.waitUntil("it is closed again") {
            try Machine.run(["stat", "-c", "%a", folder]).output == "555\n"
        }
        _ = try flipd.asset("a.mp4", is: "ready")
        try Machine.run(["chown", "65534", trash])
        try flipd.waitUntil("it can be deleted") { try flipd.ctl("delete", id).status == 0 }
        #expect(!FileManager.default.fileExists(atPath: folder))
        #expect(flipd.log.components(separatedBy: "Moved a.mp4 to the trash").count == 2)
    }

    @Test func notes_of_files_that_were_taken_away_go_however_often_flipd_looks() throws {
        let flipd = try Flipd(["--set", "Intake.Rescan=1s"])
        try flipd.write("no video", as: "Loom/a.txt")
        try flipd.write("no video", as: "Loom/b.txt")
        for name in ["a.txt", "b.txt"] { _ = try flipd.asset(name, is: "failed") }
        try Machine.run(["rm", flipd.incoming.path + "/Problems/Loom/a.txt"])
        try flipd.waitUntil("its note has gone") {
            try flipd.files(below: "incoming/Problems").sorted() == ["Loom/b.txt", "Loom/b.txt.txt"]
        }
        #expect(try flipd.status()["needs_you"] as? Int == 1)
    }

    @Test func what_came_while_the_kernel_lost_events_is_found_at_once() throws {
        let flipd = try Flipd()
        kill(flipd.pid, SIGSTOP)
        // More events than the kernel keeps for us, about files that are none of ours, and then one that is.
        try Machine.run(
            Machine.asOrdinaryUser + [
                "bash", "-c",
                "cd \(flipd.incoming.path) && for ((i = 0; i < 9000; i++)); do echo x > .$i; done; rm .[0-9]*",
            ])
        try flipd.drop(Machine.tinyClip, as: "Loom/late.mp4")
        kill(flipd.pid, SIGCONT)
        // The next scan by the clock would be in five minutes.
        _ = try flipd.asset("late.mp4", is: "ready")
    }
}
