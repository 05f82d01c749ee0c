/* main.c - the program: options, one script, command or the prompt, and how they end.
 *
 * Exit status: 0; 1 after an error; 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP; 141 when
 * the reader of the output is gone; 124 when the sandbox's time is over; or what the script gives
 * to os.exit. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind/program.h"

/* Global arg: the script is arg[0], its arguments follow, what stood before has negative places. */
static void set_arg(lua_State *L, const command *c) {
  int zero = c->script < c->argc ? c->script : 0;
  lua_newtable(L);
  for (int i = 0; i < c->argc; i++) {
    lua_pushstring(L, c->argv[i]);
    lua_rawseti(L, -2, i - zero);
  }
  lua_setglobal(L, "arg");
}

/* ---- running ---- */

static int run_chunk(lua_State *L, int load_status, int nargs) {
  if (load_status != LUA_OK) {
    bind_say(lua_tostring(L, -1));
    return lua_settop(L, 0), 1;
  }
  lua_insert(L, -1 - nargs);
  return bind_call(L, nargs, 0) == LUA_OK ? 0 : program_report(L);
}

static int run_code(lua_State *L, const char *code) {
  return run_chunk(L, luaL_loadbuffer(L, code, strlen(code), "=(command line)"), 0);
}

static int run_module(lua_State *L, const char *name) {
  lua_getglobal(L, "require");
  lua_pushstring(L, name);
  if (bind_call(L, 1, 1) != LUA_OK) return program_report(L);
  lua_setglobal(L, name);
  return 0;
}

/* -e and -l, in their order. */
static int run_options(lua_State *L, const command *c) {
  int status = 0;
  for (int i = 1; i < c->script && status == 0; i++) {
    const char *word = c->argv[i];
    if (!program_wants_value(word)) continue;
    const char *value = c->argv[++i];
    if (strcmp(word, "-e") == 0) status = run_code(L, value);
    if (strcmp(word, "-l") == 0) status = run_module(L, value);
  }
  return status;
}

/* Modules beside the script come first. */
static void add_script_folder(lua_State *L, const char *script) {
  const char *slash = strrchr(script, '/');
  lua_pushlstring(L, script, slash ? (size_t)(slash - script) : 0);
  const char *folder = slash ? lua_tostring(L, -1) : ".";
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "path");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", folder, folder, lua_tostring(L, -1));
  lua_setfield(L, -3, "path");
  lua_pop(L, 3);
}

/* ---- commands ---- */

/* A command is made of the library alone: modules in the current folder do not get in its way. */
static int run_command(lua_State *L, const char *name) {
  lua_getglobal(L, "package");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "cpath");
  lua_getglobal(L, "require");
  lua_pushfstring(L, "aelua.lua.commands.%s", name);
  return bind_call(L, 1, 0) == LUA_OK ? 0 : program_report(L);
}

/* Says why a script cannot be read; a word that is nearly a command was likely meant to be one. */
static void say_unreadable(lua_State *L, const char *path, int error) {
  const char *near = error == ENOENT ? ae_nearest_word(path, program_command_names()) : NULL;
  lua_pushfstring(L, "cannot open '%s': %s", path, strerror(error));
  bind_say(near
               ? lua_pushfstring(L, "%s; did you mean the command '%s'?", lua_tostring(L, -1), near)
               : lua_tostring(L, -1));
}

/* Whether there is a file to read; says why not. Lua's own message would hide the reason. */
static bool is_readable(lua_State *L, const char *path) {
  struct stat info;
  if (stat(path, &info) == 0) {
    if (S_ISDIR(info.st_mode)) return say_unreadable(L, path, EISDIR), false;
    if (S_ISFIFO(info.st_mode)) return true; /* <(...): to be opened once */
  }
  if (access(path, R_OK) == 0) return true;
  return say_unreadable(L, path, errno), false;
}

static int run_script(lua_State *L, const command *c) {
  const char *path = c->argv[c->script];
  if (strcmp(path, "-") == 0) path = NULL;
  if (path && !is_readable(L, path)) return 1;
  if (path) add_script_folder(L, path);
  int nargs = c->argc - c->script - 1;
  luaL_checkstack(L, nargs + 3, "too many arguments");
  for (int i = c->script + 1; i < c->argc; i++) lua_pushstring(L, c->argv[i]);
  return run_chunk(L, luaL_loadfilex(L, path, c->sandbox ? "t" : NULL), nargs);
}

/* ---- main ---- */

static int run(lua_State *L, command *c) {
  bool script = c->script < c->argc;
  set_arg(L, c);
  int status = run_options(L, c);
  if (status == 0 && script)
    status = program_is_command(c->argv[c->script]) ? run_command(L, c->argv[c->script])
                                                    : run_script(L, c);
  if (c->interactive && status <= 1) return program_prompt(L);
  if (status != 0 || script || c->code) return status;
  return isatty(STDIN_FILENO) ? program_prompt(L)
                              : run_chunk(L, luaL_loadfilex(L, NULL, c->sandbox ? "t" : NULL), 0);
}

/* Everything that may raise runs in here, protected. Arguments: the command; returns the status. */
static int start(lua_State *L) {
  command *c = lua_touserdata(L, 1);
  lua_settop(L, 0);
  int status = program_read_options(L, c);
  if (status == 0 && !c->done) {
    luaL_openlibs(L);
    if (c->sandbox) status = program_enter_sandbox(L, c);
    if (status == 0) bind_open_all(L);
    lua_settop(L, 0);
    if (status == 0) status = run(L, c);
  }
  lua_pushinteger(L, status);
  return 1;
}

/* No file that is opened later may take the place of a closed standard one, and get what is
 * printed. What stands there fails, as the closed one would. */
static void keep_standard_files(void) {
  static const int wrong_way[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", wrong_way[fd]);
}

int main(int argc, char **argv) {
  keep_standard_files();
  command c = {.argc = argc, .argv = argv, .megabytes = 4096, .seconds = 3600};
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* progress lines reach a pipe as they are written */
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a file that is too large is an error of its write */
  signal(SIGCHLD, SIG_DFL); /* where it was ignored, children would leave no status */
  lua_State *L = luaL_newstate();
  if (!L) return bind_say("out of memory"), 1;
  lua_setallocf(L, ae_host_allocate, NULL);
  lua_pushcfunction(L, start);
  lua_pushlightuserdata(L, &c);
  int status = 1;
  if (lua_pcall(L, 1, 1, 0) == LUA_OK)
    status = (int)lua_tointeger(L, -1);
  else
    bind_say(luaL_tolstring(L, -1, NULL));
  status = bind_finish_output(status);
  lua_close(L);
  return status;
}
