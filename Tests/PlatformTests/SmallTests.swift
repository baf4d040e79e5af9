// The small things of the platform: digests, locks, users, text for terminals.
import Glibc
import Model
import Platform
import Scratch
import Testing

@Suite struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func theStandardsVectorsAgree(_ text: String, _ digest: String) {
        #expect(SHA256.digest(of: Array(text.utf8)).description == digest)
    }

    @Test func aMillionAs() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        let wanted = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(SHA256.digest(of: bytes).description == wanted)
        let scratch = try Scratch()
        let (digest, count) = try SHA256.digest(of: try scratch.file(Path("a"), bytes))
        #expect(digest.description == wanted && count == 1_000_000)
        #expect(try outcome(of: "sha256sum", [(scratch / "a").text]).said.hasPrefix(wanted))
    }

    @Test func aFileIsReadFromItsStart() throws {
        let scratch = try Scratch()
        let file = try Files.openForReading(try scratch.file("abc", "abc"))
        _ = try file.readSome(atMost: 2)
        #expect(try SHA256.digest(of: file).digest == SHA256.digest(of: Array("abc".utf8)))
    }

    @Test func whatTheDiskHoldsAddsUpToTheSameAndCanBeStopped() throws {
        let scratch = try Scratch()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = try scratch.file(Path("a"), bytes)
        let file = try Files.openForReading(path)
        var pieces: [Int] = []
        let found = try SHA256.digestOnce(of: file, fromDisk: true) { count throws(Errno) in
            pieces.append(count)
        }
        #expect(found.digest == SHA256.digest(of: bytes) && found.bytes == 3_000_000)
        #expect(pieces.count == 3 && pieces.reduce(0, +) == 3_000_000)
        #expect(throws: Errno.stopped) {
            try SHA256.digestOnce(of: file, fromDisk: false) { _ throws(Errno) in throw .stopped }
        }
    }
}

@Suite struct IdleThreadTests {
    private actor Somewhere {
        private let thread: WorkThread
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
        init(isIdle: Bool) throws { thread = try WorkThread(isIdle: isIdle) }
        var policy: Int32 { sched_getscheduler(0) }
    }

    @Test func onlyAnIdleThreadIsIdle() async throws {
        let linux_idle: Int32 = 5
        #expect(try await Somewhere(isIdle: true).policy == linux_idle)
        #expect(try await Somewhere(isIdle: false).policy == sched_getscheduler(0))
    }
}

@Suite struct INITests {
    private func parse(_ text: String) -> (settings: [Setting], badLines: [Int]) {
        INI.parse(Array(text.utf8), file: Path("x.conf"))
    }

    @Test func settingsAreReadInOrderWithTheirLines() {
        let read = parse(
            "# comment\n[Folders]\nIncoming=/a\n\n; another\n[Video]\nQuality = 23 ; why\nPreset=fast")
        #expect(read.badLines.isEmpty)
        #expect(read.settings.map(\.section) == ["Folders", "Video", "Video"])
        #expect(read.settings.map(\.key) == ["Incoming", "Quality", "Preset"])
        #expect(read.settings.map(\.value) == ["/a", "23", "fast"])
        #expect(read.settings.map(\.line) == [3, 7, 8])
        #expect(read.settings.allSatisfy { $0.file == Path("x.conf") })
    }

    @Test func aLineThatIsNothingIsNamed() {
        #expect(parse("[A]\nb=c\nwhat is this\nd=e\n").badLines == [3])
        #expect(parse("[A\nb=c\n").badLines == [1])
        #expect(parse("[A]\nb=c\nwhat is this\nd=e\n").settings.map(\.line) == [2, 4])
    }

    @Test func aLineThatIsTooLongIsNamedAndNotCut() {
        let read = parse("[A]\nlong=\(String(repeating: "x", count: 5000))\nb=c")
        #expect(read.badLines == [2])
        #expect(read.settings.map(\.key) == ["b"])
        #expect(read.settings.map(\.line) == [3])
    }

    @Test func aLineWithANULIsNamed() {
        let read = parse("[A]\nb=c\u{0}d\ne=f\n")
        #expect(read.badLines == [2])
        #expect(read.settings.map(\.key) == ["e"])
    }

    @Test func odditiesOfOtherSystemsAreRead() {
        #expect(parse("\u{FEFF}[A]\r\nb=c\r\n").settings.map(\.value) == ["c"])
        #expect(parse("b=c").settings.map(\.section) == [""])
        #expect(parse("[A]\nb=").settings.map(\.value) == [""])
        #expect(parse("[A]\nb=x=y").settings.map(\.value) == ["x=y"])
        #expect(parse("").settings.isEmpty)
        #expect(parse("\n\n\n").badLines.isEmpty)
    }

    @Test func aFileIsReadFromDisk() throws {
        let scratch = try Scratch()
        let file = try scratch.file("flipd.conf", "[A]\nb=c")
        #expect(
            try INI.read(file).settings == [Setting(section: "A", key: "b", value: "c", file: file, line: 2)])
        #expect(throws: Errno.self) { try INI.read(scratch / "none") }
        #expect(throws: Errno.self) { try INI.read(scratch.path) }
    }
}

