#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/thread.h"
#include "check.h"

static char folder[] = "/tmp/test_confine_XXXXXX", there[64], fresh[64];

static bool refused(long result)
{
    return result < 0 && errno == EPERM;
}

static bool allowed(int fd)
{
    if (fd >= 0) close(fd);
    return fd >= 0;
}

/* What is never left. */
static void check_always(void)
{
    char program[] = "/bin/true", *argv[] = {program, NULL}, *none[] = {NULL};
    CHECK(refused(execve("/bin/true", argv, none)));
    CHECK(refused(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, none, 0)));
    CHECK(refused(fork()));
    CHECK(refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)));
    CHECK(system("exit 0"));
    CHECK(!popen("true", "r"));
    CHECK(refused(ptrace(PTRACE_TRACEME, 0, 0, 0)));
    CHECK(refused(syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0)));
    CHECK(refused(syscall(SYS_process_vm_writev, getpid(), NULL, 0, NULL, 0, 0)));
    CHECK(refused(syscall(SYS_bpf, 0, NULL, 0)));
    CHECK(refused(syscall(SYS_keyctl, 0, 0, 0, 0, 0)));
    CHECK(refused(syscall(SYS_perf_event_open, NULL, 0, 0, -1, 0)));
    CHECK(refused(syscall(SYS_userfaultfd, 0)));
    CHECK(refused(syscall(SYS_io_uring_setup, 1, NULL)));
    CHECK(refused(syscall(SYS_mount, "none", folder, "tmpfs", 0, NULL)));
    CHECK(refused(syscall(SYS_init_module, NULL, 0, "")));
    CHECK(refused(unshare(CLONE_FILES)));
    CHECK(refused(kill(getpid(), 0)));
    for (long newer = 450; newer < 480; newer++) CHECK(syscall(newer, -1, NULL, -1, 0, 0, 0) < 0 && errno == ENOSYS);
#if defined(__x86_64__)
    CHECK(refused(syscall(SYS_getpid | 0x40000000)));
#endif
}

static void check_network(bool left)
{
    CHECK(allowed(socket(AF_INET, SOCK_STREAM, 0)) == left);
    CHECK(allowed(socket(AF_INET, SOCK_DGRAM, 0)) == left);
    CHECK(allowed(socket(AF_UNIX, SOCK_STREAM, 0)) == left);
    CHECK(refused(socket(AF_ALG, SOCK_SEQPACKET, 0)));
    CHECK(refused(socket(AF_PACKET, SOCK_RAW, 0)));
    struct sockaddr_in nowhere = {.sin_family = AF_INET};
    CHECK(connect(-1, (struct sockaddr *)&nowhere, sizeof nowhere) < 0 && errno == (left ? EBADF : EPERM));
}

static void check_writing(bool left)
{
    static const int ways[] = {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_WRONLY | O_APPEND};
    CHECK(allowed(open(there, O_RDONLY | O_CLOEXEC)));
    CHECK(allowed(open(folder, O_RDONLY | O_DIRECTORY)));
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        CHECK(allowed(open(there, ways[i])) == left);
        CHECK(allowed((int)syscall(SYS_openat, AT_FDCWD, there, ways[i])) == left);
#ifdef SYS_open
        CHECK(allowed((int)syscall(SYS_open, there, ways[i])) == left);
#endif
    }
    struct { uint64_t flags, mode, resolve; } how = {O_WRONLY, 0, 0};
    CHECK(allowed((int)syscall(SYS_openat2, AT_FDCWD, there, &how, sizeof how)) == left);
    CHECK(allowed(open(fresh, O_RDONLY | O_CREAT, 0600)) == left);
    if (!left) CHECK(refused(open(folder, O_WRONLY | O_TMPFILE, 0600))); /* not every file system has it */
    CHECK((unlink(fresh) == 0) == left);
    CHECK((mkdir(fresh, 0700) == 0) == left);
    CHECK((rmdir(fresh) == 0) == left);
    CHECK((symlink(there, fresh) == 0) == left);
    CHECK((rename(fresh, fresh) == 0) == left);
    CHECK((unlink(fresh) == 0) == left);
    CHECK((truncate(there, 0) == 0) == left);
    CHECK((chmod(there, 0600) == 0) == left);
}

static void note_confined(void *arg)
{
    *(bool *)arg = lc_is_confined();
}

static void try_forking(void *arg)
{
    pid_t child = fork();
    if (!child) _exit(7);
    int status = 0;
    if (child > 0) waitpid(child, &status, 0);
    *(int *)arg = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void *raw_thread(void *arg)
{
    *(bool *)arg = refused(fork());
    return NULL;
}

/* Threads of its own have its filter, those of lc_thread_start and calls by the companion have none. */
static void check_others(void)
{
    int by_companion = 0, by_thread = 0;
    bool by_raw = false, confined = true;
    pthread_t raw;
    CHECK(lc_is_confined());
    lc_unconfined_call(try_forking, &by_companion);
    CHECK_EQ_INT(by_companion, 7);
    lc_unconfined_call(note_confined, &confined);
    CHECK(!confined);
    lc_thread *thread = NULL;
    lc_autoptr(lc_error) error = lc_thread_start("by-confined", 0, try_forking, &by_thread, &thread);
    CHECK(!error && lc_thread_join(thread, -1));
    CHECK_EQ_INT(by_thread, 7);
    CHECK(!pthread_create(&raw, NULL, raw_thread, &by_raw) && !pthread_join(raw, NULL));
    CHECK(by_raw);
}

static void run_confined(void *arg)
{
    const lc_leave *leave = arg;
    CHECK(!lc_is_confined());
    lc_autoptr(lc_error) error = lc_confine(leave);
    CHECK(!error);
    lc_autoptr(lc_error) again = lc_confine(leave);
    CHECK(!again);
    check_always();
    check_network(leave->network);
    check_writing(leave->writing);
    check_others();
    void *memory = malloc(64 << 20);
    CHECK(memory);
    free(memory);
    lc_confine_end();
    CHECK(!lc_is_confined());
    CHECK(refused(fork()));
}

static void run(lc_leave leave)
{
    lc_thread *thread = NULL;
    lc_autoptr(lc_error) error = lc_thread_start("confined", 0, run_confined, &leave, &thread);
    CHECK(!error && lc_thread_join(thread, -1));
}

TEST(refuses_what_a_script_has_no_business_with)
{
    run((lc_leave){0});
}

TEST(leaves_what_was_granted)
{
    run((lc_leave){.network = true});
    run((lc_leave){.writing = true});
    run((lc_leave){.network = true, .writing = true});
}

TEST(other_threads_are_as_they_were)
{
    int status = 0;
    bool confined = true;
    run((lc_leave){0});
    try_forking(&status);
    CHECK_EQ_INT(status, 7);
    lc_unconfined_call(note_confined, &confined);
    CHECK(!confined);
    CHECK(allowed(socket(AF_INET, SOCK_STREAM, 0)));
    lc_confine_end();
}

int main(void)
{
    lc_autoptr(lc_error) missing = lc_confine_check();
    if (missing) {
        printf("skipped: %s\n", lc_error_message(missing));
        return 0;
    }
    CHECK(mkdtemp(folder));
    snprintf(there, sizeof there, "%s/there", folder);
    snprintf(fresh, sizeof fresh, "%s/fresh", folder);
    CHECK(allowed(open(there, O_WRONLY | O_CREAT, 0600)));
    RUN(refuses_what_a_script_has_no_business_with);
    RUN(leaves_what_was_granted);
    RUN(other_threads_are_as_they_were);
    unlink(there);
    rmdir(folder);
    return check_report();
}
