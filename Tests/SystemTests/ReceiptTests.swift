// The page in the drop folder, as flipd keeps it, and the same answers over HTTP and by flipctl.
import Foundation
import Testing

@Suite(.serialized, .seated) struct ReceiptTests {
    @Test func the_receipt_tells_what_happened_to_each_file() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/IMG_1.MOV")
        _ = try flipd.asset("IMG_1.MOV", is: "ready")
        try flipd.drop(Machine.tinyClip, as: "again.mov")
        _ = try flipd.asset("again.mov", is: "duplicate")
        let hostile = "<b>\"&'.txt"
        try Machine.run(
            Machine.asOrdinaryUser + [
                "sh", "-c", "echo words > \"$1\"", "sh", flipd.incoming.path + "/" + hostile,
            ])
        _ = try flipd.asset(hostile, is: "failed")
        // Somebody still writes to it.
        let copier = try Client(
            Machine.asOrdinaryUser + [
                "sh", "-c", "exec cat > \"$1\"", "sh", flipd.incoming.path + "/slow.mov",
            ],
            fed: true)
        try copier.feed(Data("some bytes".utf8))
        try flipd.waitUntil("the receipt tells of all four") {
            let told = try flipd.told()
            return told["Loom/IMG_1.MOV"] == "published" && told["again.mov"] == "already here since today"
                && told["slow.mov"] == "waiting, still being copied"
                && told[hostile]?.hasPrefix("needs you: This is neither a video nor a photo") == true
        }
        #expect(try flipd.status()["waiting"] as? Int == 1)
        copier.kill()
        #expect(
            try Machine.run(["stat", "-c", "%a", flipd.receipt.path]).output == "644\n")
        #expect(try flipd.assets("?name=happened").isEmpty)
    }

    @Test func at_rest_it_is_not_touched_and_one_that_was_removed_comes_back() throws {
        let flipd = try Flipd(["--set", "Intake.Rescan=1s"])
        try flipd.waitUntil("it is there") { FileManager.default.fileExists(atPath: flipd.receipt.path) }
        let before = try Machine.run(["stat", "-c", "%i %Z", flipd.receipt.path]).output
        sleep(4)
        #expect(try Machine.run(["stat", "-c", "%i %Z", flipd.receipt.path]).output == before)
        try FileManager.default.removeItem(at: flipd.receipt)
        try flipd.drop(Machine.tinyClip, as: "a.mov")
        try flipd.waitUntil("it tells of the file") { (try? flipd.told()["a.mov"]) == "published" }
    }

    @Test func without_receipts_there_is_none_and_an_old_one_goes() throws {
        let flipd = try Flipd()
        try flipd.waitUntil("it is there") { FileManager.default.fileExists(atPath: flipd.receipt.path) }
        try flipd.stop()
        try flipd.start(["--set", "Intake.Receipts=no"])
        try flipd.waitUntil("it is gone") { !FileManager.default.fileExists(atPath: flipd.receipt.path) }
        try flipd.drop(Machine.tinyClip, as: "a.mov")
        _ = try flipd.asset("a.mov", is: "ready")
        sleep(1)
        #expect(!FileManager.default.fileExists(atPath: flipd.receipt.path))
    }

    @Test func a_folder_that_may_not_be_written_to_is_told_once_and_hinders_nothing() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/a.mov")
        try flipd.waitUntil("it tells of the file") { (try? flipd.told()["Loom/a.mov"]) == "published" }
        try Machine.run(["chmod", "555", flipd.incoming.path])
        for name in ["b.mov", "c.mov"] {
            _ = try flipd.video(name)
            try Machine.run(
                Machine.asOrdinaryUser + [
                    "cp", flipd.sent.path + "/" + name, flipd.incoming.path + "/Loom/" + name,
                ])
            _ = try flipd.asset(name, is: "ready")
        }
        try flipd.waitUntil("it is told") { try flipd.reasonCodes() == ["receipt"] }
        #expect(flipd.log.components(separatedBy: "cannot be written into the drop folder").count == 2)
        try Machine.run(["chmod", "755", flipd.incoming.path])
        try flipd.drop(try flipd.video("d.mov"), as: "d.mov")
        try flipd.waitUntil("all is well") { try flipd.reasonCodes().isEmpty }
        #expect(try flipd.told()["Loom/b.mov"] == "published")
    }

    @Test func a_file_of_that_name_is_handed_back_and_not_lost() throws {
        let flipd = try Flipd(start: false)
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", flipd.incoming.path])
        let own = ["sh", "-c", "echo diary > \"$1\"", "sh", flipd.receipt.path]
        try Machine.run(Machine.asOrdinaryUser + own)
        try flipd.start()
        _ = try flipd.asset("What happened (2).html", is: "failed")
        #expect(
            try String(
                contentsOfFile: flipd.incoming.path + "/Problems/What happened (2).html", encoding: .utf8)
                == "diary\n")
        try flipd.waitUntil("it is told") { try flipd.told()["What happened (2).html"] != nil }
    }

    @Test func with_thousands_of_files_it_stays_short() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=1h"])
        let many = "cd \"$1\" && for i in $(seq 2000); do echo $i > IMG_$i.MOV; done"
        try Machine.run(Machine.asOrdinaryUser + ["sh", "-c", many, "sh", flipd.incoming.path])
        try flipd.waitUntil("they are told of") {
            (try? String(contentsOf: flipd.receipt, encoding: .utf8))?.contains("and 1900 more") == true
        }
        #expect(try flipd.told().count == 100)
        #expect(try Data(contentsOf: flipd.receipt).count < 100_000)
        #expect(try flipd.status()["waiting"] as? Int == 2000)
    }
}

