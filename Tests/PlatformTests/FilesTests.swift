// Files and folders on a real file system, with odd names and sizes.
import Glibc
import Model
import Platform
import Scratch
import Testing

@Suite struct FilesTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func aNewFileNeverReplacesAnother() throws {
        try Durable.create(scratch / "a", [1, 2], mode: 0o640)
        #expect(throws: Errno.self) { try Durable.create(scratch / "a", [3], mode: 0o640) }
        #expect(try Files.read(scratch / "a", limit: 10) == [1, 2])
        #expect(try Files.status(of: scratch / "a")?.mode == 0o640)
    }

    @Test func aRenameNeverReplacesAnything() throws {
        let (a, b) = (try scratch.file("a", "a"), try scratch.file("b", "b"))
        for target in [b, try scratch.folder("empty")] {
            let error = #expect(throws: Errno.self) { try Durable.rename(a, to: target) }
            #expect(error?.code == EEXIST)
        }
        #expect(try read(a) == "a" && read(b) == "b")
        try Durable.rename(a, to: scratch / "c")
        #expect(try names(in: scratch.path) == ["b", "c", "empty"])
        try Files.replace(b, with: scratch / "c")
        #expect(try read(b) == "a")
    }

    @Test func errorsNameTheCallAndThePath() throws {
        let error = try #require(throws: Errno.self) { try Files.unlink(scratch / "none") }
        #expect(error.description == "unlink \((scratch / "none").text): No such file or directory")
        #expect(error.meansAbsent && !error.meansForbidden)
        #expect(Errno(99999, "x").description == "x: error 99999")
    }

    @Test func whatIsNotThereHasNoStatus() throws {
        #expect(try Files.status(of: scratch / "none") == nil)
        try scratch.file("file")
        #expect(try Files.status(of: scratch / "file/below") == nil)
        #expect(throws: Errno.self) { try Files.status(of: scratch / String(repeating: "x", count: 256)) }
    }

    @Test func linksAreLooksNotFollowed() throws {
        try scratch.file("file")
        symlink((scratch / "file").text, (scratch / "link").text)
        #expect(try Files.status(of: scratch / "link")?.kind == .link)
        #expect(throws: Errno.self) { try Files.read(scratch / "link", limit: 100) }
        try Files.removeTree(scratch / "link")
        #expect(try Files.exists(scratch / "file"))
    }

    static let oddNames: [[UInt8]] = [
        Array("new\nline".utf8), [0xFF, 0xFE], [UInt8](repeating: 0xC3, count: 255), Array(" ".utf8),
        Array("-rf".utf8), Array("...".utf8), [0x01, 0x7F], Array("e\u{301}".utf8), Array("*?[".utf8),
    ]

    @Test func everyNameIsListedAsItIs() throws {
        for name in Self.oddNames { try scratch.file(Path(bytes: name), [1]) }
        try scratch.folder("sub")
        symlink("nowhere", (scratch / "link").text)
        mkfifo((scratch / "pipe").text, 0o600)
        let listed = try Files.list(scratch.path)
        #expect(Set(listed.map(\.name.bytes)).isSuperset(of: Self.oddNames))
        #expect(listed.count == Self.oddNames.count + 3)
        let kinds = Dictionary(uniqueKeysWithValues: listed.map { ($0.name.text, $0.kind) })
        #expect(kinds["sub"] == .folder && kinds["link"] == .link && kinds["pipe"] == .other)
        #expect(kinds["new\nline"] == .file)
        try Files.removeTree(scratch.path / Path(bytes: [0xFF, 0xFE]))
        #expect(try Files.list(scratch.path).count == Self.oddNames.count + 2)
    }

    @Test func aPipeDoesNotHoldUpAReader() throws {
        mkfifo((scratch / "pipe").text, 0o600)
        let pipe = try Files.openForReading(scratch / "pipe")
        #expect(try Files.status(of: pipe).kind == .other)
    }

    @Test func foldersAreMadeDownToTheLast() throws {
        try Files.makeFolders(scratch / "a/b/c")
        try Files.makeFolders(scratch / "a/b/c")
        #expect(try Files.status(of: scratch / "a/b/c")?.kind == .folder)
        try scratch.file("file")
        let error = #expect(throws: Errno.self) { try Files.makeFolders(scratch / "file/below") }
        #expect(error?.code == ENOTDIR)
        #expect(throws: Errno.self) { try Files.makeFolder(scratch / "file") }
        symlink((scratch / "a").text, (scratch / "link").text)
        try Files.makeFolders(scratch / "link/d")
        #expect(try Files.exists(scratch / "a/d"))
    }

    @Test func aTreeIsRemovedWithAllThatIsInIt() throws {
        try scratch.file("tree/a/b/file")
        try scratch.file("kept")
        symlink((scratch / "kept").text, (scratch / "tree/a/link").text)
        symlink(scratch.path.text, (scratch / "tree/loop").text)
        try Files.removeTree(scratch / "tree")
        #expect(try names(in: scratch.path) == ["kept"])
        try Files.removeTree(scratch / "tree")
    }

    @Test func aFileLargerThanTheLimitIsNotRead() throws {
        try scratch.file(Path("file"), [UInt8](repeating: 7, count: 100_000))
        #expect(try Files.read(scratch / "file", limit: 100_000).count == 100_000)
        let error = #expect(throws: Errno.self) { try Files.read(scratch / "file", limit: 99_999) }
        #expect(error?.code == EFBIG)
        #expect(throws: Errno.self) { try Files.read(scratch.path, limit: 10) }
    }

    @Test(arguments: [0, 1, 4096, 1 << 20, (33 << 20) + 5])
    func aCopyHasTheSameBytes(_ size: Int) throws {
        let source = try scratch.file(Path("source"), (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try Durable.copy(try Files.openForReading(source), to: scratch / "copy", mode: 0o440)
        #expect(try SHA256.digest(of: scratch / "copy") == SHA256.digest(of: source))
        #expect(try Files.status(of: scratch / "copy")?.mode == 0o440)
        #expect(throws: Errno.self) {
            try Durable.copy(try Files.openForReading(source), to: scratch / "copy", mode: 0o440)
        }
    }

    @Test(arguments: ["/tmp", "/dev/shm"])
    func aSparseFileIsCopiedWhole(_ where: String) throws {
        let other = try Scratch(below: `where`)
        let source = try scratch.file(Path("sparse"), [1])
        truncate(source.text, 40 << 20)
        try Durable.copy(try Files.openForReading(source), to: other / "copy", mode: 0o440)
        #expect(try Files.status(of: other / "copy")?.bytes == 40 << 20)
        #expect(try SHA256.digest(of: other / "copy") == SHA256.digest(of: source))
    }

    @Test func aStagedFileGetsASecondName() throws {
        try scratch.file("poster", "picture")
        try Files.copyStaged(scratch / "poster", to: scratch / "same")
        #expect(try read(scratch / "same") == "picture")
        let other = try Scratch(below: "/dev/shm")
        try Files.copyStaged(scratch / "poster", to: other / "copy")
        #expect(try read(other / "copy") == "picture")
    }

    @Test func aFileFromTheFarFutureHasAStatus() throws {
        // Some file systems know years that do not fit into nanoseconds; any uploader can set them.
        let other = try Scratch(below: "/dev/shm")
        for file in [try scratch.file("far"), try other.file("far")] {
            for seconds in [15_000_000_000, 1 << 40, -(1 << 40)] {
                var times = [timespec(tv_sec: seconds, tv_nsec: 5), timespec(tv_sec: seconds, tv_nsec: 5)]
                utimensat(AT_FDCWD, file.text, &times, 0)
                let status = try #require(try Files.status(of: file))
                #expect(status.isSame(as: try Files.status(of: Files.openForReading(file))))
            }
        }
    }

    @Test func aFileIsTheSameUntilItIsTouched() throws {
        let file = try scratch.file("file", "a")
        let before = try #require(try Files.status(of: file))
        #expect(before.isSame(as: try #require(try Files.status(of: file))))
        try Files.setMode(file, 0o600)
        #expect(before.isSame(as: try #require(try Files.status(of: file))))
        let handle = try Files.openForAppending(file, mode: 0o600)
        try Files.write(Array("b".utf8), to: handle)
        #expect(!before.isSame(as: try #require(try Files.status(of: file))))
        #expect(try handle.bytes(at: 1, atMost: 9) == [UInt8(ascii: "b")])
        #expect(try handle.bytes(at: 2, atMost: 1) == [])
    }

    @Test func freeBytesAreAskedOfTheFilesystem() throws {
        let space = try Files.space(at: scratch.path)
        #expect(space.free > 0 && space.free <= space.total)
        #expect(throws: Errno.self) { try Files.space(at: scratch / "none") }
    }

    @Test func aFileThatIsClosedIsClosed() throws {
        let count = try openDescriptors()
        for number in 0..<50 {
            let file = try Files.create(scratch / "file\(number)", mode: 0o600)
            if number % 2 == 0 { try file.close() }
        }
        _ = try? Files.openForReading(scratch / "none")
        _ = try? Files.list(scratch / "none")
        for _ in 0..<50 { _ = try Files.list(scratch.path) }
        // Other tests run beside this one.
        #expect(try openDescriptors() < count + 40)
    }

    private func openDescriptors() throws -> Int { try Files.list(Path("/proc/self/fd")).count }
}
