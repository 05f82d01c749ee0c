/* object.c - engine objects as userdata: one userdata for each object, closed until it owns it. */
#include "bind/bind.h"

#include <string.h>

/* The level of the call that Lua names "__gc" when the collector calls a function of C: its own; in
 * Lua before 5.4.3 that of the function which was running. */
enum { CALLED_BY = LUA_VERSION_RELEASE_NUM >= 50403 ? 0 : 1 };

static const char objects; /* registry key of the table pointer -> userdata, weak values */

/* [0, +1] */
static void push_objects(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &objects) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &objects);
}

/* __gc and __close of the class upvalue 1, by upvalue 2. A script can call them with anything. */
static int release_own(lua_State *L) {
  luaL_checkudata(L, 1, lua_touserdata(L, lua_upvalueindex(1)));
  return lua_tocfunction(L, lua_upvalueindex(2))(L);
}

void bind_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction release) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, methods, 0);
  lua_pushlightuserdata(L, (void *)(uintptr_t)name);
  lua_pushcfunction(L, release);
  lua_pushcclosure(L, release_own, 2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__gc");
  lua_setfield(L, -2, "__close");
}

bind_object *bind_push_closed(lua_State *L, const char *name, int uservalues) {
  bind_object *object = lua_newuserdatauv(L, sizeof *object, uservalues);
  *object = (bind_object){NULL, name, NULL};
  luaL_setmetatable(L, name);
  return object;
}

bind_object *bind_test_object(lua_State *L, int index, const char *class) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_rawlen(L, index) != sizeof(bind_object))
    return NULL;
  bind_object *object = lua_touserdata(L, index);
  return object->class == class ? object : NULL;
}

void bind_remember(lua_State *L, int index) {
  index = lua_absindex(L, index);
  const bind_object *object = lua_touserdata(L, index);
  push_objects(L);
  lua_pushvalue(L, index);
  lua_rawsetp(L, -2, object->ptr);
  lua_pop(L, 1);
}

bool bind_recall(lua_State *L, const void *ptr) {
  push_objects(L);
  bool known = lua_rawgetp(L, -1, ptr) == LUA_TUSERDATA;
  lua_remove(L, -2);
  if (!known) lua_pop(L, 1);
  return known;
}

/* The collector has cleared the object's place in the table before it calls __gc, and another
 * userdata may have taken it since: only __close finds itself there. */
static void forget(lua_State *L, const void *ptr) {
  if (!bind_recall(L, ptr)) return;
  if (lua_rawequal(L, 1, -1)) {
    push_objects(L);
    lua_pushnil(L);
    lua_rawsetp(L, -2, ptr);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

void *bind_close(lua_State *L) {
  bind_object *object = lua_touserdata(L, 1);
  void *ptr = object->ptr;
  if (ptr) forget(L, ptr);
  object->ptr = NULL;
  return ptr;
}

/* Whether the collector, or the end of the state, called the function that runs. A finalizer that a
 * script wrote and that calls ours is not the collector. While the C side of a hook runs, Lua names
 * whatever is called a hook: it is the collector as well, for a hook gets no userdata. */
static bool called_by_collector(lua_State *L) {
  lua_Debug call;
  if (!lua_getstack(L, CALLED_BY, &call) || !lua_getinfo(L, "n", &call) || !call.name) return false;
  return strcmp(call.namewhat, "hook") == 0 ||
         (strcmp(call.namewhat, "metamethod") == 0 && strcmp(call.name, "__gc") == 0);
}

void *bind_retire(lua_State *L) {
  bind_object *object = lua_touserdata(L, 1);
  void *ptr = bind_close(L);
  if (ptr) object->owned = ptr;
  if (!called_by_collector(L)) return NULL;
  ptr = object->owned;
  object->owned = NULL;
  return ptr;
}
