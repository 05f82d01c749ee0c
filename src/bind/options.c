/* options.c - constructor options: positional arguments or a table of names, checked by descriptor.
 */
#include "bind/bind.h"

#include <string.h>

/* Raises "nn.Linear: bias should be a boolean, got string (...)". */
static int wrong_kind(lua_State *L, const char *owner, const ae_option *option, const char *want,
                      int index) {
  return luaL_error(L, "%s: %s should be %s, got %s (%s)", owner, option->name, want,
                    luaL_typename(L, index), option->doc);
}

static void add_size(lua_State *L, int index, const char *owner, const ae_option *option,
                     ae_value *value) {
  if (!lua_isinteger(L, index)) wrong_kind(L, owner, option, "whole numbers", index);
  if (value->count == AE_MAXDIM)
    luaL_error(L, "%s: %s are more than %d", owner, option->name, AE_MAXDIM);
  value->size[value->count++] = lua_tointeger(L, index);
}

/* A table or LongStorage of sizes, or all numbers from index to last. Returns how many values it
 * used. */
static int read_sizes(lua_State *L, int index, int last, const char *owner, const ae_option *option,
                      ae_value *value) {
  int used = 0;
  value->count = 0;
  const int64_t n = bind_list_length(L, index);
  for (int64_t i = 0; i < n; i++) {
    bind_push_element(L, index, i);
    add_size(L, -1, owner, option, value);
    lua_pop(L, 1);
  }
  if (n >= 0) return 1;
  for (; index + used <= last && lua_type(L, index + used) == LUA_TNUMBER; used++)
    add_size(L, index + used, owner, option, value);
  if (used == 0) wrong_kind(L, owner, option, "sizes", index);
  return used;
}

/* Reads one option from index on; returns how many values it used. */
static int read_option(lua_State *L, int index, int last, const char *owner,
                       const ae_option *option, ae_value *value) {
  switch (option->kind) {
    case AE_BOOL:
      if (!lua_isboolean(L, index)) wrong_kind(L, owner, option, "a boolean", index);
      value->number = lua_toboolean(L, index);
      break;
    case AE_INT:
    case AE_NUMBER:
      if (lua_type(L, index) != LUA_TNUMBER) wrong_kind(L, owner, option, "a number", index);
      value->number = lua_tonumber(L, index);
      if (value->number == AE_REQUIRED && option->fallback == AE_REQUIRED)
        luaL_error(L, "%s: %s is inf, should be finite (%s)", owner, option->name, option->doc);
      break;
    case AE_TENSOR:
      value->tensor = bind_test_tensor(L, index);
      if (!value->tensor) wrong_kind(L, owner, option, "a tensor", index);
      break;
    case AE_SIZES:
      return read_sizes(L, index, last, owner, option, value);
  }
  return 1;
}

/* Pushes a table with the option names as keys, for bind_unknown. [0, +1] */
static void push_names(lua_State *L, const ae_option *options) {
  lua_newtable(L);
  for (const ae_option *o = options; o && o->name; o++) {
    lua_pushboolean(L, true);
    lua_setfield(L, -2, o->name);
  }
}

/* Puts a copy of the table at index in its place: what follows can run finalizers, which may change
 * the script's table, and an option's tensor must stay alive. */
static void replace_by_copy(lua_State *L, int index) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, index);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_replace(L, index);
}

static void read_named(lua_State *L, int table, const char *owner, const ae_option *options,
                       ae_value *value, bool *given) {
  replace_by_copy(L, table);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    if (!name) luaL_error(L, "%s: an option's name is a %s", owner, luaL_typename(L, -2));
    int i = ae_option_find(options, name);
    if (i < 0) {
      push_names(L, options);
      bind_unknown(L, -1, owner, "option", name);
    }
    int top = lua_gettop(L);
    read_option(L, top, top, owner, &options[i], &value[i]);
    given[i] = true;
  }
}

static void read_positional(lua_State *L, int first, const char *owner, const ae_option *options,
                            ae_value *value, bool *given) {
  int at = first, last = lua_gettop(L);
  for (int i = 0; options && options[i].name && at <= last; i++) {
    if (lua_isnil(L, at)) {
      at++;
      continue;
    }
    at += read_option(L, at, last, owner, &options[i], &value[i]);
    given[i] = true;
  }
  if (at <= last)
    luaL_error(L, "%s: %d argument%s too many, from argument %d (%s) on", owner, last - at + 1,
               last > at ? "s" : "", at - first + 1, luaL_typename(L, at));
}

/* Whether the one argument is a table of names, and not a list of sizes. */
static bool is_named(lua_State *L, int first) {
  if (lua_gettop(L) != first || !lua_istable(L, first)) return false;
  bool list = lua_rawgeti(L, first, 1) != LUA_TNIL;
  lua_pop(L, 1);
  return !list;
}

void bind_check_options(lua_State *L, int first, const char *owner, const ae_option *options,
                        ae_value *value, bool *given) {
  bool ignored[AE_MAXOPTIONS] = {false};
  if (!given) given = ignored;
  memset(given, 0, AE_MAXOPTIONS * sizeof *given);
  ae_option_defaults(options, value);
  if (is_named(L, first))
    read_named(L, first, owner, options, value, given);
  else
    read_positional(L, first, owner, options, value, given);
  for (int i = 0; options && options[i].name; i++)
    bind_check(L, ae_option_check(owner, &options[i], &value[i]));
}

void bind_read_option(lua_State *L, int index, const char *owner, const ae_option *option,
                      ae_value *value) {
  index = lua_absindex(L, index);
  *value = (ae_value){0};
  read_option(L, index, index, owner, option, value);
  bind_check(L, ae_option_check(owner, option, value));
}

void bind_push_option(lua_State *L, const ae_option *option, const ae_value *value) {
  switch (option->kind) {
    case AE_BOOL:
      if (value->number == 0 || value->number == 1)
        lua_pushboolean(L, value->number == 1);
      else
        lua_pushnil(L); /* left open: the layer decides */
      break;
    case AE_INT:
      lua_pushinteger(L, (lua_Integer)value->number);
      break;
    case AE_NUMBER:
      lua_pushnumber(L, value->number);
      break;
    case AE_TENSOR:
      bind_push_tensor(L, value->tensor);
      break;
    case AE_SIZES:
      lua_createtable(L, value->count, 0);
      for (int i = 0; i < value->count; i++) {
        lua_pushinteger(L, value->size[i]);
        lua_rawseti(L, -2, i + 1);
      }
      break;
  }
}
