/* optimizer.c - optimizers as Lua values, optim.SGD(net, {...}), and in Torch's functional form,
 * optim.sgd(feval, x, config, state): one binding for every descriptor. */
#include "bind/module.h"

#include <string.h>

#define OPTIMIZER "optim.Optimizer"
enum { NET = 1, OWN_FIELDS = 2 };

static ae_optimizer *check_optimizer(lua_State *L, int index) {
  bind_object *object = luaL_checkudata(L, index, OPTIMIZER);
  if (!object->ptr) luaL_argerror(L, index, "the optimizer is closed");
  return object->ptr;
}

static int release(lua_State *L) {
  ae_optimizer_release(bind_retire(L));
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
  bind_account(L);
  bind_object *object = bind_push_closed(L, OPTIMIZER, 2);
  lua_pushvalue(L, 2); /* the network's Lua side lives as long as its optimizer */
  lua_setiuservalue(L, -2, NET);
  lua_newtable(L);
  lua_setiuservalue(L, -2, OWN_FIELDS);
  BIND_CALL(L, ae_optimizer_new(&o, optim, net, value));
  object->ptr = o;
  bind_remember(L, -1);
  return 1;
}

static int run(lua_State *L, ae_status (*act)(ae_optimizer *)) {
  ae_optimizer *o = check_optimizer(L, 1);
  BIND_CALL(L, act(o));
  return lua_settop(L, 1), 1;
}

static int step(lua_State *L) { return run(L, ae_optimizer_step); }
static int zero_grad(lua_State *L) { return run(L, ae_optimizer_zero_grad); }

/* optimizer:state() -> {["encoder.0.weight.dfdx"] = tensor, ...}, steps: what a checkpoint must
 * keep. The tensors are the optimizer's own, empty before the first step. */
static int state(lua_State *L) {
  const ae_optimizer *o = check_optimizer(L, 1);
  lua_newtable(L);
  for (int i = 0; i < o->nslots; i++)
    for (int k = 0; o->optim->state && o->optim->state[k]; k++) {
      lua_pushfstring(L, "%s.%s", o->slot[i].path, o->optim->state[k]);
      bind_push_tensor(L, o->slot[i].state[k]);
      lua_rawset(L, -3);
    }
  lua_pushinteger(L, o->steps);
  return 2;
}

static int tostring(lua_State *L) {
  const ae_optimizer *o = check_optimizer(L, 1);
  lua_pushfstring(L, "optim.%s", o->optim->name);
  return 1;
}

/* ---- fields: options, steps, net ---- */

/* Pushes a table with the names of the options as keys, for bind_unknown. [0, +1] */
static void push_option_names(lua_State *L, const ae_optim *optim) {
  lua_newtable(L);
  for (const ae_option *option = optim->options; option->name; option++) {
    lua_pushboolean(L, true);
    lua_setfield(L, -2, option->name);
  }
}

static int index_optimizer(lua_State *L) {
  const ae_optimizer *o = check_optimizer(L, 1);
  lua_getiuservalue(L, 1, OWN_FIELDS);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL || lua_type(L, 2) != LUA_TSTRING) return 1;
  const char *key = lua_tostring(L, 2);
  int i = ae_option_find(o->optim->options, key);
  if (i >= 0) return bind_push_option(L, &o->optim->options[i], &o->option[i]), 1;
  if (strcmp(key, "steps") == 0) return lua_pushinteger(L, o->steps), 1;
  if (strcmp(key, "net") == 0) return lua_getiuservalue(L, 1, NET), 1;
  if (lua_getfield(L, lua_upvalueindex(1), key) != LUA_TNIL) return 1;
  const char *owner = lua_pushfstring(L, "optim.%s", o->optim->name);
  push_option_names(L, o->optim);
  for (lua_pushnil(L); lua_next(L, lua_upvalueindex(1)); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_pushboolean(L, true);
    lua_rawset(L, -5);
  }
  return bind_unknown(L, -1, owner, "field or method", key);
}

/* Any field may be set but one whose name is nearly an option's. */
static void set_field(lua_State *L, const ae_optimizer *o, const char *key) {
  const char *names[AE_MAXOPTIONS + 1] = {NULL};
  for (int i = 0; o->optim->options[i].name; i++) names[i] = o->optim->options[i].name;
  const char *near = ae_nearest_word(key, names);
  if (near)
    luaL_error(L, "optim.%s has no option '%s'; did you mean '%s'?", o->optim->name, key, near);
  lua_getiuservalue(L, 1, OWN_FIELDS);
  lua_insert(L, 2);
  lua_rawset(L, 2);
}

