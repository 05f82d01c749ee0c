/* optimizer.c - optimizers as Lua values, optim.SGD(net, {...}), and in Torch's functional form,
 * optim.sgd(feval, x, config, state): one binding for every descriptor. */
#include "bind/bind.h"

#include <string.h>

#define OPTIMIZER "optim.Optimizer"
enum { NET = 1, FIELDS = 2 };

static ae_optimizer *check_optimizer(lua_State *L, int index) {
  bind_object *object = luaL_checkudata(L, index, OPTIMIZER);
  if (!object->ptr) luaL_argerror(L, index, "the optimizer is closed");
  return object->ptr;
}

static int release(lua_State *L) {
  ae_optimizer_release(bind_close(L));
  return 0;
}

/* optim.SGD(net, {learningRate = 0.5}); upvalue: the method */
static int construct(lua_State *L) {
  const ae_optim *optim = lua_touserdata(L, lua_upvalueindex(1));
  ae_value value[AE_MAXOPTIONS];
  ae_optimizer *o;
  ae_module *net = bind_check_module(L, 1);
  const char *owner = lua_pushfstring(L, "optim.%s", optim->name);
  lua_insert(L, 1);
  bind_check_options(L, 3, owner, optim->options, value, NULL);
  bind_object *object = bind_push_closed(L, OPTIMIZER, 2);
  lua_pushvalue(L, 2); /* the network's Lua side lives as long as its optimizer */
  lua_setiuservalue(L, -2, NET);
  lua_newtable(L);
  lua_setiuservalue(L, -2, FIELDS);
  bind_check(L, ae_optimizer_new(&o, optim, net, value));
  object->ptr = o;
  bind_remember(L, -1);
  return 1;
}

static int step(lua_State *L) {
  bind_check(L, ae_optimizer_step(check_optimizer(L, 1)));
  return lua_settop(L, 1), 1;
}

static int zero_grad(lua_State *L) {
  bind_check(L, ae_optimizer_zero_grad(check_optimizer(L, 1)));
  return lua_settop(L, 1), 1;
}

/* optimizer:state() -> {["encoder.0.weight.dfdx"] = tensor, ...}: what a checkpoint must keep */
static int state(lua_State *L) {
  const ae_optimizer *o = check_optimizer(L, 1);
  lua_newtable(L);
  for (int i = 0; i < o->nslots; i++)
    for (int k = 0; o->optim->state && o->optim->state[k]; k++) {
      lua_pushfstring(L, "%s.%s", o->slot[i].path, o->optim->state[k]);
      bind_push_tensor(L, o->slot[i].state[k]);
      lua_rawset(L, -3);
    }
  return 1;
}

static int tostring(lua_State *L) {
  const ae_optimizer *o = check_optimizer(L, 1);
  lua_pushfstring(L, "optim.%s", o->optim->name);
  return 1;
}

/* ---- fields: options, steps ---- */

static int index_optimizer(lua_State *L) {
  const ae_optimizer *o = check_optimizer(L, 1);
  lua_getiuservalue(L, 1, FIELDS);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL || lua_type(L, 2) != LUA_TSTRING) return 1;
  const char *key = lua_tostring(L, 2);
  int i = ae_option_find(o->optim->options, key);
  if (i >= 0) return bind_push_option(L, &o->optim->options[i], &o->option[i]), 1;
  if (strcmp(key, "steps") == 0) return lua_pushinteger(L, o->steps), 1;
  if (lua_getfield(L, lua_upvalueindex(1), key) != LUA_TNIL) return 1;
  const char *owner = lua_pushfstring(L, "optim.%s", o->optim->name);
  return bind_unknown(L, lua_upvalueindex(1), owner, "field or method", key);
}

static int assign(lua_State *L) {
  ae_optimizer *o = check_optimizer(L, 1);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (strcmp(key, "steps") == 0) return o->steps = luaL_checkinteger(L, 3), 0;
  int i = ae_option_find(o->optim->options, key);
  if (i >= 0) {
    ae_value value;
    const char *owner = lua_pushfstring(L, "optim.%s", o->optim->name);
    bind_read_option(L, 3, owner, &o->optim->options[i], &value);
    bind_check(L, ae_optimizer_set_option(o, key, value.number));
    return 0;
  }
  lua_getiuservalue(L, 1, FIELDS);
  lua_insert(L, 2);
  lua_rawset(L, 2);
  return 0;
}

