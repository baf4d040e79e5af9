// Links that somebody puts into the drop folder lead nowhere: not in, not out.
import Glibc
import Model
import Platform
import Scratch
import Testing

@testable import Ingest

@Suite struct LinkTests {
    private let scratch: Scratch
    private var incoming: Path { scratch.path / "incoming" }
    private var elsewhere: Path { scratch.path / "elsewhere" }

    init() throws {
        scratch = try Scratch()
        try Files.makeFolder(incoming)
        try Files.makeFolder(elsewhere)
    }

    private func write(_ text: String, _ path: Path) throws {
        try Durable.create(path, Array(text.utf8), mode: 0o644)
    }

    private func source(_ path: Path) throws -> Source {
        let seen = try #require(try Files.status(of: incoming / path))
        return try #require(try Claim.inspect(path, in: incoming, as: seen, within: anySize)?.source)
    }

    private func link(_ path: Path, to target: Path) {
        #expect(symlink(target.text, path.text) == 0)
    }

    @Test func nothingIsHandedBackThroughALinkNamedProblems() throws {
        try write("no video", incoming / "a.txt")
        let source = try source(Path("a.txt"))
        let original = scratch.path / "original"
        #expect(try Claim.rename(source, from: incoming, to: original))
        link(incoming / "Problems", to: elsewhere)

        #expect(throws: Errno.self) { try HandBack.freePlace(for: source, in: incoming) }
        #expect(throws: Errno.self) {
            try HandBack.move(original, of: source, to: Path("Problems/a.txt"), in: incoming)
        }
        #expect(try Files.list(elsewhere).isEmpty)
        #expect(try Files.read(original, limit: 100) == Array("no video".utf8))
    }

    @Test func nothingIsTakenThroughALinkedFolder() throws {
        try Files.makeFolder(incoming / "Loom")
        try write("bytes", incoming / "Loom/a.mov")
        let source = try source(Path("Loom/a.mov"))
        // The folder is swapped for a link to another, in which the same name stands.
        try Files.rename(incoming / "Loom", to: elsewhere / "Loom")
        link(incoming / "Loom", to: elsewhere / "Loom")
        #expect(throws: Claim.Failure.self) {
            try Claim.rename(source, from: incoming, to: scratch.path / "original")
        }
        #expect(throws: Claim.Failure.self) {
            try Claim.copy(source, from: incoming, to: scratch.path / "staged")
        }
        #expect(try Files.exists(elsewhere / "Loom/a.mov"))
        let seen = try #require(try Files.status(of: elsewhere / "Loom/a.mov"))
        #expect(try Claim.inspect(Path("Loom/a.mov"), in: incoming, as: seen, within: anySize) == nil)
    }

    @Test func aModeIsNeverSetThroughALink() throws {
        try write("private", elsewhere / "secret")
        try Files.setMode(elsewhere / "secret", 0o600)
        link(incoming / "a", to: elsewhere / "secret")
        #expect(throws: Errno.self) { try Files.setMode(incoming / "a", 0o666) }
        #expect(try Files.status(of: elsewhere / "secret")?.mode == 0o600)
    }

    @Test func retryingRemovesOnlyNotesOfOurs() throws {
        try Files.makeFolder(incoming / "Problems")
        try write("no video", incoming / "Problems/a.txt")
        try write("staff's own text", incoming / "Problems/a.txt.txt")
        #expect(
            try HandBack.tryAgain(Path("Problems/a.txt"), to: Path("Box/a.txt"), in: incoming)
                == Path("Box/a.txt"))
        #expect(try Files.exists(incoming / "Problems/a.txt.txt"))
        #expect(try Files.exists(incoming / "Box/a.txt"))
    }
}
