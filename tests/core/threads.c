/* The pool: every piece once, the same pieces at any number of threads, denormals flushed
 * everywhere. */
#include "core/core.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

typedef struct record {
  atomic_int times[1000]; /* how often an element was visited */
  int64_t begin_of[1000]; /* the piece it was in */
  float tiny, product[1000];
} record;

static void visit(void *context, int64_t begin, int64_t end) {
  record *r = context;
  for (int64_t i = begin; i < end; i++) {
    r->times[i]++;
    r->begin_of[i] = begin;
    volatile float x = r->tiny;
    r->product[i] = x * 0.5f;
  }
}

TEST(pieces_depend_on_the_shape_alone) {
  for (int threads = 1; threads <= 4; threads++) {
    CHECK_OK(ae_set_threads(threads));
    for (int repeat = 0; repeat < 200; repeat++) {
      record r = {.tiny = 0x1p-126f};
      aei_parallel(1000, 64, visit, &r);
      for (int i = 0; i < 1000; i++) {
        CHECK(r.times[i] == 1);
        CHECK(r.begin_of[i] == i / 64 * 64);
        CHECK(r.product[i] == 0);
      }
    }
  }
  CHECK_OK(ae_set_threads(0));
}

TEST(the_callers_arithmetic_keeps_its_denormals) {
  record r = {.tiny = 0x1p-126f};
  aei_parallel(1000, 64, visit, &r);
  volatile float x = 0x1p-126f;
  CHECK(x * 0.5f > 0);
}

TEST(a_bad_thread_count_is_refused) {
  CHECK_FAILS(ae_set_threads(-1), AE_EARG, "-1 is not in 0..256");
  CHECK_FAILS(ae_set_threads(257), AE_EARG, "257");
  CHECK(ae_threads() >= 1);
}

TEST(how_many_threads_is_asked_of_the_environment_or_the_system) {
  const char *given = getenv("AELUA_THREADS");
  char *before = given ? strdup(given) : NULL;
  setenv("AELUA_THREADS", "3", 1);
  CHECK_OK(ae_set_threads(0));
  CHECK(ae_threads() == 3);
  for (int i = 0; i < 2; i++) { /* no number of threads */
    setenv("AELUA_THREADS", i ? "257" : "none", 1);
    CHECK_OK(ae_set_threads(0));
    CHECK(ae_threads() >= 1 && ae_threads() <= 256);
  }
  if (before)
    setenv("AELUA_THREADS", before, 1);
  else
    unsetenv("AELUA_THREADS");
  free(before);
  CHECK_OK(ae_set_threads(0));
}

/* Sanitizers need address space of their own for a thread. */
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
/* Without address space for their stacks no threads start. The status is 0 when the work was done.
 */
static _Noreturn void work_without_threads(void) {
  record r = {.tiny = 0x1p-126f};
  struct rlimit none = {1 << 20, 1 << 20};
  int wrong = setrlimit(RLIMIT_AS, &none) != 0 || ae_set_threads(8) != AE_OK;
  for (int repeat = 0; repeat < 3; repeat++) aei_parallel(1000, 64, visit, &r);
  for (int i = 0; i < 1000; i++) wrong += r.times[i] != 3 || r.begin_of[i] != i / 64 * 64;
  _exit(wrong != 0);
}

TEST(without_threads_the_work_is_done_all_the_same) {
  int status = -1;
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) work_without_threads();
  CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}
#endif

#ifndef __SANITIZE_THREAD__ /* which starts no threads after such a fork */
/* The pool's locks may be held by threads that the child does not have. */
TEST(a_forked_child_starts_workers_of_its_own) {
  CHECK_OK(ae_set_threads(2));
  record r = {.tiny = 0x1p-126f};
  aei_parallel(1000, 64, visit, &r);
  pid_t child = fork();
  if (child == 0) {
    aei_parallel(1000, 64, visit, &r);
    for (int i = 0; i < 1000; i++)
      if (r.times[i] != 2) _exit(1);
    _exit(0);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK_OK(ae_set_threads(0));
}
#endif

static volatile sig_atomic_t handled;

static void handle(int signal_number) {
  (void)signal_number;
  handled++;
}

/* What the handler wrote is read by the thread that runs Lua. */
TEST(signals_are_not_handled_by_workers) {
  record r = {.tiny = 0x1p-126f};
  sigset_t one, waiting;
  CHECK_OK(ae_set_threads(3));
  aei_parallel(1000, 64, visit, &r);
  signal(SIGUSR1, handle);
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, NULL);
  handled = 0;
  kill(getpid(), SIGUSR1);
  usleep(20000);
  CHECK(handled == 0 && sigpending(&waiting) == 0 && sigismember(&waiting, SIGUSR1));
  pthread_sigmask(SIG_UNBLOCK, &one, NULL);
  CHECK(handled == 1);
  signal(SIGUSR1, SIG_DFL);
  CHECK_OK(ae_set_threads(0));
}
