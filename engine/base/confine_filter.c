#include "base/confine_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { HERE = AUDIT_ARCH_X86_64, FOREIGN_FROM = 0x40000000 /* the x32 calls */ };
#elif defined(__aarch64__)
enum { HERE = AUDIT_ARCH_AARCH64, FOREIGN_FROM = 0x40000000 };
#else
enum { HERE = 0, FOREIGN_FROM = 0 };
#endif

/* What no script of a task needs, nor anything that is done for it on its thread. */
static const int never[] = {
    /* programs and processes */
    SYS_execve, SYS_execveat, SYS_kill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_ptrace,
    SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_unshare, SYS_setns, SYS_personality,
    /* rights */
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid,
    SYS_setgroups, SYS_capset, SYS_add_key, SYS_request_key, SYS_keyctl,
    /* the kernel itself, and its larger surfaces */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_init_module, SYS_finit_module, SYS_delete_module,
    SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl, SYS_syslog, SYS_fanotify_init,
    SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime,
    /* other views of the file system */
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_by_handle_at,
#ifdef SYS_fork
    SYS_fork, SYS_vfork, SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_io_uring_setup
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
#endif
#ifdef SYS_fsopen
    SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_move_mount, SYS_open_tree,
#endif
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
#ifdef SYS_pidfd_open
    SYS_pidfd_open, SYS_pidfd_send_signal,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
};

static const int networking[] = {SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4};

static const int changing_files[] = {
    SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_mkdirat, SYS_mknodat, SYS_truncate,
    SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
    SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
#ifdef SYS_open /* the older calls, which ARM64 hasn't */
    SYS_creat, SYS_unlink, SYS_rename, SYS_link, SYS_symlink, SYS_mkdir, SYS_rmdir, SYS_mknod, SYS_chmod, SYS_chown,
    SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
};

#define COUNT(list) (sizeof(list) / sizeof *(list))
enum {
    FIRST_UNKNOWN = 450, /* calls of Linux 5.17 and later, numbered alike everywhere; libc needs none of them */
    LONGEST = 2 * (COUNT(never) + COUNT(networking) + COUNT(changing_files)) + 64,
    /* O_TMPFILE holds O_DIRECTORY, which reading a directory takes too. */
    TO_WRITE = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY),
    REFUSED = SECCOMP_RET_ERRNO | EPERM,
    UNKNOWN = SECCOMP_RET_ERRNO | ENOSYS, /* libc then takes the older call, whose flags a filter can see */
};

typedef struct program {
    struct sock_filter steps[LONGEST];
    unsigned short count;
} program;

static void step(program *p, struct sock_filter what)
{
    p->steps[p->count++] = what;
}

static void load(program *p, size_t offset)
{
    step(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(program *p, uint32_t verdict)
{
    step(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* Skips the next `count` steps when the comparison with what was loaded fails, or when it holds. */
static void unless(program *p, uint16_t comparison, uint32_t with, uint8_t count)
{
    step(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | comparison, with, 0, count));
}

static void when(program *p, uint16_t comparison, uint32_t with, uint8_t count)
{
    step(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | comparison, with, count, 0));
}

static void give(program *p, int call, uint32_t verdict)
{
    unless(p, BPF_JEQ, (uint32_t)call, 1);
    answer(p, verdict);
}

static void refuse(program *p, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) give(p, calls[i], REFUSED);
}

/* The lower half of an argument: flags and families are no longer. Little-endian, as both machines are. */
static size_t argument(size_t number)
{
    return offsetof(struct seccomp_data, args) + number * sizeof(uint64_t);
}

/* Refuses `call` when its flags, an argument, have one of `bits`. */
static void refuse_with(program *p, int call, size_t flags, uint32_t bits)
{
    unless(p, BPF_JEQ, (uint32_t)call, 4);
    load(p, argument(flags));
    unless(p, BPF_JSET, bits, 1);
    answer(p, REFUSED);
    answer(p, SECCOMP_RET_ALLOW);
}

/* New threads, but no processes. */
static void allow_threads(program *p)
{
#ifdef SYS_clone3
    give(p, SYS_clone3, UNKNOWN);
#endif
    unless(p, BPF_JEQ, SYS_clone, 4);
    load(p, argument(0));
    when(p, BPF_JSET, CLONE_THREAD, 1);
    answer(p, REFUSED);
    answer(p, SECCOMP_RET_ALLOW);
}

static void allow_common_sockets(program *p)
{
    static const uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK /* resolving names */};
    unless(p, BPF_JEQ, SYS_socket, (uint8_t)(2 + 2 * COUNT(families)));
    load(p, argument(0));
    for (size_t i = 0; i < COUNT(families); i++) {
        unless(p, BPF_JEQ, families[i], 1);
        answer(p, SECCOMP_RET_ALLOW);
    }
    answer(p, REFUSED);
}

static void refuse_writing(program *p)
{
    refuse(p, changing_files, COUNT(changing_files));
#ifdef SYS_openat2
    give(p, SYS_openat2, UNKNOWN);
#endif
#ifdef SYS_open
    refuse_with(p, SYS_open, 1, TO_WRITE);
#endif
    refuse_with(p, SYS_openat, 2, TO_WRITE);
}

static void build(program *p, const lc_leave *leave)
{
    load(p, offsetof(struct seccomp_data, arch));
    when(p, BPF_JEQ, (uint32_t)HERE, 1);
    answer(p, REFUSED);
    load(p, offsetof(struct seccomp_data, nr));
    unless(p, BPF_JGE, FOREIGN_FROM, 1);
    answer(p, REFUSED);
    unless(p, BPF_JGE, FIRST_UNKNOWN, 1);
    answer(p, UNKNOWN);
    refuse(p, never, COUNT(never));
    if (!leave->network) refuse(p, networking, COUNT(networking));
    else allow_common_sockets(p);
    if (!leave->writing) refuse_writing(p);
    allow_threads(p);
    answer(p, SECCOMP_RET_ALLOW);
}

int lc_filter_check(void)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    if (HERE == 0) return ENOSYS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) ? errno : 0;
}

int lc_filter_put_on(const lc_leave *leave)
{
    program p = {.count = 0};
    build(&p, leave);
    struct sock_fprog given = {p.count, p.steps};
    if (HERE == 0) return ENOSYS;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return errno;
    if (!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &given)) return 0;
    if (errno != EINVAL) return errno;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &given) ? errno : 0; /* before Linux 4.14 */
}
