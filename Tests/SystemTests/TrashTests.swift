// What is deleted can be had back: by asking for it, and by dropping it again.
import Foundation
import Testing

@Suite(.serialized, .seated) struct TrashTests {
    @Test func what_is_deleted_leaves_the_media_tree_and_comes_back_by_flipctl() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        let before = try flipd.files(below: "library/media").sorted()

        let deleted = try flipd.ctl("delete", String(id.prefix(20)))
        #expect(deleted.status == 0 && deleted.output == "Loom/a.mp4 is in the trash.\n")
        #expect(try flipd.files(below: "library/media").isEmpty)
        #expect(try flipd.files(below: "library/trash").count == before.count)
        #expect(try flipd.status()["state"] as? String == "ok")
        let row = try #require(try flipd.json("/v1/assets/\(id)") as? [String: Any])
        #expect(row["state"] as? String == "deleted" && row["folder"] is NSNull)
        #expect(try flipd.ctl("delete", id).status == 1)
        #expect(try flipd.ctl("delete", "00000000-0000").status == 1)

        let restored = try flipd.ctl("restore", id)
        #expect(restored.status == 0 && restored.output == "Loom/a.mp4 is back.\n")
        #expect(try flipd.files(below: "library/media").sorted() == before)
        #expect(try flipd.ctl("restore", id).status == 1)
        let folder = flipd.library.path + "/\(asset["folder"] ?? "")"
        try Machine.run(["sh", "-c", "cd \(folder) && sha256sum --strict -c SHA256SUMS"])
        #expect(try Machine.run(["stat", "-c", "%a", folder]).output == "555\n")
    }

    @Test func dropping_what_is_in_the_trash_again_brings_it_back() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/a.mp4")
        let first = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(first["id"] as? String)
        #expect(try flipd.ctl("delete", id).status == 0)
        for name in ["b.mp4", "c.mp4"] { try flipd.drop(Machine.tinyClip, as: "Box/" + name) }
        for name in ["b.mp4", "c.mp4"] {
            #expect(try flipd.asset(name, is: "duplicate")["duplicate_of"] as? String == id)
        }
        let back = try flipd.asset("a.mp4", is: "ready")
        #expect(back["folder"] as? String == first["folder"] as? String)
        #expect(try flipd.files(below: "library/originals").count == 1)
        #expect(try flipd.files(below: "library/trash").isEmpty)
        #expect(flipd.log.contains("Brought Loom/a.mp4 back from the trash."))
    }
}
