// Runs a program, and at one call of a kind that changes or reads files, counted over all of its threads, kills it or answers with
// an error instead. strace can do both too, but counts for each thread by itself, so that a slow thread's calls are
// never reached. Children of the program are left alone.
//
//     faults KIND FIRST COUNT DEED BELOW LOG PROGRAM [ARGUMENT…]
//
// From call number FIRST of the kind on, COUNT calls are hit. DEED is kill or the name of an error. Only what concerns
// a path below BELOW (folders, with colons between) counts. Each call is written to LOG: its number, name and path.
#define _GNU_SOURCE 1
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>

// What an argument is that tells which file a call concerns.
enum concerns { DESCRIPTOR, PATH, PATH_AT, LINK_AT };

struct call {
    const char *kind;
    const char *name;
    long number;
    enum concerns concerns;
    int argument;
    int flags;  // The argument that must ask for a change, or -1.
};

static const struct call calls[] = {
    {"openat", "openat", SYS_openat, PATH_AT, 0, 2},
    {"pread", "pread64", SYS_pread64, DESCRIPTOR, 0, -1},
    {"write", "write", SYS_write, DESCRIPTOR, 0, -1},
    {"write", "writev", SYS_writev, DESCRIPTOR, 0, -1},
    {"write", "pwrite64", SYS_pwrite64, DESCRIPTOR, 0, -1},
    {"write", "pwritev", SYS_pwritev, DESCRIPTOR, 0, -1},
    {"write", "pwritev2", SYS_pwritev2, DESCRIPTOR, 0, -1},
    {"rename", "renameat", SYS_renameat, PATH_AT, 0, -1},
    {"rename", "renameat2", SYS_renameat2, PATH_AT, 0, -1},
    {"link", "linkat", SYS_linkat, PATH_AT, 0, -1},
    {"link", "symlinkat", SYS_symlinkat, PATH_AT, 1, -1},
    {"unlink", "unlinkat", SYS_unlinkat, PATH_AT, 0, -1},
    {"mkdir", "mkdirat", SYS_mkdirat, PATH_AT, 0, -1},
    {"sync", "fsync", SYS_fsync, DESCRIPTOR, 0, -1},
    {"sync", "fdatasync", SYS_fdatasync, DESCRIPTOR, 0, -1},
    {"sync", "syncfs", SYS_syncfs, DESCRIPTOR, 0, -1},
    {"sync", "sync_file_range", SYS_sync_file_range, DESCRIPTOR, 0, -1},
    {"truncate", "truncate", SYS_truncate, PATH, 0, -1},
    {"truncate", "ftruncate", SYS_ftruncate, DESCRIPTOR, 0, -1},
    {"truncate", "fallocate", SYS_fallocate, DESCRIPTOR, 0, -1},
    {"chmod", "fchmod", SYS_fchmod, DESCRIPTOR, 0, -1},
    {"chmod", "fchmodat", SYS_fchmodat, PATH_AT, 0, -1},
    {"chmod", "fchown", SYS_fchown, DESCRIPTOR, 0, -1},
    {"chmod", "fchownat", SYS_fchownat, PATH_AT, 0, -1},
    {"chmod", "utimensat", SYS_utimensat, PATH_AT, 0, -1},
    {"copy", "copy_file_range", SYS_copy_file_range, DESCRIPTOR, 2, -1},
    {"copy", "sendfile", SYS_sendfile, DESCRIPTOR, 0, -1},
    {"copy", "ioctl", SYS_ioctl, DESCRIPTOR, 0, 1},
#ifdef __x86_64__
    {"openat", "open", SYS_open, PATH, 0, 1},
    {"openat", "creat", SYS_creat, PATH, 0, -1},
    {"rename", "rename", SYS_rename, PATH, 0, -1},
    {"link", "link", SYS_link, PATH, 0, -1},
    {"link", "symlink", SYS_symlink, PATH, 1, -1},
    {"unlink", "unlink", SYS_unlink, PATH, 0, -1},
    {"unlink", "rmdir", SYS_rmdir, PATH, 0, -1},
    {"mkdir", "mkdir", SYS_mkdir, PATH, 0, -1},
    {"chmod", "chmod", SYS_chmod, PATH, 0, -1},
    {"chmod", "chown", SYS_chown, PATH, 0, -1},
    {"chmod", "lchown", SYS_lchown, PATH, 0, -1},
#endif
};

