/* wall.c - a second wall behind the sandbox, where the system has one: the kernel itself refuses to
 * start programs, to reach the network and other processes, to make links and to change the system.
 *
 * On Linux, for x86-64 and 64-bit ARM, by a seccomp filter: a list of system calls that the engine
 * never makes fails with EPERM, and those that are newer than the list do not exist, in every
 * thread of the process, for good. (A list of those that are made would break with the next C
 * library.) It is behind the fence and the sandbox of Lua, not instead of them: it holds when code
 * of the script's own choosing runs, but sees no paths, so that files are the fence's alone.
 * Elsewhere there is none, and ae_wall_raise says so. */
#include "io/io.h"

#include <errno.h>
#include <string.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { SYSTEM = AUDIT_ARCH_X86_64, OTHER_CALLS = 0x40000000 }; /* x32's begin there */
#else
enum { SYSTEM = AUDIT_ARCH_AARCH64, OTHER_CALLS = 0x40000000 };
#endif

/* Calls of the same number on every system, which older headers lack. */
enum {
  PIDFD_SEND_SIGNAL = 424,
  IO_URING_SETUP,
  IO_URING_ENTER,
  IO_URING_REGISTER,
  OPEN_TREE,
  MOVE_MOUNT,
  FSOPEN,
  FSCONFIG,
  FSMOUNT,
  FSPICK,
  PIDFD_OPEN,
  PIDFD_GETFD = 438,
  PROCESS_MADVISE = 440,
  MOUNT_SETATTR = 442,
  QUOTACTL_FD,
  PROCESS_MRELEASE = 448,
  OPEN_TREE_ATTR = 467,
  NEWEST = OPEN_TREE_ATTR /* what came later was not judged */
};

static const int refused_calls[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    PROCESS_MADVISE,
    PROCESS_MRELEASE,
    SYS_kcmp,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    PIDFD_SEND_SIGNAL,
    PIDFD_OPEN,
    PIDFD_GETFD,
    SYS_setpriority,
    SYS_ioprio_set,
    SYS_sched_setscheduler,
    SYS_sched_setparam,
    SYS_sched_setattr,
    SYS_sched_setaffinity,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_semget,
    SYS_semop,
    SYS_semtimedop,
    SYS_semctl,
    SYS_msgget,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_msgctl,
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_symlinkat,
    SYS_linkat,
    SYS_mknodat,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    OPEN_TREE,
    MOVE_MOUNT,
    FSOPEN,
    FSCONFIG,
    FSMOUNT,
    FSPICK,
    MOUNT_SETATTR,
    OPEN_TREE_ATTR,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    QUOTACTL_FD,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_syslog,
    SYS_vhangup,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_fanotify_init,
    SYS_open_by_handle_at,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    IO_URING_SETUP,
    IO_URING_ENTER,
    IO_URING_REGISTER,
#if defined(__x86_64__)
    SYS_iopl,
    SYS_ioperm,
    SYS_fork,
    SYS_vfork,
    SYS_symlink,
    SYS_link,
    SYS_mknod,
#endif
};
enum { REFUSED = sizeof refused_calls / sizeof *refused_calls };

typedef struct program {
  struct sock_filter line[2 * REFUSED + 64];
  unsigned short n;
} program;

static void emit(program *p, int code, unsigned k, int yes, int no) {
  p->line[p->n++] =
      (struct sock_filter){(unsigned short)code, (unsigned char)yes, (unsigned char)no, k};
}

static void load(program *p, size_t offset) {
  emit(p, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

static void answer(program *p, unsigned value) { emit(p, BPF_RET | BPF_K, value, 0, 0); }

enum { REFUSE = SECCOMP_RET_ERRNO | EPERM, UNKNOWN = SECCOMP_RET_ERRNO | ENOSYS };

static void refuse_call(program *p, int call, unsigned value) {
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1);
  answer(p, value);
}

/* A call that depends on the low half of one of its arguments: `test` (BPF_JEQ, BPF_JSET) with k
 * or `also` answers yes or no. */
static void judge_call(program *p, int call, int argument, int test, unsigned k, unsigned also,
                       unsigned yes, unsigned no) {
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 5);
  load(p, offsetof(struct seccomp_data, args) + 8 * (size_t)argument);
  emit(p, BPF_JMP | test | BPF_K, k, 1, 0);
  emit(p, BPF_JMP | test | BPF_K, also, 0, 1);
  answer(p, yes);
  answer(p, no);
}

static void write_program(program *p) {
  load(p, offsetof(struct seccomp_data, arch));
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SYSTEM, 1, 0);
  answer(p, SECCOMP_RET_KILL_PROCESS);
  load(p, offsetof(struct seccomp_data, nr));
  emit(p, BPF_JMP | BPF_JGE | BPF_K, OTHER_CALLS, 0, 1);
  answer(p, REFUSE);
  emit(p, BPF_JMP | BPF_JGT | BPF_K, NEWEST, 0, 1);
  answer(p, UNKNOWN);
  for (int i = 0; i < REFUSED; i++) refuse_call(p, refused_calls[i], REFUSE);
    /* Threads, but no processes. clone3's flags lie in memory, where no filter sees them: the C
     * library then falls back on clone. */
#ifdef SYS_clone3
  refuse_call(p, SYS_clone3, UNKNOWN);
#endif
  const unsigned allow = SECCOMP_RET_ALLOW, self = (unsigned)getpid();
  judge_call(p, SYS_clone, 0, BPF_JSET, CLONE_THREAD, CLONE_THREAD, allow, REFUSE);
  /* Signals and limits to itself, those of files, too; and no typing or pasting on the terminal in
   * the user's name. */
  judge_call(p, SYS_tgkill, 0, BPF_JEQ, self, self, allow, REFUSE);
  judge_call(p, SYS_prlimit64, 0, BPF_JEQ, 0, self, allow, REFUSE);
  judge_call(p, SYS_fcntl, 1, BPF_JEQ, F_SETOWN, F_SETOWN_EX, REFUSE, allow);
  judge_call(p, SYS_ioctl, 1, BPF_JEQ, TIOCSTI, TIOCLINUX, REFUSE, allow);
  answer(p, SECCOMP_RET_ALLOW);
}

bool ae_wall_raise(void) {
  program p = {.n = 0};
  write_program(&p);
  struct sock_fprog filter = {p.n, p.line};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0;
}

#else

bool ae_wall_raise(void) { return false; }

#endif
