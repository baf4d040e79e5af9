// The archive is read again and compared with what was published; and what is damaged can be had back.
import Foundation
import Testing

@Suite(.serialized) struct FixityTests {
    /// A published file of a flipd of its own.
    private struct Published {
        let flipd: Flipd
        let id: String
        let folder: String
        let original: String

        init(_ flipd: Flipd, _ name: String) throws {
            self.flipd = flipd
            let asset = try flipd.asset(name, is: "ready")
            id = try #require(asset["id"] as? String)
            folder = flipd.library.path + "/" + (try #require(asset["folder"] as? String))
            original = flipd.library.path + "/" + (try #require(asset["original"] as? String))
        }

        func path(_ ending: String) -> String { ending == "original" ? original : "\(folder)/\(ending)" }

        /// Turns one bit in the middle of a file; twice is as if it had never been.
        func flip(_ path: String) throws {
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 1
            try Machine.run(["chmod", "u+w", path])
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.write(contentsOf: bytes)
            try file.close()
        }

        func sums() throws {
            try Machine.run(["sh", "-c", "cd '\(folder)' && sha256sum --strict -c SHA256SUMS"])
        }
    }

    private func published(_ count: Int = 1) throws -> (Flipd, [Published]) {
        let flipd = try Flipd()
        let names = (0..<count).map { "film\($0).mp4" }
        for name in names { try flipd.drop(try flipd.video(name), as: "Loom/" + name) }
        return (flipd, try names.map { try Published(flipd, $0) })
    }

    private func verify(_ flipd: Flipd, _ arguments: String...) throws -> (
        status: Int32, checked: Int, damaged: [[String: String]]
    ) {
        let result = try Machine.run(
            Machine.asOrdinaryUser
                + [Machine.program("flipctl"), "--root", flipd.root.path, "--json", "verify"] + arguments,
            mustSucceed: false)
        let answer = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        return (
            result.status, try #require(answer["checked"] as? Int),
            try #require(answer["damaged"] as? [[String: String]])
        )
    }

    @Test func oneBitIsFoundWhereverItIsAndNamed() throws {
        let (flipd, all) = try published(2)
        let one = all[0]
        let whole = try verify(flipd, "--all")
        #expect(whole.status == 0 && whole.checked == 2 && whole.damaged.isEmpty)
        #expect(try flipd.status()["state"] as? String == "ok")
        let last = try #require(try flipd.status()["last"] as? [String: Any])
        #expect(last["verify"] is String)
        for ending in ["\(one.id).mp4", "\(one.id)-poster.jpg", "\(one.id).json", "SHA256SUMS", "original"] {
            try one.flip(one.path(ending))
            let found = try verify(flipd, "--all")
            #expect(found.status == 1 && found.checked == 2)
            #expect(found.damaged.map { $0["id"] } == [one.id], "\(ending): \(found.damaged)")
            #expect(found.damaged.first?["file"].map { flipd.library.path + "/" + $0 } == one.path(ending))
            let status = try flipd.status()
            #expect(status["state"] as? String == "critical")
            let reasons = try #require(status["reasons"] as? [[String: Any]])
            #expect(reasons.map { $0["code"] as? String } == ["damaged"])
            let text = try #require(reasons.first?["text"] as? String)
            #expect(text.contains("film0.mp4") && text.contains("flipctl heal \(one.id)"))
            try one.flip(one.path(ending))
            #expect(try verify(flipd, one.id).status == 0)
            #expect(try flipd.status()["state"] as? String == "ok")
        }
        let events = try #require(
            try (flipd.json("/v1/assets/\(one.id)") as? [String: Any])?["events"] as? [[String: Any]])
        let checks = events.filter { $0["what"] as? String == "fixity check" }
        #expect(checks.count == 6 && checks.filter { $0["detail"] is String }.count == 5)
        #expect(flipd.log.contains("“flipctl heal \(one.id)” brings it back."))
    }

    @Test func whatIsMissingIsFoundAndOutlivesARestart() throws {
        let (flipd, all) = try published(2)
        try Machine.run(["chmod", "-R", "u+w", all[0].folder, all[1].folder])
        try FileManager.default.removeItem(atPath: all[0].path("\(all[0].id).mp4"))
        try FileManager.default.removeItem(atPath: all[1].folder)
        let found = try verify(flipd, "--all")
        #expect(found.status == 1 && found.checked == 2)
        #expect(Set(found.damaged.compactMap { $0["id"] }) == Set(all.map(\.id)))
        #expect(found.damaged.allSatisfy { $0["what"] == "missing" })
        try flipd.stop()
        try flipd.start()
        #expect(try flipd.status()["state"] as? String == "critical")
        // Missing never means deleted.
        #expect(try flipd.assets("?state=ready").count == 2)
        // The record knows it too.
        try flipd.stop()
        try Machine.run(
            Machine.asOrdinaryUser
                + [
                    "rm", "-f", flipd.root.path + "/state/ledger.sqlite",
                    flipd.root.path + "/state/ledger.sqlite-wal",
                ])
        try Machine.run(
            Machine.asOrdinaryUser + [Machine.program("flipd"), "--root", flipd.root.path, "--rebuild"],
            mustSucceed: false)
        try flipd.start()
        #expect(try flipd.status()["state"] as? String == "critical")
    }

