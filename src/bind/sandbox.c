/* sandbox.c - what a script under --sandbox cannot do.
 *
 * Nothing is hidden: what could do harm is not in the Lua state at all. Functions that start
 * programs, load machine code or bytecode, or look into the interpreter are replaced before any
 * other code runs, and those that open files ask the engine's fence first, as the engine does. The
 * originals live on as upvalues of C functions, which only the debug library could reach. Should a
 * script get out of Lua all the same, the kernel still refuses programs, sockets and other
 * processes (src/io/wall.c). */
#include "bind/bind.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static bool sandboxed;

bool bind_sandboxed(void) { return sandboxed; }

/* ---- refusing ---- */

/* Upvalue 1: "os.execute: the sandbox ..." */
static int refuse(lua_State *L) {
  return luaL_error(L, "%s", lua_tostring(L, lua_upvalueindex(1)));
}

void bind_refuse(lua_State *L, const char *library, const char *const *names, const char *why) {
  for (int i = 0; names[i]; i++) {
    lua_pushfstring(L, "%s.%s: the sandbox %s", library, names[i], why);
    lua_pushcclosure(L, refuse, 1);
    lua_setfield(L, -2, names[i]);
  }
}

bool bind_may(lua_State *L, const char *path, ae_file_use use) {
  if (ae_fence_check(path, use) == AE_OK) return true;
  luaL_pushfail(L);
  lua_pushstring(L, ae_error());
  return false;
}

/* ---- functions that take paths ---- */

/* Calls the original, upvalue 1, with the arguments. */
static int pass(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int file_open(lua_State *L) {
  const char *path = luaL_checkstring(L, 1), *mode = luaL_optstring(L, 2, "r");
  ae_file_use use =
      strcmp(mode, "r") == 0 || strcmp(mode, "rb") == 0 ? AE_FILE_READ : AE_FILE_WRITE;
  if (bind_may(L, path, use)) return pass(L);
  lua_pushinteger(L, EACCES);
  return 3;
}

/* A function whose first argument may be a path; it raises what it cannot open. */
static int file_use(lua_State *L, ae_file_use use) {
  if (lua_isstring(L, 1) && !bind_may(L, lua_tostring(L, 1), use))
    return luaL_error(L, "%s", lua_tostring(L, -1));
  return pass(L);
}

static int file_read(lua_State *L) { return file_use(L, AE_FILE_READ); }
static int file_write(lua_State *L) { return file_use(L, AE_FILE_WRITE); }

/* os.remove and os.rename: every argument is a path whose entry is changed. */
static int file_change(lua_State *L) {
  int n = lua_gettop(L);
  for (int i = 1; i <= n && i <= 2; i++)
    if (lua_isstring(L, i) && !bind_may(L, lua_tostring(L, i), AE_FILE_CHANGE))
      return lua_pushinteger(L, EACCES), 3;
  return pass(L);
}

/* ---- the environment ---- */

/* os.getenv(name): what concerns the terminal, the user's language and this program; the rest may
 * be passwords. */
static int get_environment(lua_State *L) {
  static const char *const known[] = {"COLUMNS", "HOME",   "LANG", "NO_COLOR",
                                      "TERM",    "TMPDIR", "TZ",   NULL};
  const char *name = luaL_checkstring(L, 1);
  bool told = strncmp(name, "AELUA_", 6) == 0 || strncmp(name, "LC_", 3) == 0;
  for (int i = 0; known[i]; i++) told = told || strcmp(name, known[i]) == 0;
  lua_pushstring(L, told ? getenv(name) : NULL);
  return 1;
}

/* ---- code: text only ---- */

/* load(chunk, name, mode, environment) */
static int load_text(lua_State *L) {
  if (lua_gettop(L) < 3) lua_settop(L, 3);
  lua_pushliteral(L, "t");
  lua_replace(L, 3);
  return pass(L);
}

/* Pushes the function of a file, or nil and a message; returns how many. */
static int push_file(lua_State *L, const char *path) {
  if (path && !bind_may(L, path, AE_FILE_READ)) return 2;
  if (luaL_loadfilex(L, path, "t") == LUA_OK) return 1;
  luaL_pushfail(L);
  lua_insert(L, -2);
  return 2;
}

/* loadfile(path, mode, environment) */
static int load_file(lua_State *L) {
  bool environment = !lua_isnone(L, 3);
  lua_settop(L, 3);
  int n = push_file(L, luaL_optstring(L, 1, NULL));
  if (n == 2 || !environment) return n;
  lua_pushvalue(L, 3);
  if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
  return 1;
}

static int finish_file(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L) - 1;
}

