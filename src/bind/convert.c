/* convert.c - the border between Lua's world, which counts from 1, and the engine's, which counts
 * from 0. Nowhere else is 1 added or subtracted. */
#include "bind/bind.h"

int64_t bind_check_index(lua_State *L, int arg, int64_t n, const char *what) {
  int64_t i = luaL_checkinteger(L, arg);
  if (i < 0 && i >= -n) i = n + (i + 1);
  if (i >= 1 && i <= n) return i - 1;
  luaL_error(L, "%s %I is out of range 1..%I", what, (LUAI_UACINT)luaL_checkinteger(L, arg),
             (LUAI_UACINT)n);
  return 0;
}

void bind_push_index(lua_State *L, int64_t index) { lua_pushinteger(L, index + 1); }

/* A dimension among the first `count`. */
static int check_dim(lua_State *L, int arg, const ae_tensor *t, int count) {
  int64_t dim = luaL_checkinteger(L, arg);
  if (dim >= 1 && dim <= count) return (int)(dim - 1);
  return luaL_argerror(
      L, arg, lua_pushfstring(L, "dimension %I of a tensor with %d", (LUAI_UACINT)dim, t->ndim));
}

int bind_check_dim(lua_State *L, int arg, const ae_tensor *t) {
  return check_dim(L, arg, t, t->ndim);
}

int bind_opt_dim(lua_State *L, int arg, const ae_tensor *t, int fallback) {
  if (!lua_isnoneornil(L, arg)) return bind_check_dim(L, arg, t);
  if (t->ndim == 0) luaL_error(L, "an empty tensor has no dimension");
  return fallback;
}

int bind_check_place(lua_State *L, int arg, const ae_tensor *t) {
  return check_dim(L, arg, t, t->ndim + 1);
}

void bind_push_number(lua_State *L, ae_number v) {
  if (v.integral)
    lua_pushinteger(L, v.as.i);
  else
    lua_pushnumber(L, v.as.d);
}

ae_number bind_check_number(lua_State *L, int arg) {
  if (lua_isinteger(L, arg)) return ae_from_int(lua_tointeger(L, arg));
  if (lua_isboolean(L, arg)) return ae_from_int(lua_toboolean(L, arg));
  return ae_from_double(luaL_checknumber(L, arg));
}

/* Appends the number on the stack's top to size[0..n) and pops it. */
static int take_size(lua_State *L, int arg, int64_t *size, int n, bool minus_one) {
  int exact;
  int64_t value = lua_tointegerx(L, -1, &exact);
  if (!exact)
    return luaL_argerror(L, arg,
                         lua_pushfstring(L, "size %d is %s, want a whole number", n + 1,
                                         luaL_tolstring(L, -1, NULL)));
  if (value < (minus_one ? -1 : 0))
    return luaL_argerror(L, arg, lua_pushfstring(L, "size %d is %I", n + 1, (LUAI_UACINT)value));
  if (n == AE_MAXDIM)
    return luaL_argerror(L, arg, lua_pushfstring(L, "more than %d dimensions", AE_MAXDIM));
  size[n] = value;
  lua_pop(L, 1);
  return n + 1;
}

int bind_check_sizes(lua_State *L, int first, int64_t *size, bool minus_one) {
  int n = 0, top = lua_gettop(L);
  const int64_t count = bind_list_length(L, first);
  if (count >= 0 && top > first) luaL_argerror(L, first + 1, "nothing may follow a list of sizes");
  for (int64_t i = 0; i < count; i++) {
    bind_push_element(L, first, i);
    n = take_size(L, first, size, n, minus_one);
  }
  if (count >= 0) return n;
  for (int arg = first; arg <= top; arg++) {
    luaL_checknumber(L, arg);
    lua_pushvalue(L, arg);
    n = take_size(L, arg, size, n, minus_one);
  }
  return n;
}

ae_tensor *bind_index_to_engine(lua_State *L, int arg) {
  const ae_tensor *given = bind_check_tensor(L, arg);
  ae_tensor *index = bind_new_tensor(L, AE_LONG);
  bind_check(L, ae_convert(index, given));
  bind_check(L, ae_map1(AE_SUB_SCALAR, index, index, 1, 0));
  return index;
}

void bind_index_to_lua(lua_State *L, ae_tensor *index) {
  bind_check(L, ae_map1(AE_ADD_SCALAR, index, index, 1, 0));
}
