// Child processes: what they get, how they end, and that none is left behind.
import Glibc
import Model
import Platform
import Scratch
import Testing

@Suite struct ChildTests {
    private func start(_ script: String, environment: [String] = ["PATH=/usr/bin:/bin"]) throws -> Started {
        var input = try Pipe()
        var output = try Pipe()
        let reading = input.reading.take()!
        let writing = output.writing.take()!
        let child = try Child.start(
            Path("/bin/sh"), arguments: ["-c", script], environment: environment, input: reading,
            output: writing, errors: 2)
        return Started(child, input.writing.take()!, output.reading.take()!)
    }

    private final class Started {
        let child: Child
        let input: Descriptor
        let output: Descriptor
        private var ending: Child.Ending?
        func how() throws -> Child.Ending.How {
            if ending == nil { ending = try child.wait() }
            return ending!.how  // Not nil, because the line above has seen to it.
        }
        init(_ child: consuming Child, _ input: consuming Descriptor, _ output: consuming Descriptor) {
            self.child = child
            self.input = input
            self.output = output
        }
        func line() throws -> String { String(decoding: try output.readSome() ?? [], as: UTF8.self) }
        /// All that comes until its end, which is waited for: a child that nobody waits for stays as a zombie.
        func rest() throws -> String {
            var all: [UInt8] = []
            while let bytes = try output.readSome() { all += bytes }
            if ending == nil { ending = try child.wait() }
            return String(decoding: all, as: UTF8.self)
        }
    }

    @Test(arguments: [0, 1, 42, 255] as [Int32])
    func anExitCodeIsTold(_ code: Int32) throws {
        #expect(try start("exit \(code)").child.wait().how == .exited(code))
    }

    @Test func aSignalIsTold() throws {
        #expect(try start("kill -SEGV $$").child.wait().how == .killed(signal: SIGSEGV))
        #expect(try start("kill -KILL $$").child.wait().how == .killed(signal: SIGKILL))
    }

    @Test func whatItUsedIsTold() throws {
        let ending = try start("i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done").child.wait()
        #expect(ending.cpu_s > 0.001 && ending.cpu_s < 60)
        #expect(ending.peak_bytes > 100_000)
    }

    private static let hearsOfTurns: Bool = {
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: name.release) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 && (numbers[0], numbers[1]) >= (6, 12) && sched_getscheduler(0) == SCHED_OTHER
    }()

    @Test(.enabled(if: hearsOfTurns, "the kernel is older than 6.12, or the tests have no ordinary priority"))
    func anIdleChildAndItsOwnWorkInLongTurns() throws {
        #if arch(arm64)
            let sched_getattr = 275
        #else
            let sched_getattr = 315
        #endif
        let ask =
            "perl -e '$a = \"\\0\" x 48; syscall(\(sched_getattr), 0, $a, 48, 0); print join(\" \", unpack(\"x4 L x16 Q\", $a))'"
        let started = try start("read line; \(ask)")
        started.child.beIdle()
        try Files.write(Array("go\n".utf8), to: started.input)
        let linux_idle = 5
        #expect(try started.rest() == "\(linux_idle) 20000000")
    }

    @Test func itHasThreeDescriptorsAndNoOther() throws {
        let scratch = try Scratch()
        // One that nobody meant to hand on.
        let file = try Files.create(scratch / "leak", mode: 0o600)
        let leaked = Descriptor(adopting: fcntl(file.raw, F_DUPFD, 30))
        #expect(leaked.raw >= 30)
        // The fourth is the folder that ls itself opens.
        #expect(try start("exec ls /proc/self/fd").rest() == "0\n1\n2\n3\n")
    }

    @Test func descriptorsWithHighNumbersReachTheirPlaces() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur > 600 else { return }
        var input = try Pipe()
        var output = try Pipe()
        let low = input.reading.take()!
        let lowOut = output.writing.take()!
        // Crosswise, so that what is moved first must not stand where the next one still is.
        let reading = Descriptor(adopting: fcntl(low.raw, F_DUPFD_CLOEXEC, 501))
        let writing = Descriptor(adopting: fcntl(lowOut.raw, F_DUPFD_CLOEXEC, 500))
        try lowOut.close()
        let child = try Child.start(
            Path("/bin/sh"), arguments: ["-c", "read line; echo \"got $line\""], environment: [],
            input: reading, output: writing, errors: 2)
        try writing.close()
        try Files.write(Array("it\n".utf8), to: input.writing.take()!)
        let answers = output.reading.take()!
        #expect(try answers.readSome() == Array("got it\n".utf8))
        #expect(try child.wait().how == .exited(0))
    }

    @Test func itSeesTheEnvironmentItIsGivenAndNoSignalIsBlocked() throws {
        let said = try start(
            "echo \"$A $HOME\"; grep -E 'Sig(Blk|Ign)' /proc/self/status", environment: ["A=b"]
        )
        .rest()
        #expect(said.hasPrefix("b \n"))
        #expect(said.contains("SigBlk:\t0000000000000000"))
        // The C library keeps the two lowest real-time signals for itself.
        let ignored = said.split(separator: "\t").last.flatMap { UInt64($0.dropLast(), radix: 16) }
        #expect(ignored.map { $0 & 0x7FFF_FFFF } == 0)
    }

    @Test func aTerminatedChildTakesItsChildrenAlong() throws {
        let started = try start("sleep 1000 & echo $!; wait")
        let grandchild = try #require(pid_t(try started.line().dropLast()))
        #expect(kill(grandchild, 0) == 0)
        started.child.terminate()
        #expect(try started.how() == .killed(signal: SIGTERM))
        // Its end closes the pipe, which is what is waited for.
        #expect(try started.rest() == "")
    }

    @Test func aKilledChildCannotRefuse() throws {
        let started = try start("trap '' TERM; echo ready; while :; do sleep 1000; done")
        #expect(try started.line() == "ready\n")
        started.child.terminate()
        started.child.kill()
        #expect(try started.how() == .killed(signal: SIGKILL))
        #expect(try started.rest() == "")
    }

    @Test func aProgramThatIsNotThereCannotBeStarted() throws {
        let input = try Files.openForReading(Path("/dev/null"))
        for program in ["/no/such/program", "/etc/passwd"] {
            #expect(throws: Errno.self) {
                _ = try Child.start(
                    Path(program), arguments: [], environment: [], input: input, output: input, errors: 2)
            }
        }
    }

    @Test func itsPidfdIsReadableWhenItEnds() throws {
        let started = try start("read line")
        var watched = pollfd(fd: started.child.pidfd.raw, events: Int16(POLLIN), revents: 0)
        #expect(poll(&watched, 1, 0) == 0)
        try Files.write(Array("go\n".utf8), to: started.input)
        #expect(poll(&watched, 1, 10_000) == 1)
        #expect(try started.child.wait().how == .exited(0))
    }
}