enum { path_size = 8192, threads_at_most = 4096 };

static pid_t program;

static void fail(const char *what) {
    perror(what);
    if (program > 0) kill(program, SIGKILL);
    exit(125);
}

static void pass_on(int signal) { kill(program, signal); }

// MARK: Which file a call concerns

static void read_link(pid_t pid, const char *name, long descriptor, char *out) {
    char place[64];
    if (descriptor < 0) {
        snprintf(place, sizeof place, "/proc/%d/%s", pid, name);
    } else {
        snprintf(place, sizeof place, "/proc/%d/%s/%ld", pid, name, descriptor);
    }
    ssize_t length = readlink(place, out, path_size / 2 - 1);
    out[length < 0 ? 0 : length] = 0;
}

static void read_text(pid_t pid, unsigned long address, char *out) {
    size_t done = 0;
    // Page by page, for the next one may not be there.
    while (done < path_size / 2 - 1) {
        size_t part = 4096 - (address + done) % 4096;
        if (part > path_size / 2 - 1 - done) part = path_size / 2 - 1 - done;
        struct iovec here = {out + done, part}, there = {(void *)(address + done), part};
        ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
        if (got <= 0) break;
        if (memchr(out + done, 0, (size_t)got)) return;
        done += (size_t)got;
    }
    out[done] = 0;
}

static void find_path(pid_t pid, const struct call *call, const __u64 *arguments, char *out) {
    char name[path_size / 2], folder[path_size / 2];
    static const char own[] = "/proc/self/fd/";
    int argument = call->argument;
    if (call->concerns == DESCRIPTOR) return read_link(pid, "fd", (int)arguments[argument], out);
    read_text(pid, arguments[call->concerns == PATH ? argument : argument + 1], name);
    if (strncmp(name, own, sizeof own - 1) == 0) {
        char *rest;
        read_link(pid, "fd", strtol(name + sizeof own - 1, &rest, 10), folder);
        snprintf(out, path_size, "%s%s", folder, rest);
    } else if (name[0] == '/') {
        snprintf(out, path_size, "%s", name);
    } else {
        int at = call->concerns == PATH ? AT_FDCWD : (int)arguments[argument];
        if (at == AT_FDCWD) read_link(pid, "cwd", -1, folder);
        else read_link(pid, "fd", at, folder);
        snprintf(out, path_size, "%s/%s", folder, name);
    }
}

static int is_below(const char *path, const char *folders) {
    while (*folders) {
        size_t length = strcspn(folders, ":");
        if (strncmp(path, folders, length) == 0 && (path[length] == '/' || path[length] == 0)) return 1;
        folders += length + (folders[length] == ':');
    }
    return 0;
}

static int changes(const struct call *call, const __u64 *arguments) {
    if (call->flags < 0) return 1;
    if (call->number == SYS_ioctl) return arguments[1] == FICLONE || arguments[1] == FICLONERANGE;
    return (arguments[call->flags] & (O_CREAT | O_TRUNC)) != 0;
}

static const struct call *find(const char *kind, long number) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number && strcmp(calls[i].kind, kind) == 0) return &calls[i];
    return NULL;
}

// MARK: What is done to it

static void skip_call(pid_t thread) {
#ifdef __x86_64__
    if (ptrace(PTRACE_POKEUSER, thread, offsetof(struct user_regs_struct, orig_rax), -1L) < 0) fail("skip a call");
#else
    int none = -1;
    struct iovec set = {&none, sizeof none};
    if (ptrace(PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &set) < 0) fail("skip a call");
#endif
}

static void set_answer(pid_t thread, long answer) {
#ifdef __x86_64__
    if (ptrace(PTRACE_POKEUSER, thread, offsetof(struct user_regs_struct, rax), answer) < 0) fail("set an answer");
#else
    struct user_regs_struct registers;
    struct iovec set = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &set) < 0) fail("set an answer");
    registers.regs[0] = (unsigned long)answer;
    if (ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &set) < 0) fail("set an answer");
