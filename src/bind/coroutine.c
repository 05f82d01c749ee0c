/* coroutine.c - coroutine.resume and wrap as Lua has them, which also tell call.c and host.c what
 * runs: Ctrl-C and the time limit reach the coroutine whose instructions are executed, and the
 * engine calls back into no coroutine that has ended. */
#include "bind/module.h"

/* Resumes co with the nargs values on L's stack. Returns how many values it left on L's stack, or
 * -1 when that is a message. */
static int resume_with(lua_State *L, lua_State *co, int nargs) {
  int n;
  if (!lua_checkstack(co, nargs)) return lua_pushliteral(L, "too many arguments to resume"), -1;
  lua_xmove(L, co, nargs);
  lua_State *previous = bind_enter(co);
  int status = bind_resume(L, co, nargs, &n);
  bind_leave(previous);
  if (status != LUA_OK && status != LUA_YIELD) return lua_xmove(co, L, 1), -1;
  if (!lua_checkstack(L, n + 1)) {
    lua_pop(co, n);
    return lua_pushliteral(L, "too many results to resume"), -1;
  }
  lua_xmove(co, L, n);
  return n;
}

/* coroutine.resume(co, ...) -> true, values; or false and the error */
static int resume(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTHREAD);
  lua_State *co = lua_tothread(L, 1);
  int n = resume_with(L, co, lua_gettop(L) - 1);
  lua_pushboolean(L, n >= 0);
  lua_insert(L, n >= 0 ? -n - 1 : -2);
  return n >= 0 ? n + 1 : 2;
}

/* The function of coroutine.wrap, which passes errors on. Upvalue 1: the coroutine. */
static int call_wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int n = resume_with(L, co, lua_gettop(L));
  if (n >= 0) return n;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = lua_resetthread(co); /* runs what is to be closed, whose error may be another */
    if (status != LUA_OK) {
      lua_pop(L, 1);
      lua_xmove(co, L, 1);
    }
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

void bind_open_coroutine(lua_State *L) {
  static const luaL_Reg functions[] = {{"resume", resume}, {"wrap", wrap}, {NULL, NULL}};
  lua_getglobal(L, "coroutine");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