@Suite(.serialized, .seated) struct FindTests {
    private func find(_ name: String, in flipd: Flipd) throws -> (text: String, files: [[String: Any]]) {
        let query = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let report = try #require(try flipd.json("/v1/find?name=\(query)") as? [String: Any])
        return (
            try #require(report["text"] as? String), try #require(report["files"] as? [[String: Any]])
        )
    }

    @Test func every_file_is_found_wherever_it_is() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/Gr\u{FC}n 1.MOV")
        let ready = try flipd.asset("Gr\u{FC}n 1.MOV", is: "ready")
        let id = try #require(ready["id"] as? String)
        try flipd.drop(Machine.tinyClip, as: "again.mov")
        _ = try flipd.asset("again.mov", is: "duplicate")
        try Machine.run(
            Machine.asOrdinaryUser + ["sh", "-c", "echo x > \"$1\"", "sh", flipd.incoming.path + "/b.txt"])
        _ = try flipd.asset("b.txt", is: "failed")
        try Machine.run(Machine.asOrdinaryUser + ["touch", flipd.incoming.path + "/Problems/stray.pdf"])

        for name in ["gru\u{308}n", "GR\u{DC}N 1.mov", "n 1.MOV"] {
            let found = try find(name, in: flipd)
            #expect(found.files.count == 1)
            #expect(found.files.first?["answer"] as? String == "published")
            #expect(found.files.first?["collection"] as? String == "Loom")
            #expect(found.files.first?["asset"] as? String == id)
        }
        #expect(try find("again", in: flipd).files.first?["answer"] as? String == "already-here")
        #expect(try find("b.txt", in: flipd).files.first?["answer"] as? String == "needs-you")
        let never = try find("IMG_4711", in: flipd)
        #expect(never.files.isEmpty && never.text.contains("ever arrived"))

        let note = try String(contentsOfFile: flipd.incoming.path + "/Problems/b.txt.txt", encoding: .utf8)
        let report = try #require(try flipd.json("/v1/needs_you") as? [String: Any])
        let files = try #require(report["files"] as? [[String: Any]])
        #expect(report["more"] as? Int == 0)
        #expect(files.map { $0["name"] as? String } == ["stray.pdf", "b.txt"])
        #expect(files[0]["asset"] is NSNull && files[0]["since"] is NSNull && files[0]["problem"] is NSNull)
        #expect(files[1]["problem"] as? String == "not-media")
        let text = try #require(files[1]["text"] as? String)
        let wrong = try #require(text.range(of: "If it should"))
        #expect(note.contains("What is wrong: \(text[..<wrong.lowerBound].dropLast())\n"))
        #expect(note.contains("What to do: \(text[wrong.lowerBound...])\n"))

