/* Runs the C tests: all, or those whose "file:name" contains the argument. The last line is "N
 * passed, N failed". */
#include "test.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct test {
  const char *file, *name;
  void (*run)(void);
} test;

static test tests[2000];
static int ntests, failures; /* failures: of the running test */
enum { SHOWN = 10 };

void test_register(const char *file, const char *name, void (*run)(void)) {
  if (ntests == (int)(sizeof tests / sizeof *tests)) abort();
  tests[ntests++] = (test){file, name, run};
}

const char *test_path(const char *name) {
  static char paths[8][128];
  static int next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "/tmp/aelua-%ld-%s", (long)getpid(), name);
  return path;
}

void test_failed(const char *file, int line, const char *format, ...) {
  va_list args;
  if (++failures > SHOWN) return;
  printf("  %s:%d: ", file, line);
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  putchar('\n');
}

int main(int argc, char **argv) {
  int passed = 0, failed = 0;
  for (int i = 0; i < ntests; i++) {
    char full[512];
    snprintf(full, sizeof full, "%s:%s", tests[i].file, tests[i].name);
    if (argc > 1 && !strstr(full, argv[1])) continue;
    failures = 0;
    tests[i].run();
    passed += failures == 0;
    failed += failures > 0;
    if (failures > SHOWN) printf("  and %d more\n", failures - SHOWN);
    if (failures > 0) printf("FAILED %s\n", full);
    fflush(stdout);
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0;
}