static int assign(lua_State *L) {
  ae_optimizer *o = check_optimizer(L, 1);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "steps") == 0) return o->steps = luaL_checkinteger(L, 3), 0;
  if (strcmp(key, "net") == 0) luaL_error(L, "an optimizer keeps the network it was made for");
  int i = ae_option_find(o->optim->options, key);
  if (i < 0) return set_field(L, o, key), 0;
  ae_value value;
  const char *owner = lua_pushfstring(L, "optim.%s", o->optim->name);
  bind_read_option(L, 3, owner, &o->optim->options[i], &value);
  bind_check(L, ae_optimizer_set_option(o, key, value.number));
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
      push_option_names(L, optim);
      bind_unknown(L, -1, owner, "option", key);
    }
    bind_read_option(L, -1, owner, &optim->options[i], &value[i]);
    given[i] = true;
  }
  if (optim->torch_defaults) optim->torch_defaults(value, given);
  if (optim->check) bind_check(L, optim->check(value));
}

/* The state tensor `name` in the table at index, made when it is not there. It stays on the stack,
 * for the table may not keep it. [0, +1] */
static ae_tensor *push_state(lua_State *L, int index, const char *name, ae_type type) {
  lua_getfield(L, index, name);
  ae_tensor *t = bind_test_tensor(L, -1);
  if (t) return t;
  lua_pop(L, 1);
  t = bind_new_tensor(L, type);
  lua_pushvalue(L, -1);
  lua_setfield(L, index, name);
  return t;
}

/* Steps done, which Torch's methods count as evalCounter or as t. */
static lua_Integer steps_done(lua_State *L, int index) {
  lua_Integer done = 0;
  if (lua_getfield(L, index, "evalCounter") != LUA_TNIL || lua_getfield(L, index, "t") != LUA_TNIL)
    done = luaL_checkinteger(L, -1);
  return done;
}

static void set_steps(lua_State *L, int index, lua_Integer done) {
  static const char *const counters[] = {"evalCounter", "t"};
  for (int i = 0; i < 2; i++) {
    lua_pushinteger(L, done);
    lua_setfield(L, index, counters[i]);
  }
}

/* Calls feval at 1 with x at 2; leaves the loss and the gradient, which is returned. [0, +2] */
static ae_tensor *evaluate(lua_State *L, const ae_optim *optim) {
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_call(L, 1, 2);
  ae_tensor *g = bind_test_tensor(L, -1);
  if (!g)
    luaL_error(L, "optim.%s: feval should return the loss and the gradient, got %s and %s",
               optim->function, luaL_typename(L, -2), luaL_typename(L, -1));
  return g;
}

/* config at 3 is {} when absent, state at 4 is config. */
static void check_tables(lua_State *L) {
  lua_settop(L, 4);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  if (lua_isnil(L, 4)) {
    lua_pushvalue(L, 3);
    lua_replace(L, 4);
  }
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checktype(L, 4, LUA_TTABLE);
}

/* optim.sgd(feval, x[, config[, state]]) -> x, {loss}; upvalue: the method. What takes memory comes
 * before the step, which then is made or is not. */
static int functional(lua_State *L) {
  const ae_optim *optim = lua_touserdata(L, lua_upvalueindex(1));
  ae_value value[AE_MAXOPTIONS];
  ae_tensor *x = bind_check_tensor(L, 2), *states[AE_MAXSTATE] = {NULL};
  luaL_argexpected(L, lua_isfunction(L, 1), 1, "function");
  check_tables(L);
  read_config(L, 3, optim, value);
  const ae_tensor *g = evaluate(L, optim);
  int loss = lua_gettop(L) - 1;
  for (int i = 0; optim->state && optim->state[i]; i++)
    states[i] = push_state(L, 4, optim->state[i], x->type);
  lua_Integer done = steps_done(L, 4);
  set_steps(L, 4, done);
  lua_pushvalue(L, 2);
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, loss);
  lua_rawseti(L, -2, 1);
  bind_check(L, optim->update(value, done, x, g, states));
  set_steps(L, 4, done + 1);
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
