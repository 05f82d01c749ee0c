/* storage.c - torch.FloatStorage and its kin: flat memory, seen element by element. */
#include "bind/bind.h"

#include <string.h>

/* ---- userdata ---- */

ae_storage *bind_test_storage(lua_State *L, int index) {
  const bind_object *object = luaL_testudata(L, index, BIND_STORAGE);
  return object ? object->ptr : NULL;
}

static ae_storage *check_storage(lua_State *L, int index) {
  ae_storage *s = bind_test_storage(L, index);
  if (!s) luaL_typeerror(L, index, "storage");
  return s;
}

static int release(lua_State *L) {
  ae_storage_release(bind_close(L));
  return 0;
}

void bind_push_storage(lua_State *L, ae_storage *s) {
  if (bind_recall(L, s)) return;
  bind_push_closed(L, BIND_STORAGE, 0)->ptr = ae_storage_retain(s);
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

/* Pushes a tensor of rank 1 over the whole storage: elements are reached through it. [0, +1] */
static ae_tensor *push_view(lua_State *L, ae_storage *s) {
  ae_tensor *t = bind_new_tensor(L, s->type);
  bind_check(L, ae_set_storage(t, s, 0, 1, &s->size, NULL));
  return t;
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
  ae_tensor *view = push_view(L, new_storage(L, type, n));
  for (int64_t i = 0; i < n; i++) {
    lua_rawgeti(L, 1, i + 1);
    bind_check(L, ae_put(view, &i, bind_check_number(L, -1)));
    lua_pop(L, 1);
  }
  lua_settop(L, 2);
  return 1;
}

static int is_storage(lua_State *L) {
  lua_pushboolean(L, luaL_testudata(L, 1, BIND_STORAGE) != NULL);
  return 1;
}

/* ---- methods ---- */

static int index_storage(lua_State *L) {
  ae_storage *s = check_storage(L, 1);
  if (lua_type(L, 2) == LUA_TNUMBER) {
    ae_number value;
    int64_t i = bind_check_index(L, 2, s->size, "index");
    bind_check(L, ae_get(&value, push_view(L, s), &i));
    bind_push_number(L, value);
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
  int64_t i = bind_check_index(L, 2, s->size, "index");
  ae_number value = bind_check_number(L, 3);
  bind_check(L, ae_put(push_view(L, s), &i, value));
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
  ae_number value = bind_check_number(L, 2);
  bind_check(L, ae_fill(push_view(L, s), value));
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
  const ae_tensor *source = from ? push_view(L, from) : bind_check_tensor(L, 2);
  bind_check(L, ae_copy(push_view(L, s), source));
  return lua_settop(L, 1), 1;
}

static int totable(lua_State *L) {
  ae_storage *s = check_storage(L, 1);
  const ae_tensor *view = push_view(L, s);
  lua_newtable(L);
  for (int64_t i = 0; i < s->size; i++) {
    ae_number value;
    bind_check(L, ae_get(&value, view, &i));
    bind_push_number(L, value);
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
