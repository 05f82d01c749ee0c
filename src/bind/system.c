/* system.c - aelua.system: the machine, its clock, its memory, terminals and folders; torch's
 * threads and timers. Paths go to the operating system as they are; what it refuses returns nil and
 * a message. */
#include "bind/bind.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* nil, "path: No such file or directory" */
static int refused(lua_State *L, const char *path) {
  int error = errno;
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", path, strerror(error));
  return 2;
}

/* ---- machine ---- */

static int threads(lua_State *L) {
  lua_pushinteger(L, ae_threads());
  return 1;
}

/* setThreads(n); 0 restores the default */
static int set_threads(lua_State *L) {
  int64_t n = luaL_checkinteger(L, 1);
  luaL_argcheck(L, n >= 0 && n <= INT32_MAX, 1, "not a number of threads");
  bind_check(L, ae_set_threads((int)n));
  return 0;
}

static int kernels(lua_State *L) {
  lua_pushstring(L, ae_kernels());
  return 1;
}

/* setKernels(name); nothing restores the default */
static int set_kernels(lua_State *L) {
  bind_check(L, ae_set_kernels(luaL_optstring(L, 1, NULL)));
  return 0;
}

/* The paths this CPU can run, slowest first. */
static int available_kernels(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; ae_kernels_available(i); i++) {
    lua_pushstring(L, ae_kernels_available(i));
    lua_rawseti(L, -2, luaL_len(L, -2) + 1);
  }
  return 1;
}

static int cpu(lua_State *L) {
  lua_pushstring(L, ae_cpu_name());
  return 1;
}

int bind_set_matmul(lua_State *L, const char *name) {
  if (ae_set_matmul_precision(name) != AE_OK) return 0;
  if (strncmp(ae_matmul_precision(), name, strlen(name)) != 0) {
    fflush(stdout);
    fprintf(stderr,
            "aelua: this CPU has no products of bfloat16 (AMX or AVX512_BF16); matrix "
            "products stay in float32\n");
  }
  lua_settop(L, 0);
  return 1;
}

/* torch.setMatmulPrecision("float32" or "bf16"); one line on stderr where it stays in float32. */
static int set_matmul(lua_State *L) {
  if (!bind_set_matmul(L, luaL_checkstring(L, 1))) bind_check(L, AE_EARG);
  return 0;
}

/* The name that was asked for and is in force: "float32" or "bf16". */
static int matmul(lua_State *L) {
  const char *name = ae_matmul_precision();
  lua_pushlstring(L, name, strcspn(name, " "));
  return 1;
}

/* "2 threads, avx512 kernels, AMD EPYC 9654": for the first lines of a log. */
static int describe(lua_State *L) {
  const char *products = ae_matmul_precision();
  const bool usual = strcmp(products, "float32") == 0;
  lua_pushfstring(L, "%d thread%s, %s kernels, %s%s%s", ae_threads(), ae_threads() == 1 ? "" : "s",
                  ae_kernels(), usual ? "" : products, usual ? "" : " products, ", ae_cpu_name());
  return 1;
}

/* Seconds since some start; monotonic. */
static int clock_seconds(lua_State *L) {
  lua_pushnumber(L, ae_clock());
  return 1;
}

/* sleep(seconds); a signal ends it early. */
static int sleep_seconds(lua_State *L) {
  double seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds < 1e9, 1, "not a number of seconds");
  struct timespec time = {.tv_sec = (time_t)seconds};
  time.tv_nsec = (long)((seconds - (double)time.tv_sec) * 1e9);
  nanosleep(&time, NULL);
  return 0;
}

/* Bytes the engine holds. */
static int memory(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ae_memory_in_use());
  return 1;
}

/* The most it ever held. */
static int peak(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ae_memory_peak());
  return 1;
}

/* memoryLimit(bytes): the engine and Lua take no more together; nothing: no limit. */
static int memory_limit(lua_State *L) {
  const int64_t bytes = luaL_optinteger(L, 1, -1);
  ae_set_memory_limit(bytes < 0 ? SIZE_MAX : (size_t)bytes);
  return 0;
}

/* withMemory(bytes, f, ...): calls f, in which the engine and Lua take at most so much more.
 * Returns as pcall does with one result, and whether that was met. */
