// Taking files out of the drop folder, by rename and by copy, over real file systems.
import Glibc
import Ingest
import Model
import Platform
import Scratch
import Testing

@Suite struct ClaimTests {
    private let scratch: Scratch
    private let incoming: Path

    init() throws {
        scratch = try Scratch()
        incoming = try scratch.folder("incoming")
    }

    private func drop(_ name: String, _ text: String = "some bytes") throws -> Source {
        let file = try scratch.file("incoming/\(name)", text)
        return try Claim.inspect(Path(name), in: incoming, as: Files.status(of: file)!, within: anySize)!.source
    }

    private func isChanged(_ failure: Claim.Failure?) -> Bool {
        if case .changed = failure { true } else { false }
    }

    @Test func aFileIsTakenByOneRename() throws {
        let source = try drop("Loom/a.mov")
        let original = scratch / "library/originals/x.mov"
        #expect(try Claim.rename(source, from: incoming, to: original))
        let status = try #require(try Files.status(of: original))
        #expect(status.inode == source.inode && status.mode == 0o440 && status.uid == Users.me)
        #expect(try !Files.exists(incoming / "Loom/a.mov"))
        #expect(try Claim.isUnchanged(source, in: incoming) == false)
    }

    @Test func whatChangedIsNotTaken() throws {
        let source = try drop("a.mov")
        #expect(try Claim.isUnchanged(source, in: incoming))
        try scratch.file("incoming/a.mov", "other bytes!")
        #expect(try !Claim.isUnchanged(source, in: incoming))
        for name in ["rename", "copy"] {
            let failure = #expect(throws: Claim.Failure.self) {
                if name == "copy" {
                    try Claim.copy(source, from: incoming, to: scratch / "copy")
                } else {
                    _ = try Claim.rename(source, from: incoming, to: scratch / "original")
                }
            }
            #expect(isChanged(failure), "\(name)")
        }
        #expect(try read(incoming / "a.mov") == "other bytes!")
        #expect(try names(in: scratch.path) == ["incoming"])
    }

    @Test func whatIsGoneOrNoFileIsNotTaken() throws {
        let status = try Files.status(of: incoming)!
        #expect(try Claim.inspect(Path("none"), in: incoming, as: status, within: anySize) == nil)
        let source = try drop("a.mov")
        try Files.unlink(incoming / "a.mov")
        symlink("/etc/passwd", (incoming / "a.mov").text)
        let failure = #expect(throws: Claim.Failure.self) {
            _ = try Claim.rename(source, from: incoming, to: scratch / "original")
        }
        #expect(isChanged(failure))
        #expect(try Claim.inspect(Path("a.mov"), in: incoming, as: status, within: anySize) == nil)
        try scratch.folder("incoming/folder")
        #expect(try Claim.inspect(Path("folder"), in: incoming, as: status, within: anySize) == nil)
    }

    @Test func anOriginalIsNeverReplaced() throws {
        let source = try drop("a.mov")
        try scratch.file("original", "kept")
        #expect(throws: Claim.Failure.self) {
            _ = try Claim.rename(source, from: incoming, to: scratch / "original")
        }
        #expect(try read(scratch / "original") == "kept")
        #expect(try read(incoming / "a.mov") == "some bytes")
    }

    @Test func aFileWithSeveralNamesIsOnlyCopied() throws {
        let source = try drop("a.mov")
        link((incoming / "a.mov").text, (scratch / "other").text)
        #expect(try !Claim.rename(source, from: incoming, to: scratch / "o/original"))
        #expect(try read(incoming / "a.mov") == "some bytes")
    }

    @Test func aFileOnAnotherFilesystemIsCopied() throws {
        let other = try Scratch(below: "/dev/shm")
        let file = try other.file("a.mov", "from elsewhere")
        guard try Files.status(of: file)?.device != Files.status(of: scratch.path)?.device else { return }
        let source = try #require(
            try Claim.inspect(Path("a.mov"), in: other.path, as: Files.status(of: file)!, within: anySize)?
                .source)
        #expect(try !Claim.rename(source, from: other.path, to: scratch / "o/original"))
        try scratch.file("staged", "left by an attempt before")
        try Claim.copy(source, from: other.path, to: scratch / "staged")
        try Claim.place(scratch / "staged", as: scratch / "o/original")
        #expect(try read(scratch / "o/original") == "from elsewhere")
        #expect(try Files.status(of: scratch / "o/original")?.mode == 0o440)
        #expect(try read(file) == "from elsewhere")
        _ = try Claim.removeSource(source, in: other.path)
        #expect(try !Files.exists(file))
        try other.file("a.mov", "written since")
        _ = try Claim.removeSource(source, in: other.path)
        #expect(try Files.exists(file))
    }

    @Test(.disabled(if: isRoot, "root may read everything"))
    func anUnreadableFileStaysWhereItIs() throws {
        let source = try drop("a.mov")
        try Files.setMode(incoming / "a.mov", 0)
        let error = #expect(throws: Errno.self) {
            try Claim.inspect(
                Path("a.mov"), in: incoming, as: Files.status(of: incoming / "a.mov")!, within: anySize)
        }
        #expect(error?.meansForbidden == true)
        #expect(throws: Claim.Failure.self) {
            try Claim.copy(source, from: incoming, to: scratch / "copy")
        }
    }

    @Test(.disabled(if: isRoot, "root may remove everything"))
    func aSourceThatCouldNotBeRemovedIsNotCopied() throws {
        let source = try drop("folder/a.mov")
        try Files.setMode(incoming / "folder", 0o555)
        let failure = #expect(throws: Claim.Failure.self) {
            try Claim.copy(source, from: incoming, to: scratch / "copy")
        }
        guard case .cannot(let error) = failure else { return #expect(Bool(false), "it is forbidden") }
        #expect(error.meansForbidden)
        #expect(try names(in: scratch.path) == ["incoming"])
    }
}
