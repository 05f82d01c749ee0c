/* process.c - aelua.process: programs started beside this one, and waited for.
 *
 * A child has /dev/null as its input, a file as its output, and a process group of its own: Ctrl-C
 * reaches this program alone, which passes it on when it has heard it. When this program ends, by
 * whatever means, Linux interrupts the children that are left. */
#include "bind/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static const char children; /* registry key: {[pid] = true} */
static int locks[64];       /* the files of lock(), nlocks of them */
static int nlocks;

static void push_children(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &children) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &children);
}

/* nil, "path: No such file or directory" */
static int refused(lua_State *L, const char *path, int error) {
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", path, strerror(error));
  return 2;
}

/* ---- spawn ---- */

/* The list of words at index 1 as execvp wants it, in a userdata that is left on the stack. */
static char **check_words(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
  luaL_argcheck(L, n > 0 && n < 4096, 1, "a list of a program and its arguments expected");
  char **words = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *words, 0);
  for (lua_Integer i = 0; i < n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, 1, i + 1) == LUA_TSTRING, 1, "a list of strings expected");
    words[i] = (char *)lua_tostring(L, -1); /* kept alive by the list; execvp changes nothing */
    lua_pop(L, 1);
  }
  words[n] = NULL;
  return words;
}

static void leave_parent(pid_t parent) {
  setpgid(0, 0);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGINT);
#endif
  if (getppid() != parent) _exit(128 + SIGINT); /* it ended before it could be watched */
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
}

/* No file goes along but the locks: they hold until the last child has ended, too. */
static void keep_no_files(void) {
  for (int fd = 3; fd < 4096; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
  for (int i = 0; i < nlocks; i++) fcntl(locks[i], F_SETFD, 0);
}

/* The child's way from fork to the program: only calls that are safe there. Why it failed goes into
 * the pipe, which a program that starts closes. */
static _Noreturn void become(char **words, const int files[2], int pipe, pid_t parent) {
  leave_parent(parent);
  if (dup2(files[0], 0) == 0 && dup2(files[1], 1) == 1 && dup2(files[1], 2) == 2) {
    keep_no_files();
    (void)execvp(words[0], words); /* returns when it fails only */
  }
  int error = errno;
  ssize_t written = write(pipe, &error, sizeof error);
  _exit(written == sizeof error ? 127 : 126);
}

/* Waits for the end of a child whose status is of no interest. */
static void bury(pid_t pid) {
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
}

/* Whether the child became its program; else errno says why not, and the child is gone. */
static bool started(pid_t pid, int pipe) {
  int error = 0;
  ssize_t n;
  do n = read(pipe, &error, sizeof error);
  while (n < 0 && errno == EINTR);
  if (n <= 0) return true;
  bury(pid);
  errno = error;
  return false;
}

/* The child's id, or -1 with errno set. */
static pid_t start(char **words, const int files[2]) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) become(words, files, ends[1], parent);
  int error = errno;
  close(ends[1]);
  if (pid > 0 && !started(pid, ends[0])) error = errno, pid = -1;
  close(ends[0]);
  errno = error;
  return pid;
}

/* The children's table, an id. */
static int remember(lua_State *L) {
  lua_pushvalue(L, 2);
  lua_pushboolean(L, true);
  lua_rawset(L, 1);
  return 0;
}

/* Notes the child in the table at index; without memory for that it is not let run. [0, +1] */
static void push_child(lua_State *L, int table, pid_t pid) {
  lua_pushinteger(L, pid);
  lua_pushcfunction(L, remember);
  lua_pushvalue(L, table);
  lua_pushvalue(L, -3);
  if (lua_pcall(L, 2, 0, 0) == LUA_OK) return;
  kill(pid, SIGKILL);
  bury(pid);
  lua_error(L);
}

/* spawn({program, argument, ...}, output): starts a program, looked for along PATH when its name
 * has no slash; what it prints is added to the file. Returns its id, or nil and a message. */