static int with_memory(lua_State *L) {
  const int64_t bytes = luaL_checkinteger(L, 1);
  luaL_argcheck(L, bytes >= 0, 1, "not a number of bytes");
  luaL_checktype(L, 2, LUA_TFUNCTION);
  const size_t before = ae_limit_memory_growth((size_t)bytes);
  const int status = lua_pcall(L, lua_gettop(L) - 2, 1, 0);
  const bool met = ae_memory_limit_met();
  ae_set_memory_limit(before);
  lua_pushboolean(L, status == LUA_OK);
  lua_insert(L, -2);
  lua_pushboolean(L, met);
  return 3;
}

/* refuseAllocation(n, 'engine' | 'lua'): the n-th allocation from now, 0 the next, fails once;
 * nothing: none. Returns whether the one asked for before has failed. Lua asks for a block again
 * when it has collected garbage: that is refused, too. For tests. */
static int refuse_allocation(lua_State *L) {
  static const char *const owners[] = {"engine", "lua", NULL};
  const int64_t n = luaL_optinteger(L, 1, -1);
  const bool of_lua = luaL_checkoption(L, 2, "engine", owners) == 1;
  lua_pushboolean(L, ae_allocation_refused());
  ae_refuse_allocation(of_lua ? AE_MEMORY_HOST : AE_MEMORY_ENGINE, n, of_lua ? 2 : 1);
  return 1;
}

/* ---- terminal ---- */

/* isTerminal('stdout' | 'stderr' | 'stdin') */
static int is_terminal(lua_State *L) {
  static const char *const names[] = {"stdin", "stdout", "stderr", NULL};
  lua_pushboolean(L, isatty(luaL_checkoption(L, 1, "stdout", names)));
  return 1;
}

/* canDraw(): whether standard output is a terminal that moves its cursor. */
static int can_draw(lua_State *L) {
  const char *kind = getenv("TERM");
  lua_pushboolean(L, isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0);
  return 1;
}

/* What the terminal tells of its size: zeros where it does not, or is none. */
static struct winsize terminal_size(void) {
  struct winsize window;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 ? window : (struct winsize){0};
}

/* Columns of the terminal; 80 where they are not known. */
static int terminal_width(lua_State *L) {
  const int columns = terminal_size().ws_col;
  return lua_pushinteger(L, columns > 0 ? columns : 80), 1;
}

/* Rows of the terminal; 24 where they are not known. */
static int terminal_height(lua_State *L) {
  const int rows = terminal_size().ws_row;
  return lua_pushinteger(L, rows > 0 ? rows : 24), 1;
}

/* ---- files and folders ---- */

/* mkdir(path): with its parents; true when it is there afterwards, and whether it was made now. */
static int make_folder(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  bool made;
  ae_status status = ae_make_folder(path, &made);
  if (status != AE_EIO) bind_check(L, status);
  if (status != AE_OK) luaL_pushfail(L), lua_pushstring(L, ae_error());
  if (status == AE_OK) lua_pushboolean(L, true), lua_pushboolean(L, made);
  return 2;
}

/* exists(path): "file", "folder", "other" (a pipe, a device) or false; nil and a message where the
 * sandbox does not look */
static int exists(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  if (!bind_may(L, path, AE_FILE_READ)) return 2;
  struct stat info;
  if (stat(path, &info) != 0)
    lua_pushboolean(L, false);
  else
    lua_pushstring(L, S_ISDIR(info.st_mode) ? "folder" : S_ISREG(info.st_mode) ? "file" : "other");
  return 1;
}

typedef struct entries {
  struct dirent **entry;
  int n;
} entries;

