// Whether somebody writes to a file, asked of the kernel.
import Glibc
import Model
import Platform
import Scratch
import Testing

@Suite struct LeaseTests {
    private let scratch: Scratch
    private let file: Path

    init() throws {
        signal(SIGIO, SIG_IGN)
        scratch = try Scratch()
        file = try scratch.file("file", "some bytes")
    }

    /// Between its fork and its exec a child of another test has our descriptors too, for an instant.
    private func isAtRest() throws -> Bool {
        for _ in 0..<5000 {
            if try Files.openForReading(file).writers() == .none { return true }
            usleep(1000)
        }
        return false
    }

    @Test func aFileThatNobodyWritesHasNoWriters() throws {
        #expect(try isAtRest())
        let reader = try Files.openForReading(file)
        #expect(try isAtRest())
        try reader.close()
    }

    @Test func aWriterIsSeenUntilItCloses() throws {
        let writer = try Files.openForAppending(file, mode: 0o644)
        #expect(try Files.openForReading(file).writers() == .some)
        try writer.close()
        #expect(try isAtRest())
    }

    @Test func aSharedMappingIsAWriterToo() throws {
        let descriptor = open(file.text, O_RDWR | O_CLOEXEC)
        let memory = mmap(nil, 10, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        close(descriptor)
        #expect(memory != MAP_FAILED)
        #expect(try Files.openForReading(file).writers() == .some)
        munmap(memory, 10)
        #expect(try isAtRest())
    }

    @Test func aWriterInAnotherProcessIsSeen() throws {
        var input = try Pipe()
        var output = try Pipe()
        let reading = input.reading.take()!
        let writing = output.writing.take()!
        let child = try Child.start(
            Path("/bin/sh"), arguments: ["-c", "exec 3>>'\(file.text)'; echo open; read line; exit 0"],
            environment: [], input: reading, output: writing, errors: 2)
        let answers = output.reading.take()!
        #expect(try answers.readSome() == Array("open\n".utf8))
        #expect(try Files.openForReading(file).writers() == .some)
        try Files.write(Array("end\n".utf8), to: input.writing.take()!)
        #expect(try child.wait().how == .exited(0))
        #expect(try isAtRest())
    }

    @Test func whatCannotBeAskedAboutIsUnknown() throws {
        #expect(try Files.openForReading(Path("/dev/null")).writers() == .unknown)
    }
}

@Suite struct LockTests {
    @Test func onlyOneHoldsALock() throws {
        let scratch = try Scratch()
        let path = try scratch.file("lock")
        do {
            guard let lock = try Lock.take(path) else {
                Issue.record("nobody holds it yet")
                return
            }
            #expect(try isTaken(path))
            #expect(try outcome(of: "flock", ["-n", path.text, "true"]).how == .exited(1))
            #expect(try lock.status().inode == Files.status(of: path)?.inode)
        }
        // A child that another test starts at this instant holds it too, until it has become its own program.
        #expect(try outcome(of: "flock", ["-w", "20", path.text, "true"]).how == .exited(0))
        #expect(try !isTaken(path))
        #expect(throws: Errno.self) { try isTaken(scratch / "none") }
    }

    private func isTaken(_ path: Path) throws -> Bool {
        let lock = try Lock.take(path)
        return lock == nil
    }
}
