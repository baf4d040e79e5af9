// Starting, stopping, and being stopped.
import Foundation
import Testing

@Suite(.serialized, .seated) struct BeginningsAndEndsTests {
    @Test func stopped_in_mid_transcode_it_ends_soon_and_the_job_runs_again() throws {
        let flipd = try Flipd(["--set", "Video.Preset=medium", "--set", "Worker.Threads=1"])
        try flipd.drop(Machine.longClip, as: "long.mp4")
        try flipd.waitUntil("its transcode runs") { try flipd.isTranscoding() }
        let stop = try flipd.stop()
        #expect(stop.seconds < 10)
        #expect(stop.code == 0)
        #expect(try Machine.run(["pgrep", "-f", "\(flipd.root.path)"], mustSucceed: false).output.isEmpty)

        try flipd.start(["--set", "Video.Preset=ultrafast"])
        let asset = try flipd.asset("long.mp4", is: "ready")
        #expect(asset["attempts"] as? Int == 0)
        #expect(try flipd.assets().count == 1)
        try flipd.expectOrder()
    }

    @Test(arguments: 0..<6) func killed_at_any_moment_it_goes_on_where_it_was(round: Int) throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "a.mov")
        try flipd.drop(Machine.otherClip, as: "b.mp4")
        try flipd.write("no video", as: "c.txt")
        // Between the drop and the last publication, about evenly.
        usleep(UInt32(250_000 + round * 130_000))
        flipd.kill()
        try flipd.start()
        _ = try flipd.asset("a.mov", is: "ready")
        _ = try flipd.asset("b.mp4", is: "ready")
        _ = try flipd.asset("c.txt", is: "failed")
        #expect(try flipd.assets().count == 3)
        try flipd.expectOrder()
    }

    @Test func a_second_flipd_refuses_to_work_on_the_same_folder_or_library() throws {
        let flipd = try Flipd()
        let command = Machine.asOrdinaryUser + [Machine.program("flipd"), "--root", flipd.root.path]
        let second = try Machine.run(command, mustSucceed: false)
        #expect(second.status == 1)
        #expect(second.errors.contains("Another flipd is running"))

        let other = try Flipd(start: false)
        // Its own state, which it has seen the same library with.
        try Machine.run(
            Machine.asOrdinaryUser + [
                "sh", "-c",
                "mkdir -p \(other.root.path)/state && cp \(flipd.root.path)/state/ledger* \(other.root.path)/state/",
            ])
        let third = try Machine.run(
            Machine.asOrdinaryUser + [
                Machine.program("flipd"), "--root", other.root.path, "--set",
                "Folders.Library=\(flipd.library.path)",
            ], mustSucceed: false)
        #expect(third.status == 1)
        #expect(third.errors.contains("Another flipd works on"))
        #expect(try flipd.status()["state"] as? String == "ok")
    }

    @Test func a_beginning_that_was_cut_off_is_begun_again_but_never_over_files() throws {
        let flipd = try Flipd(start: false)
        let library = flipd.library.path
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", library + "/record", library + "/.staging"])
        try flipd.start()
        #expect(try flipd.status()["state"] as? String == "ok")

        let other = try Flipd(start: false)
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", other.library.path + "/media/2024"])
        let command = Machine.asOrdinaryUser + [Machine.program("flipd"), "--root", other.root.path]
        let refused = try Machine.run(command, mustSucceed: false)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("is not empty and is no flipd archive"))
    }

    @Test func without_the_librarys_marker_it_pauses_and_goes_on_by_itself() throws {
        let flipd = try Flipd()
        try Machine.run(["mv", flipd.library.path, flipd.library.path + ".away"])
        try flipd.waitUntil("it is critical", within: 5) {
            try flipd.status()["state"] as? String == "critical"
        }
        let health = try Machine.run([
            "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket",
            flipd.root.path + "/run/status.sock", "http://flipd/healthz",
        ])
        #expect(health.output == "503")
        // A disk that is not there leaves an empty folder; nothing may be written into it.
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", flipd.library.path])
        try flipd.drop(Machine.clip, as: "a.mov")
        usleep(1_500_000)
        #expect(try FileManager.default.contentsOfDirectory(atPath: flipd.library.path).isEmpty)
        #expect(FileManager.default.fileExists(atPath: flipd.incoming.path + "/a.mov"))
        #expect(try flipd.status()["waiting"] as? Int == 1)

        try Machine.run(["rmdir", flipd.library.path])
        try Machine.run(["mv", flipd.library.path + ".away", flipd.library.path])
        try flipd.waitUntil("all is well", within: 5) { try flipd.status()["state"] as? String == "ok" }
        _ = try flipd.asset("a.mov", is: "ready")
    }

    @Test func a_library_that_vanishes_in_mid_transcode_costs_nothing() throws {
        let flipd = try Flipd(["--set", "Video.Preset=medium", "--set", "Worker.Threads=1"])
        try flipd.drop(Machine.longClip, as: "long.mp4")
        try flipd.waitUntil("its transcode runs") { try flipd.isTranscoding() }
        try Machine.run(["mv", flipd.library.path, flipd.library.path + ".away"])
        try flipd.waitUntil("it is critical", within: 5) {
            try flipd.status()["state"] as? String == "critical"
        }
        try flipd.waitUntil("the job is ended") {
            try flipd.status()["jobs"].map { ($0 as? [Any])?.isEmpty } == true
        }
        try Machine.run(["mv", flipd.library.path + ".away", flipd.library.path])
        _ = try flipd.asset("long.mp4", is: "ready")
        try flipd.expectOrder()
    }

    @Test func an_empty_ledger_beside_a_library_pauses_until_it_is_rebuilt() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "Loom/a.mov")
        try flipd.drop(Machine.clip, as: "b.mov")
        try flipd.write("no video", as: "c.txt")
        _ = try flipd.asset("a.mov", is: "ready")
        _ = try flipd.asset("b.mov", is: "duplicate")
        _ = try flipd.asset("c.txt", is: "failed")
        let before = try flipd.comparableAssets()
        try flipd.stop()
        try Machine.run(["sh", "-c", "rm \(flipd.root.path)/state/ledger*"])

        try flipd.start()
        let status = try flipd.status()
        #expect(status["state"] as? String == "critical")
        let reasons = try #require(status["reasons"] as? [[String: Any]])
        #expect((reasons.first?["text"] as? String)?.contains("flipd --rebuild") == true)
        try flipd.stop()

        let rebuild = try Machine.run(
            Machine.asOrdinaryUser + [Machine.program("flipd"), "--root", flipd.root.path, "--rebuild"])
        #expect(rebuild.status == 0)
        try flipd.start()
        #expect(try flipd.comparableAssets() == before)
        #expect(try flipd.status()["state"] as? String == "ok")
    }

    @Test(arguments: [2, 4, 6]) func a_damaged_ledger_is_told_of_and_rebuilt(page: Int) throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.clip, as: "Loom/a.mov")
        _ = try flipd.asset("a.mov", is: "ready")
        let before = try flipd.comparableAssets()
        try flipd.stop()
        let ledger = flipd.root.path + "/state/ledger.sqlite"
        try Machine.run([
            "dd", "if=/dev/urandom", "of=\(ledger)", "bs=4096", "seek=\(page)", "count=2", "conv=notrunc",
            "status=none",
        ])
        let rebuild = try Machine.run(
            Machine.asOrdinaryUser + [Machine.program("flipd"), "--root", flipd.root.path, "--rebuild"],
            mustSucceed: false)
        #expect(rebuild.status == 0, "\(rebuild.errors)")
        try flipd.start()
        #expect(try flipd.comparableAssets() == before)
    }

    @Test(.enabled(if: Machine.isRoot, "only root may mount a small disk"))
    func a_full_disk_is_told_of_until_what_waited_is_done() throws {
        let flipd = try Flipd(["--set", "Video.Preset=medium"], start: false)
        let library = flipd.library.path
        try Machine.run(["mkdir", library])
        try Machine.run(["mount", "-t", "tmpfs", "-o", "size=64M,mode=777", "tmpfs", library])
        defer {
            flipd.kill()
            _ = try? Machine.run(["umount", "-l", library])
        }
        try flipd.start()
        try flipd.drop(Machine.longClip, as: "long.mp4")
        try flipd.waitUntil("it can be seen") { flipd.log.contains("long.mp4 can be seen") }
        // There was room when it was taken; now somebody else fills the disk.
        try Machine.run(["sh", "-c", "cat /dev/zero > \(library)/filler 2> /dev/null || true"])
        try flipd.waitUntil("it is told") {
            (try flipd.status()["reasons"] as? [[String: Any]] ?? []).contains {
                $0["code"] as? String == "disk-full"
            }
        }
        for _ in 0..<20 {
            #expect(try flipd.status()["state"] as? String == "degraded")
            usleep(200_000)
        }
        #expect(flipd.log.components(separatedBy: "The archive's disk is full").count <= 3)
        try Machine.run(["rm", "\(library)/filler"])
        _ = try flipd.asset("long.mp4", is: "ready")
        try flipd.waitUntil("all is well") { try flipd.status()["state"] as? String == "ok" }
        #expect(flipd.log.components(separatedBy: "It works again").count == 2)
    }

    @Test func a_bad_configuration_is_told_whole_and_a_bad_reload_changes_nothing() throws {
        let flipd = try Flipd(start: false)
        let conf = flipd.root.appendingPathComponent("flipd.conf")
        try "[Video]\nQuality=99\nNonsense=1\n[Wrong]\nx=1\n".write(to: conf, atomically: true, encoding: .utf8)
        let check = try Machine.run(
            [Machine.program("flipd"), "--config", conf.path, "--check"], mustSucceed: false)
        #expect(check.status == 2)
        #expect(
            check.errors.contains(
                "flipd.conf:2: Quality=99 is not allowed; it must be a whole number from 10 to 40"))
        #expect(check.errors.contains("flipd.conf:3: there is no key Nonsense in [Video]"))
        #expect(check.errors.contains("flipd.conf:5: there is no section [Wrong]"))

        try "[Folders]\nIncoming=/srv/x\nLibrary=/srv/x/lib\n".write(
            to: conf, atomically: true, encoding: .utf8)
        let inside = try Machine.run(
            [Machine.program("flipd"), "--config", conf.path, "--check"], mustSucceed: false)
        #expect(inside.errors.contains("flipd.conf:3: Library=/srv/x/lib must not stand in Incoming=/srv/x"))

        try "[Video]\nQuality=30\n".write(to: conf, atomically: true, encoding: .utf8)
        try flipd.start(["--config", conf.path])
        try "[Video]\nQuality=99\n".write(to: conf, atomically: true, encoding: .utf8)
        Foundation.kill(flipd.pid, SIGHUP)
        try flipd.waitUntil("the old one stays") { flipd.log.contains("The old configuration stays in force") }
        try flipd.drop(Machine.clip, as: "a.mov")
        _ = try flipd.asset("a.mov", is: "ready")
    }

    @Test func a_worker_that_is_killed_is_started_again() throws {
        let flipd = try Flipd(["--set", "Worker.Threads=1"])
        try flipd.drop(Machine.longClip, as: "long.mp4")
        try flipd.waitUntil("its transcode runs") { try flipd.isTranscoding() }
        try Machine.run(["pkill", "-KILL", "-P", "\(flipd.pid)", "flip-worker"])
        try flipd.waitUntil("it is begun again") {
            try flipd.log.contains("ended by signal 9") && flipd.isTranscoding()
        }
        #expect(flipd.log.contains("failed unexpectedly. The worker was ended by signal 9. (attempt 1 of 3)"))
        _ = try flipd.asset("long.mp4", is: "ready")
    }
}

