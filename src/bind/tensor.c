/* tensor.c - tensors as Lua values, their types, and the conventions of the functions on them. */
#include "bind/tensor.h"

#include <string.h>
#include <strings.h>

/* ---- userdata ---- */

const char bind_tensor_class[] = "torch.Tensor";

ae_tensor *bind_test_tensor(lua_State *L, int index) {
  const bind_object *object = bind_test_object(L, index, BIND_TENSOR);
  return object ? object->ptr : NULL;
}

ae_tensor *bind_check_tensor(lua_State *L, int index) {
  const bind_object *object = bind_test_object(L, index, BIND_TENSOR);
  if (!object) luaL_typeerror(L, index, "tensor");
  if (!object->ptr) luaL_argerror(L, index, "the tensor is closed");
  return object->ptr;
}

/* A tensor that a script closes gives back its memory at once, as x:set() does. */
static int release(lua_State *L) {
  ae_tensor *t = bind_test_tensor(L, 1), *released = bind_retire(L);
  if (released)
    ae_tensor_release(released);
  else if (t && t->refs == 1)
    ae_tensor_clear(t);
  return 0;
}

void bind_push_tensor(lua_State *L, ae_tensor *t) {
  if (!t) {
    lua_pushnil(L);
    return;
  }
  if (bind_recall(L, t)) return;
  bind_object *object = bind_push_closed(L, BIND_TENSOR, 0);
  object->ptr = ae_tensor_retain(t);
  bind_remember(L, -1);
}

ae_tensor *bind_new_tensor(lua_State *L, ae_type type) {
  ae_tensor *t;
  bind_account(L);
  bind_object *object = bind_push_closed(L, BIND_TENSOR, 0);
  bind_check(L, ae_tensor_new(&t, type));
  object->ptr = t;
  bind_remember(L, -1);
  return t;
}

ae_tensor *bind_new_view(lua_State *L, const ae_tensor *t) { return bind_new_tensor(L, t->type); }

/* ---- types ---- */

static const char default_type; /* registry key */

ae_type bind_default_type(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &default_type);
  ae_type type = (ae_type)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return type;
}

ae_type bind_check_type(lua_State *L, int index) {
  const char *name = luaL_checkstring(L, index), *word = name;
  if (strncmp(word, "torch.", 6) == 0) word += 6;
  if (strcmp(word, "Tensor") == 0) return bind_default_type(L);
  for (int type = 0; type < AE_NTYPES; type++) {
    const char *known = ae_type_name((ae_type)type);
    size_t n = strlen(known);
    if (strncasecmp(word, known, n) == 0 && (!word[n] || strcmp(word + n, "Tensor") == 0))
      return (ae_type)type;
  }
  luaL_argerror(L, index,
                lua_pushfstring(L,
                                "unknown tensor type '%s': torch.Float-, Double-, Long-, Int-, "
                                "Short-, Char- and ByteTensor",
                                name));
  return AE_FLOAT;
}

static int set_default(lua_State *L) {
  ae_type type = bind_check_type(L, 1);
  if (!ae_type_is_real(type))
    return luaL_argerror(
        L, 1,
        lua_pushfstring(L, "the default type is Float or Double, not %s", ae_type_name(type)));
  lua_pushinteger(L, type);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &default_type);
  return 0;
}

static int get_default(lua_State *L) {
  lua_pushfstring(L, "torch.%sTensor", ae_type_name(bind_default_type(L)));
  return 1;
}

/* Pushes t, or its elements in a new tensor when it is of another type. */
static int convert(lua_State *L, int index, ae_type type) {
  const ae_tensor *t = bind_check_tensor(L, index);
  if (t->type == type)
    lua_pushvalue(L, index);
  else
    bind_check(L, ae_convert(bind_new_tensor(L, type), t));
  return 1;
}

