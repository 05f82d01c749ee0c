/* program.c - any bytes as words of the program's own command line, a line each. It is read and not
 * run; a mistake is one line, and status 1. tests/fuzz/program.lua replays the seeds. */
#include "fuzz.h"

/* ---- what src/bind/program.c says goes here ---- */

static char said[1 << 14];
static int times;

static void catch_message(const char *message) {
  snprintf(said, sizeof said, "%s", message);
  times++;
}

/* What --help and --version print. */
__attribute__((format(printf, 1, 2))) static int drop_text(const char *format, ...) {
  return (int)strlen(format);
}

/* Threads are not made. */
static ae_status check_threads(int n) {
  FUZZ_CHECK(n >= 1);
  return AE_OK;
}

/* A second copy of it, under other names than the program's. */
#include <stdlib.h>
#define program_report        fuzz_report
#define program_command_names fuzz_command_names
#define program_is_command    fuzz_is_command
#define program_wants_value   fuzz_wants_value
#define program_read_options  fuzz_read_options
#define program_print_version fuzz_print_version
#define bind_say              catch_message
#define ae_set_threads        check_threads
#define printf                drop_text
#define fputs(text, f)        drop_text("%s", text)
#include "../../src/bind/program.c"
#undef fputs
#undef printf
#undef ae_set_threads
#undef bind_say

/* ---- the target ---- */

enum { WORDS = 64 };

static void check(lua_State *L, int argc, char **argv) {
  command c = {.argc = argc, .argv = argv, .megabytes = 4096};
  times = 0;
  const int status = program_read_options(L, &c);
  lua_settop(L, 0);
  if (status != 0) {
    FUZZ_CHECK(status == 1 && times == 1);
    FUZZ_CHECK(said[0] && !strchr(said, '\n'));
    return;
  }
  FUZZ_CHECK(times == 0 && c.script >= 1 && c.script <= argc);
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
