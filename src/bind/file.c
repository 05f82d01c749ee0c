/* file.c - aelua.file: files that are whole or as they were, safetensors, NumPy's arrays,
 * TensorBoard's events.
 *
 * A file that cannot be written or read gives nil and the message; misuse raises. */
#include "bind/bind.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define SAFETENSORS "aelua.safetensors"
#define NPZ         "aelua.npz"
#define EVENTS      "aelua.events"

/* true, or nil and the message when a file is refused or damaged; misuse raises. [0, +(1|2)] */
static int result(lua_State *L, ae_status status) {
  if (status == AE_OK) return lua_pushboolean(L, true), 1;
  if (status != AE_EIO && status != AE_EFORMAT) bind_check(L, status);
  luaL_pushfail(L);
  lua_pushstring(L, ae_error());
  return 2;
}

/* The string at index, which the engine takes up to its first NUL: there must be none. */
static const char *check_text(lua_State *L, int index, int arg) {
  size_t n;
  const char *text = lua_tolstring(L, index, &n);
  luaL_argcheck(L, strlen(text) == n, arg, "a text with a NUL in it");
  return text;
}

/* writeAtomic(path, text) */
static int write_atomic(lua_State *L) {
  size_t n;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &n);
  return result(L, ae_write_file(path, text, n));
}

enum { LARGEST_TEXT = 1 << 30 };

/* read(path) -> text of a regular file, or nil and a message */
static int read_text(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  ae_tensor *bytes = bind_new_tensor(L, AE_BYTE);
  ae_status status = ae_read_file(bytes, path, LARGEST_TEXT);
  if (status != AE_OK) return result(L, status);
  lua_pushlstring(L, ae_nelement(bytes) > 0 ? ae_data(bytes) : "", (size_t)ae_nelement(bytes));
  ae_tensor_clear(bytes); /* at once: two copies are enough */
  return 1;
}

/* readBytes(path) -> ByteTensor, or nil and a message */
static int read_bytes(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  ae_status status = ae_read_file(bind_new_tensor(L, AE_BYTE), path, INT64_MAX);
  return status == AE_OK ? 1 : result(L, status);
}

/* appendLine(path, line) */
static int append_line(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_checkstring(L, 2);
  return result(L, ae_append_line(path, check_text(L, 2, 2)));
}

/* failStep(n): for tests, the n-th step from now on that writes a file fails as on a full disk; 0:
 * none. Returns how many there were since the last call. */
static int fail_step(lua_State *L) {
  lua_pushinteger(L, ae_fail_file_step(luaL_checkinteger(L, 1), ENOSPC));
  return 1;
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
  luaL_checkudata(L, 1, SAFETENSORS);
  ae_safetensors_close(bind_close(L));
  return 0;
}

/* Fills the tables at the indices names {name, ...} and tensors {name = tensor}. [0, 0] */
static ae_status read_tensors(lua_State *L, const ae_safetensors *s, int names, int tensors) {
  ae_status status = AE_OK;
  for (int i = 0; i < ae_safetensors_count(s) && status == AE_OK; i++) {
    lua_pushstring(L, ae_safetensors_name(s, i));
    lua_pushvalue(L, -1);
    lua_rawseti(L, names, i + 1);
    status = ae_safetensors_read(s, i, bind_new_tensor(L, AE_FLOAT));
    lua_rawset(L, tensors);
  }
  return status;
}

/* [0, +1] */
static void push_metadata(lua_State *L, const ae_safetensors *s) {
  const char *key, *text;
  lua_newtable(L);
  for (int i = 0; (key = ae_safetensors_metadata(s, i, &text)); i++) {
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
  }
}

/* readSafetensors(path) -> {tensors = {name = tensor}, names = {...}, metadata = {key = text}}, or
 * nil and a message */
