// The Unix socket that clients find: made, replaced, left alone.
import Glibc
import Model
import Platform
import Testing

@Suite(.serialized) final class ListenerTests {
    private let folder: String

    deinit { pclose(popen("rm -rf \(folder)", "r")) }

    init() {
        var template = Array("/tmp/flip-listen-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
    }

    private func code(_ path: String) -> Int32? {
        do {
            _ = try listenOnUnix(path: Path(path))
            return nil
        } catch { return error.code }
    }

    @Test func replacesOnlyADeadSocket() throws {
        let path = folder + "/s"
        let first = try listenOnUnix(path: Path(path), groupName: "no such group")
        var status = stat()
        lstat(path, &status)
        #expect(status.st_mode & 0o7777 == 0o660)
        #expect(fcntl(first.raw, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(first.raw, F_GETFD) & FD_CLOEXEC != 0)
        #expect(code(path) == EADDRINUSE)
        try first.close()
        #expect(access(path, F_OK) == 0)
        // A child of another test's that is not its own program yet holds it for a moment.
        #expect(wait { code(path) == nil })
    }

    @Test func touchesNothingElse() {
        close(creat(folder + "/file", 0o600))
        symlink(folder + "/file", folder + "/link")
        for name in ["file", "link", "."] { #expect(code("\(folder)/\(name)") == ENOTSOCK) }
        #expect(access(folder + "/file", F_OK) == 0)
        #expect(code(folder + "/none/s") == ENOENT)
        #expect(code("") == ENAMETOOLONG)
        #expect(code(folder + "/" + String(repeating: "x", count: 107)) == ENAMETOOLONG)
    }

    @Test func aFullQueueIsAlive() throws {
        let path = folder + "/full"
        let listener = try listenOnUnix(path: Path(path))
        Glibc.listen(listener.raw, 0)
        let clients = [RawClient(path)]
        #expect(code(path) == EADDRINUSE)
        #expect(clients.count == 1)
    }
}

@Suite(.serialized) struct OptionsTests {
    private let known: [Options.Known] = [
        .value("config"), .value("set"), .flag("check"), .flag("checksum"), .flag("help", "h"),
    ]

    private func complaint(_ arguments: [String]) -> String? {
        do {
            _ = try Options(arguments, known: known)
            return nil
        } catch { return error.description }
    }

    @Test func readsOptionsInAnyOrder() throws {
        let options = try Options(
            ["one", "--set", "A.B=1", "--config=x", "-h", "--set=C.D=", "two", "--", "--check"], known: known)
        #expect(options.operands == ["one", "two", "--check"])
        #expect(options.values(of: "set") == ["A.B=1", "C.D="])
        #expect(options.value(of: "config") == "x")
        #expect(options.has("help") && !options.has("check"))
        #expect(try Options([], known: known).given.isEmpty)
    }

    @Test func namesWhatIsWrong() {
        #expect(complaint(["--colour"]) == "unknown option --colour")
        #expect(complaint(["--colour=red", "x"]) == "unknown option --colour")
        #expect(complaint(["x", "--config"]) == "--config needs a value")
        #expect(complaint(["--check=yes"]) == "--check takes no value")
        #expect(complaint(["--che"]) == "--che could mean --check or --checksum")
        #expect(complaint(["-h", "-x"]) == "unknown option -x")
        #expect(complaint(["--check", "-xh"]) == "unknown option -xh")
        #expect(complaint(["--conf", "y"]) == nil)
    }
}
