// The second copy: made while flipd works, by disk and by ssh, and nothing that goes wrong harms what is there.
import Foundation
import Testing

@Suite(.serialized, .seated, .enabled(if: Machine.has("rsync"), "rsync is not installed")) struct BackupTests {
    private static let noCopy = "No second copy exists"

    private func reasons(_ flipd: Flipd) throws -> [String] {
        (try flipd.status()["reasons"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
    }

    private func report(_ flipd: Flipd) throws -> [String: Any] {
        let data = try Data(contentsOf: flipd.root.appendingPathComponent("state/backup.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    // MARK: What the status says

    @Test func an_archive_with_something_in_it_wants_a_second_copy() throws {
        let flipd = try Flipd(backedUp: false)
        #expect(try flipd.status()["state"] as? String == "ok")
        try flipd.write("no video", as: "a.txt")
        _ = try flipd.asset("a.txt", is: "failed")
        #expect(try flipd.status()["state"] as? String == "ok", "what was handed back is not in the archive")
        try flipd.drop(Machine.threeFrames, as: "b.mp4")
        _ = try flipd.asset("b.mp4", is: "ready")
        #expect(try flipd.status()["state"] as? String == "degraded")
        #expect(try reasons(flipd) == ["no-second-copy"])
        #expect(try flipd.ctl("status").output.contains(Self.noCopy))
        let refused = try flipd.ctl("backup", "--now")
        #expect(refused.status == 2 && refused.errors.contains("Destination="))
        #expect(try flipd.ctl("backup").status == 2)
        #expect(try flipd.ctl("backup", "--init", "--now").status == 2)
        try flipd.stop()
        #expect(try flipd.ctl("backup", "--now").status == 3)
    }

    @Test func a_backup_copies_everything_and_the_status_knows() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try reasons(flipd) == ["backup-old"])
        let begun = try flipd.ctl("backup", "--init")
        #expect(begun.status == 0 && begun.errors.contains("on the same disk as the archive"))
        #expect(try flipd.ctl("backup", "--init").status == 0, "once more does no harm")
        let made = try flipd.ctl("backup", "--now")
        #expect(made.status == 0 && made.output.hasPrefix("Copied "), "\(made.errors)")
        #expect(try flipd.differences() == [])
        #expect(try flipd.damagedCopies() == [])
        #expect(try flipd.copied(below: ".staging").isEmpty)
        #expect(try flipd.copied(below: ".flipd-unfinished").isEmpty)
        #expect(try reasons(flipd) == [])
        #expect(try flipd.status()["state"] as? String == "ok")
        let last = try #require(try flipd.status()["last"] as? [String: Any])
        #expect(last["backup"] is String && last["snapshot"] is String)
        let first = try report(flipd)
        #expect(first["result"] as? String == "ok" && first["verified"] as? Int == 2)
        #expect(first["files"] as? Int ?? 0 > 10 && first["bytes"] as? Int ?? 0 > 10_000)
        #expect(first["last_success_began_at"] as? String == first["began_at"] as? String)
        #expect(flipd.log.matches(of: /Copied [0-9]+ files/).count == 1)

        // Old snapshots go, there as here, and nothing else that somebody has put there.
        for name in ["ledger-20200101T020000Z.sqlite", "ledger-20200101T030000Z.sqlite", "ledger-2020.sqlite"] {
            try Machine.run(Machine.asOrdinaryUser + ["touch", flipd.copy + "/ledger/" + name])
        }
        // What is there is not copied again; what is new is. A record that grows is brought up to date.
        try flipd.drop(Machine.otherClip, as: "Box/new.mp4")
        _ = try flipd.asset("new.mp4", is: "ready")
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try flipd.differences() == [])
        #expect(try report(flipd)["files"] as? Int ?? 99 < 12)
        let kept = try flipd.copied(below: "ledger")
        #expect(kept.count { $0.hasPrefix("ledger-2020") } == 2, "of that day the newest, and what is none")
        #expect(kept.contains("ledger-20200101T030000Z.sqlite") && kept.contains("ledger-2020.sqlite"))
        #expect(flipd.log.matches(of: /Copied [0-9]+ files/).count == 2)
    }

    @Test func an_old_backup_is_told_of() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try reasons(flipd) == [])
        let path = flipd.root.path + "/state/backup.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let old = text.replacing(/_at" : "20[0-9]{2}/) { $0.output.dropLast(4) + "2001" }
        try old.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try reasons(flipd) == ["backup-old"])
        #expect((try flipd.status()["last"] as? [String: Any])?["backup"] as? String != nil)
        // A time that is still to come was written by a clock that was wrong, and proves nothing.
        try text.replacing(/_at" : "20[0-9]{2}/) { $0.output.dropLast(4) + "2099" }
            .write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try reasons(flipd) == ["backup-old"])
        // Another destination has its own story.
        try text.replacingOccurrences(of: flipd.copy, with: "/elsewhere")
            .write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try reasons(flipd) == ["backup-old"])
    }

    // MARK: What keeps a backup from being made

    @Test func without_the_marker_nothing_is_copied() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        let refused = try flipd.ctl("backup", "--now")
        #expect(refused.status == 1 && refused.errors.contains("nothing was copied"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: flipd.copy).isEmpty)
        #expect(try reasons(flipd) == ["backup-failed", "backup-old"])
        #expect(flipd.log.contains("The backup failed: "))

        // A folder that is not there is not made.
        try FileManager.default.removeItem(atPath: flipd.copy)
        #expect(try flipd.ctl("backup", "--init").status == 1)
        #expect(try flipd.ctl("backup", "--now").status == 1)
        #expect(!FileManager.default.fileExists(atPath: flipd.copy))
    }

    @Test func a_failed_run_keeps_the_last_good_one() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        let good = try report(flipd)["began_at"] as? String
        try Machine.run(["mv", flipd.copy, flipd.copy + ".away"])
        #expect(try flipd.ctl("backup", "--now").status == 1)
        let failed = try report(flipd)
        #expect(failed["result"] as? String == "failed" && failed["last_success_began_at"] as? String == good)
        #expect(try reasons(flipd) == ["backup-failed"])
        try Machine.run(["mv", flipd.copy + ".away", flipd.copy])
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try reasons(flipd) == [])
    }

    @Test func the_copy_of_another_archive_is_left_alone() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        try "another\n".write(toFile: flipd.copy + "/.flipd-backup", atomically: true, encoding: .utf8)
        for option in ["--init", "--now"] {
            let refused = try flipd.ctl("backup", option)
            #expect(refused.status == 1 && refused.errors.contains("another archive (another)"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: flipd.copy) == [".flipd-backup"])
    }

    @Test func without_the_library_nothing_is_copied() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        try Machine.run(["mv", flipd.library.path, flipd.library.path + ".away"])
        #expect(try flipd.ctl("backup", "--now").status == 1)
        #expect(try flipd.copied(below: "").isEmpty)
        try Machine.run(["mv", flipd.library.path + ".away", flipd.library.path])
    }

    @Test(.enabled(if: Machine.isRoot, "only root may mount a small disk"))
    func a_full_destination_is_told_of_and_filled_later() throws {
        let flipd = try Flipd.withCopy()
        try Machine.run(["mount", "-t", "tmpfs", "-o", "size=4M,mode=777", "tmpfs", flipd.copy])
        defer { _ = try? Machine.run(["umount", "-l", flipd.copy], mustSucceed: false) }
        try flipd.dropSome()
        let begun = try flipd.ctl("backup", "--init")
        #expect(begun.status == 0 && begun.errors.isEmpty)
        let ballast = flipd.copy + "/ballast"
        _ = try Machine.run(["dd", "if=/dev/zero", "of=\(ballast)", "bs=1M"], mustSucceed: false)
        let refused = try flipd.ctl("backup", "--now")
        #expect(refused.status == 1 && refused.errors.contains("is full"), "\(refused.errors)")
        // What is there is whole; what is not there is still to come.
        let missing = try flipd.differences().filter { $0 != "only there: ballast" }
        #expect(!missing.isEmpty && missing.allSatisfy { $0.hasPrefix("only here: ") }, "\(missing)")
        try FileManager.default.removeItem(atPath: ballast)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try flipd.differences() == [])
    }

    // MARK: Damage

    @Test func damage_here_does_no_harm_there() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        let files = try flipd.files(below: "library/media") + flipd.files(below: "library/originals")
        #expect(files.count > 8)
        for file in try flipd.files(below: "library/media").map({ "media/" + $0 })
            + flipd.files(below: "library/originals").map({ "originals/" + $0 })
        {
            let path = flipd.library.path + "/" + file
            try Machine.run([
                "sh", "-c", "chmod u+w \"$0\" && echo damaged >> \"$0\" && chmod u-w \"$0\"", path,
            ])
        }
        let damaged = try flipd.differences()
        #expect(damaged.count == files.count)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try flipd.differences() == damaged)
        #expect(try flipd.damagedCopies() == [])
    }

    @Test func damage_there_is_found() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        let poster = try #require(try flipd.copied(below: "media").first { $0.hasSuffix("-poster.jpg") })
        let folder = flipd.copy + "/media/" + (poster as NSString).deletingLastPathComponent
        let path = flipd.copy + "/media/" + poster
        try Machine.run(["sh", "-c", "chmod u+w \"$0\" && echo damaged >> \"$0\"", path])
        let found = try flipd.ctl("backup", "--now")
        #expect(found.status == 1 && found.errors.contains("does not agree with its SHA256SUMS"))
        #expect(try reasons(flipd) == ["backup-failed"])
        try Machine.run(["sh", "-c", "chmod -R u+w \"$0\" && rm -r \"$0\"", folder])
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try flipd.differences() == [])
    }

    @Test func a_run_that_was_cut_off_is_completed_by_the_next() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        // As a power cut leaves it: half a folder, that is not closed, and half a file under another name.
        let folder =
            flipd.copy + "/media/"
            + (try #require(try flipd.copied(below: "media").first) as NSString)
            .deletingLastPathComponent
        let cut = "chmod u+w \"$0\" && rm -f \"$0\"/*.mp4 && echo half > \"$1/.flipd-unfinished/.x.mp4.4aTzq1\""
        try Machine.run(Machine.asOrdinaryUser + ["sh", "-c", cut, folder, flipd.copy])
        #expect(try flipd.damagedCopies().count == 1)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try flipd.damagedCopies() == [])
        #expect(try flipd.differences() == [])
        #expect(try flipd.copied(below: ".flipd-unfinished").isEmpty)
        #expect(try Machine.run(["stat", "-c", "%a", folder]).output == "555\n")
    }

    // MARK: While it works

    @Test func copied_in_the_middle_of_a_burst_every_published_folder_is_whole() throws {
        let flipd = try Flipd.withCopy()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        try flipd.dropBurst(40, copying: true)
        var rounds = 0
        let end = Date() + 600
        var deleted: Set<String> = []
        while try flipd.assets("?state=ready&limit=500").count + deleted.count < 40 {
            rounds += 1
            let made = try flipd.ctl("backup", "--now")
            #expect(made.status == 0, "\(made.errors)")
            #expect(try flipd.damagedCopies() == [])
            // Some move to the trash while the next run is under way.
            for asset in try flipd.assets("?state=ready&limit=2") {
                let id = try #require(asset["id"] as? String)
                if try flipd.ctl("delete", id).status == 0 { deleted.insert(id) }
            }
            try #require(Date() < end, "after ten minutes of backups not all is published")
        }
        #expect(rounds > 2)
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try flipd.damagedCopies() == [])
        let missing = try flipd.differences().filter { !$0.hasPrefix("only there: media/") }
        #expect(missing == [], "what was deleted meanwhile may stand there in both places, nothing else")
    }

    /// Anybody may take a copy with any rsync, at any moment.
    @Test func a_plain_rsync_in_a_loop_finds_every_published_folder_whole() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropBurst(40, copying: true)
        var rounds = 0
        while try flipd.assets("?state=ready&limit=500").count < 40 {
            rounds += 1
            let rsync = ["rsync", "-a", "--exclude=/.staging", flipd.library.path + "/", flipd.copy + "/"]
            let made = try Machine.run(Machine.asOrdinaryUser + rsync, mustSucceed: false)
            // 24: an original was handed on while it looked.
            #expect(made.status == 0 || made.status == 24, "\(made.errors)")
            #expect(try flipd.damagedCopies() == [])
        }
        #expect(rounds > 5)
    }

    @Test func what_vanishes_under_rsyncs_eyes_is_looked_for_once_more() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0)
        // An rsync that says so twice, and a third one that is the real one.
        let tools = flipd.root.appendingPathComponent("tools")
        try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
        let real = try Machine.run(["sh", "-c", "command -v rsync"]).output.trimmingCharacters(in: .newlines)
        func install(_ times: Int) throws {
            let script = """
                #!/bin/sh
                [ "$1" = --server ] && exec \(real) "$@"
                echo x >> '\(tools.path)/calls'
                [ $(wc -l < '\(tools.path)/calls') -gt \(times) ] || { \(real) "$@"; exit 24; }
                exec \(real) "$@"
                """
            try script.write(to: tools.appendingPathComponent("rsync"), atomically: true, encoding: .utf8)
            try Machine.run(["chmod", "755", tools.path + "/rsync"])
            try Data().write(to: tools.appendingPathComponent("calls"))
            try Machine.run(["chmod", "666", tools.path + "/calls"])
        }
        func now() throws -> Int32 {
            try Machine.run(
                Machine.asOrdinaryUser + [
                    "env", "PATH=\(tools.path):/usr/bin:/bin", Machine.program("flipctl"), "--root",
                    flipd.root.path,
                    "backup", "--now",
                ], mustSucceed: false
            ).status
        }
        try install(2)
        #expect(try now() == 0)
        #expect(try flipd.differences() == [])
        try install(99)
        #expect(try now() == 1)
        #expect(try String(contentsOf: tools.appendingPathComponent("calls"), encoding: .utf8).count == 6)
    }

    // MARK: Another machine

    @Test(.enabled(if: Server.hindrance == nil, "\(Server.hindrance ?? "")"))
    func a_backup_by_ssh_is_the_same() throws {
        let sshd = try Sshd()
        let shell = try sshd.shell()
        let far = try Machine.folder().appendingPathComponent("it's far")
        let flipd = try Flipd(["--set", "Backup.Destination=nobody@flipd:\(far.path)"], backedUp: false)
        flipd.copy = far.path
        let around = far.deletingLastPathComponent().path
        defer { _ = try? Machine.run(["sh", "-c", "chmod -R u+w \"$0\"; rm -rf \"$0\"", around]) }
        try flipd.dropSome()
        func ctl(_ arguments: String...) throws -> Machine.Result {
            try Machine.run(
                Machine.asOrdinaryUser + [
                    "env", "RSYNC_RSH=\(shell)", Machine.program("flipctl"), "--root", flipd.root.path,
                ] + arguments, mustSucceed: false)
        }
        #expect(try ctl("backup", "--init").status == 1, "there is no such folder")
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", far.path])
        #expect(try ctl("backup", "--now").errors.contains("nothing was copied"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: far.path).isEmpty)
        #expect(try ctl("backup", "--init").status == 0)
        let made = try ctl("backup", "--now")
        #expect(made.status == 0, "\(made.errors)")
        #expect(try report(flipd)["verified"] as? Int == 2)
        #expect(try flipd.differences() == [])
        #expect(try flipd.damagedCopies() == [])
        #expect(try flipd.status()["state"] as? String == "ok")

        let poster = try #require(try flipd.copied(below: "media").first { $0.hasSuffix("-poster.jpg") })
        let path = far.path + "/media/" + poster
        try Machine.run(["sh", "-c", "chmod u+w \"$0\" && echo damaged >> \"$0\"", path])
        #expect(try ctl("backup", "--now").errors.contains("does not agree with its SHA256SUMS"))
        // Nobody answers there any more.
        let silent = try Machine.run(
            Machine.asOrdinaryUser + [
                "env", "RSYNC_RSH=ssh -o BatchMode=yes -p 1", Machine.program("flipctl"), "--root",
                flipd.root.path,
                "backup", "--now",
            ], mustSucceed: false)
        #expect(silent.status == 1 && silent.errors.contains("cannot be used"))
        #expect(try reasons(flipd) == ["backup-failed"])
    }
}
