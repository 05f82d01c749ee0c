/* class.c - the types of values, for lua/classes.lua to tell engine objects apart, and the way back
 * to it. */
#include "bind/bind.h"

/* kind(value) -> "tensor", "storage", "module", "criterion", "optimizer", "generator", or Lua's
 * type name; of a storage also "torch.LongStorage" */
static int kind(lua_State *L) {
  static const struct {
    const char *metatable, *name;
  } kinds[] = {{BIND_TENSOR, "tensor"},
               {"nn.Module", "module"},
               {"nn.Criterion", "criterion"},
               {"optim.Optimizer", "optimizer"},
               {"torch.Generator", "generator"}};
  luaL_checkany(L, 1);
  const ae_storage *storage = bind_test_storage(L, 1);
  if (storage) {
    lua_pushliteral(L, "storage");
    lua_pushfstring(L, "torch.%sStorage", ae_type_name(storage->type));
    return 2;
  }
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (luaL_testudata(L, 1, kinds[i].metatable)) return lua_pushstring(L, kinds[i].name), 1;
  lua_pushstring(L, luaL_typename(L, 1));
  return 1;
}

int bind_missing(lua_State *L) {
  bind_push_library(L, "aelua.modules");
  lua_getfield(L, -1, "missing");
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -5); /* the methods */
  lua_call(L, 3, 0);
  lua_pushnil(L);
  return 1;
}

void bind_open_class(lua_State *L) {
  bind_push_library(L, "aelua.modules");
  lua_pushcfunction(L, kind);
  lua_setfield(L, -2, "kind");
  lua_pop(L, 1);
}
