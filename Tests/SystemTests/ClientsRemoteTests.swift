// Every way in over SSH: scp, sftp and rsync against a real sshd.
import Foundation
import Testing

@Suite(.serialized, .seated, .enabled(if: Server.hindrance == nil, "\(Server.hindrance ?? "")"))
struct ClientsRemoteTests {
    @Test func scp_sftp_and_rsync_bring_their_files() throws {
        let (flipd, sshd) = (try Flipd(["--set", "Intake.Settle=1s"]), try Sshd())
        var files: [String: URL] = [:]
        func next(_ way: String) throws -> (source: URL, place: String) {
            let source = try flipd.video("\(way).mp4", megabytes: 1)
            files["\(way).mp4"] = source
            return (source, flipd.incoming.path + "/\(way).mp4")
        }
        for (way, arguments) in [
            ("scp", []), ("scp-p", ["-p"]), ("scp-old", ["-O"]), ("scp-old-p", ["-O", "-p"]),
        ] {
            let (source, place) = try next(way)
            try sshd.scp(arguments, from: source, to: place).succeeds()
        }
        for (way, command) in [("sftp", "put"), ("sftp-p", "put -p")] {
            let (source, place) = try next(way)
            try sshd.sftp([], "\(command) \(source.path) \(place)").succeeds()
        }
        // As graphical clients do.
        let (source, place) = try next("sftp-rename")
        try sshd.sftp([], "put \(source.path) \(place).filepart", "rename \(place).filepart \(place)")
            .succeeds()
        for (way, arguments) in [
            ("rsync", ["-a"]), ("rsync-inplace", ["-a", "--inplace"]), ("rsync-partial", ["-aP", "-q"]),
        ] {
            let (source, place) = try next(way)
            try sshd.rsync(arguments, from: source, to: place).succeeds()
        }
        try flipd.expectTaken(files)
    }

    @Test func whole_trees_are_brought() throws {
        let (flipd, sshd) = (try Flipd(["--set", "Intake.Settle=1s"]), try Sshd())
        var files: [String: URL] = [:]
        for way in ["scp", "scp-old", "sftp", "rsync"] {
            for name in ["1.mp4", "a/b/c/2.mp4"] {
                let path = "\(way)/\(name)"
                files[path] = try flipd.video(path)
            }
        }
        let place = flipd.incoming.path + "/"
        try sshd.scp(["-r", "-p"], from: flipd.sent.appendingPathComponent("scp"), to: place).succeeds()
        try sshd.scp(["-r", "-O"], from: flipd.sent.appendingPathComponent("scp-old"), to: place).succeeds()
        try sshd.sftp([], "put -R \(flipd.sent.path)/sftp \(place)").succeeds()
        try sshd.rsync(["-a"], from: flipd.sent.appendingPathComponent("rsync"), to: place).succeeds()
        try flipd.expectTaken(files)
    }

    /// Whose files they are decides nothing: what cannot be renamed is copied, and then removed. Nor are they taken sooner.
    @Test func another_users_files_are_taken_too() throws {
        let flipd = try Flipd(as: Machine.asOrdinaryUserWithLeases)
        let sshd = try Sshd()
        try Machine.run(["chmod", "777", flipd.incoming.path])
        let slow = try flipd.video("slow.mp4", megabytes: 12)
        let quick = try flipd.video("quick.mp4", megabytes: 1)
        let place = flipd.incoming.path + "/"
        let client = try sshd.scp(["-l", "16000"], from: slow, to: place, as: Server.stranger)
        try client.waits(for: 1, in: flipd)
        #expect(
            try Machine.run(["stat", "-c", "%u", place + "slow.mp4"]).output == Server.strangerNumber + "\n")
        try sshd.rsync(["-a"], from: quick, to: place, as: Server.stranger).succeeds()
        try client.succeeds()
        try flipd.expectTaken(["slow.mp4": slow, "quick.mp4": quick])
        let owners = try Machine.run([
            "find", flipd.library.path + "/originals", "-type", "f", "-printf", "%U %m ",
        ])
        #expect(owners.output == "65534 440 65534 440 ")
    }

    @Test func an_sftp_that_is_killed_takes_its_upload_up_again() throws {
        let flipd = try Flipd(["--set", "Intake.Patience=10min"])
        let sshd = try Sshd()
        let source = try flipd.video("a.mp4", megabytes: 16)
        let place = flipd.incoming.path + "/a.mp4"
        let client = try sshd.sftp(["-l", "24000"], "put \(source.path) \(place)")
        try client.waits(for: 2 << 20, in: flipd)
        client.kill()
        try flipd.expectNothingTaken("its end is missing")
        let half = try flipd.arrived()
        #expect(half < 16 << 20)
        try sshd.sftp([], "reput \(source.path) \(place)").succeeds()
        try flipd.expectTaken(["a.mp4": source])
    }

    @Test func an_scp_that_is_killed_begins_again() throws {
        let flipd = try Flipd(["--set", "Intake.Patience=10min"])
        let sshd = try Sshd()
        let source = try flipd.video("a.mp4", megabytes: 16)
        let client = try sshd.scp(["-l", "24000"], from: source, to: flipd.incoming.path)
        try client.waits(for: 2 << 20, in: flipd)
        client.kill()
        try flipd.expectNothingTaken("its end is missing")
        try sshd.scp([], from: source, to: flipd.incoming.path).succeeds()
        try flipd.expectTaken(["a.mp4": source])
    }
}