/* x:type() names the type; x:type('torch.DoubleTensor') converts. */
static int tensor_type(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  if (!lua_isnoneornil(L, 2)) return convert(L, 1, bind_check_type(L, 2));
  lua_pushfstring(L, "torch.%sTensor", ae_type_name(t->type));
  return 1;
}

static int type_as(lua_State *L) { return convert(L, 1, bind_check_tensor(L, 2)->type); }
static int to_float(lua_State *L) { return convert(L, 1, AE_FLOAT); }
static int to_double(lua_State *L) { return convert(L, 1, AE_DOUBLE); }
static int to_long(lua_State *L) { return convert(L, 1, AE_LONG); }
static int to_byte(lua_State *L) { return convert(L, 1, AE_BYTE); }
static int to_char(lua_State *L) { return convert(L, 1, AE_CHAR); }
static int to_short(lua_State *L) { return convert(L, 1, AE_SHORT); }
static int to_int(lua_State *L) { return convert(L, 1, AE_INT32); }

static int is_tensor(lua_State *L) {
  lua_pushboolean(L, bind_test_object(L, 1, BIND_TENSOR) != NULL);
  return 1;
}

/* ---- conventions ---- */

int bind_count_tensors(lua_State *L) {
  int n = 0;
  for (int arg = 1; arg <= lua_gettop(L); arg++) n += bind_test_tensor(L, arg) != NULL;
  return n;
}

int bind_first(lua_State *L, int n) { return bind_count_tensors(L) > n ? 2 : 1; }

ae_tensor *bind_push_result(lua_State *L, int first, ae_type type) {
  if (first == 1) return bind_new_tensor(L, type);
  ae_tensor *result = bind_check_tensor(L, 1);
  lua_pushvalue(L, 1);
  return result;
}

void bind_check_end(lua_State *L, int last) {
  if (lua_gettop(L) > last) luaL_argerror(L, last + 1, "one argument too many");
}

void bind_register_methods(lua_State *L, const luaL_Reg *methods) {
  luaL_getmetatable(L, BIND_TENSOR);
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 1);
}

void bind_register(lua_State *L, const luaL_Reg *functions) {
  bind_register_methods(L, functions);
  bind_push_library(L, "torch");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}

void bind_register_form(lua_State *L, const char *name, lua_CFunction f, int n) {
  int base = lua_gettop(L) - n;
  for (int method = 0; method <= 1; method++) {
    if (method)
      luaL_getmetatable(L, BIND_TENSOR);
    else
      bind_push_library(L, "torch");
    lua_pushboolean(L, method);
    for (int i = 1; i <= n; i++) lua_pushvalue(L, base + i);
    lua_pushcclosure(L, f, n + 1);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
  }
  lua_pop(L, n);
}

void bind_open_tensor(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"type", tensor_type}, {"typeAs", type_as}, {"float", to_float}, {"double", to_double},
      {"long", to_long},     {"byte", to_byte},   {"char", to_char},   {"short", to_short},
      {"int", to_int},       {NULL, NULL}};
  static const luaL_Reg functions[] = {{"setdefaulttensortype", set_default},
                                       {"getdefaulttensortype", get_default},
                                       {"isTensor", is_tensor},
                                       {NULL, NULL}};
  lua_pushinteger(L, AE_FLOAT);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &default_type);
  bind_class(L, BIND_TENSOR, methods, release);
  lua_pop(L, 1);
  bind_push_library(L, "torch");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
  bind_open_tensor_new(L);
  bind_open_tensor_index(L);
  bind_open_tensor_shape(L);
  bind_open_tensor_view(L);
  bind_open_tensor_map(L);
  bind_open_tensor_operator(L);
  bind_open_tensor_reduce(L);
  bind_open_tensor_matrix(L);
  bind_open_tensor_select(L);
  bind_open_tensor_element(L);
  bind_open_tensor_random(L);
  bind_open_tensor_linear(L);
  bind_open_tensor_decompose(L);
  bind_open_generator(L);
}
