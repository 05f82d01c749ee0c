/* timer.c - torch.Timer, torch.tic and torch.toc. */
#include "bind/bind.h"

#include <string.h>
#include <sys/resource.h>

#define TIMER "torch.Timer"

/* Elapsed time of the wall clock and of the process's CPUs, in seconds. */
enum { REAL, USER, SYS, NCLOCKS };
static const char *const clock_name[NCLOCKS] = {"real", "user", "sys"};

typedef struct timer {
  bool running;
  double start[NCLOCKS], done[NCLOCKS]; /* when it began to run; what earlier runs took */
} timer;

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec * 1e-6; }

static void read_clocks(double *now) {
  struct rusage usage;
  memset(&usage, 0, sizeof usage);
  getrusage(RUSAGE_SELF, &usage);
  now[REAL] = ae_clock();
  now[USER] = seconds(usage.ru_utime);
  now[SYS] = seconds(usage.ru_stime);
}

static void elapsed(const timer *t, double *total) {
  double now[NCLOCKS];
  read_clocks(now);
  for (int c = 0; c < NCLOCKS; c++) total[c] = t->done[c] + (t->running ? now[c] - t->start[c] : 0);
}

static timer *check_timer(lua_State *L) { return luaL_checkudata(L, 1, TIMER); }

static int new_timer(lua_State *L) {
  timer *t = lua_newuserdatauv(L, sizeof *t, 0);
  *t = (timer){.running = true};
  read_clocks(t->start);
  luaL_setmetatable(L, TIMER);
  return 1;
}

static int reset(lua_State *L) {
  timer *t = check_timer(L);
  memset(t->done, 0, sizeof t->done);
  read_clocks(t->start);
  return lua_settop(L, 1), 1;
}

static int stop(lua_State *L) {
  timer *t = check_timer(L);
  elapsed(t, t->done);
  t->running = false;
  return lua_settop(L, 1), 1;
}

static int resume(lua_State *L) {
  timer *t = check_timer(L);
  if (!t->running) read_clocks(t->start);
  t->running = true;
  return lua_settop(L, 1), 1;
}

/* timer:time() -> {real =, user =, sys =} */
static int time_table(lua_State *L) {
  double total[NCLOCKS];
  elapsed(check_timer(L), total);
  lua_createtable(L, 0, NCLOCKS);
  for (int c = 0; c < NCLOCKS; c++) {
    lua_pushnumber(L, total[c]);
    lua_setfield(L, -2, clock_name[c]);
  }
  return 1;
}

static double last_tic;

/* torch.tic() starts the clock that torch.toc() reads. */
static int tic(lua_State *L) {
  last_tic = ae_clock();
  lua_pushnumber(L, last_tic);
  return 1;
}

/* torch.toc([tic]) -> seconds since then */
static int toc(lua_State *L) {
  lua_pushnumber(L, ae_clock() - luaL_optnumber(L, 1, last_tic));
  return 1;
}

void bind_open_timer(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"reset", reset}, {"stop", stop}, {"resume", resume}, {"time", time_table}, {NULL, NULL}};
  static const luaL_Reg torch[] = {{"Timer", new_timer}, {"tic", tic}, {"toc", toc}, {NULL, NULL}};
  luaL_newmetatable(L, TIMER);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  bind_push_library(L, "torch");
  luaL_setfuncs(L, torch, 0);
  lua_pop(L, 2);
}
