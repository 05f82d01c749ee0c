/* program.c - any bytes as words of the program's own command line, a line each. It is read and not
 * run; a mistake is one line, and status 1. tests/fuzz/program.lua replays the seeds. */
#include "fuzz.h"

#include <stdarg.h>

/* ---- what main.c prints goes here ---- */

static char said[1 << 14];
static size_t used;

__attribute__((format(printf, 2, 3))) static int catch_text(FILE *f, const char *format, ...) {
  va_list args;
  if (f != stderr) return 0;
  va_start(args, format);
  const int n = vsnprintf(said + used, sizeof said - used, format, args);
  va_end(args);
  FUZZ_CHECK(n >= 0 && (size_t)n < sizeof said - used);
  used += (size_t)n;
  return n;
}

/* Threads are not made. */
static ae_status check_threads(int n) {
  FUZZ_CHECK(n >= 1);
  return AE_OK;
}

int aelua_main(int argc, char **argv);

#include <stdlib.h>
#define main           aelua_main
#define ae_set_threads check_threads
#define fprintf        catch_text
#define printf(...)    catch_text(stdout, __VA_ARGS__)
#define fputs(text, f) catch_text(f, "%s", text)
#include "../../src/main.c"
#undef fputs
#undef printf
#undef fprintf
#undef ae_set_threads
#undef main

/* ---- the target ---- */

enum { WORDS = 64 };

static void check(lua_State *L, int argc, char **argv) {
  command c = {.argc = argc, .argv = argv, .megabytes = 4096};
  used = 0;
  said[0] = '\0';
  const int status = read_options(L, &c);
  lua_settop(L, 0);
  if (status != 0) {
    const char *newline = strchr(said, '\n');
    FUZZ_CHECK(status == 1 && strncmp(said, "aelua: ", 7) == 0);
    FUZZ_CHECK(newline && newline == said + used - 1);
    return;
  }
  FUZZ_CHECK(used == 0 && c.script >= 1 && c.script <= argc);
  FUZZ_CHECK(c.script == argc || argv[c.script][0] != '-' || !argv[c.script][1]);
  FUZZ_CHECK(c.megabytes >= 16 && c.megabytes <= 1000000000);
  FUZZ_CHECK(c.seconds >= 0 && c.seconds <= 1e9);
  FUZZ_CHECK(c.sandbox || !c.limited);
}

FUZZ(program) {
  static lua_State *L;
  if (!L) L = luaL_newstate();
  char *words = calloc(size + 1, 1), *argv[WORDS + 2] = {"aelua"};
  int argc = 1;
  if (size > 0) memcpy(words, data, size);
  for (char *at = strtok(words, "\n"); at && argc <= WORDS; at = strtok(NULL, "\n"))
    argv[argc++] = at;
  check(L, argc, argv);
  ae_set_kernels(NULL);
  free(words);
}
