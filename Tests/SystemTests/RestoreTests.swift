// After a disaster: from a backup to an archive that says the same, by the commands that docs/operating.md gives.
import Foundation
import Testing

@Suite(.serialized, .seated, .enabled(if: Machine.has("rsync"), "rsync is not installed")) struct RestoreTests {
    @Test func three_commands_bring_everything_back() throws {
        let lost = try Flipd.withCopy()
        try lost.dropSome()
        // What is deleted and comes back has a longer history, and so has what was tried again.
        let again = try #require(try lost.asset("b.mov", is: "ready")["id"] as? String)
        #expect(try lost.ctl("delete", again).status == 0)
        #expect(try lost.ctl("restore", again).status == 0)
        try lost.write("no video either", as: "Loom/e.txt")
        let failed = try #require(try lost.asset("e.txt", is: "failed")["id"] as? String)
        #expect(try lost.ctl("retry", failed).status == 0)
        try lost.waitUntil("it is back once more") { try lost.assets("?name=e.txt&state=failed").count == 2 }
        #expect(try lost.ctl("backup", "--init").status == 0)
        #expect(try lost.ctl("backup", "--now").status == 0)
        let before = try told(by: lost)
        #expect(before.count == 7)
        let tree = try lost.files(below: "library/media").sorted()
        let health = try lost.status()
        try lost.stop()

        let flipd = try Flipd(start: false)
        try restore(lost.copy, to: flipd)
        let after = try told(by: flipd)
        #expect(after.keys.sorted() == before.keys.sorted())
        for (id, fields) in before {
            for (field, value) in fields {
                #expect(after[id]?[field] == value, "\(field) of \(fields["source_name"] ?? id)")
            }
            #expect(after[id]?.count == fields.count)
        }
        #expect(try flipd.files(below: "library/media").sorted() == tree)
        #expect(try flipd.status()["counts"] as? [String: Int] == health["counts"] as? [String: Int])
        #expect(try flipd.status()["state"] as? String == "ok")
        try flipd.expectOrder()
        // It goes on as before: what was dropped once is known, and what was deleted can be had back.
        try flipd.drop(Machine.smallClip, as: "once more.mp4")
        _ = try flipd.asset("once more.mp4", is: "duplicate")
        _ = try flipd.asset("c.mp4", is: "ready")
    }

    @Test func a_copy_that_was_made_in_the_middle_of_work_can_be_restored() throws {
        let lost = try Flipd.withCopy()
        #expect(try lost.ctl("backup", "--init").status == 0)
        try lost.dropBurst(40, copying: true)
        try lost.waitUntil("some are published") { try lost.assets("?state=ready&limit=500").count >= 5 }
        #expect(try lost.ctl("backup", "--now").status == 0)
        let published = Set(
            try lost.copied(below: "media").compactMap { $0.split(separator: "/").dropFirst(3).first })
        #expect(published.count >= 5)
        lost.kill()

        let flipd = try Flipd(start: false)
        try restore(lost.copy, to: flipd)
        // Everything whose bytes are in the copy is published in the end.
        let originals = try lost.copied(below: "originals").count
        try flipd.waitUntil("all are published") {
            try flipd.assets("?state=ready&limit=500").count >= originals
        }
        #expect(try flipd.status()["state"] as? String == "ok")
        try flipd.expectOrder()
    }

    /// Its line was in the record when that was copied, and its original came too late for the tree.
    @Test func what_came_while_the_copy_was_made_does_not_hold_up_what_is_in_it() throws {
        let lost = try Flipd.withCopy()
        try lost.dropSome()
        #expect(try lost.ctl("backup", "--init").status == 0)
        #expect(try lost.ctl("backup", "--now").status == 0)
        let late = try #require(try lost.asset("b.mov", is: "ready")["id"] as? String)
        let remove = "chmod -R u+w . && rm -rf media/*/*/*/\(late) originals/*/*/*/\(late).*"
        try Machine.run(["sh", "-c", "cd '\(lost.copy)' && \(remove)"])

        let flipd = try Flipd(start: false)
        try restore(lost.copy, to: flipd)
        _ = try flipd.asset("a.mp4", is: "ready")
        usleep(1_000_000)
        let state = try flipd.status()["state"] as? String
        let pending = try flipd.assets("?state=pending").count
        #expect(state == "ok")
        #expect(pending == 0)
        let nameless = try flipd.asset("b.mov", is: "failed")
        #expect("\(nameless["problem"] ?? "")".contains("All of it is missing"))
        // The same file is taken when it is dropped again.
        try flipd.drop(Machine.clip, as: "b.mov")
        _ = try flipd.asset("b.mov", is: "ready")
    }

    /// All that is told of every asset, its history included: one line of JSON for each field.
    private func told(by flipd: Flipd) throws -> [String: [String: String]] {
        var told: [String: [String: String]] = [:]
        for asset in try flipd.assets("?limit=500") {
            let id = try #require(asset["id"] as? String)
            let whole = try #require(try flipd.json("/v1/assets/\(id)") as? [String: Any])
            told[id] = try whole.mapValues { value in
                String(
                    decoding: try JSONSerialization.data(withJSONObject: [value], options: .sortedKeys),
                    as: UTF8.self)
            }
        }
        return told
    }

    /// The commands of the manual, with other places and another user.
    private func restore(_ copy: String, to flipd: Flipd) throws {
        let manual = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../docs/operating.md")
        let text = try String(contentsOf: manual, encoding: .utf8)
        let section = try #require(text.split(separator: "## After a disaster").dropFirst().first)
        let lines = section.split(separator: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("    ") }
        let commands = lines.map { $0.trimmingCharacters(in: .whitespaces) }
        try #require(commands.count == 3)
        #expect(commands[0].hasPrefix("rsync ") && commands[2] == "systemctl start flipd")
        #expect(commands[1] == "sudo -u flipd flipd --rebuild")

        let isRoot = Machine.isRoot
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", flipd.library.path])
        let rsync = commands[0].replacingOccurrences(of: "/mnt/backup/flipd/", with: copy + "/")
            .replacingOccurrences(of: "/srv/flipd/library/", with: flipd.library.path + "/")
            .replacingOccurrences(of: "--chown=flipd:flipd", with: isRoot ? "--chown=65534:65534" : "")
        try Machine.run(["sh", "-c", rsync])
        let rebuild = try Machine.run(
            Machine.asOrdinaryUser + [Machine.program("flipd"), "--root", flipd.root.path, "--rebuild"],
            mustSucceed: false)
        #expect(rebuild.status == 0, "\(rebuild.errors)")
        try flipd.start()
    }
}
