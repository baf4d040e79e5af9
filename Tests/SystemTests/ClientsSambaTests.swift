// Every way in over SMB, against a real Samba: as it comes, and set up as Macs like it.
import Foundation
import Testing

@Suite(.serialized, .seated, .enabled(if: Server.hindrance == nil, "\(Server.hindrance ?? "")"))
struct ClientsSambaTests {
    static let settings = ["--set", "Intake.Patience=10min"]

    static let shares = [Smbd.Share.plain, .mac]

    @Test func smbclient_brings_files_and_trees() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=2s"])
        let smbd = try Smbd(for: flipd)
        var files: [String: URL] = [:]
        for share in Self.shares {
            for name in ["put.mp4", "again.mp4", "renamed.mp4", "Box/a/b/c/1.mp4", "Box/a/b/2.mp4"] {
                let path = "\(share)/\(name)"
                files[path] = try flipd.video(path, megabytes: 1)
            }
            func send(_ commands: String...) throws {
                let folder = flipd.sent.appendingPathComponent("\(share)")
                try smbd.client(share, in: folder, ["cd \(share)"] + commands).succeeds()
            }
            try flipd.send("mkdir", flipd.incoming.path + "/\(share)")
            // The first of these is written over at once.
            try send("put put.mp4 again.mp4", "put again.mp4", "put put.mp4")
            try send("put renamed.mp4 new.tmp", "rename new.tmp renamed.mp4")
            try send("recurse", "prompt", "mput Box")
        }
        try flipd.expectTaken(files)
    }

    /// What a Mac keeps beside a file comes after its bytes, and is written without opening these.
    @Test func a_macs_streams_are_no_files_of_their_own() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=2s"])
        let smbd = try Smbd(for: flipd)
        let source = try flipd.video("a.mp4", megabytes: 1)
        try flipd.send(line: "echo colour >label")
        let commands = [
            "put a.mp4", "put label a.mp4:com.apple.metadata", "put label a.mp4:AFP_Resource",
            "utimes a.mp4 -1 -1 2024:01:02-03:04:05 -1",
        ]
        try smbd.client(.mac, in: flipd.sent, commands).succeeds()
        try flipd.expectTaken(["a.mp4": source])
    }

    @Test func an_upload_whose_size_is_set_first_is_waited_for() throws {
        let flipd = try Flipd(Self.settings)
        let smbd = try Smbd(for: flipd)
        var explorers: [Client] = []
        for share in Self.shares {
            let lines = """
                file = opened("\(share).mp4", os.O_CREAT | os.O_EXCL)
                set_size(file, len(source))
                write(file, 0, half)
                sys.stdin.read()
                write(file, half, len(source))
                close(file)
                """
            let source = try flipd.video("\(share).mp4", megabytes: 4)
            explorers.append(try smbd.library(share, source, lines, fed: true))
        }
        for explorer in explorers { try explorer.waits(for: 8 << 20, in: flipd) }
        try flipd.expectNothingTaken("they are open")
        for explorer in explorers {
            try explorer.endFeeding()
            try explorer.succeeds()
        }
        try flipd.expectTaken(flipd.inSent("plain.mp4", "mac.mp4"))
    }

    @Test func an_upload_that_begins_empty_and_is_opened_again_is_waited_for() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=2s", "--set", "Intake.EmptyAfter=10min"])
        let smbd = try Smbd(for: flipd)
        var finders: [Client] = []
        for share in Self.shares {
            let lines = """
                close(opened("\(share).mp4", os.O_CREAT | os.O_EXCL))
                sys.stdin.readline()
                file = opened("\(share).mp4")
                write(file, 0, half)
                sys.stdin.readline()
                write(file, half, len(source))
                close(file)
                close(opened("\(share).mp4"))
                set_times("\(share).mp4")
                """
            let source = try flipd.video("\(share).mp4", megabytes: 4)
            finders.append(try smbd.library(share, source, lines, fed: true))
        }
        for finder in finders {
            try finder.waitUntil("both are there", with: flipd) {
                try flipd.files(below: "incoming").count == 2
            }
        }
        try flipd.expectNothingTaken(for: 3, "they are empty")
        for finder in finders { try finder.feed(Data("\n".utf8)) }
        for finder in finders { try finder.waits(for: 4 << 20, in: flipd) }
        try flipd.expectNothingTaken(for: 3, "they are open")
        for finder in finders {
            try finder.feed(Data("\n".utf8))
            try finder.succeeds()
        }
        try flipd.expectTaken(flipd.inSent("plain.mp4", "mac.mp4"))
    }

    /// One is smbclient; the other has set the size first, so that its file looks as long as it will be.
    @Test func a_client_that_is_killed_begins_again() throws {
        let flipd = try Flipd(Self.settings)
        let smbd = try Smbd(for: flipd)
        let source = try flipd.video("a.mp4", megabytes: 40)
        let client = try smbd.client(.plain, in: flipd.sent, ["put - a.mp4"], fed: true)
        // It sends 16 MB at once, when it has them.
        try client.feed(try Data(contentsOf: source).prefix(36 << 20))
        try client.waits(for: 16 << 20, in: flipd)
        let lines = """
            file = opened("b.mp4", os.O_CREAT | os.O_EXCL)
            set_size(file, len(source))
            write(file, 0, half)
            sys.stdout.write("half")
            sys.stdout.flush()
            sys.stdin.read()
            """
        let other = try smbd.library(.mac, try flipd.video("b.mp4", megabytes: 4), lines, fed: true)
        try other.waitUntil("half of it is there", with: flipd) { other.output == "half" }
        try flipd.expectNothingTaken("they are open")
        client.kill()
        other.kill()
        try flipd.expectNothingTaken("their ends are missing")
        try smbd.client(.plain, in: flipd.sent, ["put a.mp4", "put b.mp4"]).succeeds()
        try flipd.expectTaken(flipd.inSent("a.mp4", "b.mp4"))
    }

    @Test func another_users_files_are_taken_too() throws {
        let flipd = try Flipd(as: Machine.asOrdinaryUserWithLeases)
        try Machine.run(["chmod", "777", flipd.incoming.path])
        let smbd = try Smbd(for: flipd)
        let source = try flipd.video("a.mp4", megabytes: 40)
        let client = try smbd.client(.stranger, in: flipd.sent, ["put - a.mp4"], fed: true)
        let bytes = try Data(contentsOf: source)
        try client.feed(bytes.prefix(36 << 20))
        try client.waits(for: 16 << 20, in: flipd)
        let owner = try Machine.run(["stat", "-c", "%u", flipd.incoming.path + "/a.mp4"]).output
        #expect(owner == Server.strangerNumber + "\n")
        try flipd.expectNothingTaken("it is open")
        try client.feed(bytes.dropFirst(36 << 20))
        try client.endFeeding()
        try client.succeeds()
        try flipd.expectTaken(["a.mp4": source])
    }
}
