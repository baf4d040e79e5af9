// Where a second copy is none, and where a backup would carry a loss on.
import Foundation
import Testing

@Suite(.serialized, .seated, .enabled(if: Machine.has("rsync"), "rsync is not installed"))
struct BackupPlaceTests {
    @Test func a_link_into_the_archive_is_no_second_copy() throws {
        let flipd = try Flipd(start: false, backedUp: false)
        let link = flipd.root.path + ".copy"
        defer { try? FileManager.default.removeItem(atPath: link) }
        try Machine.run(["ln", "-s", flipd.library.path, link])
        try flipd.start(["--set", "Backup.Destination=\(link)", "--set", "Keep.Originals=1s"])
        try flipd.drop(Machine.threeFrames, as: "a.mp4")
        _ = try flipd.asset("a.mp4", is: "ready")
        for order in ["--init", "--now"] {
            let refused = try flipd.ctl("backup", order)
            #expect(
                refused.status == 1 && refused.errors.contains("is a part of the archive itself"), "\(refused)")
        }
        #expect(try flipd.files(below: "library/originals").count == 1)
    }

    @Test func a_new_disk_in_the_old_place_holds_nothing_yet() throws {
        let flipd = try Flipd.withCopy()
        try flipd.drop(Machine.threeFrames, as: "a.mp4")
        _ = try flipd.asset("a.mp4", is: "ready")
        #expect(try flipd.ctl("backup", "--init").status == 0 && flipd.ctl("backup", "--now").status == 0)
        #expect(try flipd.status()["state"] as? String == "ok")
        try Machine.run(["sh", "-c", "chmod -R u+w \"$0\" && find \"$0\" -mindepth 1 -delete", flipd.copy])
        #expect(try flipd.ctl("backup", "--init").status == 0)
        #expect(try flipd.status()["state"] as? String == "degraded")
        #expect(try flipd.ctl("status").output.contains("No backup was made to"))
    }

    @Test func a_record_that_has_lost_lines_does_not_replace_the_good_one() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0 && flipd.ctl("backup", "--now").status == 0)
        let record = try #require(try flipd.copied(below: "record").first)
        let good = try Data(contentsOf: URL(fileURLWithPath: flipd.copy + "/record/" + record))
        try flipd.stop()
        try Machine.run(["sh", "-c", "printf '' > \"$0\"", flipd.library.path + "/record/" + record])
        try flipd.start()
        let refused = try flipd.ctl("backup", "--now")
        #expect(refused.status == 1 && refused.errors.contains("has lost a part of its record"), "\(refused)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: flipd.copy + "/record/" + record)) == good)
        #expect(try flipd.status()["state"] as? String == "degraded")
    }

    @Test func a_folder_that_is_elsewhere_or_away_is_not_left_out_in_silence() throws {
        let flipd = try Flipd.withCopy()
        try flipd.drop(Machine.threeFrames, as: "a.mp4")
        _ = try flipd.asset("a.mp4", is: "ready")
        #expect(try flipd.ctl("backup", "--init").status == 0)
        let originals = flipd.library.path + "/originals"
        try Machine.run(["mv", originals, flipd.root.path + "/elsewhere"])
        try Machine.run(Machine.asOrdinaryUser + ["ln", "-s", flipd.root.path + "/elsewhere", originals])
        #expect(try flipd.ctl("backup", "--now").errors.contains("is a link, which is not followed"))
        try Machine.run(["rm", originals])
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", originals])
        #expect(try flipd.ctl("backup", "--now").errors.contains("perhaps a disk is not connected"))
        try Machine.run(["rmdir", originals])
        try Machine.run(["mv", flipd.root.path + "/elsewhere", originals])
        let made = try flipd.ctl("backup", "--now")
        #expect(made.status == 0, "\(made.errors)")
        #expect(try flipd.differences() == [])
    }

    @Test func what_is_damaged_comes_there_when_it_is_healed() throws {
        let flipd = try Flipd.withCopy()
        try flipd.drop(Machine.threeFrames, as: "a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        let thumb = "\(flipd.library.path)/\(asset["folder"] ?? "")/\(id)-thumb.jpg"
        try Machine.run(["sh", "-c", "chmod u+w \"$0\" && echo damaged >> \"$0\"", thumb])
        #expect(try flipd.ctl("verify", id).status == 1)
        #expect(try flipd.ctl("backup", "--init").status == 0)
        let first = try flipd.ctl("backup", "--now")
        #expect(first.status == 0, "\(first.errors)")
        #expect(try flipd.copied(below: "media").isEmpty && flipd.copied(below: "originals").count == 1)
        #expect(try flipd.ctl("heal", id).status == 0)
        _ = try flipd.asset("a.mp4", is: "ready")
        #expect(try flipd.ctl("backup", "--now").status == 0)
        #expect(try flipd.differences() == [] && flipd.damagedCopies() == [])
    }
}
