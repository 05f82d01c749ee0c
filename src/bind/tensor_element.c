/* tensor_element.c - elements one by one: as Lua tables and text, and through callbacks. */
#include "bind/tensor.h"

/* The next place in row-major order; false after the last. */
static bool advance(const ae_tensor *t, int64_t *index) {
  for (int d = t->ndim - 1; d >= 0; d--) {
    if (++index[d] < t->size[d]) return true;
    index[d] = 0;
  }
  return false;
}

/* Pushes the element of t at index. [0, +1] */
static void push_element(lua_State *L, const ae_tensor *t, const int64_t *index) {
  ae_number value;
  bind_check(L, ae_get(&value, t, index));
  bind_push_number(L, value);
}

/* ---- callbacks ---- */

enum { MAXOPERANDS = 3 };

#define GUARD "torch.Tensor.apply"

/* __close of {tensor, its elements before}: gives them back after an error. */
static int give_back(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  lua_rawgeti(L, 1, 1);
  lua_rawgeti(L, 1, 2);
  ae_tensor *t = bind_test_tensor(L, 3), *before = bind_test_tensor(L, 4);
  if (!lua_isnil(L, 2) && t && before && ae_same_size(t, before)) ae_copy(t, before);
  return 0;
}

/* Guards the tensor at 1 until the function ends. [0, +1] */
static void push_guard(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  bind_check(L, ae_convert(bind_new_tensor(L, t->type), t));
  lua_rawseti(L, -2, 2);
  luaL_setmetatable(L, GUARD);
  lua_toclose(L, -1);
}

/* x[i] = f(x[i], y[i], ...) for the `n` tensors that come first; where f returns nothing the
 * element stays, and when f fails all of them do. f may resize or close them: the tensors are
 * fetched anew after every call, and every access is checked against the sizes of now. */
static int apply_with(lua_State *L, int n) {
  ae_tensor *t[MAXOPERANDS];
  int64_t place[MAXOPERANDS][AE_MAXDIM] = {{0}};
  for (int i = 0; i < n; i++) bind_check_tensor(L, i + 1);
  luaL_checktype(L, n + 1, LUA_TFUNCTION);
  bind_check_end(L, n + 1);
  push_guard(L); /* which can run finalizers */
  for (int i = 0; i < n; i++) t[i] = bind_check_tensor(L, i + 1);
  int64_t count = ae_nelement(t[0]);
  for (int i = 1; i < n; i++)
    luaL_argcheck(L, ae_nelement(t[i]) == count, i + 1, "a different number of elements");
  for (int64_t k = 0; k < count; k++) {
    lua_pushvalue(L, n + 1);
    for (int i = 0; i < n; i++) push_element(L, t[i], place[i]);
    lua_call(L, n, 1);
    for (int i = 0; i < n; i++) t[i] = bind_check_tensor(L, i + 1);
    if (!lua_isnil(L, -1)) bind_check(L, ae_put(t[0], place[0], bind_check_number(L, -1)));
    lua_pop(L, 1);
    for (int i = 0; i < n; i++) advance(t[i], place[i]);
  }
  return lua_settop(L, 1), 1;
}

static int apply(lua_State *L) { return apply_with(L, 1); }
static int map(lua_State *L) { return apply_with(L, 2); }
static int map2(lua_State *L) { return apply_with(L, 3); }

/* ---- tables and text ---- */

/* Pushes dimension dim and those inside it, at the place index[0..dim). [0, +1] */
static void push_level(lua_State *L, const ae_tensor *t, int64_t *index, int dim) {
  int64_t n = t->size[dim];
  lua_createtable(L, (int)(n < INT32_MAX ? n : 0), 0);
  for (index[dim] = 0; index[dim] < n; index[dim]++) {
    if (dim == t->ndim - 1)
      push_element(L, t, index);
    else
      push_level(L, t, index, dim + 1);
    lua_rawseti(L, -2, index[dim] + 1);
  }
}

/* x:totable(): nested as the dimensions are */
static int totable(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  int64_t index[AE_MAXDIM];
  luaL_checkstack(L, AE_MAXDIM + 2, NULL);
  if (t->ndim == 0)
    lua_newtable(L);
  else
    push_level(L, t, index, 0);
  return 1;
}

static int push_text(lua_State *L) {
  lua_pushstring(L, lua_touserdata(L, 1));
  return 1;
}

static int tostring(lua_State *L) {
  const bind_object *object = luaL_checkudata(L, 1, BIND_TENSOR);
  char *text;
  if (!object->ptr) return lua_pushliteral(L, "[closed tensor]"), 1;
  bind_check(L, ae_tensor_format(&text, object->ptr));
  lua_pushcfunction(L, push_text);
  lua_pushlightuserdata(L, text);
  int status = lua_pcall(L, 1, 1, 0); /* Lua may be out of memory; the text must go all the same */
  ae_string_free(text);
  return status == LUA_OK ? 1 : lua_error(L);
}

void bind_open_tensor_element(lua_State *L) {
  static const luaL_Reg methods[] = {{"apply", apply},         {"map", map},
                                     {"map2", map2},           {"totable", totable},
                                     {"__tostring", tostring}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"totable", totable}, {NULL, NULL}};
  luaL_newmetatable(L, GUARD);
  lua_pushcfunction(L, give_back);
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
  bind_register_methods(L, methods);
  bind_push_library(L, "torch");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
