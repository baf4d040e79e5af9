// Handing files back: names, owners, modes and notes.
import Glibc
import Model
import Platform
import Scratch
import Testing

@testable import Ingest

@Suite struct HandBackTests {
    private let scratch: Scratch
    private let incoming: Path

    init() throws {
        scratch = try Scratch()
        incoming = try scratch.folder("incoming")
    }

    private func place(_ path: String) throws -> String {
        try HandBack.freePlace(for: makeSource(Path(path)), in: incoming).text
    }

    private func occupy(_ path: String) throws { try scratch.file("incoming/\(path)") }

    @Test func aNameThatIsThereGetsANumber() throws {
        #expect(try place("Loom/a.mov") == "Problems/Loom/a.mov")
        try occupy("Problems/Loom/a.mov")
        #expect(try place("Loom/a.mov") == "Problems/Loom/a (2).mov")
        try occupy("Problems/Loom/a (2).mov.txt")
        #expect(try place("Loom/a.mov") == "Problems/Loom/a (3).mov", "a note would be overwritten")
        try occupy("Problems/noext")
        #expect(try place("noext") == "Problems/noext (2)")
        try occupy("Problems/a.tar.gz")
        #expect(try place("a.tar.gz") == "Problems/a.tar (2).gz")
    }

    @Test(arguments: [
        String(repeating: "x", count: 251) + ".mov", String(repeating: "é", count: 125) + ".mov",
        "a." + String(repeating: "y", count: 253), String(repeating: "z", count: 255),
        String(repeating: "日", count: 80) + "." + String(repeating: "b", count: 14),
    ])
    func aLongNameFindsItsPlaceTimeAndTimeAgain(_ name: String) throws {
        var places: Set<String> = []
        for _ in 0..<12 {
            let place = Path(try place("Loom/\(name)"))
            #expect(place.name.bytes.count <= 255 && place.exactText != nil)
            #expect(places.insert(place.text).inserted)
            try occupy(place.text)
            try write(incoming / place.parent / Note.name(for: place.name), [])
        }
    }

    @Test func bytesThatAreNoTextComeBackExactly() throws {
        let name = Path(bytes: [UInt8](repeating: 0x80, count: 251) + Array(".mov".utf8))
        let source = makeSource(name)
        let first = try HandBack.freePlace(for: source, in: incoming)
        #expect(first.name == name)
        try scratch.file(Path("incoming") / first, [1])
        let second = try HandBack.freePlace(for: source, in: incoming)
        #expect(second.name.bytes.count > 240 && second.name.bytes.first == 0x80)
    }

    @Test(arguments: ["/tmp", "/dev/shm"])
    func aFileGoesBackAsItWas(_ where: String) throws {
        let library = try Scratch(below: `where`)
        let original = try library.file("original.mov", "bytes")
        try Files.setMode(original, 0o440)
        var source = makeSource(Path("Loom/a.mov"))
        (source.uid, source.gid, source.mode) = isRoot ? (1234, 1235, 0o664) : (Users.me, Users.myGroup, 0o664)
        try scratch.folder("incoming/Loom")
        try Files.setMode(incoming / "Loom", 0o2775)
        let place = Path("Problems/Loom/a.mov")
        try HandBack.move(original, of: source, to: place, in: incoming)
        let status = try #require(try Files.status(of: incoming / place))
        #expect(status.mode == 0o664)
        #expect(try read(incoming / place) == "bytes")
        #expect(try !Files.exists(original))
        #expect(try Files.status(of: incoming / "Problems/Loom")?.mode == 0o2775)
        #expect(try names(in: incoming / "Problems/Loom") == ["a.mov"])
        #expect((status.uid, status.gid) == (source.uid, source.gid))
    }

    @Test func aMoveReplacesNothing() throws {
        try occupy("Problems/a.mov")
        let original = try scratch.file("original.mov", "bytes")
        #expect(throws: Errno.self) {
            try HandBack.move(original, of: makeSource(Path("a.mov")), to: Path("Problems/a.mov"), in: incoming)
        }
        #expect(try read(incoming / "Problems/a.mov") == "some bytes")
        #expect(try read(original) == "bytes")
    }

    @Test func aNoteIsWrittenOnce() throws {
        let place = Path("Problems/a.mov")
        try occupy(place.text)
        let source = makeSource(Path("a.mov"))
        try HandBack.writeNote(Refusal(.drm), for: place, of: source, on: "2026-11-20", in: incoming)
        let note = incoming / "Problems/a.mov.txt"
        #expect(try read(note).contains("copy protection"))
        try write(note, Array("mine".utf8))
        try HandBack.writeNote(Refusal(.drm), for: place, of: source, on: "2026-11-20", in: incoming)
        #expect(try read(note) == "mine")
    }

    @Test func tryingAgainMovesTheFileHomeWithoutItsNote() throws {
        let place = Path("Problems/Loom/a.mov")
        try occupy(place.text)
        try occupy("Loom/a.mov")
        let source = makeSource(Path("Loom/a.mov"))
        try HandBack.writeNote(Refusal(.drm), for: place, of: source, on: "2026-11-20", in: incoming)
        #expect(try HandBack.tryAgain(place, to: Path("Loom/a.mov"), in: incoming) == Path("Loom/a (2).mov"))
        #expect(try names(in: incoming / "Problems/Loom").isEmpty)
        #expect(try HandBack.tryAgain(place, to: Path("Loom/a.mov"), in: incoming) == nil)
        symlink("/etc/passwd", (incoming / place).text)
        #expect(try HandBack.tryAgain(place, to: Path("Loom/a.mov"), in: incoming) == nil)
    }
}