/* ---- Torch's functional form ---- */

/* Keys that scripts and the method itself keep in a config or state table beside the options. */
static bool is_state(const ae_optim *optim, const char *key) {
  static const char *const common[] = {"evalCounter", "t",       "state", "method",
                                       "name",        "verbose", NULL};
  for (int i = 0; common[i]; i++)
    if (strcmp(key, common[i]) == 0) return true;
  for (int i = 0; optim->state && optim->state[i]; i++)
    if (strcmp(key, optim->state[i]) == 0) return true;
  return false;
}

/* The options in the config table at index; unknown names are errors. */
static void read_config(lua_State *L, int index, const ae_optim *optim, ae_value *value) {
  bool given[AE_MAXOPTIONS] = {false};
  const char *owner = lua_pushfstring(L, "optim.%s", optim->function);
  ae_option_defaults(optim->options, value);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    const char *key = lua_tostring(L, -2);
    int i = ae_option_find(optim->options, key);
    if (i < 0 && is_state(optim, key)) continue;
    if (i < 0) {
      lua_newtable(L);
      for (const ae_option *o = optim->options; o->name; o++) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, o->name);
      }
      bind_unknown(L, -1, owner, "option", key);
    }
    bind_read_option(L, -1, owner, &optim->options[i], &value[i]);
    given[i] = true;
  }
  if (optim->torch_defaults) optim->torch_defaults(value, given);
  if (optim->check) bind_check(L, optim->check(value));
}

/* The state tensor `name` in the table at index, made when it is not there. */
static ae_tensor *state_tensor(lua_State *L, int index, const char *name, ae_type type) {
  lua_getfield(L, index, name);
  ae_tensor *t = bind_test_tensor(L, -1);
  lua_pop(L, 1);
  if (t) return t;
  t = bind_new_tensor(L, type);
  lua_setfield(L, index, name);
  return t;
}

/* optim.sgd(feval, x[, config[, state]]) -> x, {loss}; upvalue: the method. Stack: 1 feval, 2 x, 3
 * config, 4 state. */
static int functional(lua_State *L) {
  const ae_optim *optim = lua_touserdata(L, lua_upvalueindex(1));
  ae_value value[AE_MAXOPTIONS];
  ae_tensor *x = bind_check_tensor(L, 2), *states[AE_MAXSTATE] = {NULL};
  lua_settop(L, 4);
  for (int i = 3; i <= 4; i++) {
    if (!lua_isnil(L, i)) continue;
    if (i == 3) lua_newtable(L);
    if (i == 4) lua_pushvalue(L, 3);
    lua_replace(L, i);
  }
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checktype(L, 4, LUA_TTABLE);
  read_config(L, 3, optim, value);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 1, 2); /* -> loss, gradient */
  int loss = lua_gettop(L) - 1;
  ae_tensor *g = bind_test_tensor(L, -1);
  if (!g)
    luaL_error(L, "optim.%s: feval should return the loss and the gradient, got %s and %s",
               optim->function, luaL_typename(L, -2), luaL_typename(L, -1));
  for (int i = 0; optim->state && optim->state[i]; i++)
    states[i] = state_tensor(L, 4, optim->state[i], x->type);
  lua_getfield(L, 4, "evalCounter");
  lua_Integer done = luaL_optinteger(L, -1, 0);
  bind_check(L, optim->update(value, done, x, g, states));
  lua_pushinteger(L, done + 1);
  lua_setfield(L, 4, "evalCounter");
  lua_pushvalue(L, 2);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, loss);
  lua_rawseti(L, -2, 1);
  return 2;
}

static void add_constructor(lua_State *L, const ae_optim *optim, const char *name,
                            lua_CFunction f) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)optim);
  lua_pushcclosure(L, f, 1);
  lua_setfield(L, -2, name);
}

void bind_open_optimizer(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"step", step}, {"zeroGrad", zero_grad}, {"state", state}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__newindex", assign}, {"__tostring", tostring}, {NULL, NULL}};
  bind_class(L, OPTIMIZER, metamethods, release);
  luaL_newlib(L, methods);
  lua_pushcclosure(L, index_optimizer, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  bind_push_library(L, "optim");
  for (const ae_optim *const *optim = ae_optims; *optim; optim++) {
    add_constructor(L, *optim, (*optim)->name, construct);
    add_constructor(L, *optim, (*optim)->function, functional);
  }
  lua_pop(L, 1);
}
