/* stream.c - aelua.stream: what lua/t7.lua reads and writes with: files written piece by piece, and
 * elements of storages as bytes. */
#include "bind/bind.h"

#include <string.h>

#define OUTPUT "aelua.output"

/* ---- files written piece by piece ---- */

static ae_output *check_output(lua_State *L) {
  bind_object *object = luaL_checkudata(L, 1, OUTPUT);
  luaL_argcheck(L, object->ptr, 1, "the file is closed");
  return object->ptr;
}

/* Without output:keep() what was written is discarded. */
static int discard(lua_State *L) {
  luaL_checkudata(L, 1, OUTPUT);
  ae_output_close(bind_close(L), false);
  return 0;
}

/* true, or nil and the message when the system refused [0, +(1|2)] */
static int result(lua_State *L, ae_status status) {
  if (status == AE_OK) return lua_pushboolean(L, true), 1;
  if (status != AE_EIO) bind_check(L, status);
  luaL_pushfail(L);
  lua_pushstring(L, ae_error());
  return 2;
}

/* output(path) -> output, or nil and a message */
static int output(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  ae_output *o;
  bind_object *object = bind_push_closed(L, OUTPUT, 0);
  ae_status status = ae_output_open(&o, path);
  if (status != AE_OK) return result(L, status);
  object->ptr = o;
  return 1;
}

/* output:write(bytes) */
static int write_bytes(lua_State *L) {
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  return result(L, ae_output_write(check_output(L), bytes, n));
}

/* output:keep(): the file is there from now on, whole */
static int keep(lua_State *L) {
  check_output(L);
  return result(L, ae_output_close(bind_close(L), true));
}

/* ---- elements ---- */

static ae_storage *check_storage(lua_State *L, int arg) {
  ae_storage *s = bind_test_storage(L, arg);
  if (!s) luaL_typeerror(L, arg, "storage");
  return s;
}

/* read(storage, first, bytes, kind [, bigEndian]): elements from `first` on become those of bytes
 */
static int read_elements(lua_State *L) {
  ae_storage *s = check_storage(L, 1);
  size_t n;
  const char *bytes = luaL_checklstring(L, 3, &n), *kind = luaL_checkstring(L, 4);
  int64_t first = bind_check_index(L, 2, INT64_MAX, "first element");
  bind_check(L, ae_storage_read(s, first, bytes, n, kind, lua_toboolean(L, 5)));
  return 0;
}

/* bytes(storage, first, count [, bigEndian]) -> text */
static int element_bytes(lua_State *L) {
  const ae_storage *s = check_storage(L, 1);
  int64_t first = bind_check_index(L, 2, INT64_MAX, "first element");
  int64_t count = luaL_checkinteger(L, 3);
  bool big_endian = lua_toboolean(L, 4); /* before the buffer takes stack slots */
  luaL_Buffer text;
  luaL_argcheck(L, count >= 0 && count <= s->size, 3, "more elements than there are");
  size_t n = (size_t)count * ae_type_size(s->type);
  char *bytes = luaL_buffinitsize(L, &text, n);
  bind_check(L, ae_storage_write(s, first, count, bytes, big_endian));
  luaL_pushresultsize(&text, n);
  return 1;
}

void bind_open_stream(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"write", write_bytes}, {"keep", keep}, {"discard", discard}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"output", output}, {"read", read_elements}, {"bytes", element_bytes}, {NULL, NULL}};
  bind_class(L, OUTPUT, methods, discard);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  bind_push_library(L, "aelua.stream");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
