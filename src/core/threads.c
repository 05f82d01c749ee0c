/* threads.c - one persistent pool of workers, and the only place where work is split over threads.
 *
 *   caller: write job, open it -> generation++ -> wake sleepers -> take pieces -> close it -> wait
 * for the workers inside worker: wait for generation (spin, then sleep) -> enter -> if it is open,
 * take pieces -> leave
 *
 * Every thread has a share of the pieces, the same part of 0..n each time, so that what it wrote in
 * one job is in its own cache in the next: writing to what another core has read or written last
 * costs ten times as much. Who is done takes from the others' shares. The boundaries of pieces are
 * fixed by (n, grain), so results cannot depend on the number of threads. Workers start with the
 * first job that has more than one piece. A worker that is asleep or late is not waited for. */
#include "core/core.h"
#include "kernel/kernel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

enum { MAX_THREADS = 256, SPINS = 4000 };

static struct {
  pthread_mutex_t lock; /* guards sleeping and waking */
  pthread_cond_t wake;
  pthread_mutex_t owner; /* held by the thread whose job runs */
  pthread_t worker[MAX_THREADS];
  int wanted;          /* threads to use, the caller included; 0: not decided yet */
  int started;         /* workers running */
  unsigned started_at; /* the generation before their first job */
  bool forked_handler;
  bool no_more; /* a thread was refused: not asked for again until their number is set */
  atomic_bool stop;
  atomic_int sleepers;
  _Alignas(AEI_ALIGN) atomic_uint generation; /* of the current job */
  atomic_bool open;                           /* it may be entered */
  _Alignas(AEI_ALIGN) atomic_int inside;      /* workers that are looking at it */
  /* the job */
  _Alignas(AEI_ALIGN) int64_t n;
  int64_t grain;
  aei_body *body;
  void *context;
  int shares;
  struct {
    _Alignas(AEI_ALIGN) _Atomic int64_t next; /* piece */
    int64_t end;
  } share[MAX_THREADS];
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER,
          .owner = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local bool inside;

/* ---- denormals: flushed while a body runs, as the caller's arithmetic had it afterwards ---- */

#if defined(__SSE2__)
typedef unsigned float_mode;
static float_mode flush_denormals(void) {
  float_mode old = _mm_getcsr();
  _mm_setcsr(old | 0x8040); /* FTZ | DAZ */
  return old;
}
static void restore_denormals(float_mode old) { _mm_setcsr(old); }
#elif defined(__aarch64__)
typedef uint64_t float_mode;
static float_mode flush_denormals(void) {
  float_mode old;
  __asm__ volatile("mrs %0, fpcr" : "=r"(old));
  __asm__ volatile("msr fpcr, %0" ::"r"(old | (UINT64_C(1) << 24)));
  return old;
}
static void restore_denormals(float_mode old) { __asm__ volatile("msr fpcr, %0" ::"r"(old)); }
#else
typedef int float_mode;
static float_mode flush_denormals(void) { return 0; }
static void restore_denormals(float_mode old) { (void)old; }
#endif

static void pause_cpu(void) {
#if defined(__SSE2__)
  _mm_pause();
#endif
}

/* ---- workers ---- */

static void take_share(int i) {
  for (;;) {
    const int64_t piece = atomic_fetch_add(&pool.share[i].next, 1);
    if (piece >= pool.share[i].end) return;
    const int64_t begin = piece * pool.grain;
    pool.body(pool.context, begin, pool.n - begin > pool.grain ? begin + pool.grain : pool.n);
  }
}

static void take_pieces(int self) {
  for (int i = 0; i < pool.shares; i++) take_share((self + i) % pool.shares);
}

static void wait_for_job(unsigned seen) {
  for (int i = 0; i < SPINS; i++) {
    if (pool.generation != seen) return;
    pause_cpu();
  }
  pthread_mutex_lock(&pool.lock);
  pool.sleepers++;
  while (pool.generation == seen) pthread_cond_wait(&pool.wake, &pool.lock);
  pool.sleepers--;
  pthread_mutex_unlock(&pool.lock);
}

static void *work(void *number) {
  const int self = (int)(intptr_t)number;
  unsigned seen = pool.started_at;
  inside = true;
  flush_denormals();
  for (;;) {
    wait_for_job(seen);
    seen = pool.generation;
    if (pool.stop) return NULL;
    pool.inside++;
    if (pool.open) take_pieces(self);
    pool.inside--;
  }
}

static void announce(void) {
  pool.generation++;
  if (pool.sleepers == 0) return;
  pthread_mutex_lock(&pool.lock);
  pthread_cond_broadcast(&pool.wake);
  pthread_mutex_unlock(&pool.lock);
}

static void stop_workers(void) {
  if (pool.started == 0) return;
  pool.stop = true;
  announce();
  for (int i = 0; i < pool.started; i++) pthread_join(pool.worker[i], NULL);
  pool.stop = false;
  pool.started = 0;
}

__attribute__((destructor)) static void stop_at_exit(void) { stop_workers(); }

/* A forked child has no workers: it starts its own when it needs them. */
static void forget_workers(void) {
  pool.started = 0;
  pool.sleepers = 0;
  pool.inside = 0;
  pthread_mutex_init(&pool.lock, NULL);
  pthread_mutex_init(&pool.owner, NULL);
  pthread_cond_init(&pool.wake, NULL);
}

/* Workers inherit the mask: a signal's handler runs on the caller's thread, which reads what it
 * wrote, never on a worker. Faults stay with the thread that makes them. */
static void block_signals(sigset_t *old) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP, SIGABRT};
  sigset_t all;
  sigfillset(&all);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&all, faults[i]);
  pthread_sigmask(SIG_BLOCK, &all, old);
}

