/* wall.c - a second wall behind the sandbox, where the system has one: the kernel itself refuses to
 * start programs, to reach the network and other processes, and to make links.
 *
 * On Linux, for x86-64 and 64-bit ARM, by a seccomp filter: a list of system calls that the engine
 * never makes fails with EPERM, in every thread of the process, for good. It is behind
 * the fence and the sandbox of Lua, not instead of them: it holds when code of the script's own
 * choosing runs. Elsewhere there is none, and ae_wall_raise says so. */
#include "io/io.h"

#include <errno.h>
#include <string.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

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

static const int refused_calls[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kill,
    SYS_tkill,
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_symlinkat,
    SYS_linkat,
    SYS_mknodat,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_init_module,
    SYS_finit_module,
    SYS_kexec_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_open_by_handle_at,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
#ifdef SYS_io_uring_setup
    SYS_io_uring_setup,
#endif
#ifdef SYS_pidfd_send_signal
    SYS_pidfd_send_signal,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_getfd,
#endif
#if defined(__x86_64__)
    SYS_fork,
    SYS_vfork,
    SYS_symlink,
    SYS_link,
    SYS_mknod,
#endif
};
enum { REFUSED = sizeof refused_calls / sizeof *refused_calls };

typedef struct program {
  struct sock_filter line[2 * REFUSED + 32];
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
 * answers yes or no. */
static void judge_call(program *p, int call, int argument, int test, unsigned k, unsigned yes,
                       unsigned no) {
  emit(p, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 4);
  load(p, offsetof(struct seccomp_data, args) + 8 * (size_t)argument);
  emit(p, BPF_JMP | test | BPF_K, k, 0, 1);
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
  for (int i = 0; i < REFUSED; i++) refuse_call(p, refused_calls[i], REFUSE);
    /* Threads, but no processes. clone3's flags lie in memory, where no filter sees them: the C
     * library then falls back on clone. */
#ifdef SYS_clone3
  refuse_call(p, SYS_clone3, UNKNOWN);
#endif
  judge_call(p, SYS_clone, 0, BPF_JSET, CLONE_THREAD, SECCOMP_RET_ALLOW, REFUSE);
  /* Signals to itself, but no typing on the terminal in the user's name. */
  judge_call(p, SYS_tgkill, 0, BPF_JEQ, (unsigned)getpid(), SECCOMP_RET_ALLOW, REFUSE);
  judge_call(p, SYS_ioctl, 1, BPF_JEQ, TIOCSTI, REFUSE, SECCOMP_RET_ALLOW);
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