static int spawn(lua_State *L) {
  const char *output = luaL_optstring(L, 2, "/dev/null");
  lua_settop(L, 2);
  push_children(L); /* 3 */
  char **words = check_words(L);
  int files[2] = {open("/dev/null", O_RDONLY | O_CLOEXEC), -1};
  if (files[0] < 0) return refused(L, "/dev/null", errno);
  files[1] = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  int error = errno;
  pid_t pid = -1;
  if (files[1] >= 0) {
    pid = start(words, files);
    error = errno;
    close(files[1]);
  }
  close(files[0]);
  if (files[1] < 0) return refused(L, output, error);
  if (pid < 0) return refused(L, words[0], error);
  push_child(L, 3, pid);
  return 1;
}

/* ---- wait and kill ---- */

/* Pushes id and status of a child that ended and forgets it. The table of children is on the
 * stack's top. */
static bool reap(lua_State *L) {
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pop(L, 1);
    pid_t pid = (pid_t)lua_tointeger(L, -1);
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == 0) continue;
    lua_pushnil(L);
    lua_rawseti(L, -3, pid);
    lua_pushinteger(L, WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
    return true;
  }
  return false;
}

/* wait(seconds = 0): id and status of a child that ended, its exit status or minus the signal that
 * ended it; nil when none does in that time, when there is none, or after Ctrl-C. */
static int wait_child(lua_State *L) {
  static const struct timespec pause = {.tv_nsec = 10000000};
  double until = ae_clock() + luaL_optnumber(L, 1, 0);
  push_children(L);
  for (;;) {
    if (reap(L)) return 2;
    lua_pushnil(L);
    bool none = !lua_next(L, -2);
    if (!none) lua_pop(L, 2);
    if (none || ae_clock() >= until || nanosleep(&pause, NULL) != 0) break;
  }
  luaL_pushfail(L);
  return 1;
}

/* kill(pid, 'INT' | 'TERM' | 'KILL'): sends a child a signal; an ended one that was not waited for
 * is none the worse. */
static int kill_child(lua_State *L) {
  static const char *const names[] = {"INT", "TERM", "KILL", NULL};
  static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
  lua_Integer pid = luaL_checkinteger(L, 1);
  int which = luaL_checkoption(L, 2, NULL, names);
  push_children(L);
  luaL_argcheck(L, lua_rawgeti(L, -1, pid) == LUA_TBOOLEAN, 1, "no child has this id");
  kill((pid_t)pid, signals[which]);
  return 0;
}

static int close_lock(lua_State *L) {
  luaL_Stream *handle = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  const int fd = fileno(handle->f);
  int i = 0;
  while (i < nlocks - 1 && locks[i] != fd) i++;
  locks[i] = locks[--nlocks];
  return luaL_fileresult(L, fclose(handle->f) == 0, NULL);
}

/* The file, opened and held, as a file of Lua's at the top of the stack; or an error's number. */
static int hold(const char *path, luaL_Stream *handle) {
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !(handle->f = fdopen(fd, "r+"))) {
    const int error = errno;
    close(fd);
    return error;
  }
  locks[nlocks++] = fd;
  handle->closef = close_lock;
  return 0;
}

/* lock(path): makes the file if need be and holds it until it is closed or collected, or this
 * program and the children it starts from now on have ended. Returns a file of Lua's; or nil, a
 * message, and true when another program holds it, or this one. */
static int lock_file(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  const int most = (int)(sizeof locks / sizeof *locks);
  if (nlocks == most) return luaL_error(L, "lock: %d files are held already", most);
  if (!bind_may(L, path, AE_FILE_WRITE)) return 2;
  luaL_Stream *handle = lua_newuserdatauv(L, sizeof *handle, 0);
  handle->closef = NULL;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  int error = hold(path, handle);
  if (error == 0) return 1;
  if (error != EWOULDBLOCK) return refused(L, path, error);
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: in use by another program", path);
  lua_pushboolean(L, true);
  return 3;
}

void bind_open_process(lua_State *L) {
  static const luaL_Reg functions[] = {{"spawn", spawn},
                                       {"wait", wait_child},
                                       {"kill", kill_child},
                                       {"lock", lock_file},
                                       {NULL, NULL}};
  bind_push_library(L, "aelua.process");
  luaL_setfuncs(L, functions, 0);
  static const char *const programs[] = {"spawn", "wait", "kill", NULL};
  if (bind_sandboxed()) bind_refuse(L, "process", programs, "starts no programs");
  lua_pop(L, 1);
}
