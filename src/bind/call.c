/* call.c - running a script: errors with tracebacks, Ctrl-C, and output that nobody reads. */
#include "bind/bind.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static lua_State *running;
static volatile sig_atomic_t stopped;
static volatile sig_atomic_t held; /* the script asks by itself whether it was interrupted */

int bind_stopped(void) { return stopped; }

/* Called by Lua at the next instruction after a signal. A broken pipe that is not standard output
 * is the script's own affair: its write has failed. */
static void stop(lua_State *L, lua_Debug *where) {
  (void)where;
  lua_sethook(L, NULL, 0, 0);
  if (stopped == SIGINT) luaL_error(L, "interrupted");
  if (stopped == SIGPIPE && ferror(stdout)) luaL_error(L, "standard output is closed");
  stopped = 0;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* lua_sethook is the one function of Lua that a signal handler may call. A second Ctrl-C ends the
 * program at once, for scripts that do not come back to Lua; one right after the first is the same
 * one, passed on by a program around this one. */
static void on_signal(int signal_number) {
  static double first; /* of a call's interrupts, when it came */
  if (signal_number == SIGINT && stopped == SIGINT && seconds() > first + 0.25) {
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
  }
  if (signal_number == SIGINT && stopped == SIGINT) return;
  if (signal_number == SIGINT) first = seconds();
  if (!running) return;
  stopped = signal_number;
  if (held && signal_number == SIGINT) return;
  lua_sethook(running, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void watch(int signal_number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(signal_number, &action, NULL);
}

int bind_traceback(lua_State *L) {
  const char *message = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL;
  if (message && !strstr(message, "\nstack traceback:\n")) luaL_traceback(L, L, message, 1);
  return 1;
}

static int message_of(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  lua_replace(L, 1);
  return bind_traceback(L);
}

int bind_hold_interrupts(lua_State *L) {
  held = lua_toboolean(L, 1);
  return 0;
}

int bind_interrupted(lua_State *L) {
  lua_pushboolean(L, stopped == SIGINT);
  return 1;
}

int bind_call(lua_State *L, int nargs, int nresults) {
  int function = lua_gettop(L) - nargs;
  lua_State *outer = running;
  lua_pushcfunction(L, message_of);
  lua_insert(L, function);
  stopped = 0;
  held = false;
  running = L;
  watch(SIGPIPE, on_signal);
  watch(SIGINT, on_signal);
  int status = lua_pcall(L, nargs, nresults, function);
  watch(SIGINT, SIG_DFL);
  running = outer;
  lua_remove(L, function);
  return status;
}