static int read_safetensors(lua_State *L) {
  enum { FILE_ = 2, RESULT, NAMES, TENSORS };
  const char *path = luaL_checkstring(L, 1);
  ae_safetensors *s;
  lua_settop(L, 1);
  bind_object *object = bind_push_closed(L, SAFETENSORS, 0);
  ae_status status = ae_safetensors_open(&s, path);
  if (status != AE_OK) return result(L, status);
  object->ptr = s;
  lua_toclose(L, FILE_);
  for (int i = RESULT; i <= TENSORS; i++) lua_newtable(L);
  status = read_tensors(L, s, NAMES, TENSORS);
  if (status != AE_OK) return result(L, status);
  push_metadata(L, s);
  lua_setfield(L, RESULT, "metadata");
  lua_setfield(L, RESULT, "tensors");
  lua_setfield(L, RESULT, "names");
  return 1;
}

/* Room for n entries and for npairs keys with their texts. It is made before any is filled in: what
 * makes room can run a finalizer of the script, and that can change the tables. [0, +1] */
static ae_named_tensor *push_room(lua_State *L, size_t n, size_t npairs, const char ***pairs) {
  const size_t pair = 2 * sizeof(const char *);
  ae_named_tensor *entries = lua_newuserdatauv(L, n * sizeof *entries + npairs * pair, 0);
  if (pairs) *pairs = (const char **)(entries + n);
  return entries;
}

static size_t count_pairs(lua_State *L, int arg) {
  size_t n = 0;
  if (lua_isnil(L, arg)) return 0;
  for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) n++;
  return n;
}

/* At most n keys and texts of the metadata table at arg, which keeps them alive. Returns how many
 * there are. */
static int fill_pairs(lua_State *L, int arg, size_t n, const char **pairs) {
  size_t i = 0;
  if (lua_isnil(L, arg)) return 0;
  for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
      luaL_argerror(L, arg, "metadata are strings by string keys");
    luaL_argcheck(L, i < n, arg, "the table grew meanwhile");
    pairs[2 * i] = check_text(L, -2, arg);
    pairs[2 * i++ + 1] = check_text(L, -1, arg);
  }
  return (int)i;
}

/* The first n of the list {{name, tensor}, ...} at arg, which keeps names and tensors alive. */
static void fill_entries(lua_State *L, int arg, size_t n, ae_named_tensor *entries) {
  for (size_t i = 0; i < n; i++) {
    bool pair = lua_rawgeti(L, arg, (lua_Integer)i + 1) == LUA_TTABLE &&
                lua_rawgeti(L, -1, 1) == LUA_TSTRING && lua_rawgeti(L, -2, 2) == LUA_TUSERDATA &&
                bind_test_tensor(L, -1);
    luaL_argcheck(L, pair, arg, "a list of {name, tensor} expected");
    entries[i] = (ae_named_tensor){check_text(L, -2, arg), bind_test_tensor(L, -1)};
    lua_pop(L, 3);
  }
}

/* writeSafetensors(path, {{name, tensor}, ...} [, {key = text}]) */
static int write_safetensors(lua_State *L) {
  const char *path = luaL_checkstring(L, 1), **pairs;
  luaL_checktype(L, 2, LUA_TTABLE);
  if (!lua_isnoneornil(L, 3)) luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  size_t n = lua_rawlen(L, 2), npairs = count_pairs(L, 3);
  ae_named_tensor *entries = push_room(L, n, npairs, &pairs);
  fill_entries(L, 2, n, entries);
  int filled = fill_pairs(L, 3, npairs, pairs);
  return result(L, ae_safetensors_write(path, (int)n, entries, filled, pairs));
}

/* ---- NumPy's arrays ---- */

/* readNpy(path) -> tensor, or nil and a message */
static int read_npy(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  ae_status status = ae_npy_read(bind_new_tensor(L, AE_FLOAT), path);
  return status == AE_OK ? 1 : result(L, status);
}

/* writeNpy(path, tensor) */
static int write_npy(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  return result(L, ae_npy_write(path, bind_check_tensor(L, 2)));
}

static int close_npz(lua_State *L) {
  luaL_checkudata(L, 1, NPZ);
  ae_npz_close(bind_close(L));
  return 0;
}

