/* kernels.c - measures what the engine's inner loops reach, beside what the machine can do and what
 * BLAS libraries reach, in one process: rounds in turn, so that a slow moment meets everyone.
 *
 *   kernels ROUNDS        threads as AELUA_THREADS says, for the libraries too
 *   kernels ROUNDS peak   the machine's peak alone
 *
 * Prints one line per measurement, tab-separated: what, who, unit, and the value of each round. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/core.h"
#include "kernel/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { MAX_ROUNDS = 99, MAX_WHO = 4, LARGE = 16 << 20 };
static const double LEAST_SECONDS = 0.02;

typedef void action(void *context);

/* Seconds of one call, over enough of them. */
static double time_of(action *act, void *context) {
  int64_t calls = 1;
  for (;;) {
    const double start = ae_clock();
    for (int64_t i = 0; i < calls; i++) act(context);
    const double seconds = ae_clock() - start;
    if (seconds >= LEAST_SECONDS) return seconds / (double)calls;
    calls = seconds > LEAST_SECONDS / 100
                ? (int64_t)(1.2 * LEAST_SECONDS / seconds * (double)calls) + 1
                : calls * 10;
  }
}

typedef struct entry {
  const char *who;
  action *act;
  void *context;
} entry;

/* Threads of an OpenMP library go on spinning for a while after its work, on our processors. */
static void let_settle(void) { nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL); }

/* `work` per call and second, divided by 1e9. */
static void measure(const char *what, const char *unit, double work, int rounds, int n,
                    const entry *entries) {
  double value[MAX_WHO][MAX_ROUNDS];
  for (int r = 0; r < rounds; r++)
    for (int i = 0; i < n; i++) {
      let_settle();
      value[i][r] = work / time_of(entries[i].act, entries[i].context) / 1e9;
    }
  for (int i = 0; i < n; i++) {
    printf("%s\t%s\t%s", what, entries[i].who, unit);
    for (int r = 0; r < rounds; r++) printf("\t%.2f", value[i][r]);
    printf("\n");
  }
  fflush(stdout);
}

/* ---- the peak: nothing but fused multiply-adds on registers, on every thread ---- */

enum { CHAINS = 24, FMA_ROUNDS = 200000 };

#if defined(__x86_64__)
#define PEAK(name, isa, V, prefix)                                                                 \
  __attribute__((target(isa), noinline)) static float name(void) {                                 \
    V sum[CHAINS], a = prefix##_set1_ps(0.999F), b = prefix##_set1_ps(1e-3F);                      \
    float out[sizeof(V) / 4];                                                                      \
    _Pragma("GCC unroll 24") for (int i = 0; i < CHAINS; i++) sum[i] = prefix##_set1_ps((float)i); \
    for (int r = 0; r < FMA_ROUNDS; r++) {                                                         \
      _Pragma("GCC unroll 24") for (int i = 0; i < CHAINS; i++) sum[i] =                           \
          prefix##_fmadd_ps(sum[i], a, b);                                                         \
    }                                                                                              \
    _Pragma("GCC unroll 24") for (int i = 1; i < CHAINS; i++) sum[0] =                             \
        prefix##_add_ps(sum[0], sum[i]);                                                           \
    prefix##_storeu_ps(out, sum[0]);                                                               \
    return out[0];                                                                                 \
  }
PEAK(peak_avx512, "avx512f", __m512, _mm512)
PEAK(peak_avx2, "avx2,fma", __m256, _mm256)
#endif

static volatile float sink;

static void spin(void *width, int64_t begin, int64_t end) {
#if defined(__x86_64__)
  for (int64_t i = begin; i < end; i++) sink = *(int *)width == 16 ? peak_avx512() : peak_avx2();
#else
  (void)width, (void)begin, (void)end;
#endif
}

static void spin_everywhere(void *width) { aei_parallel(ae_threads(), 1, spin, width); }

static void measure_peak(int rounds) {
  int width = strcmp(ae_kernels(), "avx512") == 0 ? 16 : strcmp(ae_kernels(), "avx2") == 0 ? 8 : 0;
  if (width == 0) return;
  const double work = 2.0 * CHAINS * FMA_ROUNDS * width * ae_threads();
  measure("peak", "GFLOP/s", work, rounds, 1, (entry[]){{"machine", spin_everywhere, &width}});
}