        #expect(try flipd.ctl("delete", id).status == 0)
        #expect(try find("n 1.mov", in: flipd).files.first?["answer"] as? String == "in-the-trash")
    }

    @Test func a_file_that_is_not_taken_yet_is_found_too() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=1h"])
        try flipd.drop(Machine.tinyClip, as: "Loom/IMG_1.MOV")
        try flipd.waitUntil("it waits") { try flipd.status()["waiting"] as? Int == 1 }
        let found = try find("img_1", in: flipd)
        #expect(found.files.count == 1)
        #expect(found.files.first?["answer"] as? String == "waiting")
        #expect(found.files.first?["asset"] is NSNull)
        let told = try flipd.ctl("find", "IMG_1.MOV")
        #expect(told.status == 0 && told.output.hasPrefix("Loom/IMG_1.MOV: waiting, "))
        let never = try flipd.ctl("find", "IMG_2.MOV")
        #expect(never.status == 1 && never.output.contains("ever arrived"))
        #expect(try flipd.ctl("--json", "find", "IMG_1").output.hasPrefix("{"))
        for odd in ["", "?name=", "?what=x", "?name=a&name=b"] {
            let answer = try #require(try flipd.json("/v1/find\(odd)") as? [String: Any])
            #expect((answer["error"] as? [String: Any])?["code"] as? String == "bad-request")
        }
    }

    @Test func while_nobody_can_look_nothing_is_said_to_have_never_arrived() throws {
        let flipd = try Flipd()
        try flipd.stop()
        let away = flipd.library.path + ".away"
        try Machine.run(["mv", flipd.library.path, away])
        try flipd.drop(Machine.tinyClip, as: "Loom/IMG_1.MOV")
        try flipd.start()
        let unknown = try flipd.ctl("find", "IMG_1")
        #expect(unknown.status == 1)
        #expect(unknown.output.hasPrefix("Nothing is known of a file called “IMG_1” just now. The archive"))
        try Machine.run(["mv", away, flipd.library.path])
        try flipd.waitUntil("it is found") {
            try flipd.ctl("find", "IMG_1").output.hasPrefix("Loom/IMG_1.MOV: ")
        }

        // The same where the drop folder is away.
        _ = try flipd.asset("IMG_1.MOV", is: "ready")
        try Machine.run(["mv", flipd.incoming.path, flipd.incoming.path + ".away"])
        try flipd.waitUntil("it is missed") { try flipd.reasons(of: "drop-folder").count == 1 }
        #expect(
            try find("IMG_2", in: flipd).text.hasSuffix(
                "just now. \(try #require(flipd.reasons(of: "drop-folder").first))"))
        try Machine.run(["mv", flipd.incoming.path + ".away", flipd.incoming.path])
        try flipd.waitUntil("it is looked at again") {
            try find("IMG_2", in: flipd).text.contains("ever arrived")
        }
    }

    @Test(.enabled(if: Machine.mayAnswer, "this machine lets nobody answer for its system calls"))
    func while_it_is_read_for_the_first_time_it_is_found_and_counted() throws {
        let flipd = try Flipd(start: false)
        // A disk that takes a second for each MiB, so that its hash takes thirteen.
        let originals = flipd.library.path + "/originals"
        try flipd.start(under: [
            Machine.program("faults"), "pread", "1", "1000", "wait", originals, "/dev/null",
        ])
        let padding = Data([0, 0xC0, 0, 8]) + Data("free".utf8) + Data(count: 12 << 20)
        try flipd.write(try Data(contentsOf: Machine.tinyClip) + padding, as: "Loom/IMG_1.MOV")
        try flipd.waitUntil("it has left the folder") { try flipd.files(below: "incoming").isEmpty }
        let found = try find("IMG_1", in: flipd)
        let waiting = try flipd.status()["waiting"] as? Int
        #expect(try flipd.assets().isEmpty, "it was read too soon to be looked for meanwhile")
        #expect(found.files.first?["answer"] as? String == "waiting", "\(found.text)")
        #expect(waiting == 1)
        _ = try flipd.asset("IMG_1.MOV", is: "ready")
        flipd.terminate()
        _ = flipd.waitForExit()
    }

    @Test(.enabled(if: Machine.mayAnswer, "this machine lets nobody answer for its system calls"))
    func what_could_not_be_read_at_once_is_found_too() throws {
        let flipd = try Flipd(start: false)
        let originals = flipd.library.path + "/originals"
        try flipd.start(under: [
            Machine.program("faults"), "pread", "1", "1", "EIO", originals, "/dev/null",
        ])
        try flipd.drop(Machine.tinyClip, as: "Loom/IMG_1.MOV")
        try flipd.waitUntil("its reading failed") { flipd.log.contains("Input/output error") }
        let found = try find("IMG_1", in: flipd)
        #expect(found.files.count == 1, "\(found.text)")
        _ = try flipd.asset("IMG_1.MOV", is: "ready")
        flipd.terminate()
        _ = flipd.waitForExit()
    }
}

extension Flipd {
    var receipt: URL { incoming.appendingPathComponent("What happened.html") }

    func reasonCodes() throws -> [String] {
        (try status()["reasons"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String }
    }

    /// What the receipt says of each file, by its path.
    func told() throws -> [String: String] {
        let script = """
            import html.parser, json, sys
            class Reader(html.parser.HTMLParser):
                files, kind, name, of, what = {}, [], "", "", ""
                def handle_starttag(self, tag, attributes):
                    self.kind.append(dict(attributes).get("class") or (self.kind[-1] if tag == "bdi" else tag))
                    if tag == "li": self.name = self.of = self.what = ""
                def handle_endtag(self, tag):
                    if tag == "li":
                        path = self.name if self.of in ("", None) else self.of + "/" + self.name
                        self.files[path] = self.what
                    if self.kind: self.kind.pop()
                def handle_data(self, data):
                    kind = self.kind[-1] if self.kind else ""
                    if kind == "name": self.name += data.strip()
                    if kind == "of" and not data.startswith("from "): self.of += data
                    if kind == "what": self.what += data
            reader = Reader()
            reader.feed(open(sys.argv[1], encoding="utf-8", newline="").read().split("<body>")[1])
            json.dump(reader.files, sys.stdout)
            """
        let said = try Machine.run(["python3", "-c", script, receipt.path]).output
        return try #require(try JSONSerialization.jsonObject(with: Data(said.utf8)) as? [String: String])
    }
}
