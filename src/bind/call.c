/* call.c - running a script: errors with tracebacks, signals that end it, and output that nobody
 * reads. */
#include "bind/bind.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static lua_State *running; /* the coroutine whose instructions are executed */
static volatile sig_atomic_t stopped;
static volatile sig_atomic_t pending; /* the script was not told of it yet */
static volatile sig_atomic_t held;    /* the script asks by itself whether it was interrupted */
static volatile sig_atomic_t sent;    /* by a program to this one alone, not by the terminal */
static unsigned told;                 /* how often the script was */

static const struct {
  int number;
  const char *message;
} endings[] = {{SIGINT, "interrupted"}, {SIGTERM, "terminated"}, {SIGHUP, "the terminal is gone"}};
enum { ENDINGS = sizeof endings / sizeof *endings };

int bind_stopped(void) { return stopped; }

int bind_take_sent(void) {
  int number = sent;
  sent = 0;
  return number;
}

static const char *ending_of(int signal_number) {
  for (int i = 0; i < ENDINGS; i++)
    if (endings[i].number == signal_number) return endings[i].message;
  return NULL;
}

/* ---- the time limit ---- */

static char over[80]; /* the message */

/* What a hook cannot end, a second later: one call of C that does not come back, a finalizer. Says
 * so where that does not wait for a reader. */
static _Noreturn void end_now(void) {
  struct pollfd what = {.fd = STDERR_FILENO, .events = POLLOUT};
  struct iovec text[] = {{"aelua: ", 7}, {over, strlen(over)}, {"\n", 1}};
  if (poll(&what, 1, 0) > 0) (void)!writev(STDERR_FILENO, text, 3);
  _exit(BIND_TIME_OVER);
}

const char *bind_time_over(void) { return stopped == SIGALRM ? over : NULL; }

/* ---- signals ---- */

/* Called by Lua at the next instruction after a signal. A broken pipe that is not standard output
 * is the script's own affair: its write has failed. When the time is over every instruction fails,
 * those of a script that catches the error, too. */
static void stop(lua_State *L, lua_Debug *where) {
  (void)where;
  if (stopped != SIGALRM) lua_sethook(L, NULL, 0, 0);
  pending = 0;
  told++;
  if (stopped == SIGALRM) luaL_error(L, "%s", over);
  if (ending_of(stopped)) luaL_error(L, "%s", ending_of(stopped));
  if (stopped == SIGPIPE && ferror(stdout)) luaL_error(L, "standard output is closed");
  stopped = 0;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* lua_sethook is the one function of Lua that a signal handler may call. */
static void tell(lua_State *L) {
  const int every = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT;
  pending = 1;
  lua_sethook(L, stop, stopped == SIGALRM ? LUA_MASKCOUNT : every, 1);
}

/* A second Ctrl-C ends the program at once, for scripts that do not come back to Lua; one right
 * after the first is the same one, passed on by a program around this one. So does printing on
 * when nobody reads, for scripts that catch the error. */
static void on_signal(int signal_number, siginfo_t *about, void *context) {
  static double first; /* of a call's interrupts, when it came */
  bool ending = ending_of(signal_number) != NULL;
  (void)context;
  if (stopped == SIGALRM) return;
  bool again = ending ? ending_of(stopped) != NULL : stopped == SIGPIPE;
  if (again && seconds() > first + 0.25) {
    signal(signal_number, SIG_DFL);
    raise(signal_number);
  }
  if (ending && again) return;
  if (!again) first = seconds();
  if (ending && about->si_code == SI_USER) sent = signal_number;
  if (!running) return;
  stopped = signal_number;
  if (!held || !ending) tell(running);
}

static void on_alarm(int signal_number, siginfo_t *about, void *context) {
  (void)about;
  (void)context;
  if (stopped == SIGALRM) end_now();
  stopped = signal_number;
  if (running) tell(running);
}

typedef void handler(int signal_number, siginfo_t *about, void *context);

/* A read or write that waits is ended by the signal, unless the script is to go on after it. */
static void watch(int signal_number, handler *act) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | (held ? SA_RESTART : 0)}, old;
  action.sa_sigaction = act;
  sigemptyset(&action.sa_mask);
  sigaction(signal_number, NULL, &old);
  if (signal_number == SIGHUP && old.sa_handler == SIG_IGN) return; /* nohup */
  sigaction(signal_number, &action, NULL);
}

