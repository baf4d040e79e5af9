// Snapshots of the ledger as whoever keeps the machine meets them.
import Foundation
import Testing

@Suite(.serialized, .seatedAtOnce) struct SnapshotTests {
    private func snapshots(_ flipd: Flipd) throws -> [String] {
        try flipd.files(below: "library/ledger").filter { $0.hasSuffix(".sqlite") }.sorted()
    }

    private func sqlite(_ path: String, _ question: String) throws -> String {
        try Machine.run(["sqlite3", path, question]).output.trimmingCharacters(in: .newlines)
    }

    @Test func a_snapshot_is_one_whole_file_with_the_configuration_beside_it() throws {
        let flipd = try Flipd(["--set", "Keep.SnapshotsDaily=9", "--set", "Intake.Ignore=*.lrv *.thm"])
        #expect(try (flipd.status()["last"] as? [String: Any])?["snapshot"] is NSNull)
        try flipd.drop(Machine.tinyClip, as: "Loom/a.mp4")
        let id = try #require(try flipd.asset("a.mp4", is: "ready")["id"] as? String)
        let answer = try flipd.ctl("--json", "snapshot")
        #expect(answer.status == 0)
        let said = try #require(
            try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any])
        let file = try #require(said["file"] as? String)
        let path = flipd.library.path + "/" + file
        #expect(file.wholeMatch(of: /ledger\/ledger-[0-9]{8}T[0-9]{6}Z\.sqlite/) != nil)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.size] as? Int == said["bytes"] as? Int)
        #expect(attributes[.posixPermissions] as? Int == 0o444)
        #expect(try sqlite(path, "SELECT id FROM asset WHERE stage = 'published'") == id)
        #expect(try flipd.files(below: "library/ledger").count == 2)
        #expect(try (flipd.status()["last"] as? [String: Any])?["snapshot"] is String)
        #expect(flipd.log.contains("Made a snapshot of the ledger: \(file)"))

        let configuration = flipd.library.path + "/ledger/flipd.conf"
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        #expect(text.contains("[Intake]\nSettle=0.3s\nEmptyAfter=1s\nPatience=1s\nIgnore=*.lrv *.thm\n"))
        #expect(text.contains("[Keep]\nSnapshotsDaily=9\n"))
        let check = try Machine.run([Machine.program("flipd"), "--config", configuration, "--check"])
        #expect(check.status == 0)

        // Of one day the newest is kept.
        #expect(try flipd.ctl("snapshot").output.hasPrefix("The ledger was copied to ledger/ledger-"))
        #expect(try snapshots(flipd).count == 1)
    }

    @Test func the_first_snapshot_is_made_a_minute_after_the_start_and_the_next_a_day_later() throws {
        let flipd = try Flipd()
        usleep(50_000_000)
        #expect(try snapshots(flipd).isEmpty)
        try flipd.waitUntil("there is a snapshot", within: 25) { try snapshots(flipd).count == 1 }
        try flipd.waitUntil("it is told") { flipd.log.contains("Made a snapshot") }
        try flipd.stop()
        // Had it been due again, a minute after the start would have been too soon to tell.
        try flipd.start()
        usleep(65_000_000)
        #expect(flipd.log.matches(of: /Made a snapshot/).count == 1)
        #expect(try (flipd.status()["last"] as? [String: Any])?["snapshot"] is String)
    }

    @Test func a_damaged_ledger_makes_no_snapshot_and_costs_no_older_one() throws {
        let flipd = try Flipd()
        for number in 0..<40 { try flipd.write("no video \(number)", as: "file\(number).txt") }
        try flipd.waitUntil("all are back") { try flipd.assets("?state=failed&limit=500").count == 40 }
        #expect(try flipd.ctl("snapshot").status == 0)
        let before = try snapshots(flipd)
        try flipd.stop()
        let ledger = flipd.root.path + "/state/ledger.sqlite"
        _ = try sqlite(ledger, "PRAGMA wal_checkpoint(TRUNCATE)")
        // The index that finds an asset by its end, which nothing reads when a snapshot is asked for.
        let root = try sqlite(ledger, "SELECT rootpage FROM sqlite_schema WHERE name = 'asset_by_sha256'")
        try Machine.run([
            "dd", "if=/dev/urandom", "of=\(ledger)", "bs=4096", "seek=\(Int(root)! - 1)", "count=1",
            "conv=notrunc", "status=none",
        ])
        try flipd.start()
        let refused = try flipd.ctl("snapshot")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("flipd --rebuild"))
        #expect(try snapshots(flipd) == before)
        #expect(try flipd.files(below: "library/.staging").isEmpty)
        let status = try flipd.status()
        #expect(status["state"] as? String == "degraded")
        let codes = (status["reasons"] as? [[String: Any]] ?? []).map { $0["code"] as? String }
        #expect(codes.contains("snapshot-failed"))
    }

    @Test(.enabled(if: Machine.isRoot, "only root may mount a small disk"))
    func a_snapshot_does_not_take_the_last_room_of_the_disk() throws {
        let flipd = try Flipd(start: false)
        try Machine.run(["mkdir", flipd.library.path])
        try Machine.run(["mount", "-t", "tmpfs", "-o", "size=8M,mode=777", "tmpfs", flipd.library.path])
        defer { _ = try? Machine.run(["umount", "-l", flipd.library.path], mustSucceed: false) }
        try flipd.start()
        #expect(try flipd.ctl("snapshot").status == 0)
        let ballast = flipd.library.path + "/ballast"
        _ = try Machine.run(["dd", "if=/dev/zero", "of=\(ballast)", "bs=8K"], mustSucceed: false)
        try Machine.run(["truncate", "-s", "-8K", ballast])
        let refused = try flipd.ctl("snapshot")
        #expect(refused.status == 1 && refused.errors.contains("disk is full"), "\(refused.errors)")
        #expect(try snapshots(flipd).count == 1)
        try FileManager.default.removeItem(atPath: ballast)
        #expect(try flipd.ctl("snapshot").status == 0)
        #expect(try flipd.status()["state"] as? String == "ok")
    }

    @Test func before_an_older_ledger_is_changed_it_is_kept() throws {
        let flipd = try Flipd()
        try flipd.write("no video", as: "a.txt")
        _ = try flipd.asset("a.txt", is: "failed")
        try flipd.stop()
        let ledger = flipd.root.path + "/state/ledger.sqlite"
        let library = try String(contentsOfFile: flipd.library.path + "/.flipd-library", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        try makeOlder(ledger, of: library)
        try flipd.start()
        let kept = try #require(try snapshots(flipd).first)
        #expect(try sqlite("\(flipd.library.path)/ledger/\(kept)", "PRAGMA user_version") == "1")
        #expect(Int(try sqlite(ledger, "PRAGMA user_version"))! > 1)
        #expect(try flipd.assets().count == 1)
        #expect(flipd.log.contains("was written by an older flipd"))

        // Without the library it is kept beside the ledger.
        try flipd.stop()
        try makeOlder(ledger, of: library)
        try Machine.run(["mv", flipd.library.path, flipd.library.path + ".away"])
        try flipd.start()
        let beside = try FileManager.default.contentsOfDirectory(atPath: flipd.root.path + "/state").filter {
            $0.hasPrefix("ledger-")
        }
        #expect(beside.count == 1)
        #expect(!FileManager.default.fileExists(atPath: flipd.library.path))
        // Nor is another library the place for it.
        try flipd.stop()
        try makeOlder(ledger, of: "another")
        try Machine.run(["mv", flipd.library.path + ".away", flipd.library.path])
        try flipd.start()
        #expect(try snapshots(flipd).count == 1)
        #expect(try flipd.status()["state"] as? String == "critical")
    }

    @Test func the_ledger_of_a_newer_flipd_is_refused_in_a_clear_sentence() throws {
        let flipd = try Flipd()
        try flipd.stop()
        let ledger = flipd.root.path + "/state/ledger.sqlite"
        _ = try sqlite(ledger, "PRAGMA user_version = 99")
        try flipd.start(waiting: false)
        #expect(flipd.waitForExit() == 1)
        let line = try #require(flipd.log.split(separator: "\n").last)
        #expect(
            line.contains("it was written by a newer flipd (schema 99") && line.contains("install that version")
        )
        #expect(try sqlite(ledger, "PRAGMA user_version") == "99")
    }

    /// A ledger with the tables of the first flipd, which has read nothing of the record yet.
    private func makeOlder(_ ledger: String, of library: String) throws {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Sources/Ledger/Schema.swift")
        let schema = try String(contentsOf: source, encoding: .utf8)
        let tables = try #require(schema.firstMatch(of: /let first = """\n([^"]*)"""/)).1
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: ledger + ending) }
        _ = try sqlite(
            ledger,
            "\(tables) INSERT INTO library VALUES ('\(library)', '', 0); PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
        )
        if Machine.isRoot { try Machine.run(["chown", "65534:65534", ledger]) }
    }
}
