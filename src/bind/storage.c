/* storage.c - torch.FloatStorage and its kin: flat memory, seen element by element. */
#include "bind/bind.h"

#include <string.h>

/* ---- userdata ---- */

const char bind_storage_class[] = "torch.Storage";

ae_storage *bind_test_storage(lua_State *L, int index) {
  const bind_object *object = bind_test_object(L, index, BIND_STORAGE);
  return object ? object->ptr : NULL;
}

static ae_storage *check_storage(lua_State *L, int index) {
  ae_storage *s = bind_test_storage(L, index);
  if (!s) luaL_typeerror(L, index, "storage");
  return s;
}

static int release(lua_State *L) {
  ae_storage_release(bind_retire(L));
  return 0;
}

void bind_push_storage(lua_State *L, ae_storage *s) {
  if (bind_recall(L, s)) return;
  bind_object *object = bind_push_closed(L, BIND_STORAGE, 0);
  object->ptr = ae_storage_retain(s);
  bind_remember(L, -1);
}

static ae_storage *new_storage(lua_State *L, ae_type type, int64_t size) {
  ae_storage *s;
  bind_account(L);
  bind_object *object = bind_push_closed(L, BIND_STORAGE, 0);
  bind_check(L, ae_storage_new(&s, type, size));
  object->ptr = s;
  bind_remember(L, -1);
  return s;
}

/* A tensor of rank 1 over the whole storage, which it borrows: elements are reached through it. */
static ae_tensor view_of(ae_storage *s) {
  ae_tensor t = ae_tensor_local(s->type);
  t.ndim = 1;
  t.size[0] = s->size;
  t.stride[0] = 1;
  t.storage = s;
  return t;
}

/* Pushes element i, counted from 0. [0, +1] */
static void push_element(lua_State *L, ae_storage *s, int64_t i) {
  const ae_tensor view = view_of(s);
  ae_number value;
  bind_check(L, ae_get(&value, &view, &i));
  bind_push_number(L, value);
}

int64_t bind_list_length(lua_State *L, int index) {
  const ae_storage *s = bind_test_storage(L, index);
  if (s) return s->size;
  return lua_istable(L, index) ? (int64_t)lua_rawlen(L, index) : -1;
}

void bind_push_element(lua_State *L, int index, int64_t i) {
  ae_storage *s = bind_test_storage(L, index);
  if (s)
    push_element(L, s, i);
  else
    lua_rawgeti(L, index, i + 1);
}

/* Element i becomes the number at `arg`. */
static void put_element(lua_State *L, ae_storage *s, int64_t i, int arg) {
  ae_tensor view = view_of(s);
  bind_check(L, ae_put(&view, &i, bind_check_number(L, arg)));
}

void bind_push_sizes(lua_State *L, int n, const int64_t *size) {
  ae_storage *s = new_storage(L, AE_LONG, n);
  memcpy(s->data, size, (size_t)n * sizeof *size);
}

/* ---- construction ---- */

/* torch.LongStorage(n), torch.LongStorage{2, 3}, torch.LongStorage() */
static int construct(lua_State *L) {
  ae_type type = (ae_type)lua_tointeger(L, lua_upvalueindex(1));
  lua_settop(L, 1);
  if (!lua_istable(L, 1)) return new_storage(L, type, luaL_optinteger(L, 1, 0)), 1;
  int64_t n = luaL_len(L, 1);
  ae_storage *s = new_storage(L, type, n);
  for (int64_t i = 0; i < n; i++) {
    lua_rawgeti(L, 1, i + 1);
    put_element(L, s, i, -1);
    lua_pop(L, 1);
  }
  return 1;
}

static int is_storage(lua_State *L) {
  lua_pushboolean(L, bind_test_object(L, 1, BIND_STORAGE) != NULL);
  return 1;
}

/* ---- methods ---- */