    @Test func aDiskThatIsGoneMarksNothingUntilSomebodyHasLooked() throws {
        let (flipd, all) = try published(7)
        let aside = flipd.root.path + "/aside"
        try FileManager.default.moveItem(atPath: flipd.library.path + "/media", toPath: aside)
        let found = try verify(flipd, "--all")
        #expect(found.status == 1 && Set(found.damaged.compactMap { $0["id"] }) == Set(all.map(\.id)))
        func codes() throws -> [String] {
            let reasons = try flipd.status()["reasons"] as? [[String: Any]]
            return reasons?.compactMap { $0["code"] as? String } ?? []
        }
        #expect(try codes() == ["many-missing"])
        #expect(try flipd.status()["state"] as? String == "critical")
        try? FileManager.default.removeItem(atPath: flipd.library.path + "/media")
        try FileManager.default.moveItem(atPath: aside, toPath: flipd.library.path + "/media")
        #expect(try verify(flipd, "--all").status == 0)
        #expect(try codes() == [] && flipd.status()["state"] as? String == "ok")
        // Truly gone: asked once, and then believed.
        for one in all { try Machine.run(["chmod", "-R", "u+w", one.folder]) }
        for one in all { try FileManager.default.removeItem(atPath: one.folder) }
        #expect(try verify(flipd, "--all").status == 1)
        #expect(try codes() == ["many-missing"])
        #expect(try verify(flipd, "--all").damaged.count == 7)
        #expect(try codes() == ["missing"])
        #expect(try flipd.assets("?state=ready").count == 7)
    }

    @Test func whatIsInTheTrashIsVerifiedToo() throws {
        let (flipd, all) = try published()
        #expect(try flipd.ctl("delete", all[0].id).status == 0)
        #expect(try verify(flipd, "--all").checked == 1)
        try all[0].flip(flipd.library.path + "/trash/\(all[0].id)/\(all[0].id)-thumb.jpg")
        let found = try verify(flipd, all[0].id)
        #expect(found.status == 1)
        #expect(found.damaged.first?["file"] == "trash/\(all[0].id)/\(all[0].id)-thumb.jpg")
    }

    @Test func wordsForPeopleAndWrongOrders() throws {
        let (flipd, all) = try published()
        #expect(
            try flipd.ctl("verify").output
                == "Nothing is due; everything was verified or published within the last week.\n")
        #expect(try flipd.ctl("verify", "--all").output == "1 file verified, and all is well.\n")
        #expect(try flipd.ctl("heal", all[0].id).output == "Loom/film0.mp4 is as it was.\n")
        #expect(try flipd.ctl("verify", "--all", all[0].id).status == 2)
        #expect(try flipd.ctl("verify", "00000000-0000").status == 1)
        #expect(try flipd.ctl("heal").status == 2)
    }
}

/// The same with `heal`.
@Suite(.serialized) struct HealTests {
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
}

/// What takes how much room.
@Suite(.serialized) struct UsageTests {
    @Test func usageSaysWhatStandsOnTheDisk() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.tinyClip, as: "Loom/1905/a.mp4")
        try flipd.drop(Machine.otherClip, as: "b.mp4")
        let deleted = try #require(try flipd.asset("b.mp4", is: "ready")["id"] as? String)
        _ = try flipd.asset("a.mp4", is: "ready")
        #expect(try flipd.ctl("delete", deleted).status == 0)
        func bytes(_ folder: String) throws -> Int {
            let command =
                "find '\(flipd.library.path)/\(folder)' -type f ! -name SHA256SUMS ! -name '*.json' -printf '%s\\n'"
            return try Machine.run(["sh", "-c", command]).output.split(separator: "\n").reduce(0) {
                $0 + (Int($1) ?? 0)
            }
        }
        let usage = try #require(try flipd.json("/v1/usage") as? [String: Any])
        let classes = try #require(usage["classes"] as? [String: [String: Int]])
        #expect(try classes["published"] == ["count": 1, "bytes": bytes("media")])
        #expect(try classes["trash"] == ["count": 1, "bytes": bytes("trash")])
        #expect(try classes["originals"] == ["count": 2, "bytes": bytes("originals")])
        #expect(classes["snapshots"] == ["count": 0, "bytes": 0])
        #expect(usage["forecast"] is NSNull && usage["free_bytes"] is Int)
        let collections = try #require(usage["collections"] as? [[String: Any]])
        #expect(collections.map { $0["collection"] as? String } == ["", "Loom/1905"])
        #expect((usage["top_level"] as? [[String: Any]])?.map { $0["collection"] as? String } == ["", "Loom"])
        #expect((usage["months"] as? [[String: Any]])?.count == 1)
        let words = try flipd.ctl("usage")
        #expect(words.status == 0)
        for word in ["published", "originals", "trash", "Loom", "video", "is not yet known."] {
            #expect(words.output.contains(word), "\(words.output)")
        }
    }
}