extension Flipd {
    func isTranscoding() throws -> Bool {
        let jobs = try status()["jobs"] as? [[String: Any]] ?? []
        return jobs.contains { $0["stage"] as? String == "transcode" && ($0["progress"] as? Double ?? 0) > 0 }
    }

    /// All that a rebuilt ledger must say as the old one did.
    func comparableAssets() throws -> [String] {
        let left = ["attempts", "events", "progress"]
        return try assets("?limit=500").map { asset in
            let kept = asset.filter { !left.contains($0.key) }
            return String(
                decoding: try JSONSerialization.data(withJSONObject: kept, options: .sortedKeys), as: UTF8.self)
        }
    }

    /// What docs/stages.md promises of a library at rest: every published folder whole, every original an asset's, nothing in
    /// staging, nothing half.
    func expectOrder() throws {
        let assets = try assets("?limit=500")
        #expect(try files(below: "library/.staging").isEmpty)
        let ready = assets.filter { $0["state"] as? String == "ready" }
        let folders = try Machine.run([
            "find", library.path + "/media", "-mindepth", "4", "-maxdepth", "4", "-printf", "%f\\n",
        ])
        .output.split(separator: "\n").map(String.init)
        #expect(folders.sorted() == ready.compactMap { $0["id"] as? String }.sorted())
        for asset in ready {
            let folder = library.path + "/\(asset["folder"] ?? "")"
            let sums = try Machine.run(
                ["sh", "-c", "cd \(folder) && sha256sum --quiet --strict -c SHA256SUMS"], mustSucceed: false)
            #expect(sums.status == 0, "\(sums.errors)")
        }
        let originals = try files(below: "library/originals").map { "originals/" + $0 }
        #expect(originals.sorted() == assets.compactMap { $0["original"] as? String }.sorted())
    }
}