@Suite struct InotifyTests {
    @Test func whatHappensInAFolderIsHeard() throws {
        let scratch = try Scratch()
        let inotify = try Inotify()
        let watch = try inotify.watch(scratch.path)
        #expect(try inotify.read().isEmpty)
        #expect(try inotify.watch(scratch.path) == watch)
        let odd = Path(bytes: [0xFF, 0x0A] + [UInt8](repeating: 0x78, count: 250))
        try scratch.file(odd, [1])
        #expect(try inotify.read().first == .appeared(watch, name: odd, isFolder: false))
        try scratch.folder("sub")
        #expect(try inotify.read() == [.appeared(watch, name: Path("sub"), isFolder: true)])
        try Files.rename(scratch / "sub", to: scratch / "sub2")
        #expect(
            try inotify.read() == [
                .vanished(watch, name: Path("sub"), isFolder: true),
                .appeared(watch, name: Path("sub2"), isFolder: true),
            ])
        try Files.setMode(scratch.path / odd, 0o600)
        #expect(try inotify.read() == [.touched(watch, name: odd, isFolder: false)])
        _ = try Files.read(scratch.path / odd, limit: 10)
        #expect(try inotify.read().isEmpty)
        try Files.unlink(scratch.path / odd)
        #expect(try inotify.read() == [.vanished(watch, name: odd, isFolder: false)])
    }

    @Test func aFolderThatIsGoneSaysSo() throws {
        let scratch = try Scratch()
        let inotify = try Inotify()
        let watch = try inotify.watch(try scratch.folder("sub"))
        try Files.removeTree(scratch / "sub")
        #expect(try inotify.read().contains(.folderGone(watch)))
        try scratch.file("file")
        #expect(throws: Errno.self) { try inotify.watch(scratch / "file") }
        #expect(throws: Errno.self) { try inotify.watch(scratch / "none") }
    }

    @Test func linksAreFollowedOnlyWhereToldTo() throws {
        let scratch = try Scratch()
        let inotify = try Inotify()
        symlink(try scratch.folder("real").text, (scratch / "link").text)
        #expect(throws: Errno.self) { try inotify.watch(scratch / "link") }
        let watch = try inotify.watch(scratch / "link", followingLinks: true)
        try scratch.folder("real/below")
        #expect(try inotify.read() == [.appeared(watch, name: Path("below"), isFolder: true)])
        inotify.unwatch(watch)
        _ = try inotify.read()
        try scratch.folder("real/more")
        #expect(try inotify.read().isEmpty)
    }

    @Test func manyEventsAreAllRead() throws {
        let scratch = try Scratch()
        let inotify = try Inotify()
        _ = try inotify.watch(scratch.path)
        for number in 0..<3000 { mkdir((scratch / "folder-with-a-long-name-\(number)").text, 0o700) }
        #expect(try inotify.read().count == 3000)
    }
}

@Suite struct PrintableTests {
    @Test func nothingMovesATerminalsCursor() {
        #expect("a\u{1B}[2Jb\nc\r\u{7}\u{9B}".printable == "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}\u{FFFD}\u{FFFD}")
        #expect("gnp.\u{202E}exe\u{2066}".printable == "gnp.\u{FFFD}exe\u{FFFD}")
        #expect("Zürich 日本 e\u{301} 🇨🇭".printable == "Zürich 日本 e\u{301} 🇨🇭")
    }
}

@Suite struct ClockAndUsersTests {
    @Test func clocksGoOn() {
        let (wall, steady) = (Clock.now(), Clock.monotonic_s())
        #expect(Clock.monotonic_s() >= steady)
        #expect(Clock.now().seconds(since: wall) < 60)
        #expect(wall > Timestamp(milliseconds: 1_700_000_000_000))
    }

    @Test func usersHaveNames() {
        #expect(Users.name(of: 0) == "root")
        #expect(Users.name(of: 4_000_000_000) == nil)
        #expect(Users.group(named: "root") == 0)
        #expect(Users.group(named: "no such group") == nil)
        #expect(Rights.canOwn(filesOf: Users.me))
    }
}

@Suite struct MountTableTests {
    @Test func theDeepestMountHoldsAPath() throws {
        let text = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            30 22 0:5 / /srv/my\\040disk rw - fuse.sshfs host:/ rw
            nonsense
            31 22 0:6 / /srv rw shared:2 master:3 - nfs4 host:/srv rw
            """
        let mounts = MountTable.parse(Array(text.utf8))
        #expect(mounts.map(\.kind) == ["ext4", "fuse.sshfs", "nfs4"])
        #expect(mounts.map(\.point.text) == ["/", "/srv/my disk", "/srv"])
        #expect(MountTable.mount(of: Path("/proc/self/status"))?.kind == "proc")
        #expect(MountTable.mount(of: Path("/nowhere/at/all")) == nil)
    }
}
