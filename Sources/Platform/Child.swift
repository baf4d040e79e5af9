// A child process: started with exactly the descriptors it should have, followed by its pidfd, stopped by steps.
internal import CLinux
internal import Glibc
package import Model

package struct Child: ~Copyable, Sendable {
    package let pid: Int32
    /// Readable when the child has ended.
    package let pidfd: Descriptor

    package struct Ending: Hashable, Sendable {
        package enum How: Hashable, Sendable {
            case exited(Int32)
            case killed(signal: Int32)
        }
        package let how: How
        package let cpu_s: Double
        package let peak_bytes: Int64
    }

    /// Starts `program` with these three descriptors and no other, no blocked or ignored signal, in a process group of
    /// its own unless it should end with ours. To be called on the loop's thread, because a child that asks to die with its
    /// parent dies with the thread that started it.
    package static func start(
        _ program: Path, arguments: [String], environment: [String],
        input: borrowing Descriptor, output: borrowing Descriptor, errors: Int32, ownGroup: Bool = true
    ) throws(Errno) -> Child {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // First out of the way, so that no target is a source that is still needed.
        let aside = max(input.raw, output.raw, errors, 2) + 1
        for (target, source) in [input.raw, output.raw, errors].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, source, aside + Int32(target))
        }
        for target in Int32(0)..<3 { posix_spawn_file_actions_adddup2(&actions, aside + target, target) }
        flip_spawn_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (ownGroup ? POSIX_SPAWN_SETPGROUP : 0)))

        var argv = ([program.text] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup($0) } + [nil]
        defer { for copy in argv + envp { free(copy) } }
        var pid: pid_t = 0
        let code = program.withCString { posix_spawnp(&pid, $0, &actions, &attributes, &argv, &envp) }
        if code != 0 { throw Errno(code, "start \(program.text)") }
        do {
            // Safe a moment later, because only this object ever waits for that child.
            return Child(
                pid: pid, pidfd: Descriptor(adopting: try system("pidfd_open") { flip_pidfd_open(pid) }))
        } catch {
            _ = Glibc.kill(pid, SIGKILL)
            _ = waitpid(pid, nil, 0)
            throw error
        }
    }

    private init(pid: Int32, pidfd: consuming Descriptor) {
        self.pid = pid
        self.pidfd = pidfd
    }

    /// Leaves it only what nobody else wants of processor and disk. After its start, because until then we wait for it.
    /// Not worth failing for: containers refuse some.
    package borrowing func beIdle() {
        _ = flip_idle_scheduling(pid)
        _ = flip_idle_io(pid)
    }

    /// Asks the child, and whatever it started, to end.
    package borrowing func terminate() { signal(SIGTERM) }
    package borrowing func kill() { signal(SIGKILL) }

    private borrowing func signal(_ number: Int32) {
        // The group first: a launcher's own children are in it. The pidfd cannot hit a stranger.
        _ = Glibc.kill(-pid, number)
        _ = flip_pidfd_signal(pidfd.raw, number)
    }

    /// Waits for the end and says how it was; at once when the pidfd is readable.
    package borrowing func wait() throws(Errno) -> Ending {
        var raw = flip_exit()
        let fd = pidfd.raw
        try system("wait for a child") { flip_pidfd_wait(fd, &raw) }
        return Ending(
            how: raw.exited != 0 ? .exited(raw.status) : .killed(signal: raw.status),
            cpu_s: Double(raw.cpu_us) / 1e6, peak_bytes: raw.peak_kb * 1024)
    }
}

/// A pipe's two ends; each is taken once.
package struct Pipe: ~Copyable {
    package var reading: Descriptor?
    package var writing: Descriptor?

    package init() throws(Errno) {
        var ends: [Int32] = [0, 0]
        try system("pipe") { flip_pipe(&ends) }
        reading = Descriptor(adopting: ends[0])
        writing = Descriptor(adopting: ends[1])
    }
}

extension Descriptor {
    package borrowing func setNonBlocking() throws(Errno) {
        let fd = raw
        let flags = try system("fcntl") { fcntl(fd, F_GETFL) }
        try system("fcntl") { fcntl(fd, F_SETFL, flags | O_NONBLOCK) }
    }

    /// The bytes at an offset, fewer at the end of the file.
    package borrowing func bytes(at offset: Int64, atMost count: Int) throws(Errno) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let fd = raw
        let got = try system("read") { pread(fd, &buffer, count, Int(offset)) }
        return Array(buffer[..<got])
    }

    /// What there is to read now: nil at the end, empty when there is nothing yet.
    package borrowing func readSome(atMost count: Int = 64 << 10) throws(Errno) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        let fd = raw
        do {
            let got = try system("read") { read(fd, &buffer, count) }
            return got == 0 ? nil : Array(buffer[..<got])
        } catch {
            if error.code == EAGAIN { return [] }
            throw error
        }
    }
}