/* readNpz(path) -> {name = tensor}, {name, ...}, or nil and a message */
static int read_npz(lua_State *L) {
  enum { FILE_ = 2, TENSORS, NAMES };
  const char *path = luaL_checkstring(L, 1);
  ae_npz *z;
  lua_settop(L, 1);
  bind_object *object = bind_push_closed(L, NPZ, 0);
  ae_status status = ae_npz_open(&z, path);
  if (status != AE_OK) return result(L, status);
  object->ptr = z;
  lua_toclose(L, FILE_);
  lua_newtable(L);
  lua_newtable(L);
  for (int i = 0; i < ae_npz_count(z) && status == AE_OK; i++) {
    lua_pushstring(L, ae_npz_name(z, i));
    lua_pushvalue(L, -1);
    lua_rawseti(L, NAMES, i + 1);
    status = ae_npz_read(z, i, bind_new_tensor(L, AE_FLOAT));
    lua_rawset(L, TENSORS);
  }
  return status == AE_OK ? 2 : result(L, status);
}

/* writeNpz(path, {{name, tensor}, ...}) */
static int write_npz(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  size_t n = lua_rawlen(L, 2);
  ae_named_tensor *entries = push_room(L, n, 0, NULL);
  fill_entries(L, 2, n, entries);
  return result(L, ae_npz_write(path, (int)n, entries));
}

/* ---- events ---- */

static int close_events(lua_State *L) {
  luaL_checkudata(L, 1, EVENTS);
  ae_events_close(bind_close(L));
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

/* Seconds since 1970, now by default. */
static double opt_wall_time(lua_State *L, int arg) {
  return luaL_optnumber(L, arg, (double)time(NULL));
}

/* events:scalar(tag, step, value [, wallTime]) */
static int scalar(lua_State *L) {
  ae_events *e = check_events(L);
  const char *tag = luaL_checkstring(L, 2);
  int64_t step = luaL_checkinteger(L, 3);
  double value = luaL_checknumber(L, 4);
  return result(L, ae_events_scalar(e, tag, step, value, opt_wall_time(L, 5)));
}

/* events:image(tag, step, height, width, channels, png [, wallTime]), png being a file's bytes */
static int image(lua_State *L) {
  ae_events *e = check_events(L);
  const char *tag = luaL_checkstring(L, 2);
  int64_t step = luaL_checkinteger(L, 3);
  int64_t height = luaL_checkinteger(L, 4), width = luaL_checkinteger(L, 5);
  int64_t channels = luaL_checkinteger(L, 6);
  luaL_argcheck(L, channels >= 1 && channels <= 4, 6, "1, 3 or 4 channels expected");
  size_t n;
  const char *png = luaL_checklstring(L, 7, &n);
  return result(
      L, ae_events_image(e, tag, step, height, width, (int)channels, png, n, opt_wall_time(L, 8)));
}

static int flush(lua_State *L) { return result(L, ae_events_flush(check_events(L))); }

void bind_open_file(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg events[] = {{"scalar", scalar},
                                    {"image", image},
                                    {"flush", flush},
                                    {"close", close_events},
                                    {NULL, NULL}};
  static const luaL_Reg functions[] = {{"writeAtomic", write_atomic},
                                       {"appendLine", append_line},
                                       {"read", read_text},
                                       {"readBytes", read_bytes},
                                       {"crc32", checksum},
                                       {"failStep", fail_step},
                                       {"readSafetensors", read_safetensors},
                                       {"writeSafetensors", write_safetensors},
                                       {"readNpy", read_npy},
                                       {"writeNpy", write_npy},
                                       {"readNpz", read_npz},
                                       {"writeNpz", write_npz},
                                       {"openEvents", open_events},
                                       {NULL, NULL}};
  bind_class(L, SAFETENSORS, none, close_safetensors);
  lua_pop(L, 1);
  bind_class(L, NPZ, none, close_npz);
  lua_pop(L, 1);
  bind_class(L, EVENTS, events, close_events);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  bind_push_library(L, "aelua.file");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
