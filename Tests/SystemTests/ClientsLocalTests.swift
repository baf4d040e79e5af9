// Every way in on the machine itself, with the programs people use: files, and whole folders.
import Foundation
import Testing

@Suite(.serialized, .seated) struct ClientsLocalTests {
    /// The clients, and their lines of shell: `a.mp4` is to go into `$in`.
    static let ways = [
        "cp": "cp a.mp4 $in/",
        "cp -p": "cp -p a.mp4 $in/",
        "dd": "dd if=a.mp4 of=$in/a.mp4 bs=1k status=none",
        "mv": "mv a.mp4 $in/",
        "mv from elsewhere": "mkdir $elsewhere && mv a.mp4 $elsewhere/ && mv $elsewhere/a.mp4 $in/",
        "ln": "ln a.mp4 $in/",
        "rsync": "rsync -a a.mp4 $in/",
        "rsync --inplace": "rsync -a --inplace a.mp4 $in/",
        "rsync --partial": "rsync -a --partial a.mp4 $in/",
        "rsync --delay-updates": "rsync -a --delay-updates a.mp4 $in/",
        "rsync --preallocate": "rsync -a --preallocate --inplace a.mp4 $in/",
        "curl": "curl -sS -o $in/a.part file://$PWD/a.mp4 && mv $in/a.part $in/a.mp4",
        "cp to a hidden name": "cp a.mp4 $in/.a && mv $in/.a $in/a.mp4",
    ]

    /// The same for a folder `Box`.
    static let treeWays = [
        "cp -r": "cp -r Box $in/",
        "cp -a": "cp -a Box $in/",
        "tar": "tar c Box | tar x -C $in",
        "rsync -a": "rsync -a Box $in/",
        "mv": "mv Box $in/",
        "mv from elsewhere": "mkdir $elsewhere && mv Box $elsewhere/ && mv $elsewhere/Box $in/",
    ]

    @Test func every_client_brings_its_file() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=1s"])
        var files: [String: URL] = [:]
        for (way, line) in Self.ways.sorted(by: <) {
            let kept = try flipd.video("\(way)/kept.mp4", megabytes: 1)
            files["\(way)/a.mp4"] = kept
            try flipd.send(line: "cp kept.mp4 a.mp4; mkdir '\(flipd.incoming.path)/\(way)'", in: way)
            try flipd.send(line: line, in: way)
        }
        try flipd.expectTaken(files)
        // A file with two names keeps the other one, and its mode.
        let other = flipd.sent.path + "/ln/a.mp4"
        #expect(FileManager.default.contentsEqual(atPath: other, andPath: flipd.sent.path + "/ln/kept.mp4"))
        #expect(try Machine.run(["stat", "-c", "%a %h", other]).output == "644 1\n")
    }

    /// The first file of a new folder may be there before anybody can watch that folder.
    @Test func every_client_brings_whole_trees() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=1s"])
        var files: [String: URL] = [:]
        for (way, line) in Self.treeWays.sorted(by: <) {
            for path in ["Box/1.mp4", "Box/a/b/c/d/e/2.mp4", "Box/a/b/3.mp4"] {
                files["\(way)/\(path)"] = try flipd.video("\(way)/kept/\(path)")
            }
            try flipd.send(line: "cp -r kept/Box . && mkdir '\(flipd.incoming.path)/\(way)'", in: way)
            try flipd.send(line: line, in: way)
        }
        try flipd.expectTaken(files)
        // The folders are the senders'.
        for way in Self.treeWays.keys {
            #expect(FileManager.default.fileExists(atPath: flipd.incoming.path + "/\(way)/Box/a/b/c/d/e"))
        }
    }

    /// Files that have come are taken while the client is still busy with the rest of the folder.
    @Test func a_slow_tree_is_taken_while_it_comes() throws {
        let flipd = try Flipd()
        var files: [String: URL] = [:]
        for path in ["Box/a/1.mp4", "Box/a/2.mp4", "Box/b/3.mp4", "Box/b/4.mp4"] {
            files[path] = try flipd.video(path, megabytes: 4)
        }
        let client = try Client(
            Machine.asOrdinaryUser + [
                "rsync", "-a", "--bwlimit=4000", flipd.sent.path + "/Box", flipd.incoming.path,
            ])
        try flipd.waitUntil("the first is taken") { try !flipd.assets().isEmpty }
        try client.succeeds()
        try flipd.expectTaken(files)
    }

    @Test func a_name_that_was_just_taken_is_used_again() throws {
        let flipd = try Flipd()
        let path = flipd.incoming.path + "/a.mp4"
        var sources: [URL] = []
        for number in 1...4 {
            sources.append(try flipd.video("\(number).mp4", megabytes: 1))
            try flipd.send(line: "cp \(number).mp4 $in/a.mp4")
            // At the very instant that it is gone the next one comes.
            try flipd.waitUntil("it is gone") { !FileManager.default.fileExists(atPath: path) }
        }
        try flipd.waitUntil("all are published") { try flipd.assets("?state=ready").count == sources.count }
        #expect(try flipd.files(below: "incoming").isEmpty)
        let originals = try flipd.assets().compactMap { $0["original"] as? String }.sorted()
        // Their names tell the order in which they came.
        for (original, source) in zip(originals, sources) {
            #expect(
                FileManager.default.contentsEqual(
                    atPath: flipd.library.path + "/" + original, andPath: source.path))
        }
        #expect(originals.count == sources.count)
        try flipd.expectOrder()
    }

    /// As `cp -a`, `tar` and `rsync -H` bring them.
    @Test func two_names_of_one_file_are_twins() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=2s"])
        let source = try flipd.video("Box/a.mp4", megabytes: 1)
        try flipd.send(line: "ln a.mp4 z.mp4", in: "Box")
        try flipd.send(line: "rsync -aH Box $in/")
        try flipd.waitUntil("both have ended") {
            try flipd.assets().compactMap { $0["state"] as? String }.sorted() == ["duplicate", "ready"]
        }
        try flipd.waitUntil("nothing is left") { try flipd.files(below: "incoming").isEmpty }
        let original = try #require(try flipd.assets("?state=ready").first?["original"] as? String)
        #expect(
            FileManager.default.contentsEqual(atPath: flipd.library.path + "/" + original, andPath: source.path)
        )
        try flipd.expectOrder()
    }

    @Test func a_file_that_is_overwritten_before_it_is_taken_counts_once() throws {
        let flipd = try Flipd(["--set", "Intake.Settle=3s"])
        for number in 1...3 { try flipd.video("\(number).mp4", megabytes: 4 - number) }
        let last = try flipd.video("last.mp4")
        for number in 1...3 {
            try flipd.send(line: "cp \(number).mp4 $in/a.mp4")
            usleep(200_000)
        }
        try flipd.send(line: "rsync -a last.mp4 $in/a.mp4")
        try flipd.expectTaken(["a.mp4": last])
    }
}
