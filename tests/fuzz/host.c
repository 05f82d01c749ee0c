/* host.c - libFuzzer's entry points: each input goes to the function that tests/fuzz/TARGET.lua
 * returns, TARGET from the environment variable AELUA_FUZZ. tools/fuzz builds and runs it.
 *
 * A target returns normally whatever the input is: an error it raises is a finding, as is what the
 * sanitizers see and memory of the engine that stays in use. Lua's lines count as coverage. */
#include "bind/bind.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COUNTERS = 1 << 15, BETWEEN = 100, MARGIN = 1 << 16 };
/* libFuzzer reads these beside its own. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t line_count[COUNTERS];

static lua_State *L;
static size_t held; /* bytes of the engine after the first inputs */
static int inputs;

static void count_line(lua_State *state, lua_Debug *at) {
  lua_getinfo(state, "Sl", at);
  uintptr_t place = (uintptr_t)at->source >> 4;
  place = place * 31 + (uintptr_t)at->currentline;
  line_count[place % COUNTERS]++;
}

static void stop(const char *what) {
  fprintf(stderr, "fuzz: %s\n", what);
  abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  const char *target = getenv("AELUA_FUZZ"), *folder = getenv("AELUA_FUZZ_FOLDER");
  char path[4096];
  if (!target || !folder) stop("AELUA_FUZZ and AELUA_FUZZ_FOLDER are not set");
  snprintf(path, sizeof path, "%s/%s.lua", folder, target);
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
  return 0;
}

/* Nothing of an input stays behind. */
static void check_memory(void) {
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT);
  if (inputs == BETWEEN) held = ae_memory_in_use();
  if (ae_memory_in_use() > held + MARGIN) stop("memory of the engine stays in use");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) stop(lua_tostring(L, -1));
  if (++inputs % BETWEEN == 0) check_memory();
  return 0;
}