static int do_file(lua_State *L) {
  const char *path = luaL_optstring(L, 1, NULL);
  lua_settop(L, 1);
  if (push_file(L, path) == 2) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, finish_file);
  return finish_file(L, 0, 0);
}

/* ---- modules ---- */

static bool is_readable(const char *path) {
  FILE *file = ae_fence_check(path, AE_FILE_READ) == AE_OK ? fopen(path, "r") : NULL;
  if (file) fclose(file);
  return file != NULL;
}

/* package.searchpath(name, path, separator, replacement) -> file, or nil and those tried; files
 * out of bounds are as good as absent. */
static int search_path(lua_State *L) {
  const char *name = luaL_checkstring(L, 1), *list = luaL_checkstring(L, 2);
  const char *separator = luaL_optstring(L, 3, ".");
  if (*separator) name = luaL_gsub(L, name, separator, luaL_optstring(L, 4, "/"));
  lua_pushliteral(L, "");
  for (size_t n; *list; list += n + (list[n] == ';')) {
    n = strcspn(list, ";");
    lua_pushlstring(L, list, n);
    const char *path = luaL_gsub(L, lua_tostring(L, -1), "?", name);
    if (n > 0 && is_readable(path)) return 1;
    lua_remove(L, -2);
    lua_pushfstring(L, "\n\tno file '%s' in the sandbox", path);
    lua_remove(L, -2);
    lua_concat(L, 2);
  }
  luaL_pushfail(L);
  lua_insert(L, -2);
  return 2;
}

/* Upvalue 1: the package table. */
static int search_lua(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_pushcfunction(L, search_path);
  lua_pushvalue(L, 1);
  if (lua_getfield(L, lua_upvalueindex(1), "path") != LUA_TSTRING)
    return luaL_error(L, "package.path must be a string");
  lua_call(L, 2, 2);
  if (lua_isnil(L, -2)) return 1;
  const char *path = lua_tostring(L, -2);
  if (push_file(L, path) == 2)
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", lua_tostring(L, 1),
                      path, lua_tostring(L, -1));
  lua_pushstring(L, path);
  return 2;
}

static void change_package(lua_State *L) {
  static const char *const gone[] = {"loadlib", NULL};
  lua_getglobal(L, "package");
  bind_refuse(L, "package", gone, "loads no machine code");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "cpath");
  lua_pushcfunction(L, search_path);
  lua_setfield(L, -2, "searchpath");
  lua_getfield(L, -1, "searchers"); /* preloaded, Lua, C, C's all in one */
  for (int i = 4; i >= 3; i--) {
    lua_pushnil(L);
    lua_rawseti(L, -2, i);
  }
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, search_lua, 1);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 2);
}

/* ---- debug ---- */

/* debug.getinfo([thread,] level or function [, what]): what a traceback tells, source, line and
 * name. */
static int get_info(lua_State *L) {
  lua_Debug info;
  bool other = lua_isthread(L, 1);
  lua_State *of = other ? lua_tothread(L, 1) : L;
  if (other) lua_remove(L, 1);
  if (lua_isfunction(L, 1)) {
    lua_pushvalue(L, 1);
    lua_xmove(L, of, 1);
    lua_getinfo(of, ">S", &info);
    info.currentline = -1, info.name = NULL;
  } else {
    lua_Integer level = luaL_checkinteger(L, 1);
    if (level < 0 || level > INT_MAX || !lua_getstack(of, (int)level, &info))
      return luaL_pushfail(L), 1;
    lua_getinfo(of, "Sln", &info);
  }
  lua_newtable(L);
  const struct {
    const char *key, *text;
  } texts[] = {{"source", info.source},
               {"short_src", info.short_src},
               {"what", info.what},
               {"name", info.name}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    lua_pushstring(L, texts[i].text);
    lua_setfield(L, -2, texts[i].key);
  }
  const int lines[] = {info.currentline, info.linedefined, info.lastlinedefined};
  static const char *const keys[] = {"currentline", "linedefined", "lastlinedefined"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    lua_pushinteger(L, lines[i]);
    lua_setfield(L, -2, keys[i]);
  }
  return 1;
}

