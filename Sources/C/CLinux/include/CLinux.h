// What Swift's Glibc module does not carry. Headers that it lacks are included here and import as they are;
// what needs _GNU_SOURCE, is variadic or is a macro has a plain function here, written in CLinux.c.
#pragma once
#include <getopt.h>
#include <mntent.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>

// What an error number means; NULL for one that nobody knows. Safe in every thread, unlike strerror().
const char *flip_error_text(int code);

// Names and files.
int flip_rename_noreplace(const char *from, const char *to);
int flip_reflink(int to, int from);
long flip_copy_range(int from, int to, size_t length);
int flip_has_lease(int fd);        // takes a read lease: 0 nobody writes, -1 with EAGAIN somebody does
int flip_drop_lease(int fd);
int flip_pipe(int ends[2]);          // both close on exec
int flip_open_path(const char *path, int is_folder); // O_PATH: where it is, without leave to read it
int flip_open_beneath(int root, const char *path);   // a folder, through no link and not out of `root`
int flip_chmod_nofollow(const char *path, unsigned mode);
int64_t flip_filesystem_kind(const char *path);      // statfs's magic number, 0 where it does not answer
void flip_planned_mounts(void (*tell)(const char *point, void *context), void *context); // of /etc/fstab

// The room of a terminal in characters; -1 where it is none, or does not say.
int flip_terminal_size(int fd, int *columns, int *rows);

// Processes.
struct flip_exit {
    int exited;      // 1: it ended by itself and status is its exit code; 0: status is the signal
    int status;
    int64_t cpu_us;  // user and system
    int64_t peak_kb; // largest resident size
};
int flip_pidfd_open(int pid);
int flip_pidfd_signal(int pidfd, int signal);
int flip_pidfd_wait(int pidfd, struct flip_exit *out);
int flip_spawn_close_from(posix_spawn_file_actions_t *actions, int from);
int flip_thread_id(void);
int flip_clock_is_kept(void); // by a time server; 0 where nobody has said so
int flip_die_with_parent(int signal);

// What a worker does to itself.
int flip_no_new_privileges(void);
int flip_set_limit(int resource, uint64_t value);
int flip_idle_scheduling(int pid);
int flip_idle_io(int pid);
int flip_drop_capabilities(void);
uint64_t flip_thread_clone_flags(void); // what clone() is asked for when a thread is started, not a process
int flip_landlock_abi(void);
int flip_landlock_restrict(const int *read_only, int read_only_count, const int *writable, int writable_count);

// Memory that nothing has needed lately, given back: free heap, and code that is read again from its file when needed.
void flip_give_back_memory(void);

// getopt's globals, which Swift 6 refuses to read.
int flip_getopt_long(int argc, char *const *argv, const char *short_options, const struct option *options);
const char *flip_option_argument(void);
int flip_option_index(void);
void flip_option_reset(void);