static void watch_endings(void) {
  for (int i = 0; i < ENDINGS; i++) watch(endings[i].number, on_signal);
}

static void unwatch_endings(void) {
  struct sigaction old;
  for (int i = 0; i < ENDINGS; i++) {
    sigaction(endings[i].number, NULL, &old);
    if (old.sa_flags & SA_SIGINFO) signal(endings[i].number, SIG_DFL);
  }
}

void bind_limit_time(double limit) {
  struct itimerval timer = {.it_interval = {.tv_sec = 1}};
  snprintf(over, sizeof over, "the sandbox's time is over (--sandbox-time %g)", limit);
  timer.it_value.tv_sec = (time_t)limit;
  timer.it_value.tv_usec = (suseconds_t)((limit - (double)timer.it_value.tv_sec) * 1e6);
  watch(SIGALRM, on_alarm);
  setitimer(ITIMER_REAL, &timer, NULL);
}

int bind_exit_status(void) { return stopped == SIGALRM ? BIND_TIME_OVER : 128 + stopped; }

/* ---- output ---- */

/* Whether the file takes more within half a second. */
static bool is_read(FILE *file) {
  struct pollfd what = {.fd = fileno(file), .events = POLLOUT};
  return poll(&what, 1, 500) != 0;
}

void bind_say(const char *message) {
  bool ended = ending_of(stopped) != NULL || stopped == SIGALRM;
  if (ended) clearerr(stdout); /* the signal ended a write */
  if (ended && !is_read(stdout)) __fpurge(stdout);
  fflush(stdout);
  if (!ended || is_read(stderr)) fprintf(stderr, "aelua: %s\n", message);
}

/* What was printed must have arrived: a full disk is an error like any other. */
int bind_finish_output(int status) {
  bool failed = fflush(stdout) != 0 || ferror(stdout);
  if (!failed || status != 0) return status;
  if (errno == EPIPE || stopped == SIGPIPE) return 128 + SIGPIPE;
  bind_say("the output could not be written");
  return 1;
}

/* ---- coroutines ---- */

/* A signal is told to the coroutine that runs. One that came as it ended, or that ended it without
 * its resumer's failing, too, is told to the resumer. */
int bind_resume(lua_State *L, lua_State *co, int nargs, int *nresults) {
  lua_State *outer = running;
  unsigned before = told;
  running = co;
  if (pending) tell(co);
  int status = lua_resume(co, L, nargs, nresults);
  running = outer;
  bool failed = status != LUA_OK && status != LUA_YIELD;
  if (outer && (pending || (failed && told != before && stopped))) tell(outer);
  return status;
}

/* ---- calls ---- */

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
  if (running) watch_endings();
  return 0;
}

int bind_interrupted(lua_State *L) {
  lua_pushboolean(L, ending_of(stopped) != NULL);
  lua_pushinteger(L, bind_exit_status());
  return 2;
}

int bind_call(lua_State *L, int nargs, int nresults) {
  int function = lua_gettop(L) - nargs;
  lua_State *outer = running;
  lua_pushcfunction(L, message_of);
  lua_insert(L, function);
  if (stopped != SIGALRM) stopped = pending = 0;
  held = false;
  sent = 0;
  running = L;
  watch(SIGPIPE, on_signal);
  watch_endings();
  int status = lua_pcall(L, nargs, nresults, function);
  if (!outer) unwatch_endings();
  running = outer;
  lua_remove(L, function);
  return status;
}
