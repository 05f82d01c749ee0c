/* The wall: what the kernel refuses once it is raised, tried by children that call it directly. */
#include "core/core.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

enum { NO_WALL = 77 };

/* What a child ends with that runs try behind the wall: its exit status, or 1000 and a signal. */
static int behind_wall(int (*try)(void)) {
  int status = 0;
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) _exit(ae_wall_raise() ? try() : NO_WALL);
  CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define CHECK_BEHIND_WALL(try, want)          \
  do {                                        \
    const int got_ = behind_wall(try);        \
    CHECK(got_ == NO_WALL || got_ == (want)); \
  } while (0)

#define REFUSED(call) ((call) == -1 && errno == EPERM)

static char *const words[] = {(char *)(uintptr_t) "true", NULL};

static int start_programs(void) {
  pid_t pid;
  if (!REFUSED(execv("/bin/true", words))) return 1;
  if (!REFUSED(syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, NULL, 0))) return 2;
  if (!REFUSED(fork())) return 3;
  if (system("exit 0") == 0) return 4;
  if (posix_spawn(&pid, "/bin/true", NULL, NULL, words, words + 1) == 0) return 5;
  if (popen("true", "r")) return 6;
  if (!REFUSED(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0))) return 7;
  return 0;
}

TEST(no_program_starts_behind_the_wall) { CHECK_BEHIND_WALL(start_programs, 0); }

static int reach_others(void) {
  int pair[2];
  if (!REFUSED(socket(AF_INET, SOCK_STREAM, 0))) return 1;
  if (!REFUSED(socketpair(AF_UNIX, SOCK_STREAM, 0, pair))) return 2;
  if (!REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL))) return 3;
  if (!REFUSED(kill(getppid(), 0))) return 4;
  if (!REFUSED(syscall(SYS_tgkill, getppid(), getppid(), 0))) return 5;
  if (!REFUSED(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0))) return 6;
  if (!REFUSED(ioctl(0, TIOCSTI, "x"))) return 7;
  if (!REFUSED(ioctl(0, TIOCLINUX, "x"))) return 8;
  return 0;
}

TEST(no_network_and_no_other_process_is_reached) { CHECK_BEHIND_WALL(reach_others, 0); }

static int change_others(void) {
  siginfo_t about = {.si_code = SI_QUEUE};
  struct sched_param parameters = {0};
  struct rlimit limit;
  struct f_owner_ex owner = {F_OWNER_PID, getppid()};
  const pid_t other = getppid();
  int ends[2];
  if (!REFUSED(syscall(SYS_rt_sigqueueinfo, other, 0, &about))) return 1;
  if (!REFUSED(syscall(SYS_rt_tgsigqueueinfo, other, other, 0, &about))) return 2;
  if (!REFUSED(syscall(SYS_prlimit64, other, RLIMIT_CORE, NULL, &limit))) return 3;
  if (!REFUSED(setpriority(PRIO_PROCESS, (id_t)other, 0))) return 4;
  if (!REFUSED(sched_setscheduler(other, SCHED_OTHER, &parameters))) return 5;
  if (!REFUSED(sched_setparam(other, &parameters))) return 6;
  if (!REFUSED(syscall(SYS_sched_setaffinity, other, 0, NULL))) return 7;
  if (!REFUSED(syscall(SYS_ioprio_set, 1, other, 0))) return 8;
  if (!REFUSED(syscall(434, other, 0))) return 9; /* pidfd_open */
  if (!REFUSED(syscall(SYS_kcmp, other, other, 0, 0, 0))) return 10;
  if (pipe(ends) != 0 || !REFUSED(fcntl(ends[0], F_SETOWN, other))) return 11;
  if (!REFUSED(fcntl(ends[0], F_SETOWN_EX, &owner))) return 12;
  return 0;
}

static int share_with_others(void) {
  if (!REFUSED(shmget(IPC_PRIVATE, 4096, 0600))) return 1;
  if (!REFUSED(semget(IPC_PRIVATE, 1, 0600))) return 2;
  if (!REFUSED(msgget(IPC_PRIVATE, 0600))) return 3;
  if (!REFUSED(syscall(SYS_mq_open, "aelua-wall", O_RDWR | O_CREAT, 0600, NULL))) return 4;
  if (!REFUSED(syscall(SYS_sendto, 0, "x", 1, 0, NULL, 0))) return 5;
  return 0;
}

TEST(no_other_process_is_changed) { CHECK_BEHIND_WALL(change_others, 0); }
TEST(nothing_is_shared_with_other_processes) { CHECK_BEHIND_WALL(share_with_others, 0); }