/* ---- matrix products ---- */

static float *matrix(int64_t n) {
  float *x = malloc((size_t)n * sizeof *x);
  uint64_t state = 1;
  for (int64_t i = 0; x && i < n; i++) {
    state = state * UINT64_C(6364136223846793005) + 1;
    x[i] = (float)(state >> 40) / (float)(1 << 24) - 0.5F;
  }
  return x;
}

typedef void sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a,
                   int lda, const float *b, int ldb, float beta, float *c, int ldc);

typedef struct gemm_case {
  int m, n, k;
  bool ta, tb; /* stored as its transpose */
  float *a, *b, *c;
  const float *packed;
  sgemm *blas;
} gemm_case;

static void run_ours(void *context) {
  const gemm_case *g = context;
  const aei_gemm product = {.m = g->m,
                            .n = g->n,
                            .k = g->k,
                            .alpha = 1,
                            .a = g->a,
                            .a_row = g->ta ? 1 : g->k,
                            .a_col = g->ta ? g->m : 1,
                            .b = g->b,
                            .b_row = g->tb ? 1 : g->n,
                            .b_col = g->tb ? g->k : 1,
                            .c = g->c,
                            .c_row = g->n,
                            .c_col = 1,
                            .packed_b = g->packed};
  aei_gemm_run(AE_FLOAT, &product);
}

static void run_blas(void *context) {
  enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112 };
  const gemm_case *g = context;
  g->blas(ROW_MAJOR, g->ta ? TRANSPOSED : PLAIN, g->tb ? TRANSPOSED : PLAIN, g->m, g->n, g->k, 1,
          g->a, g->ta ? g->m : g->k, g->b, g->tb ? g->k : g->n, 0, g->c, g->n);
}

typedef struct blas_library {
  const char *name, *file, *set_threads;
  sgemm *gemm;
} blas_library;

static blas_library libraries[] = {
    {"OpenBLAS", "libopenblas.so.0", "openblas_set_num_threads", NULL},
    {"BLIS", "libblis.so.4", "bli_thread_set_num_threads", NULL},
};
enum { LIBRARIES = sizeof libraries / sizeof *libraries };

/* A function of a library as a pointer to one: POSIX lets dlsym's result be stored this way. */
static void find(void *library, const char *name, void *function) {
  void *symbol = library ? dlsym(library, name) : NULL;
  memcpy(function, &symbol, sizeof symbol);
}

static void load_libraries(void) {
  for (int i = 0; i < LIBRARIES; i++) {
    void *library = dlopen(libraries[i].file, RTLD_NOW | RTLD_LOCAL);
    find(library, "cblas_sgemm", &libraries[i].gemm);
    if (strcmp(libraries[i].name, "BLIS") == 0) {
      void (*set)(long);
      find(library, libraries[i].set_threads, &set);
      if (set) set(ae_threads());
    } else {
      void (*set)(int);
      find(library, libraries[i].set_threads, &set);
      if (set) set(ae_threads());
    }
  }
}

static void measure_gemm(const char *what, int rounds, int m, int n, int k, bool ta, bool tb) {
  gemm_case g[MAX_WHO];
  g[0] = (gemm_case){.m = m, .n = n, .k = k, .ta = ta, .tb = tb};
  g[0].a = matrix((int64_t)m * k), g[0].b = matrix((int64_t)k * n), g[0].c = matrix((int64_t)m * n);
  entry entries[MAX_WHO] = {{"aelua", run_ours, &g[0]}};
  int count = 1;
  float *packed = NULL;
  if (tb) { /* as a layer does it, once a step for all slices */
    packed = malloc((size_t)aei_gemm_packed_count(AE_FLOAT, k, n) * sizeof *packed);
    const aei_gemm b = {.n = n, .k = k, .b = g[0].b, .b_row = 1, .b_col = k};
    aei_gemm_pack(AE_FLOAT, &b, packed);
    g[1] = g[0];
    g[1].packed = packed;
    entries[count++] = (entry){"aelua, weights packed", run_ours, &g[1]};
  }
  for (int i = 0; i < LIBRARIES && count < MAX_WHO; i++) {
    if (!libraries[i].gemm) continue;
    g[count] = g[0];
    g[count].blas = libraries[i].gemm;
    entries[count] = (entry){libraries[i].name, run_blas, &g[count]};
    count++;
  }
  measure(what, "GFLOP/s", 2.0 * m * n * k, rounds, count, entries);
  free(g[0].a), free(g[0].b), free(g[0].c), free(packed);
}

