// Clients that write as few do: slowly, in several sittings, to names that change or vanish. The test is the hand on the
// keyboard: what they read comes when it says so.
import Foundation
import Testing

@Suite(.serialized, .seated) struct ClientsOddTests {
    static let settings = ["--set", "Intake.Patience=10min"]

    /// A client that writes what it reads, as it comes.
    static func writer(_ flipd: Flipd, _ line: String) throws -> Client {
        try Client(
            Machine.asOrdinaryUser + ["env", "in=\(flipd.incoming.path)", "sh", "-c", line], fed: true)
    }

    @Test func a_writer_that_pauses_and_keeps_its_file_open_is_waited_for() throws {
        let flipd = try Flipd(Self.settings)
        let source = try flipd.video("a.mp4", megabytes: 1)
        let bytes = try Data(contentsOf: source)
        let client = try Self.writer(flipd, "exec cat >$in/a.mp4")
        for place in stride(from: 0, to: bytes.count, by: 1 << 20) {
            try client.feed(bytes[place..<min(place + 1 << 20, bytes.count)])
            try flipd.expectNothingTaken("it is open")
        }
        // It is whole now, and still open.
        try flipd.expectNothingTaken("it is open")
        try client.endFeeding()
        try client.succeeds()
        try flipd.expectTaken(["a.mp4": source])
    }

    @Test func a_writer_that_closes_and_opens_again_is_waited_for() throws {
        let flipd = try Flipd(Self.settings)
        let source = try flipd.video("a.mp4", megabytes: 2)
        for number in 0..<3 {
            try flipd.send(line: "dd if=a.mp4 bs=1M skip=\(number) count=1 status=none >>$in/a.mp4")
            if number < 2 { try flipd.expectNothingTaken("its end is missing") }
        }
        try flipd.expectTaken(["a.mp4": source])
    }

    /// Each kind of file has its own way to say how long it will be.
    @Test func the_first_half_of_a_file_is_waited_for() throws {
        let flipd = try Flipd(Self.settings)
        try flipd.video("whole.mp4")
        let names = ["a.mp4", "b.mov", "c.mkv", "d.avi"]
        for name in names {
            try flipd.send(line: "ffmpeg -v error -i whole.mp4 -c:v copy -c:a mp2 \(name)")
            try flipd.send(line: "head -c $(($(stat -c %s \(name)) / 2)) \(name) >$in/\(name)")
        }
        try flipd.expectNothingTaken("their ends are missing")
        for name in names { try flipd.send(line: "rsync -a \(name) $in/") }
        try flipd.expectTaken(flipd.inSent("a.mp4", "b.mov", "c.mkv", "d.avi"))
    }

    @Test func a_file_that_gets_its_size_first_and_its_bytes_later_is_waited_for() throws {
        let flipd = try Flipd(Self.settings)
        try flipd.video("a.mp4", megabytes: 3)
        try flipd.send(line: "cp a.mp4 b.mp4 && printf free >>b.mp4")
        let ways = [("a.mp4", "truncate -s"), ("b.mp4", "fallocate -l")]
        for (name, sizer) in ways { try flipd.send(line: "\(sizer) $(stat -c %s \(name)) $in/\(name)") }
        try flipd.expectNothingTaken("they have no bytes")
        for part in ["count=2", "skip=2 seek=2"] {
            for (name, _) in ways {
                try flipd.send(line: "dd if=\(name) of=$in/\(name) bs=1M \(part) conv=notrunc status=none")
            }
            if part == "count=2" { try flipd.expectNothingTaken("their ends are missing") }
        }
        try flipd.expectTaken(flipd.inSent("a.mp4", "b.mp4"))
    }

    /// Its index comes first and says that all is well.
    @Test func a_file_whose_middle_is_missing_is_waited_for() throws {
        let flipd = try Flipd(Self.settings)
        try flipd.video("whole.mp4")
        try flipd.send(line: "ffmpeg -v error -i whole.mp4 -c copy -movflags +faststart a.mp4")
        try flipd.send(line: "cp a.mp4 b.mp4 && printf free >>b.mp4")
        for (name, sizer) in [("a.mp4", "truncate -s"), ("b.mp4", "fallocate -l")] {
            try flipd.send(line: "\(sizer) $(stat -c %s \(name)) $in/\(name)")
            try flipd.send(line: "dd if=\(name) of=$in/\(name) bs=8k count=2 conv=notrunc status=none")
        }
        // Once what was written is on the disk, the filesystem knows what was not.
        try flipd.send(line: "sync $in/a.mp4 $in/b.mp4")
        try flipd.expectNothingTaken("their ends are missing")
        for name in ["a.mp4", "b.mp4"] {
            try flipd.send(line: "dd if=\(name) of=$in/\(name) bs=8k skip=2 seek=2 conv=notrunc status=none")
        }
        try flipd.expectTaken(flipd.inSent("a.mp4", "b.mp4"))
    }