static int index_storage(lua_State *L) {
  ae_storage *s = check_storage(L, 1);
  lua_settop(L, 2);
  if (lua_type(L, 2) == LUA_TNUMBER) {
    push_element(L, s, bind_check_index(L, 2, s->size, "index"));
    return 1;
  }
  luaL_getmetatable(L, BIND_STORAGE);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) == LUA_TNIL)
    return bind_unknown(L, 3, "a storage", "method", luaL_tolstring(L, 2, NULL));
  return 1;
}

static int assign(lua_State *L) {
  ae_storage *s = check_storage(L, 1);
  put_element(L, s, bind_check_index(L, 2, s->size, "index"), 3);
  return 0;
}

static int size(lua_State *L) {
  lua_pushinteger(L, check_storage(L, 1)->size);
  return 1;
}

static int type(lua_State *L) {
  lua_pushfstring(L, "torch.%sStorage", ae_type_name(check_storage(L, 1)->type));
  return 1;
}

static int fill(lua_State *L) {
  ae_storage *s = check_storage(L, 1);
  ae_tensor view = view_of(s);
  bind_check(L, ae_fill(&view, bind_check_number(L, 2)));
  return lua_settop(L, 1), 1;
}

/* Tensors do not notice that their storage shrinks, so only one that no tensor uses may; tensors
 * that the script let go are collected first. */
static int resize(lua_State *L) {
  ae_storage *s = check_storage(L, 1);
  int64_t wanted = luaL_checkinteger(L, 2);
  if (wanted < s->size) lua_gc(L, LUA_GCCOLLECT);
  luaL_argcheck(L, wanted >= s->size || s->refs == 1, 2,
                "the storage of a tensor cannot become smaller");
  bind_check(L, ae_storage_resize(s, wanted));
  return lua_settop(L, 1), 1;
}

/* Elements of a storage or a tensor. */
static int copy(lua_State *L) {
  ae_storage *s = check_storage(L, 1), *from = bind_test_storage(L, 2);
  ae_tensor to = view_of(s), whole = view_of(from ? from : s);
  bind_check(L, ae_copy(&to, from ? &whole : bind_check_tensor(L, 2)));
  return lua_settop(L, 1), 1;
}

static int totable(lua_State *L) {
  ae_storage *s = check_storage(L, 1);
  lua_newtable(L);
  for (int64_t i = 0; i < s->size; i++) {
    push_element(L, s, i);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* One element a line, then "[torch.LongStorage of size 2]", as Torch prints it. */
static int tostring(lua_State *L) {
  const ae_storage *s = check_storage(L, 1);
  luaL_Buffer text;
  totable(L);
  int elements = lua_gettop(L);
  luaL_buffinit(L, &text);
  for (int64_t i = 1; i <= s->size; i++) {
    lua_rawgeti(L, elements, i);
    luaL_addstring(&text, " ");
    luaL_addvalue(&text);
    luaL_addstring(&text, "\n");
  }
  lua_pushfstring(L, "[torch.%sStorage of size %I]\n", ae_type_name(s->type), (LUAI_UACINT)s->size);
  luaL_addvalue(&text);
  luaL_pushresult(&text);
  return 1;
}

void bind_open_storage(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"size", size},         {"type", type},           {"fill", fill},
      {"resize", resize},     {"copy", copy},           {"totable", totable},
      {"tolist", totable},    {"__len", size},          {"__index", index_storage},
      {"__newindex", assign}, {"__tostring", tostring}, {NULL, NULL}};
  static const char *const class[AE_NTYPES] = {
#define CLASS_NAME(id, ctype, name, real) [id] = #name "Storage",
      AE_TYPES(CLASS_NAME)
#undef CLASS_NAME
  };
  bind_class(L, BIND_STORAGE, methods, release);
  bind_push_library(L, "torch");
  for (int t = 0; t < AE_NTYPES; t++) {
    lua_pushinteger(L, t);
    lua_pushcclosure(L, construct, 1);
    lua_setfield(L, -2, class[t]);
  }
  lua_pushcfunction(L, is_storage);
  lua_setfield(L, -2, "isStorage");
  lua_pop(L, 2);
}