/* The products of a step: x (B,784), three hidden layers of 100. */
static void measure_step(int rounds, int batch) {
  static const struct {
    const char *name;
    int m, n, k; /* 0: the batch */
    bool ta, tb;
  } products[] = {
      {"784->100 forward", 0, 100, 784, false, true},
      {"100->100 forward", 0, 100, 100, false, true},
      {"100->784 forward", 0, 784, 100, false, true},
      {"100->784 gradInput", 0, 100, 784, false, false},
      {"100->100 gradInput", 0, 100, 100, false, false},
      {"784->100 gradWeight", 100, 784, 0, true, false},
      {"100->100 gradWeight", 100, 100, 0, true, false},
      {"100->784 gradWeight", 784, 100, 0, true, false},
  };
  for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
    char what[80];
    snprintf(what, sizeof what, "gemm %d %s", batch, products[i].name);
    measure_gemm(what, rounds, products[i].m ? products[i].m : batch, products[i].n,
                 products[i].k ? products[i].k : batch, products[i].ta, products[i].tb);
  }
}

/* ---- element-wise work ---- */

typedef struct map_case {
  ae_tensor *y, *x1, *x2;
  int op;
} map_case;

static void run_map1(void *context) {
  const map_case *m = context;
  if (ae_map1((ae_map1_op)m->op, m->y, m->x1, 0.5, 0) != AE_OK) abort();
}
static void run_map2(void *context) {
  const map_case *m = context;
  if (ae_map2((ae_map2_op)m->op, m->y, m->x1, m->x2, 0.5) != AE_OK) abort();
}
static void run_copy(void *context) {
  const map_case *m = context;
  memcpy(ae_data(m->y), ae_data(m->x1), (size_t)ae_nelement(m->y) * sizeof(float));
}

static ae_tensor *vector(int64_t n) {
  ae_tensor *t = NULL;
  ae_generator g = {.seed = 1};
  if (ae_tensor_new_sized(&t, AE_FLOAT, 1, &n) != AE_OK || ae_uniform(t, &g, 0.1, 1) != AE_OK)
    abort();
  return t;
}

static void measure_maps(int rounds, const char *where, int64_t n) {
  static const struct {
    const char *name;
    int op, operands;
  } maps[] = {{"x + a y", AE_ADD, 2}, {"ReLU", AE_THRESHOLD, 1},  {"exp", AE_EXP, 1},
              {"tanh", AE_TANH, 1},   {"sigmoid", AE_SIGMOID, 1}, {"log", AE_LOG, 1}};
  map_case m = {vector(n), vector(n), vector(n), 0};
  char what[80];
  snprintf(what, sizeof what, "map copy, %s", where);
  measure(what, "GB/s", 8.0 * (double)n, rounds, 1,
          (entry[]){{"memcpy, one thread", run_copy, &m}});
  for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
    m.op = maps[i].op;
    snprintf(what, sizeof what, "map %s, %s", maps[i].name, where);
    measure(what, "GB/s", 4.0 * (double)n * (maps[i].operands + 1), rounds, 1,
            (entry[]){{"aelua", maps[i].operands == 2 ? run_map2 : run_map1, &m}});
  }
  ae_tensor_release(m.y), ae_tensor_release(m.x1), ae_tensor_release(m.x2);
}

int main(int argc, char **argv) {
  static const int batches[] = {1000, 100, 32};
  int rounds = argc > 1 ? atoi(argv[1]) : 5;
  if (rounds < 1 || rounds > MAX_ROUNDS) return fprintf(stderr, "rounds: 1..%d\n", MAX_ROUNDS), 1;
  measure_peak(rounds);
  if (argc > 2) return 0;
  load_libraries();
  for (int i = 0; i < 3; i++) measure_step(rounds, batches[i]);
  measure_gemm("gemm large 1000^3", rounds, 1000, 1000, 1000, false, false);
  measure_gemm("gemm large 4000^3", rounds, 4000, 4000, 4000, false, false);
  measure_maps(rounds, "16 K elements", 16 << 10);
  measure_maps(rounds, "16 M elements", LARGE);
  measure_peak(rounds);
  return 0;
}
