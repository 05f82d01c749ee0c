/* file.c - aelua.file: files that are whole or as they were, safetensors, TensorBoard's events.
 *
 * Failures return nil and the message. */
#include "bind/bind.h"

#include <string.h>
#include <time.h>

#define SAFETENSORS "aelua.safetensors"
#define EVENTS      "aelua.events"

/* true, or nil and the message */
static int result(lua_State *L, ae_status status) {
  if (status == AE_OK) return lua_pushboolean(L, true), 1;
  lua_pushnil(L);
  lua_pushstring(L, ae_error());
  return 2;
}

/* writeAtomic(path, text) */
static int write_atomic(lua_State *L) {
  size_t n;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &n);
  return result(L, ae_write_file(path, text, n));
}

/* appendLine(path, line) */
static int append_line(lua_State *L) {
  return result(L, ae_append_line(luaL_checkstring(L, 1), luaL_checkstring(L, 2)));
}

/* crc32(tensor) -> integer */
static int checksum(lua_State *L) {
  uint32_t sum;
  bind_check(L, ae_checksum(&sum, bind_check_tensor(L, 1)));
  lua_pushinteger(L, sum);
  return 1;
}

/* ---- safetensors ---- */

static int close_safetensors(lua_State *L) {
  bind_object *object = lua_touserdata(L, 1);
  ae_safetensors_close(object->ptr);
  object->ptr = NULL;
  return 0;
}

/* The tensors by name into the table below the open file on top, their names into the one below
 * that. */
static void read_tensors(lua_State *L, ae_safetensors *s, int names, int tensors) {
  for (int i = 0; i < ae_safetensors_count(s); i++) {
    lua_pushstring(L, ae_safetensors_name(s, i));
    lua_pushvalue(L, -1);
    lua_rawseti(L, names, i + 1);
    bind_check(L, ae_safetensors_read(s, i, bind_new_tensor(L, AE_FLOAT)));
    lua_rawset(L, tensors);
  }
}

/* readSafetensors(path) -> {tensors = {name = tensor}, names = {...}, metadata = {key = text}} */
static int read_safetensors(lua_State *L) {
  const char *path = luaL_checkstring(L, 1), *key, *text;
  ae_safetensors *s;
  lua_settop(L, 1);
  bind_object *object = bind_push_closed(L, SAFETENSORS, 0);
  ae_status status = ae_safetensors_open(&s, path);
  if (status != AE_OK) return result(L, status);
  object->ptr = s;
  lua_newtable(L);
  for (int i = 3; i < 6; i++) lua_newtable(L); /* 3 the result, 4 names, 5 tensors, 6 metadata */
  read_tensors(L, s, 4, 5);
  for (int i = 0; (key = ae_safetensors_metadata(s, i, &text)); i++) {
    lua_pushstring(L, text);
    lua_setfield(L, 6, key);
  }
  lua_setfield(L, 3, "metadata");
  lua_setfield(L, 3, "tensors");
  lua_setfield(L, 3, "names");
  ae_safetensors_close(s);
  object->ptr = NULL;
  return 1;
}

/* The metadata table at index as keys and texts, which stay alive on the stack's two lists. */
static int push_pairs(lua_State *L, int index, const char ***pairs) {
  int n = 0;
  if (lua_isnoneornil(L, index)) return *pairs = NULL, 0;
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) n++;
  *pairs = lua_newuserdatauv(L, 2 * (size_t)n * sizeof **pairs + 1, 0);
  n = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
      luaL_argerror(L, index, "metadata are strings by string keys");
    (*pairs)[2 * n] = lua_tostring(L, -2);
    (*pairs)[2 * n + 1] = lua_tostring(L, -1);
    n++;
  }
  return n;
}

/* writeSafetensors(path, {{name, tensor}, ...}[, metadata]) */
static int write_safetensors(lua_State *L) {
  const char *path = luaL_checkstring(L, 1), **pairs;
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 3);
  int n = (int)luaL_len(L, 2);
  ae_named_tensor *entries = lua_newuserdatauv(L, (size_t)n * sizeof *entries + 1, 0);
  for (int i = 0; i < n; i++) {
    lua_geti(L, 2, i + 1);
    luaL_argcheck(L, lua_istable(L, -1), 2, "a list of {name, tensor} expected");
    lua_geti(L, -1, 1);
    lua_geti(L, -2, 2);
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && bind_test_tensor(L, -1), 2,
                  "a list of {name, tensor} expected");
    entries[i] = (ae_named_tensor){lua_tostring(L, -2), bind_test_tensor(L, -1)};
    lua_pop(L, 3); /* the list keeps them alive */
  }
  int npairs = push_pairs(L, 3, &pairs);
  return result(L, ae_safetensors_write(path, n, entries, npairs, pairs));
}

/* ---- events ---- */

static int close_events(lua_State *L) {
  bind_object *object = luaL_checkudata(L, 1, EVENTS);
  ae_events_close(object->ptr);
  object->ptr = NULL;
  return 0;
}

static ae_events *check_events(lua_State *L) {
  bind_object *object = luaL_checkudata(L, 1, EVENTS);
  luaL_argcheck(L, object->ptr, 1, "the event file is closed");
  return object->ptr;
}

/* openEvents(path) -> events, or nil and a message */
static int open_events(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  ae_events *e;
  bind_object *object = bind_push_closed(L, EVENTS, 0);
  ae_status status = ae_events_open(&e, path, (double)time(NULL));
  if (status != AE_OK) return result(L, status);
  object->ptr = e;
  return 1;
}

/* events:scalar(tag, step, value[, wallTime]) */
static int scalar(lua_State *L) {
  double wall = luaL_optnumber(L, 5, (double)time(NULL));
  return result(L, ae_events_scalar(check_events(L), luaL_checkstring(L, 2),
                                    luaL_checkinteger(L, 3), luaL_checknumber(L, 4), wall));
}

static int flush(lua_State *L) { return result(L, ae_events_flush(check_events(L))); }

void bind_open_file(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg events[] = {
      {"scalar", scalar}, {"flush", flush}, {"close", close_events}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"writeAtomic", write_atomic},
                                       {"appendLine", append_line},
                                       {"crc32", checksum},
                                       {"readSafetensors", read_safetensors},
                                       {"writeSafetensors", write_safetensors},
                                       {"openEvents", open_events},
                                       {NULL, NULL}};
  bind_class(L, SAFETENSORS, none, close_safetensors);
  lua_pop(L, 1);
  bind_class(L, EVENTS, events, close_events);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  bind_push_library(L, "aelua.file");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
