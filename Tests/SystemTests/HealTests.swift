// What is damaged can be had back, whenever the power fails.
import Foundation
import Testing

@Suite(.serialized, .seated) struct HealTests {
    @Test func whatWasMadeIsMadeAnewFromItsOriginal() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        let folder = flipd.library.path + "/\(asset["folder"] ?? "")"
        try Machine.run(["sh", "-c", "chmod u+w '\(folder)' && rm -f '\(folder)/\(id).mp4'"])
        let healed = try flipd.ctl("heal", String(id.prefix(23)))
        #expect(healed.status == 0 && healed.output == "Loom/a.mp4 is made anew from its original.\n")
        let again = try flipd.asset("a.mp4", is: "ready")
        #expect(again["id"] as? String == id && again["folder"] as? String == asset["folder"] as? String)
        try Machine.run(["sh", "-c", "cd '\(folder)' && sha256sum --strict -c SHA256SUMS"])
        #expect(try Machine.run(["stat", "-c", "%a", folder]).output == "555\n")
        #expect(try flipd.ctl("verify", "--all").status == 0)
        #expect(try flipd.status()["state"] as? String == "ok")
        #expect(try flipd.files(below: "library/.staging").isEmpty)
        #expect(try flipd.files(below: "library/originals").count == 1)
    }

    @Test func thePapersAreWrittenAnewAndWhatCannotBeHealedIsLeftAlone() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        let folder = flipd.library.path + "/\(asset["folder"] ?? "")"
        let sums = try Machine.run(["cat", "\(folder)/SHA256SUMS"]).output
        for name in ["SHA256SUMS", "\(id).json"] {
            try Machine.run(["sh", "-c", "chmod u+w '\(folder)/\(name)' && echo x >> '\(folder)/\(name)'"])
            #expect(try flipd.ctl("verify", id).status == 1)
            let healed = try flipd.ctl("heal", id)
            #expect(healed.status == 0 && healed.output == "Loom/a.mp4 is as it was.\n", "\(healed)")
            #expect(try Machine.run(["cat", "\(folder)/SHA256SUMS"]).output == sums)
            try Machine.run(["sh", "-c", "cd '\(folder)' && sha256sum --strict -c SHA256SUMS"])
        }
        let original = flipd.library.path + "/\(asset["original"] ?? "")"
        try Machine.run(["sh", "-c", "chmod u+w '\(original)' && echo x >> '\(original)'"])
        let refused = try flipd.ctl("heal", id)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("it is the original itself that is damaged"), "\(refused.errors)")
        #expect(try flipd.status()["state"] as? String == "critical")
        #expect(try flipd.assets("?state=ready").count == 1)
    }

    @Test func whatIsNoLongerAcceptedStaysPublishedAsItIs() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.otherClip, as: "Loom/a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        let folder = flipd.library.path + "/\(asset["folder"] ?? "")"
        try flipd.stop()
        try Machine.run([
            "sh", "-c", "chmod u+w '\(folder)' && rm -f '\(folder)/\(id)-thumb.jpg' && chmod u-w '\(folder)'",
        ])
        try flipd.start(["--set", "Video.MaxDuration=1s"])
        #expect(try flipd.ctl("heal", id).status == 0)
        try flipd.waitUntil("it is back") {
            flipd.log.contains("is missing. “flipctl heal") && flipd.states == ["ready"]
        }
        try flipd.waitUntil("it is known") { (try? flipd.status()["state"] as? String) == "critical" }
        #expect(try flipd.files(below: "incoming").isEmpty)
        #expect(try flipd.files(below: "library/media").count == 4)
        #expect(try flipd.files(below: "library/originals").count == 1)
        #expect(try Machine.run(["stat", "-c", "%a", folder]).output == "555\n")
    }

    @Test(.enabled(if: Machine.mayAnswer, "this machine lets nobody answer for its system calls"))
    func whatTheDiskDoesNotGiveIsDamagedAndNotDeleted() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/a.mp4")
        let asset = try flipd.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        try flipd.stop()
        try flipd.start(under: [
            Machine.program("faults"), "pread", "1", "1", "EIO", flipd.library.path + "/media", "/dev/null",
        ])
        let found = try flipd.ctl("verify", "--all")
        #expect(found.status == 1)
        #expect(found.output.contains("\(id).mp4: It cannot be read (Input/output error)."), "\(found.output)")
        #expect(try flipd.status()["state"] as? String == "critical")
        // The next look finds it well.
        #expect(try flipd.ctl("verify", id).status == 0)
        #expect(try flipd.status()["state"] as? String == "ok")
        flipd.terminate()
        _ = flipd.waitForExit()
    }
}

