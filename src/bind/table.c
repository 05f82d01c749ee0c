/* table.c - tables of tensors: Lua's tables as the engine's, and back.
 *
 * What a method is given is read into a table of the engine's that is kept with the method's object
 * and filled anew the next time, so that steps allocate nothing. The other way, a new Lua table
 * holds the userdata of the same tensors. */
#include "bind/bind.h"

static bool is_table(const ae_tensor *t) { return t && t->nparts > 0; }

void bind_push_tensors(lua_State *L, ae_tensor *t) {
  if (!is_table(t)) {
    bind_push_tensor(L, t);
    return;
  }
  luaL_checkstack(L, 8, "tables of tensors");
  lua_createtable(L, t->nparts, 0);
  for (int i = 0; i < t->nparts; i++) {
    bind_push_tensors(L, t->part[i]);
    bind_push_index(L, i);
    lua_insert(L, -2);
    lua_rawset(L, -3);
  }
}

static bool holds_tensors(lua_State *L, int index, int depth) {
  if (bind_test_tensor(L, index)) return true;
  if (!lua_istable(L, index) || depth == AE_MAXDEPTH) return false;
  int n = (int)lua_rawlen(L, index);
  bool all = n > 0;
  luaL_checkstack(L, 8, "tables of tensors");
  for (int i = 0; i < n && all; i++) {
    bind_push_index(L, i);
    lua_rawget(L, index);
    all = holds_tensors(L, lua_gettop(L), depth + 1);
    lua_pop(L, 1);
  }
  return all;
}

bool bind_test_tensors(lua_State *L, int index) {
  return holds_tensors(L, lua_absindex(L, index), 0);
}

static void fill(lua_State *L, int arg, ae_tensor *t, int depth);

/* Part i is a table that nobody else holds. */
static void own_table(lua_State *L, ae_tensor *t, int i) {
  ae_tensor *fresh;
  if (is_table(t->part[i]) && t->part[i]->refs == 1) return;
  bind_check(L, ae_tensor_new(&fresh, t->type));
  ae_status status = ae_table_set(t, i, fresh);
  ae_tensor_release(fresh);
  bind_check(L, status);
}

/* Part i from the value on top, which is popped. */
static void fill_part(lua_State *L, int arg, ae_tensor *t, int i, int depth) {
  ae_tensor *part = bind_test_tensor(L, -1);
  if (part) {
    bind_check(L, ae_table_set(t, i, part));
  } else if (lua_istable(L, -1)) {
    own_table(L, t, i);
    fill(L, arg, t->part[i], depth + 1);
  } else {
    luaL_argerror(
        L, arg, lua_pushfstring(L, "tensor %d of the table is a %s", i + 1, luaL_typename(L, -1)));
  }
  lua_pop(L, 1);
}

/* t from the table on top, which stays there. */
static void fill(lua_State *L, int arg, ae_tensor *t, int depth) {
  int n = (int)lua_rawlen(L, -1);
  luaL_checkstack(L, 8, "tables of tensors");
  if (n == 0) luaL_argerror(L, arg, "the table holds no tensors");
  if (depth == AE_MAXDEPTH) luaL_argerror(L, arg, "the table holds tables too deep inside");
  bind_check(L, ae_table_resize(t, n));
  for (int i = 0; i < n; i++) {
    bind_push_index(L, i);
    lua_rawget(L, -2);
    fill_part(L, arg, t, i, depth);
  }
}

/* Pushes the table of the engine's that is kept under `key` with the userdata at `owner`. */
static ae_tensor *kept_table(lua_State *L, int owner, int uservalue, const char *key) {
  if (lua_getiuservalue(L, owner, uservalue) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, owner, uservalue);
  }
  if (lua_getfield(L, -1, key) == LUA_TNIL) {
    lua_pop(L, 1);
    bind_new_tensor(L, AE_FLOAT);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, key);
  }
  lua_remove(L, -2);
  return bind_test_tensor(L, -1);
}

ae_tensor *bind_check_tensors(lua_State *L, int arg, int owner, int uservalue, const char *key) {
  if (!lua_istable(L, arg)) return bind_check_tensor(L, arg);
  owner = lua_absindex(L, owner);
  arg = lua_absindex(L, arg);
  ae_tensor *t = kept_table(L, owner, uservalue, key);
  lua_pushvalue(L, arg);
  fill(L, arg, t, 0);
  lua_pop(L, 2);
  return t;
}
