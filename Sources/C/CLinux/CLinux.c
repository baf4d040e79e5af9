#define _GNU_SOURCE 1
#include <mntent.h>
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

const char *flip_error_text(int code) { return strerrordesc_np(code); }

int flip_rename_noreplace(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int flip_terminal_size(int fd, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int flip_reflink(int to, int from) { return ioctl(to, FICLONE, from); }

long flip_copy_range(int from, int to, size_t length) { return copy_file_range(from, NULL, to, NULL, length, 0); }

int flip_has_lease(int fd) { return fcntl(fd, F_SETLEASE, F_RDLCK); }

int flip_drop_lease(int fd) { return fcntl(fd, F_SETLEASE, F_UNLCK); }

int flip_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int flip_open_path(const char *path, int is_folder) {
    return open(path, O_PATH | O_CLOEXEC | (is_folder ? O_DIRECTORY : 0));
}

int flip_open_beneath(int root, const char *path) {
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

// fchmodat() with AT_SYMLINK_NOFOLLOW came only with Linux 6.6: this asks the file that an O_PATH descriptor holds.
int flip_chmod_nofollow(const char *path, unsigned mode) {
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    struct stat status;
    char name[32];
    int result = fstat(fd, &status);
    if (result == 0 && S_ISLNK(status.st_mode)) {
        errno = ELOOP;
        result = -1;
    }
    if (result == 0) {
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        result = chmod(name, mode);
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

int64_t flip_filesystem_kind(const char *path) {
    struct statfs about;
    // 32 bits of it are the number, whatever the type is wide.
    return statfs(path, &about) == 0 ? (int64_t)(uint32_t)about.f_type : 0;
}

// glibc 2.36 has pidfd_open(); only newer ones can wait for usage through it, hence the raw waitid.
int flip_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int flip_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int flip_pidfd_wait(int pidfd, struct flip_exit *out) {
    siginfo_t info;
    struct rusage usage;
    memset(&info, 0, sizeof info);
    memset(&usage, 0, sizeof usage);
    if (syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED, &usage) < 0) return -1;
    out->exited = info.si_code == CLD_EXITED;
    out->status = info.si_status;
    out->cpu_us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec +
                  usage.ru_stime.tv_usec;
    out->peak_kb = usage.ru_maxrss;
    return 0;
}

int flip_spawn_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

int flip_thread_id(void) { return gettid(); }

int flip_clock_is_kept(void) {
    struct timex state = {0}; // Asks, and changes nothing.
    int answer = adjtimex(&state);
    return answer >= 0 && answer != TIME_ERROR && !(state.status & STA_UNSYNC);
}

int flip_die_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

int flip_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int flip_set_limit(int resource, uint64_t value) {
    struct rlimit limit = {value, value};
    return setrlimit(resource, &limit);
}

// Linux's sched_attr in its first size; C libraries before 2.41 know neither it nor the call.
struct turns {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t length_ns, deadline_ns, period_ns;
};

int flip_idle_scheduling(int pid) {
    // Threads that take turns of a few milliseconds find the processor's caches full of each other's pictures. How long a turn
    // may be is asked as a batch job, for SCHED_IDLE keeps it and cannot ask. Kernels before 6.12 do not listen; and who is idle
    // already, as a worker whom flipd has made so, keeps the turns it has.
    struct turns longer = {
        .size = sizeof longer,
        .policy = SCHED_BATCH,
        .nice = getpriority(PRIO_PROCESS, (id_t)pid),
        .length_ns = 20000000,
    };
    syscall(SYS_sched_setattr, pid, &longer, 0);
    struct sched_param none = {0};
    return sched_setscheduler(pid, SCHED_IDLE, &none);
}

int flip_idle_io(int pid) {
    const int who_process = 1, class_idle = 3, class_shift = 13;
    return (int)syscall(SYS_ioprio_set, who_process, pid, class_idle << class_shift);
}

int flip_drop_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return (int)syscall(SYS_capset, &header, none);
}

uint64_t flip_thread_clone_flags(void) { return CLONE_VM | CLONE_SIGHAND | CLONE_THREAD; }

int flip_landlock_abi(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

// From ABI 3 on truncate() is a right of its own; older headers do not name it.
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif

static int allow(int rules, int fd, uint64_t access) {
    struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = fd};
    return (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
}

int flip_landlock_restrict(const int *read_only, int read_only_count, const int *writable, int writable_count) {
    const uint64_t first_abi = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    const uint64_t write_file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                LANDLOCK_ACCESS_FS_REMOVE_FILE;
    int abi = flip_landlock_abi();
    uint64_t handled = first_abi;
    if (abi >= 2) handled |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3) handled |= LANDLOCK_ACCESS_FS_TRUNCATE;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = handled};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (rules < 0) return -1;
    int result = 0;
    for (int i = 0; result == 0 && i < read_only_count; i++)
        result = allow(rules, read_only[i], LANDLOCK_ACCESS_FS_READ_FILE);
    for (int i = 0; result == 0 && i < writable_count; i++)
        result = allow(rules, writable[i], (write_file | LANDLOCK_ACCESS_FS_TRUNCATE) & handled);
    if (result == 0) result = (int)syscall(SYS_landlock_restrict_self, rules, 0);
    int saved = errno;
    close(rules);
    errno = saved;
    return result;
}

// Only code: its pages were never written to, so that their file holds the same. What the loader has relocated
// stays, for it exists nowhere else.
static int give_back_code(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    (void)context;
    if (strncmp(object->dlpi_name, "linux-vdso", 10) == 0) return 0;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) || (part->p_flags & PF_W)) continue;
        uintptr_t start = (object->dlpi_addr + part->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_filesz) & ~(page - 1);
        if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void flip_give_back_memory(void) {
    malloc_trim(0);
    dl_iterate_phdr(give_back_code, NULL);
}

int flip_getopt_long(int argc, char *const *argv, const char *short_options, const struct option *options) {
    return getopt_long(argc, argv, short_options, options, NULL);
}
const char *flip_option_argument(void) { return optarg; }
int flip_option_index(void) { return optind; }
void flip_option_reset(void) { optind = 0; }

void flip_planned_mounts(void (*tell)(const char *point, void *context), void *context) {
    FILE *table = setmntent("/etc/fstab", "re");
    if (!table) return;
    for (struct mntent *entry; (entry = getmntent(table));) tell(entry->mnt_dir, context);
    endmntent(table);
}
