internal import CLinux
internal import CSeccomp
internal import Glibc

/// The system calls that a locked-in worker may make. It is a list of what is allowed: everything else, known
/// today or not, is answered with EPERM, which the libraries take as "not here" and go on.
enum SystemCalls {
    /// False where the kernel has no seccomp.
    static func restrict() throws(Errno) -> Bool {
        guard let rules = seccomp_init(flip_scmp_act_errno(EPERM)) else { throw Errno(ENOMEM, "seccomp_init") }
        defer { seccomp_release(rules) }
        for name in free { try allow(name, rules) }
        for (name, conditions) in conditional(pid: getpid()) { try allow(name, rules, conditions) }
        // glibc starts threads with clone3() and falls back to clone(), whose flags can be looked at.
        try check(
            seccomp_rule_add_array(
                rules, flip_scmp_act_errno(ENOSYS), seccomp_syscall_resolve_name("clone3"), 0, nil), "clone3")
        let result = seccomp_load(rules)
        if result == -EINVAL || result == -ENOSYS { return false }
        try check(result, "seccomp_load")
        return true
    }

    /// Allowed whatever the arguments.
    private static let free = [
        // Files: what may be opened is Landlock's business.
        "read", "write", "pread64", "pwrite64", "readv", "writev", "lseek", "open", "openat", "close", "fstat",
        "newfstatat", "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
        "getdents64", "getcwd", "ftruncate", "fsync", "fdatasync", "fadvise64", "fallocate", "unlink",
        "unlinkat",
        "dup", "pipe2", "eventfd2", "poll", "ppoll", "select", "pselect6", "close_range",
        // Memory.
        "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "mincore",
        // Threads and waiting.
        "futex", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "gettid", "getpid", "getppid",
        "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
        "sched_get_priority_min", "getpriority", "getcpu", "membarrier", "exit", "exit_group",
        "restart_syscall",
        "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time",
        // Signals to itself.
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack",
        // Looking at itself.
        "getuid", "geteuid", "getgid", "getegid", "getrlimit", "getrusage", "times", "sysinfo", "uname",
        "getrandom",
    ]

    /// Allowed with these arguments only.
    private static func conditional(pid: Int32) -> [(String, [scmp_arg_cmp])] {
        let equals = { (argument: UInt32, value: UInt64) in
            scmp_arg_cmp(arg: argument, op: SCMP_CMP_EQ, datum_a: value, datum_b: 0)
        }
        // A new thread shares everything with its process; a new process does not.
        let sharesAll = flip_thread_clone_flags()
        let thread = scmp_arg_cmp(arg: 0, op: SCMP_CMP_MASKED_EQ, datum_a: sharesAll, datum_b: sharesAll)
        return [
            ("clone", [thread]),
            ("tgkill", [equals(0, UInt64(pid))]),
            ("kill", [equals(0, UInt64(pid))]),
            ("prlimit64", [equals(2, 0)]),
            ("prctl", [equals(0, UInt64(PR_SET_NAME))]),
            ("prctl", [equals(0, UInt64(PR_GET_NAME))]),
            ("fcntl", [equals(1, UInt64(F_GETFD))]),
            ("fcntl", [equals(1, UInt64(F_SETFD))]),
            ("fcntl", [equals(1, UInt64(F_GETFL))]),
            ("fcntl", [equals(1, UInt64(F_DUPFD_CLOEXEC))]),
        ]
    }

    private static func allow(
        _ name: String, _ rules: scmp_filter_ctx, _ conditions: [scmp_arg_cmp] = []
    ) throws(Errno) {
        let number = seccomp_syscall_resolve_name(name)
        // Not every machine has every call: the older ones are missing on newer processors.
        guard number >= 0 else { return }
        try check(
            seccomp_rule_add_array(rules, flip_scmp_act_allow(), number, UInt32(conditions.count), conditions),
            name)
    }

    private static func check(_ result: Int32, _ call: String) throws(Errno) {
        if result < 0 { throw Errno(-result, call) }
    }
}
