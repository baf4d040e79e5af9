// The archive is read again and compared with what was published; and what is damaged can be had back.
import Foundation
import Testing

@Suite(.serialized, .seated) struct FixityTests {
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