/* By calls that would fail all the same: nothing is changed without the wall. */
static int change_the_system(void) {
  if (!REFUSED(syscall(428, -1, "none", -1))) return 1; /* open_tree */
  if (!REFUSED(syscall(430, "none", -1))) return 2;     /* fsopen */
  if (!REFUSED(syscall(433, -1, "none", -1))) return 3; /* fspick */
  if (!REFUSED(syscall(442, -1, "none", 0, NULL, 0))) return 4;
  if (!REFUSED(syscall(SYS_delete_module, NULL, 0))) return 5;
  if (!REFUSED(syscall(SYS_swapoff, NULL))) return 6;
  if (!REFUSED(syscall(SYS_reboot, 0, 0, 0, NULL))) return 7;
  if (!REFUSED(syscall(SYS_settimeofday, NULL, (void *)1))) return 8;
#if defined(__x86_64__)
  if (!REFUSED(syscall(SYS_iopl, 4))) return 9;
  if (!REFUSED(syscall(SYS_ioperm, -1L, 2, 1))) return 10;
#endif
  return 0;
}

TEST(the_system_is_not_changed) { CHECK_BEHIND_WALL(change_the_system, 0); }

static int call_what_is_new(void) {
  return syscall(468, -1, NULL, NULL, 0, 0) == -1 && errno == ENOSYS ? 0 : 1;
}

TEST(calls_newer_than_the_wall_are_unknown) { CHECK_BEHIND_WALL(call_what_is_new, 0); }

static int make_links(void) {
  if (!REFUSED(symlink("/etc/passwd", "aelua-wall"))) return 1;
  if (!REFUSED(link("/etc/passwd", "aelua-wall"))) return 2;
  if (!REFUSED(mknod("aelua-wall", S_IFIFO | 0600, 0))) return 3;
  return 0;
}

TEST(no_links_are_made) { CHECK_BEHIND_WALL(make_links, 0); }

static void add(void *context, int64_t begin, int64_t end) {
  atomic_fetch_add((_Atomic int64_t *)context, end - begin);
}

static void *start_program(void *result) {
  *(bool *)result = REFUSED(execv("/bin/true", words));
  return NULL;
}

/* The engine's own work goes on: threads, memory, files, a signal to itself. */
static int work(void) {
  _Atomic int64_t sum = 0;
  bool refused_in_thread = false;
  pthread_t thread;
  if (ae_set_threads(3) != AE_OK) return 1;
  aei_parallel(1000, 10, add, &sum);
  if (sum != 1000) return 2;
  if (pthread_create(&thread, NULL, start_program, &refused_in_thread) != 0) return 3;
  pthread_join(thread, NULL);
  if (!refused_in_thread) return 4;
  if (ae_write_file(test_path("wall"), "text", 4) != AE_OK || remove(test_path("wall")) != 0)
    return 5;
  struct rlimit limit;
  if (getrlimit(RLIMIT_CORE, &limit) != 0 || setrlimit(RLIMIT_CORE, &limit) != 0) return 6;
  if (syscall(SYS_prlimit64, getpid(), RLIMIT_CORE, NULL, &limit) != 0) return 7;
  if (fcntl(0, F_GETFD) < 0 && errno == EPERM) return 8;
  signal(SIGUSR1, SIG_IGN);
  return raise(SIGUSR1) == 0 && ae_set_threads(0) == AE_OK ? 0 : 9;
}

#ifndef __SANITIZE_THREAD__ /* which starts no threads after a fork */
TEST(the_engine_works_behind_the_wall) { CHECK_BEHIND_WALL(work, 0); }
#endif

#if defined(__x86_64__) && defined(__linux__)
static int call_as_x32(void) { return REFUSED(syscall(0x40000000 | SYS_execve, 0, 0, 0)) ? 0 : 1; }

/* getpid of the 32-bit system, whose numbers are others. */
static int call_as_32_bit(void) {
  long result = 20;
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  return 0;
}

TEST(calls_by_other_numbers_are_refused) {
  CHECK_BEHIND_WALL(call_as_x32, 0);
  const int got = behind_wall(call_as_32_bit);
  CHECK(got == NO_WALL || got == 1000 + SIGSYS || got == 1000 + SIGSEGV); /* no such system */
}
#endif

static int is_there(void) { return 0; }

TEST(the_wall_is_there_where_it_is_promised) {
  const int got = behind_wall(is_there);
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
  CHECK(got == 0);
#else
  CHECK(got == NO_WALL);
#endif
}