/* Runs protected: the entries, which are the C library's, are freed whatever happens. */
static int push_names(lua_State *L) {
  const entries *e = lua_touserdata(L, 1);
  lua_createtable(L, e->n, 0);
  int64_t count = 0;
  for (int i = 0; i < e->n; i++) {
    const char *name = e->entry[i]->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    lua_pushstring(L, name);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* list(folder): the names in it, sorted. */
static int list(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  entries e;
  if (!bind_may(L, path, AE_FILE_READ)) return 2;
  lua_pushcfunction(L, push_names);
  lua_pushlightuserdata(L, &e);
  e.n = scandir(path, &e.entry, NULL, alphasort);
  if (e.n < 0) return refused(L, path);
  int status = lua_pcall(L, 1, 1, 0);
  for (int i = 0; i < e.n; i++) free(e.entry[i]);
  free(e.entry);
  return status == LUA_OK ? 1 : lua_error(L);
}

/* cwd(): the current folder's full path. */
static int current_folder(lua_State *L) {
  for (size_t room = 256; room <= (size_t)1 << 20; room *= 2) { /* of whatever length */
    char *path = lua_newuserdatauv(L, room, 0);
    if (getcwd(path, room)) return lua_pushstring(L, path), 1;
    if (errno != ERANGE) break;
  }
  return refused(L, "the current folder");
}

/* remove(path): a file or an empty folder. */
static int remove_path(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  if (!bind_may(L, path, AE_FILE_CHANGE)) return 2;
  if (remove(path) != 0) return refused(L, path);
  lua_pushboolean(L, true);
  return 1;
}

/* tmpfolder(): a new, empty folder. */
static int tmpfolder(lua_State *L) {
  const char *base = getenv("TMPDIR");
  lua_pushfstring(L, "%s/aelua-XXXXXX", base && *base ? base : "/tmp");
  const char *wanted = lua_tostring(L, -1);
  size_t size = lua_rawlen(L, -1) + 1;
  char *path = memcpy(lua_newuserdatauv(L, size, 0), wanted, size);
  if (!bind_may(L, path, AE_FILE_WRITE)) return 2;
  if (!mkdtemp(path)) return refused(L, path);
  lua_pushstring(L, path);
  return 1;
}

/* ---- words ---- */

/* nearest(word, words): the entry of the list nearest to the word, or nil when none is near. */
static int nearest(lua_State *L) {
  const char *word = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t n = lua_rawlen(L, 2);
  const char **words = lua_newuserdatauv(L, (n + 1) * sizeof *words, 0);
  for (size_t i = 0; i < n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, 2, (lua_Integer)i + 1) == LUA_TSTRING, 2,
                  "a list of strings expected");
    words[i] = lua_tostring(L, -1); /* kept alive by the list */
    lua_pop(L, 1);
  }
  words[n] = NULL;
  lua_pushstring(L, ae_nearest_word(word, words));
  return 1;
}

void bind_open_system(lua_State *L) {
  static const luaL_Reg system[] = {{"threads", threads},
                                    {"setThreads", set_threads},
                                    {"kernels", kernels},
                                    {"setKernels", set_kernels},
                                    {"availableKernels", available_kernels},
                                    {"cpu", cpu},
                                    {"describe", describe},
                                    {"clock", clock_seconds},
                                    {"sleep", sleep_seconds},
                                    {"memory", memory},
                                    {"peak", peak},
                                    {"memoryLimit", memory_limit},
                                    {"withMemory", with_memory},
                                    {"refuseAllocation", refuse_allocation},
                                    {"isTerminal", is_terminal},
                                    {"canDraw", can_draw},
                                    {"terminalWidth", terminal_width},
                                    {"terminalHeight", terminal_height},
                                    {"mkdir", make_folder},
                                    {"exists", exists},
                                    {"list", list},
                                    {"cwd", current_folder},
                                    {"remove", remove_path},
                                    {"tmpfolder", tmpfolder},
                                    {"nearest", nearest},
                                    {"holdInterrupts", bind_hold_interrupts},
                                    {"interrupted", bind_interrupted},
                                    {NULL, NULL}};
  static const luaL_Reg torch[] = {{"getnumthreads", threads},
                                   {"setnumthreads", set_threads},
                                   {"setMatmulPrecision", set_matmul},
                                   {"getMatmulPrecision", matmul},
                                   {NULL, NULL}};
  bind_push_library(L, "aelua.system");
  luaL_setfuncs(L, system, 0);
  lua_pushliteral(L, AE_VERSION);
  lua_setfield(L, -2, "version");
  static const char *const limits[] = {"memoryLimit", "refuseAllocation", NULL};
  if (bind_sandboxed()) bind_refuse(L, "system", limits, "keeps its limit");
  bind_push_library(L, "torch");
  luaL_setfuncs(L, torch, 0);
  lua_pop(L, 2);
  bind_open_timer(L);
}