    @Test func a_file_that_gets_its_name_last_is_waited_for_while_it_is_open() throws {
        let flipd = try Flipd(Self.settings)
        let source = try flipd.video("a.mp4", megabytes: 2)
        let bytes = try Data(contentsOf: source)
        let script = """
            import os, sys
            file = os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR, 0o644)
            os.write(file, sys.stdin.buffer.read(1 << 20))
            os.link(f"/proc/self/fd/{file}", sys.argv[1] + "/a.mp4", src_dir_fd=file, follow_symlinks=True)
            while part := sys.stdin.buffer.read1(1 << 20): os.write(file, part)
            """
        let client = try Client(
            Machine.asOrdinaryUser + ["/usr/bin/python3", "-c", script, flipd.incoming.path], fed: true)
        try client.feed(bytes[..<(1 << 20)])
        try client.waitUntil("it has its name", with: flipd) { try flipd.files(below: "incoming") == ["a.mp4"] }
        try flipd.expectNothingTaken("it is open")
        try client.feed(bytes[(1 << 20)...])
        try flipd.expectNothingTaken("it is open")
        try client.endFeeding()
        try client.succeeds()
        try flipd.expectTaken(["a.mp4": source])
    }

    @Test func a_file_that_is_mapped_into_memory_is_waited_for() throws {
        let flipd = try Flipd(Self.settings)
        let source = try flipd.video("a.mp4", megabytes: 2)
        let script = """
            import mmap, os, sys
            bytes = open(sys.argv[1], "rb").read()
            file = os.open(sys.argv[2], os.O_CREAT | os.O_RDWR, 0o644)
            os.ftruncate(file, len(bytes))
            memory = mmap.mmap(file, len(bytes))
            os.close(file)
            memory[:1 << 20] = bytes[:1 << 20]
            sys.stdin.read()
            memory[1 << 20:] = bytes[1 << 20:]
            """
        let client = try Client(
            Machine.asOrdinaryUser + [
                "/usr/bin/python3", "-c", script, source.path, flipd.incoming.path + "/a.mp4",
            ], fed: true)
        try client.waitUntil("it is begun", with: flipd) { try flipd.files(below: "incoming") == ["a.mp4"] }
        try flipd.expectNothingTaken("it is mapped")
        try client.endFeeding()
        try client.succeeds()
        try flipd.expectTaken(["a.mp4": source])
    }

    @Test func a_file_that_is_removed_in_mid_copy_is_no_file() throws {
        let flipd = try Flipd(Self.settings)
        let bytes = try Data(contentsOf: try flipd.video("a.mp4", megabytes: 2))
        let client = try Self.writer(flipd, "exec cat >$in/a.mp4")
        try client.feed(bytes[..<(1 << 20)])
        try flipd.waitUntil("it is seen") { try flipd.status()["waiting"] as? Int == 1 }
        try flipd.send(line: "rm $in/a.mp4")
        try client.feed(bytes[(1 << 20)...])
        try client.endFeeding()
        try client.succeeds()
        try flipd.expectNothingTaken("it was removed")
        try flipd.expectTaken([:])
    }

    @Test func a_file_that_is_renamed_in_mid_copy_is_taken_by_its_last_name() throws {
        let flipd = try Flipd(Self.settings)
        let source = try flipd.video("a.mp4", megabytes: 2)
        let bytes = try Data(contentsOf: source)
        let client = try Self.writer(flipd, "exec cat >$in/a.mp4")
        try client.feed(bytes[..<(1 << 20)])
        try flipd.waitUntil("it is seen") { try flipd.status()["waiting"] as? Int == 1 }
        try flipd.send(line: "mkdir $in/Box && mv $in/a.mp4 $in/Box/b.mp4")
        try flipd.expectNothingTaken("it is open")
        // And the folder that it stands in by now.
        try flipd.send(line: "mv $in/Box $in/Loom")
        try flipd.expectNothingTaken("it is open")
        try client.feed(bytes[(1 << 20)...])
        try client.endFeeding()
        try client.succeeds()
        try flipd.expectTaken(["Loom/b.mp4": source])
    }
}
