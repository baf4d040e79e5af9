// What cannot be used comes back with a plain sentence, and nothing else stops.
import Foundation
import Testing

@Suite(.serialized, .seated) struct BadInputTests {
    @Test func each_bad_file_comes_back_with_its_note_and_the_good_one_is_published() throws {
        let flipd = try Flipd()
        try flipd.write("hello, not a video\n", as: "Box/notes.txt")
        try flipd.write("", as: "empty.mp4")
        let whole = try Data(contentsOf: Machine.longClip)
        try flipd.write(whole.prefix(whole.count / 3), as: "Loom/cut short.mp4")
        try flipd.drop(Machine.clip, as: "folder.mp4/good.mov")

        _ = try flipd.asset("good.mov", is: "ready")
        for (name, code) in [
            ("notes.txt", "not-media"), ("empty.mp4", "empty"), ("cut short.mp4", "truncated"),
        ] {
            let asset = try flipd.asset(name, is: "failed")
            let problem = try #require(asset["problem"] as? [String: Any])
            #expect(problem["code"] as? String == code)
            #expect(asset["sha256"] is String)
        }
        let problems = try flipd.files(below: "incoming/Problems").sorted()
        #expect(
            problems == [
                "Box/notes.txt", "Box/notes.txt.txt", "Loom/cut short.mp4", "Loom/cut short.mp4.txt",
                "empty.mp4",
                "empty.mp4.txt",
            ])
        let note = try String(
            contentsOf: flipd.incoming.appendingPathComponent("Problems/Box/notes.txt.txt"), encoding: .utf8)
        #expect(note.contains("What is wrong:") && note.contains("What to do:"))
        #expect(note.split(separator: "\n").last?.hasSuffix("code: not-media") == true)
        let status = try flipd.status()
        #expect(status["state"] as? String == "ok")
        #expect(status["needs_you"] as? Int == 3)
        #expect(try flipd.files(below: "library/originals").count == 1)
    }

    @Test func a_file_handed_back_is_tried_again_by_moving_it_and_by_flipctl() throws {
        let flipd = try Flipd()
        try flipd.write("no video", as: "Box/a.txt")
        let first = try #require(try flipd.asset("a.txt", is: "failed")["id"] as? String)
        let retried = try flipd.ctl("retry", first)
        #expect(retried.status == 0)
        try flipd.waitUntil("it was taken anew") { try flipd.assets("?name=a.txt").count == 2 }
        #expect(try flipd.ctl("retry", first).status == 1)
        try flipd.waitUntil("it is handed back again") {
            try flipd.assets("?name=a.txt&state=failed").count == 2
        }

        let problems = flipd.incoming.path + "/Problems/Box"
        try Machine.run(["mv", "\(problems)/a.txt", flipd.incoming.path + "/Box/"])
        try flipd.waitUntil("it came back a third time") {
            try flipd.assets("?name=a.txt&state=failed").count == 3
        }
        #expect(
            try flipd.files(below: "incoming").sorted() == ["Problems/Box/a.txt", "Problems/Box/a.txt.txt"])
    }

    @Test(.enabled(if: Machine.mayAnswer, "this machine lets nobody answer for its system calls"))
    func what_is_just_coming_back_is_not_called_a_strangers() throws {
        let flipd = try Flipd(start: false)
        // Its disk takes a second before what is in Problems is safe there, and only then the ledger knows of it.
        let problems = flipd.incoming.path + "/Problems"
        try flipd.start(under: [
            Machine.program("faults"), "sync", "1", "1000", "wait", problems, "/dev/null",
        ])
        try flipd.write("no video", as: "Box/a.txt")
        try flipd.waitUntil("it stands there") {
            FileManager.default.fileExists(atPath: problems + "/Box/a.txt")
        }
        func told() throws -> [String: Any] {
            let list = try #require(try flipd.json("/v1/needs_you") as? [String: Any])
            return try #require((list["files"] as? [[String: Any]])?.first)
        }
        let text = "This is neither a video nor a photo"
        let first = try told()
        #expect(first["asset"] is NSNull, "it was known too soon to be asked about meanwhile")
        #expect((first["text"] as? String)?.hasPrefix(text) == true, "\(first)")
        try flipd.waitUntil("there is a row of it") { try told()["asset"] is String }
        #expect((try told()["text"] as? String)?.hasPrefix(text) == true)
        flipd.terminate()
        _ = flipd.waitForExit()
    }

    @Test func a_note_that_is_moved_back_with_its_file_has_done_its_work() throws {
        let flipd = try Flipd()
        try flipd.write("no video", as: "Box/a.txt")
        _ = try flipd.asset("a.txt", is: "failed")
        try Machine.run(["sh", "-c", "mv \(flipd.incoming.path)/Problems/Box/* \(flipd.incoming.path)/Box/"])
        try flipd.waitUntil("the file is back again") { try flipd.assets("?state=failed").count == 2 }
        #expect(
            try flipd.files(below: "incoming").sorted() == ["Problems/Box/a.txt", "Problems/Box/a.txt.txt"])
        #expect(try flipd.assets().count == 2)
    }

    @Test func twins_that_cannot_be_used_come_back_once_each() throws {
        let flipd = try Flipd()
        for name in ["a.mp4", "b.mp4", "c.mp4"] { try flipd.write("", as: name) }
        for name in ["a.mp4", "b.mp4", "c.mp4"] {
            let id = try #require(try flipd.asset(name, is: "failed")["id"] as? String)
            let asset = try #require(try flipd.json("/v1/assets/\(id)") as? [String: Any])
            let events = try #require(asset["events"] as? [[String: Any]])
            #expect(events.filter { $0["what"] as? String == "handed back" }.count == 1)
        }
        #expect(
            try flipd.files(below: "incoming").sorted() == [
                "Problems/a.mp4", "Problems/a.mp4.txt", "Problems/b.mp4", "Problems/b.mp4.txt",
                "Problems/c.mp4",
                "Problems/c.mp4.txt",
            ])
        #expect(try flipd.ctl("retry", "--failed").status == 0)
        try flipd.waitUntil("all were tried again") { try flipd.assets("?state=failed").count == 6 }
        #expect(try flipd.status()["needs_you"] as? Int == 3)
    }

    @Test func an_upload_that_broke_off_is_waited_for() throws {
        let flipd = try Flipd(["--set", "Intake.Patience=10min"])
        let whole = try Data(contentsOf: Machine.longClip)
        try flipd.write(whole.prefix(whole.count / 2), as: "broken off.mp4")
        try flipd.drop(Machine.clip, as: "a.mov")
        _ = try flipd.asset("a.mov", is: "ready")
        #expect(try flipd.status()["waiting"] as? Int == 1)
        #expect(try flipd.assets().count == 1)
        // The client comes back and sends the rest.
        try flipd.drop(Machine.longClip, as: "broken off.mp4")
        _ = try flipd.asset("broken off.mp4", is: "ready")
    }

    @Test func odd_things_in_the_drop_folder_are_neither_taken_nor_touched() throws {
        let flipd = try Flipd()
        let script = """
            cd \(flipd.incoming.path) && mkfifo pipe.mp4 && ln -s /etc/passwd link.mp4 && touch .hidden.mp4 x.part
            python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket.mp4")'
            """
        try Machine.run(Machine.asOrdinaryUser + ["sh", "-c", script])
        try flipd.drop(Machine.clip, as: "real.mov")
        _ = try flipd.asset("real.mov", is: "ready")
        let left = try Machine.run(["sh", "-c", "ls -A \(flipd.incoming.path) | grep -v happened"]).output
        #expect(left == ".hidden.mp4\nlink.mp4\npipe.mp4\nsocket.mp4\nx.part\n")
        #expect(try flipd.assets().count == 1)
        #expect(try flipd.status()["waiting"] as? Int == 0)
    }

    @Test func a_file_that_cannot_be_read_stays_and_is_named_until_it_can() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "locked.mov")
        try Machine.run(["chmod", "000", flipd.incoming.path + "/locked.mov"])
        try flipd.waitUntil("it is named") {
            let reasons = try flipd.status()["reasons"] as? [[String: Any]] ?? []
            return reasons.contains { ($0["text"] as? String)?.hasPrefix("locked.mov stays") == true }
        }
        #expect(try flipd.assets().isEmpty)
        try Machine.run(["chmod", "644", flipd.incoming.path + "/locked.mov"])
        _ = try flipd.asset("locked.mov", is: "ready")
        #expect(try flipd.status()["state"] as? String == "ok")
    }

    @Test(arguments: ["555", "000"])
    func a_drop_folder_with_the_wrong_rights_is_mended_by_chmod_alone(mode: String) throws {
        let flipd = try Flipd()
        // Seen, and not taken before the rights are wrong, however slow this machine is: somebody writes to it.
        let place = flipd.incoming.appendingPathComponent("a.mp4")
        let hidden = flipd.incoming.appendingPathComponent(".a.mp4")
        try flipd.drop(Machine.tinyClip, as: ".a.mp4")
        let writer = try FileHandle(forWritingTo: hidden)
        try FileManager.default.moveItem(at: hidden, to: place)
        try flipd.waitUntil("it is seen") { try flipd.status()["waiting"] as? Int == 1 }
        try Machine.run(["chmod", mode, flipd.incoming.path])
        try writer.close()
        try flipd.waitUntil("it is told") { try flipd.reasons(of: "unreadable").count == 1 }
        try Machine.run(["chmod", "755", flipd.incoming.path])
        // Long before the next scan.
        _ = try flipd.asset("a.mp4", is: "ready")
        try flipd.waitUntil("all is well") { try flipd.status()["state"] as? String == "ok" }
    }

    @Test func a_file_that_was_never_seen_before_its_folder_was_closed_is_taken_when_that_is_opened() throws {
        let flipd = try Flipd()
        kill(flipd.pid, SIGSTOP)
        try flipd.drop(Machine.tinyClip, as: "a.mp4")
        try flipd.drop(Machine.threeFrames, as: "deep/b.mp4")
        try Machine.run(["chmod", "000", flipd.incoming.path])
        kill(flipd.pid, SIGCONT)
        try flipd.waitUntil("both are named") { try flipd.reasons(of: "unreadable").count == 2 }
        try Machine.run(["chmod", "755", flipd.incoming.path])
        // Long before the next scan.
        for name in ["a.mp4", "b.mp4"] { _ = try flipd.asset(name, is: "ready") }
        try flipd.waitUntil("all is well") { try flipd.status()["state"] as? String == "ok" }
    }

    @Test func a_folder_that_is_closed_is_named_until_it_is_opened() throws {
        let flipd = try Flipd(start: false)
        try flipd.drop(Machine.clip, as: "closed/inside.mov")
        try flipd.drop(Machine.tinyClip, as: "fixed/inside.mp4")
        try Machine.run(["chmod", "000", flipd.incoming.path + "/closed"])
        try Machine.run(["chmod", "555", flipd.incoming.path + "/fixed"])
        try flipd.start()
        try flipd.waitUntil("both are named") { try flipd.reasons(of: "unreadable").count == 2 }
        #expect(try flipd.assets().isEmpty)
        for name in ["closed", "fixed"] { try Machine.run(["chmod", "755", flipd.incoming.path + "/" + name]) }
        // At once, long before the next scan.
        _ = try flipd.asset("inside.mov", is: "ready")
        _ = try flipd.asset("inside.mp4", is: "ready")
        #expect(try flipd.status()["state"] as? String == "ok")
    }
}

extension Flipd {
    /// Writes a file into the drop folder, as an ordinary user.
    func write(_ bytes: some Sequence<UInt8>, as name: String) throws {
        let staged = FileManager.default.temporaryDirectory.appendingPathComponent(
            "flipd-write-\(UUID().uuidString)")
        try Data(bytes).write(to: staged)
        try Machine.run(["chmod", "644", staged.path])
        defer { try? FileManager.default.removeItem(at: staged) }
        try drop(staged, as: name)
    }

    func write(_ text: String, as name: String) throws { try write(Array(text.utf8), as: name) }
}