/// Killed in the middle of healing, wherever that is: a start afterwards, and healing again, bring it to its end.
@Suite(.serialized, .seated) struct HealCrashTests {
    /// What is done to the published folder before it is healed: made anew from its original, or from the ledger.
    private static let ways = ["rm -f *.mp4", "chmod u+w SHA256SUMS && echo x >> SHA256SUMS"]
    private static let kinds = ["write", "pwrite", "rename", "unlink", "mkdir", "sync", "chmod"]

    @Test(
        .enabled(if: Machine.mayAnswer, "this machine lets nobody answer for its system calls"),
        arguments: ways, kinds)
    func aCrashWhileHealingLosesNothing(damage: String, kind: String) throws {
        let model = try Flipd()
        try model.drop(Machine.threeFrames, as: "Loom/a.mp4")
        let asset = try model.asset("a.mp4", is: "ready")
        let id = try #require(asset["id"] as? String)
        try model.stop()
        let folder = try #require(asset["folder"] as? String)
        try Machine.run([
            "sh", "-c", "cd '\(model.library.path)/\(folder)' && chmod u+w . && \(damage) && chmod u-w .",
        ])
        var chance = Faults.Chance("\(damage) \(kind)")
        // The ledger writes a dozen times for each change, and one sync makes it count.
        let step = Faults.isWhole ? 1 : ["pwrite": 30, "sync": 8][kind] ?? 2
        var number = Faults.isWhole ? 1 : Int.random(in: 1...step, using: &chance)
        var hit = 0
        while try kill(at: number, kind, model, id) {
            number += step
            hit += 1
        }
        Faults.say("healing was killed at \(hit) calls of \(kind)")
    }

    /// False when there is no call of that number any more.
    private func kill(at number: Int, _ kind: String, _ model: Flipd, _ id: String) throws -> Bool {
        let flipd = try Flipd(["--set", "Worker.Threads=1"], start: false)
        try Machine.run(Machine.asOrdinaryUser + ["cp", "-a", model.root.path + "/.", flipd.root.path])
        try flipd.start(
            under: [
                Machine.program("faults"), kind, "\(number)", "1", "kill",
                flipd.root.path + "/library:" + flipd.root.path + "/state", "/dev/null",
            ], waiting: false)
        try flipd.waitUntil("it answers, or was killed") {
            !flipd.isRunning || flipd.answer("/v1/status") != nil
        }
        _ = try flipd.ctl("heal", id)
        try flipd.waitUntil("it is well, or was killed") { !flipd.isRunning || flipd.disorder().isEmpty }
        let isHit = !flipd.isRunning
        flipd.terminate()
        _ = flipd.waitForExit()
        try flipd.start()
        try flipd.waitUntil("it goes on") { ["ready"] == flipd.states }
        var healed = try flipd.ctl("heal", id)
        if healed.errors.contains("is processing") {
            // flipd answers already before it has settled what was under way, and may make it anew then.
            try flipd.waitUntil("it goes on after all") { ["ready"] == flipd.states }
            healed = try flipd.ctl("heal", id)
        }
        #expect(healed.status == 0, "\(kind) \(number): \(healed.errors)")
        try flipd.waitUntil("it is whole after \(kind) \(number): \(flipd.disorder())") {
            flipd.states == ["ready"] && flipd.disorder().isEmpty
        }
        #expect(flipd.rows.first?["id"] as? String == id)
        #expect(try flipd.ctl("verify", "--all").status == 0, "\(kind) \(number)")
        let status = try flipd.status()
        // Where the copied folder says that its backup was made elsewhere, that is a worry, but not this one.
        #expect(status["state"] as? String != "critical", "\(status["reasons"] ?? "")")
        try flipd.stop()
        return isHit
    }
}