/* Starts what is missing; fewer threads than wanted is no error, the work gets done by those there
 * are, with the same bits. */
static void start_workers(void) {
  aei_kernels_now(); /* fills the table that workers read; not in a piece of the first job */
  if (!pool.forked_handler) pool.forked_handler = pthread_atfork(NULL, NULL, forget_workers) == 0;
  if (pool.started == 0) pool.started_at = pool.generation;
  if (pool.no_more || pool.started >= ae_threads() - 1) return;
  sigset_t old;
  block_signals(&old);
  while (!pool.no_more && pool.started < ae_threads() - 1) {
    void *number = (void *)(intptr_t)(pool.started + 1);
    pool.no_more = pthread_create(&pool.worker[pool.started], NULL, work, number) != 0;
    if (!pool.no_more) pool.started++;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* ---- the interface ---- */

static int default_threads(void) {
  const char *text = getenv("AELUA_THREADS");
  long n = text ? strtol(text, NULL, 10) : 0;
  if (n >= 1 && n <= MAX_THREADS) return (int)n;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  n = CPU_COUNT(&set);
  return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (int)n;
}

int ae_threads(void) {
  if (pool.wanted == 0) pool.wanted = default_threads();
  return pool.wanted;
}

ae_status ae_set_threads(int n) {
  if (n < 0 || n > MAX_THREADS)
    return aei_fail(AE_EARG, "threads: %d is not in 0..%d", n, MAX_THREADS);
  stop_workers();
  pool.no_more = false;
  pool.wanted = n;
  return AE_OK;
}

static void run_alone(int64_t n, int64_t grain, aei_body *body, void *context) {
  for (int64_t begin = 0; begin < n; begin += grain)
    body(context, begin, n - begin > grain ? begin + grain : n);
}

static void share_out(int64_t pieces) {
  pool.shares = pool.started + 1;
  for (int i = 0; i < pool.shares; i++) {
    pool.share[i].next = pieces * i / pool.shares;
    pool.share[i].end = pieces * (i + 1) / pool.shares;
  }
}

static void run_together(int64_t n, int64_t grain, aei_body *body, void *context) {
  start_workers();
  pool.n = n;
  pool.grain = grain;
  pool.body = body;
  pool.context = context;
  share_out((n - 1) / grain + 1);
  pool.open = true;
  announce();
  take_pieces(0);
  pool.open = false;
  for (int i = 0; pool.inside > 0; i++) i < SPINS ? pause_cpu() : (void)sched_yield();
}

bool aei_alone(void) { return inside || ae_threads() == 1; }

void aei_parallel(int64_t n, int64_t grain, aei_body *body, void *context) {
  if (n <= 0) return;
  if (inside) return run_alone(n, grain, body, context);
  float_mode mode = flush_denormals();
  inside = true;
  if (n > grain && ae_threads() > 1 && pthread_mutex_trylock(&pool.owner) == 0) {
    run_together(n, grain, body, context);
    pthread_mutex_unlock(&pool.owner);
  } else {
    run_alone(n, grain, body, context);
  }
  inside = false;
  restore_denormals(mode);
}
