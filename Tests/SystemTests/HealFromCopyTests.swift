// What is damaged here comes back from the second copy, on a disk or on another machine, if it is right there.
import Foundation
import Testing

@Suite(.serialized, .seated, .enabled(if: Machine.has("rsync"), "rsync is not installed"))
struct HealFromCopyTests {
    /// A published file, without its thumbnail; what was damaged cannot be made anew, for its original is damaged too.
    private func damage(_ flipd: Flipd) throws -> (id: String, folder: String) {
        let asset = try flipd.asset("b.mov", is: "ready")
        let folder = flipd.library.path + "/\(asset["folder"] ?? "")"
        let original = flipd.library.path + "/\(asset["original"] ?? "")"
        let script = """
            chmod u+w "$0" "$0"/*.mp4 "$1" && rm "$0"/*-thumb.jpg && echo x >> "$1" \
            && for f in "$0"/*.mp4; do echo x >> "$f"; done; chmod u-w "$0"
            """
        try Machine.run(["sh", "-c", script, folder, original])
        return (try #require(asset["id"] as? String), folder)
    }

    private func expectWell(_ flipd: Flipd, _ id: String, _ folder: String) throws {
        try Machine.run(["sh", "-c", "cd '\(folder)' && sha256sum --strict -c SHA256SUMS"])
        #expect(try Machine.run(["stat", "-c", "%a", folder]).output == "555\n")
        #expect(try flipd.ctl("verify", id).status == 0)
        #expect(try flipd.status()["state"] as? String == "ok")
        #expect(
            try flipd.differences().allSatisfy { $0.hasPrefix("record/") || $0.hasPrefix("only here: ledger/") }
        )
    }

    @Test func from_a_disk() throws {
        let flipd = try Flipd.withCopy()
        try flipd.dropSome()
        #expect(try flipd.ctl("backup", "--init").status == 0 && flipd.ctl("backup", "--now").status == 0)
        let (id, folder) = try damage(flipd)
        let found = try flipd.ctl("verify", "--all")
        #expect(found.status == 1 && found.output.contains(id))
        #expect(try flipd.status()["state"] as? String == "critical")
        // Without its disk nothing comes back, and nothing changes.
        try Machine.run(["mv", flipd.copy, flipd.copy + ".away"])
        let refused = try flipd.ctl("heal", id)
        #expect(refused.status == 1 && refused.errors.contains("backup copy"))
        try Machine.run(["mv", flipd.copy + ".away", flipd.copy])
        let healed = try flipd.ctl("heal", id)
        #expect(healed.status == 0, "\(healed.errors)")
        try expectWell(flipd, id, folder)
    }

    @Test(.enabled(if: Server.hindrance == nil, "\(Server.hindrance ?? "")"))
    func from_another_machine() throws {
        let sshd = try Sshd()
        let shell = "RSYNC_RSH=\(try sshd.shell())"
        let far = try Machine.folder()
        let flipd = try Flipd(
            ["--set", "Backup.Destination=nobody@flipd:\(far.path)"], start: false, backedUp: false)
        flipd.copy = far.path
        try flipd.start(under: ["env", shell])
        try flipd.dropSome()
        func ctl(_ arguments: String...) throws -> Int32 {
            try Machine.run(
                Machine.asOrdinaryUser
                    + ["env", shell, Machine.program("flipctl"), "--root", flipd.root.path] + arguments,
                mustSucceed: false
            ).status
        }
        #expect(try ctl("backup", "--init") == 0 && ctl("backup", "--now") == 0)
        let (id, folder) = try damage(flipd)
        let healed = try flipd.ctl("heal", id)
        #expect(healed.status == 0, "\(healed.errors)")
        try expectWell(flipd, id, folder)
    }
}