static void change_debug(lua_State *L) {
  static const char *const gone[] = {
      "debug",       "gethook",      "getlocal",       "getmetatable",
      "getregistry", "getupvalue",   "getuservalue",   "sethook",
      "setlocal",    "setmetatable", "setupvalue",     "setuservalue",
      "upvalueid",   "upvaluejoin",  "setcstacklimit", NULL};
  lua_getglobal(L, "debug");
  bind_refuse(L, "debug", gone, "has no debug library but traceback");
  lua_pushcfunction(L, get_info);
  lua_setfield(L, -2, "getinfo");
  lua_pop(L, 1);
}

/* ---- limits ---- */

/* What the limit becomes; whether it changes. */
static bool lower(struct rlimit *limit, rlim_t wanted) {
  if (limit->rlim_cur != RLIM_INFINITY && limit->rlim_cur <= wanted) return false;
  limit->rlim_cur = wanted; /* lowering it is always allowed */
  return true;
}

/* What the allocators do not see: mapped files, the C library's own. Room is left for the threads.
 */
static void limit_addresses(size_t bytes) {
#if !defined __SANITIZE_ADDRESS__
  char text[32];
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return;
  unsigned long pages = fgets(text, sizeof text, file) ? strtoul(text, NULL, 10) : 0;
  fclose(file);
  if (pages == 0) return;
  rlim_t room = ((rlim_t)1 << 30) + (rlim_t)ae_threads() * (256 << 20);
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && lower(&limit, (rlim_t)pages * 4096 + bytes + room))
    (void)setrlimit(RLIMIT_AS, &limit);
#else
  (void)bytes;
#endif
}

/* No file grows beyond it; how many there are is not limited. */
static void limit_files(size_t bytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && lower(&limit, bytes))
    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

static void limit_memory(int64_t megabytes) {
  size_t bytes = (size_t)megabytes << 20;
  ae_set_memory_limit(bytes);
  limit_addresses(bytes);
  limit_files(bytes);
}

/* ---- all of it ---- */

/* Puts function around table[name]; the table on top. */
static void wrap(lua_State *L, const char *name, lua_CFunction function) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, -2, name);
}

static void change_files(lua_State *L) {
  static const char *const no_programs[] = {"popen", NULL}, *const no_execute[] = {"execute", NULL};
  static const char *const no_io[] = {"tmpfile", NULL}, *const no_os[] = {"tmpname", NULL};
  lua_getglobal(L, "io");
  bind_refuse(L, "io", no_programs, "starts no programs");
  bind_refuse(L, "io", no_io, "has no temporary files");
  wrap(L, "open", file_open);
  wrap(L, "lines", file_read);
  wrap(L, "input", file_read);
  wrap(L, "output", file_write);
  lua_getglobal(L, "os");
  bind_refuse(L, "os", no_execute, "starts no programs");
  bind_refuse(L, "os", no_os, "has no temporary files");
  lua_pushcfunction(L, get_environment);
  lua_setfield(L, -2, "getenv");
  wrap(L, "remove", file_change);
  wrap(L, "rename", file_change);
  lua_pop(L, 2);
}

static void change_code(lua_State *L) {
  static const char *const gone[] = {"dump", NULL};
  lua_getglobal(L, "string");
  bind_refuse(L, "string", gone, "has no bytecode");
  lua_pop(L, 1);
  lua_pushglobaltable(L);
  wrap(L, "load", load_text);
  lua_pushcfunction(L, load_file);
  lua_setfield(L, -2, "loadfile");
  lua_pushcfunction(L, do_file);
  lua_setfield(L, -2, "dofile");
  lua_pop(L, 1);
}

void bind_sandbox(lua_State *L, int64_t megabytes, double seconds) {
  sandboxed = true;
  limit_memory(megabytes);
  change_files(L);
  change_code(L);
  change_package(L);
  change_debug(L);
  bind_limit_time(seconds);
#if !defined __SANITIZE_ADDRESS__ /* it starts a process to look for leaks */
  ae_wall_raise();
#endif
}