#endif
}

static int error_named(const char *name) {
    for (int code = 1; code < 134; code++) {
        const char *known = strerrorname_np(code);
        if (known && strcmp(known, name) == 0) return code;
    }
    fprintf(stderr, "faults: there is no error %s\n", name);
    exit(125);
}

// MARK: Following the threads

static struct {
    const char *kind, *below;
    long first, count, seen;
    int error;  // 0 kills.
    FILE *log;
} wanted;

// The threads that are known, and whether the call that each is in was skipped.
static struct { pid_t id; int is_skipped; } threads[threads_at_most];

static size_t place_of(pid_t thread, int *is_new) {
    size_t free_place = threads_at_most;
    *is_new = 0;
    for (size_t i = 0; i < threads_at_most; i++) {
        if (threads[i].id == thread) return i;
        if (threads[i].id == 0) {
            free_place = i;
            break;
        }
    }
    if (free_place == threads_at_most) fail("more threads than expected");
    threads[free_place].id = thread;
    *is_new = 1;
    return free_place;
}

static void look_at_call(size_t place) {
    pid_t thread = threads[place].id;
    struct ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) < 0) return;  // Killed meanwhile.
    if (info.op == PTRACE_SYSCALL_INFO_EXIT && threads[place].is_skipped) {
        threads[place].is_skipped = 0;
        set_answer(thread, -wanted.error);
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return;
    const struct call *call = find(wanted.kind, (long)info.entry.nr);
    if (!call || !changes(call, info.entry.args)) return;
    char path[path_size];
    find_path(program, call, info.entry.args, path);
    if (!is_below(path, wanted.below)) return;
    long number = ++wanted.seen;
    fprintf(wanted.log, "%ld %s %s\n", number, call->name, path);
    fflush(wanted.log);
    if (number < wanted.first || number >= wanted.first + wanted.count) return;
    skip_call(thread);
    if (wanted.error == 0) kill(program, SIGKILL);
    else threads[place].is_skipped = 1;
}

static int follow(void) {
    while (1) {
        int status;
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0) {
            if (errno == EINTR) continue;
            fail("wait");
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread != program) continue;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        int is_new, signal = WSTOPSIG(status);
        size_t place = place_of(thread, &is_new);
        if (signal == (SIGTRAP | 0x80)) {
            look_at_call(place);
            signal = 0;
        } else if (status >> 16 || (is_new && signal == SIGSTOP)) {
            signal = 0;
        }
        // After the last hit nothing is looked at any more.
        int is_over = wanted.seen - wanted.first >= wanted.count - 1 && !threads[place].is_skipped;
        ptrace(is_over ? PTRACE_CONT : PTRACE_SYSCALL, thread, 0, signal);
    }
}

int main(int argc, char **argv) {
    if (argc < 8) {
        fprintf(stderr, "usage: faults KIND FIRST COUNT DEED BELOW LOG PROGRAM [ARGUMENT...]\n");
        return 125;
    }
    wanted.kind = argv[1];
    wanted.first = atol(argv[2]);
    wanted.count = atol(argv[3]);
    wanted.error = strcmp(argv[4], "kill") == 0 ? 0 : error_named(argv[4]);
    wanted.below = argv[5];
    wanted.log = fopen(argv[6], "we");
    if (!wanted.log) fail(argv[6]);

    program = fork();
    if (program < 0) fail("fork");
    if (program == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) fail("be traced");
        raise(SIGSTOP);
        execvp(argv[7], argv + 7);
        fail(argv[7]);
    }
    // Blocked, perhaps, by whoever started us.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGTERM, pass_on);
    signal(SIGINT, pass_on);
    int status, is_new;
    if (waitpid(program, &status, 0) < 0) fail("wait");
    place_of(program, &is_new);
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, program, 0, options) < 0) fail("trace");
    if (ptrace(PTRACE_SYSCALL, program, 0, 0) < 0) fail("trace");
    return follow();
}
