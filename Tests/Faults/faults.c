// Runs a program, and at one call of a kind that changes or reads files, counted over all of its threads, kills it, answers
// with an error instead, or lets it wait for a second, and with it whoever else makes such a call. The kernel asks us
// about calls of this kind alone (seccomp's notifications), so that everything else goes at its own speed; a tracer would
// stop at every call. Children of the program are left alone.
//
//     faults KIND FIRST COUNT DEED BELOW LOG PROGRAM [ARGUMENT…]
//
// From call number FIRST of the kind on, COUNT calls are hit. DEED is kill, wait or the name of an error. Only what
// concerns a path below BELOW (folders, with colons between) counts. Each call is written to LOG: its number, name and path.
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

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
    {"pwrite", "pwrite64", SYS_pwrite64, DESCRIPTOR, 0, -1},
    {"pwrite", "pwritev", SYS_pwritev, DESCRIPTOR, 0, -1},
    {"pwrite", "pwritev2", SYS_pwritev2, DESCRIPTOR, 0, -1},
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

enum { path_size = 8192 };

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

static const struct call *find(const char *kind, long number) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number && strcmp(calls[i].kind, kind) == 0) return &calls[i];
    return NULL;
}

// MARK: Being asked

static void add_rule(scmp_filter_ctx filter, const struct call *call, unsigned count, struct scmp_arg_cmp condition) {
    int code = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, (int)call->number, count, condition);
    if (code < 0) {
        errno = -code;
        fail(call->name);
    }
}

// From now on this process and its children ask before each call of the kind; answers the descriptor that asks.
static int ask_before(const char *kind) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) fail("make a filter");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const struct call *call = &calls[i];
        if (strcmp(call->kind, kind) != 0) continue;
        unsigned argument = (unsigned)call->flags;
        if (call->flags < 0) {
            add_rule(filter, call, 0, SCMP_CMP(0, SCMP_CMP_EQ, 0));
        } else if (call->number == SYS_ioctl) {
            add_rule(filter, call, 1, SCMP_CMP(argument, SCMP_CMP_EQ, FICLONE));
            add_rule(filter, call, 1, SCMP_CMP(argument, SCMP_CMP_EQ, FICLONERANGE));
        } else {
            add_rule(filter, call, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT));
            add_rule(filter, call, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, O_TRUNC, O_TRUNC));
        }
    }
    int code = seccomp_load(filter);
    if (code < 0) {
        errno = -code;
        fail("load a filter");
    }
    return seccomp_notify_fd(filter);
}

// A descriptor to another process, or from one if it is -1.
static int hand_over(int connection, int descriptor) {
    char byte = 0;
    struct iovec part = {&byte, 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control = {{0}};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    if (descriptor < 0) {
        if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message)) fail("be asked");
        memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
        return descriptor;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    if (sendmsg(connection, &message, 0) != 1) fail("ask");
    return descriptor;
}

static int error_named(const char *name) {
    for (int code = 1; code < 134; code++) {
        const char *known = strerrorname_np(code);
        if (known && strcmp(known, name) == 0) return code;
    }
    fprintf(stderr, "faults: there is no error %s\n", name);
    exit(125);
}

// MARK: Answering

static struct {
    const char *kind, *below;
    long first, count, seen;
    enum { KILL, WAIT, REFUSE } deed;
    int error;
    FILE *log;
} wanted;

// Whether this call is one that is hit. It waits meanwhile, so that what its arguments point at can be read.
static int is_hit(const struct seccomp_notif *question) {
    char place[64], path[path_size];
    snprintf(place, sizeof place, "/proc/%d/task/%d", program, (int)question->pid);
    const struct call *call = find(wanted.kind, question->data.nr);
    if (!call || access(place, F_OK) < 0) return 0;
    find_path(program, call, question->data.args, path);
    if (!is_below(path, wanted.below)) return 0;
    long number = ++wanted.seen;
    fprintf(wanted.log, "%ld %s %s\n", number, call->name, path);
    fflush(wanted.log);
    return number >= wanted.first && number < wanted.first + wanted.count;
}

// Until the program ends.
static void answer(int listener, int ending) {
    struct seccomp_notif *question;
    struct seccomp_notif_resp *reply;
    if (seccomp_notify_alloc(&question, &reply) < 0) fail("be asked");
    while (1) {
        struct pollfd waiting[] = {{.fd = listener, .events = POLLIN}, {.fd = ending, .events = POLLIN}};
        if (poll(waiting, 2, -1) < 0 && errno != EINTR) fail("wait");
        if (waiting[1].revents) return;
        if (!(waiting[0].revents & POLLIN)) continue;
        // The kernel takes no used one. Who asked may have ended meanwhile, and waits for no answer then.
        memset(question, 0, sizeof *question);
        if (seccomp_notify_receive(listener, question) < 0) {
            if (errno != ENOENT && errno != EINTR) fail("be asked");
            continue;
        }
        int is_ours = is_hit(question);
        if (is_ours && wanted.deed == KILL) {
            // It dies in the call that it asked about, which is never made.
            kill(program, SIGKILL);
            return;
        }
        if (is_ours && wanted.deed == WAIT) sleep(1);
        *reply = (struct seccomp_notif_resp){.id = question->id};
        if (is_ours && wanted.deed == REFUSE) reply->error = -wanted.error;
        else reply->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        seccomp_notify_respond(listener, reply);
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
    wanted.deed = strcmp(argv[4], "kill") == 0 ? KILL : strcmp(argv[4], "wait") == 0 ? WAIT : REFUSE;
    if (wanted.deed == REFUSE) wanted.error = error_named(argv[4]);
    wanted.below = argv[5];
    wanted.log = fopen(argv[6], "we");
    if (!wanted.log) fail(argv[6]);

    int connection[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, connection) < 0) fail("socketpair");
    program = fork();
    if (program < 0) fail("fork");
    if (program == 0) {
        // Nobody would answer it without us.
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail("end together");
        hand_over(connection[0], ask_before(wanted.kind));
        execvp(argv[7], argv + 7);
        fail(argv[7]);
    }
    // Blocked, perhaps, by whoever started us.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGTERM, pass_on);
    signal(SIGINT, pass_on);
    close(connection[0]);
    int ending = pidfd_open(program, 0);
    if (ending < 0) fail("wait");
    answer(hand_over(connection[1], -1), ending);
    int status;
    while (waitpid(program, &status, 0) < 0)
        if (errno != EINTR) fail("wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
