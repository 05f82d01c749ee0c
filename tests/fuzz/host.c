/* host.c - libFuzzer's entry points: each input goes to the target named by the environment
 * variable AELUA_FUZZ, a FUZZ(name) in C or the function that tests/fuzz/TARGET.lua returns.
 * tools/fuzz builds and runs it.
 *
 * A target returns normally whatever the input is: an error it raises is a finding, as is what the
 * sanitizers see and memory of the engine that stays in use. Lua's lines count as coverage. */
#include "bind/bind.h"
#include "fuzz.h"

#include <sanitizer/lsan_interface.h>

#include <stdarg.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COUNTERS = 1 << 14, BETWEEN = 1000, MARGIN = 1 << 16 };
/* libFuzzer reads these beside its own. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t line_count[COUNTERS];

static const char *scratch;
static const fuzz_target *target; /* NULL: it is in Lua */
static lua_State *L;
static size_t held; /* bytes of the engine after the first inputs */
static int inputs;

/* ---- findings and files ---- */

void fuzz_fail(const char *file, int line, const char *format, ...) {
  va_list args;
  fprintf(stderr, "fuzz: %s:%d: ", file, line);
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
  abort();
}

static void stop(const char *what) {
  fprintf(stderr, "fuzz: %s\n", what);
  abort();
}

const char *fuzz_path(const char *name) {
  static char paths[4][4096];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
  return path;
}

/* ---- targets in Lua ---- */

/* Places are the same in every process: those of the source's name, not of its address. */
__attribute__((no_sanitize("coverage"))) static void count_line(lua_State *state, lua_Debug *at) {
  const uint32_t line = (uint32_t)at->currentline;
  uint32_t place = 0;
  lua_getinfo(state, "S", at); /* knows the line already */
  for (size_t n = at->srclen < 24 ? at->srclen : 24, i = 0; i < n; i++)
    place = place * 31 + (uint8_t)at->source[i];
  line_count[(place + line) % COUNTERS]++;
}

static void open_lua(const char *name, const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.lua", folder, name);
  L = luaL_newstate();
  luaL_openlibs(L);
  bind_open_all(L);
  lua_pushstring(L, folder);
  lua_setglobal(L, "FUZZING");
  lua_getglobal(L, "package"); /* for require 'fuzz.replay' */
  lua_pushfstring(L, "%s/../?.lua", folder);
  lua_setfield(L, -2, "path");
  lua_pop(L, 1);
  if (luaL_dofile(L, path) != LUA_OK) stop(lua_tostring(L, -1));
  lua_sethook(L, count_line, LUA_MASKLINE, 0);
}

/* Nothing of an input stays behind. Not after each input: Lua's memory grows and shrinks as it
 * likes, and to look through all of it takes long. */
static void check_memory(void) {
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT);
  if (inputs == BETWEEN) held = ae_memory_in_use();
  if (ae_memory_in_use() > held + MARGIN) stop("memory of the engine stays in use");
  if (__lsan_do_recoverable_leak_check()) stop("memory is lost");
}

static void run_lua(const uint8_t *data, size_t size) {
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) stop(lua_tostring(L, -1));
  if (++inputs % BETWEEN == 0) check_memory();
}

/* ---- libFuzzer ---- */

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  const char *name = getenv("AELUA_FUZZ"), *folder = getenv("AELUA_FUZZ_FOLDER");
  scratch = getenv("TMPDIR");
  if (!name || !folder || !scratch) stop("AELUA_FUZZ, AELUA_FUZZ_FOLDER or TMPDIR is not set");
  target = fuzz_find(name);
  if (!target) open_lua(name, folder);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (target)
    fuzz_run(target, data, size);
  else
    run_lua(data, size);
  return 0;
}
