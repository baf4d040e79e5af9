internal import CLinux
internal import CSeccomp
internal import Glibc
package import Model

/// What a worker does to itself before it opens a file that anybody may have made.
///
/// Afterwards it can read the original, write into the staging folder, compute, and nothing else; it runs when
/// nobody else wants the machine and it ends with its parent. What the kernel cannot do is named in the result;
/// what it can do and refuses is thrown. Nothing of this can be undone.
package enum Sandbox {
    /// To be called while the process has one thread: most of this holds for the calling thread and those it
    /// starts later.
    package static func lockIn(
        original: Path, staging: Path, memory_bytes: Int64, file_bytes: Int64
    ) throws(Errno) -> [String] {
        guard try threads() == 1 else { throw Errno(EBUSY, "locking in with several threads") }
        try dieWithParent()
        beModest()
        try limit(memory_bytes: memory_bytes, file_bytes: file_bytes)
        try system("prctl no_new_privs") { flip_no_new_privileges() }
        try system("capset") { flip_drop_capabilities() }
        var lacks: [String] = []
        if try !restrictFiles(original: original, staging: staging) { lacks.append("Landlock") }
        if try !SystemCalls.restrict() { lacks.append("seccomp") }
        return lacks
    }

    /// What the kernel offers, in words for `--check`.
    package static func support() -> [(name: String, offers: String?)] {
        let landlock = flip_landlock_abi()
        return [
            ("Landlock", landlock > 0 ? "ABI \(landlock)" : nil),
            ("seccomp", seccomp_api_get() > 1 ? "API \(seccomp_api_get())" : nil),
        ]
    }

    private static func dieWithParent() throws(Errno) {
        let parent = getppid()
        try system("prctl pdeathsig") { flip_die_with_parent(SIGKILL) }
        // The parent may have died just before.
        if getppid() != parent { throw Errno(ESRCH, "finding the parent") }
    }

    /// Idle priority for processor and disk, and the first to go when memory runs out. None of these is worth
    /// failing for: containers refuse some.
    private static func beModest() {
        _ = flip_idle_scheduling(0)
        _ = flip_idle_io(0)
        let file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, "1000", 4)
        _ = close(file)
    }

    private static func threads() throws(Errno) -> Int {
        guard let folder = opendir("/proc/self/task") else { throw Errno(errno, "opendir /proc/self/task") }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count - 2  // "." and ".."
    }

    /// RLIMIT_DATA and not RLIMIT_AS: the libraries and every thread reserve far more address space than they
    /// ever touch, so that a limit on it would say nothing about memory.
    private static func limit(memory_bytes: Int64, file_bytes: Int64) throws(Errno) {
        // A write beyond the limit is an error to be reported, not a signal to die of.
        signal(SIGXFSZ, SIG_IGN)
        let limits = [
            (RLIMIT_CORE, UInt64(0)), (RLIMIT_DATA, UInt64(max(memory_bytes, 256 << 20))),
            (RLIMIT_FSIZE, UInt64(max(file_bytes, 0))),
        ]
        for (resource, value) in limits {
            var now = rlimit()
            guard getrlimit(Int32(resource.rawValue), &now) == 0 else { throw Errno(errno, "getrlimit") }
            // What was inherited may be tighter; raising it is not ours.
            try system("setrlimit") {
                flip_set_limit(Int32(resource.rawValue), min(value, UInt64(now.rlim_max)))
            }
        }
    }

    private static func restrictFiles(original: Path, staging: Path) throws(Errno) -> Bool {
        guard flip_landlock_abi() > 0 else { return false }
        let readable = try located(original)
        let writable = try located(staging)
        let (read, write) = ([readable.raw], [writable.raw])
        try system("landlock_restrict_self") { flip_landlock_restrict(read, 1, write, 1) }
        return true
    }

    /// A descriptor that only says where something is; it takes no permission to read it.
    private static func located(_ path: Path) throws(Errno) -> Descriptor {
        let name = path.bytes.map { CChar(bitPattern: $0) } + [0]
        return Descriptor(adopting: try system("open \(path.text)") { flip_open_path(name, 0) })
    }
}
