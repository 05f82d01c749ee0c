/* execute.c - os.execute and os.exit.
 *
 * os.execute is as Lua has it, but for signals: C's system() ignores Ctrl-C while the program runs,
 * and the script that started it would never hear of it. Here both get it, and the script ends when
 * its program has. */
#include "bind/bind.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What this program ignores, its programs do not. */
static int start_shell(pid_t *pid, const char *command) {
  const char *const words[] = {"sh", "-c", command, NULL};
  sigset_t usual;
  posix_spawnattr_t how;
  int error = posix_spawnattr_init(&how);
  if (error != 0) return error;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  sigaddset(&usual, SIGXFSZ);
  posix_spawnattr_setsigdefault(&how, &usual);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
  error = posix_spawn(pid, "/bin/sh", NULL, &how, (char **)(uintptr_t)words, environ);
  posix_spawnattr_destroy(&how);
  return error;
}

/* A signal that a program sent to this one alone goes on to the one it waits for. */
static int wait_for(pid_t pid, int *status) {
  while (waitpid(pid, status, 0) < 0) {
    if (errno != EINTR) return errno;
    int number = bind_take_sent();
    if (number != 0) kill(pid, number);
  }
  return 0;
}

/* os.execute([command]) -> true or fail, "exit" or "signal", number; without a command: true */
static int execute(lua_State *L) {
  const char *command = luaL_optstring(L, 1, NULL);
  pid_t pid;
  int status = 0;
  if (!command) return lua_pushboolean(L, access("/bin/sh", X_OK) == 0), 1;
  int error = start_shell(&pid, command);
  if (error == 0) error = wait_for(pid, &status);
  errno = error;
  return luaL_execresult(L, error == 0 ? status : -1);
}

/* os.exit([code [, close]]), as Lua has it; what was printed has arrived, or the code is another.
 */
static int leave(lua_State *L) {
  bool whether = lua_isboolean(L, 1);
  int status = whether ? !lua_toboolean(L, 1) : (int)luaL_optinteger(L, 1, 0);
  if (lua_toboolean(L, 2)) lua_close(L);
  exit(bind_finish_output(status));
}

void bind_open_execute(lua_State *L) {
  lua_getglobal(L, "os");
  lua_pushcfunction(L, leave);
  lua_setfield(L, -2, "exit");
  if (!bind_sandboxed()) {
    lua_pushcfunction(L, execute);
    lua_setfield(L, -2, "execute");
  }
  lua_pop(L, 1);
}
