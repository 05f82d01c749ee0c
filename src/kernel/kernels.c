/* kernels.c - which path runs: the best the CPU has, what AELUA_KERNELS names, or what the program
 * asks for.
 */
#include <stdlib.h>
#include <string.h>

#include "core/core.h"
#include "kernel/kernel.h"

typedef struct path {
  const char *name;
  void (*install)(aei_kernels *k);
} path;

/* Slowest first. Each is installed over portable, which is complete. */
static const path paths[] = {
    {"portable", aei_install_portable},
#if defined(__x86_64__)
    {"avx2", aei_install_avx2},
    {"avx512", aei_install_avx512},
#endif
};
enum { NPATHS = sizeof paths / sizeof *paths };

/* The builtin asks the CPU for the instructions and the system for the registers' state. */
static bool runs(int i) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (i) {
    case 1:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case 2:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("fma");
  }
#endif
  return i == 0;
}

const char *ae_kernels_available(int i) {
  for (int p = 0; p < NPATHS; p++) {
    if (runs(p) && i-- == 0) return paths[p].name;
  }
  return NULL;
}

static aei_kernels table;
static const aei_kernels *current;

static void install(int i) {
  aei_kernels k = {.name = paths[i].name};
  aei_install_portable(&k);
  paths[i].install(&k);
  table = k;
  current = &table;
}

static int best(void) {
  int i = NPATHS - 1;
  while (!runs(i)) i--;
  return i;
}

/* Place of the name in paths, or a recorded failure. `origin` says where the name comes from. */
static ae_status find(int *out, const char *origin, const char *name) {
  for (int i = 0; i < NPATHS; i++) {
    if (strcmp(paths[i].name, name) != 0) continue;
    if (!runs(i)) return aei_fail(AE_EARG, "%s: this CPU cannot run %s", origin, name);
    *out = i;
    return AE_OK;
  }
  return aei_fail(AE_EARG, "%s: no kernels named \"%s\": portable, avx2 or avx512", origin, name);
}

ae_status ae_set_kernels(const char *name) {
  const char *wanted = name ? name : getenv("AELUA_KERNELS");
  int i = best();
  if (wanted && *wanted) AEI_TRY(find(&i, name ? "kernels" : "AELUA_KERNELS", wanted));
  install(i);
  return AE_OK;
}

/* A wrong AELUA_KERNELS is reported to whoever calls ae_set_kernels(NULL), as the program does;
 * here, where nothing can fail, the best path takes its place. */
const aei_kernels *aei_kernels_now(void) {
  if (!current && ae_set_kernels(NULL) != AE_OK) install(best());
  return current;
}

const char *ae_kernels(void) { return aei_kernels_now()->name; }
