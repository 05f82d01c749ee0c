/* protocol.c - Torch's module protocol: forward and backward, parameters, modes, types. */
#include "bind/module.h"

/* ---- forward and backward ---- */

static int push_slot(lua_State *L, const ae_module *m, const char *slot) {
  bind_account(L);
  bind_push_slot(L, 1, m, slot);
  return 1;
}

/* The same after the layer's own function wrote it. */
static int push_written(lua_State *L, const ae_module *m, const char *slot) {
  lua_pushnil(L);
  bind_own_slot(L, 1, slot, -1);
  return push_slot(L, m, slot);
}

/* Torch's Module.forward: what a class has as updateOutput. */
static int forward(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = bind_module_input(L, 2, "input");
  bool own = ae_module_overrides(m, AE_DO_UPDATE_OUTPUT);
  BIND_RUN(L, own ? bind_update_output(m, x) : ae_module_own_forward(m, x));
  return own ? push_slot(L, m, "output") : push_written(L, m, "output");
}

/* The class's version of each step, or the layer's. */
static ae_status one_after_the_other(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  bool first = ae_module_overrides(m, AE_DO_UPDATE_GRAD_INPUT);
  bool second = ae_module_overrides(m, AE_DO_ACCUMULATE);
  if (!first && !second) return ae_module_own_backward(m, x, gy, scale);
  ae_status status =
      first ? bind_update_grad_input(m, x, gy) : ae_module_own_update_grad_input(m, x, gy);
  if (status != AE_OK) return status;
  return second ? bind_accumulate(m, x, gy, scale) : ae_module_own_accumulate(m, x, gy, scale);
}

/* The first step may close what the second one needs. */
static ae_status both_steps(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  ae_tensor_retain(x);
  ae_tensor_retain(gy);
  ae_status status = one_after_the_other(m, x, gy, scale);
  ae_tensor_release(x);
  ae_tensor_release(gy);
  return status;
}

static int backward(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = bind_module_input(L, 2, "input");
  ae_tensor *gy = bind_module_input(L, 3, "gradOutput");
  double scale = luaL_optnumber(L, 4, 1);
  bool own = ae_module_overrides(m, AE_DO_UPDATE_GRAD_INPUT);
  BIND_RUN(L, both_steps(m, x, gy, scale));
  return own ? push_slot(L, m, "gradInput") : push_written(L, m, "gradInput");
}

/* The layer's own functions, also for a class that overrides one and calls
 * parent.updateOutput(self, x): with tables of their own, for those it was given are in use. */

static ae_tensor *own_input(lua_State *L) { return bind_module_input(L, 2, "own input"); }
static ae_tensor *own_grad(lua_State *L) { return bind_module_input(L, 3, "own gradOutput"); }

static int update_output(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = own_input(L);
  BIND_RUN(L, ae_module_own_forward(m, x));
  return push_written(L, m, "output");
}

static int update_grad_input(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = own_input(L), *gy = own_grad(L);
  BIND_RUN(L, ae_module_own_update_grad_input(m, x, gy));
  return push_written(L, m, "gradInput");
}

static int accumulate(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = own_input(L), *gy = own_grad(L);
  double scale = luaL_optnumber(L, 4, 1);
  BIND_RUN(L, ae_module_own_accumulate(m, x, gy, scale));
  return 0;
}

static int accumulate_update(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = own_input(L), *gy = own_grad(L);
  double rate = luaL_checknumber(L, 4);
  BIND_RUN(L, ae_module_own_accumulate_update(m, x, gy, rate));
  return 0;
}

/* ---- parameters ---- */

static int self(lua_State *L) { return lua_settop(L, 1), 1; }

static int zero_grad(lua_State *L) {
  ae_module *m = bind_self(L);
  BIND_RUN(L, ae_module_zero_grad(m));
  return self(L);
}

static int update_parameters(lua_State *L) {
  ae_module *m = bind_self(L);
  double rate = luaL_checknumber(L, 2);
  BIND_RUN(L, ae_module_update(m, rate));
  return self(L);
}

typedef struct parameter {
  const char *path;
  ae_tensor *value, *grad;
} parameter;

/* Runs protected. Adds to the tables at 1 (values), 2 (gradients) and 3 (paths). */
static int add_parameter(lua_State *L) {
  const parameter *p = lua_touserdata(L, 4);
  lua_Integer n = (lua_Integer)lua_rawlen(L, 1) + 1;
  bind_push_tensor(L, p->value);
  lua_rawseti(L, 1, n);
  bind_push_tensor(L, p->grad);
  lua_rawseti(L, 2, n);
  lua_pushstring(L, p->path);
  lua_rawseti(L, 3, n);
  return 0;
}

/* The tables lie at 2, 3 and 4. An error of Lua's must not pass through the engine, which holds
 * what it walks over. */
static ae_status collect(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  lua_State *L = user;
  parameter p = {path, value, grad};
  lua_pushcfunction(L, add_parameter);
  for (int table = 2; table <= 4; table++) lua_pushvalue(L, table);
  lua_pushlightuserdata(L, &p);
  if (lua_pcall(L, 4, 0, 0) == LUA_OK) return AE_OK;
  bind_save_error(L);
  return AE_EHOST;
}

/* net:parameters() -> {weights}, {gradients}, {paths}: the module's own version */
static int parameters(lua_State *L) {
  ae_module *m = bind_self(L);
  lua_settop(L, 1);
  for (int i = 0; i < 3; i++) lua_newtable(L);
  BIND_RUN(L, ae_module_visit_own_parameters(m, collect, L));
  return 3;
}

/* flat, flat_grad = the parameters and gradients of m, which lie in them from now on. */
static ae_status flatten_to(ae_module *m, ae_tensor *flat, ae_tensor *flat_grad) {
  ae_tensor *values, *grads;
  ae_status status = ae_module_flatten(m, &values, &grads);
  if (status != AE_OK) return status;
  flat->type = flat_grad->type = values->type; /* which need not be the container's */
  status = ae_set(flat, values);
  if (status == AE_OK) status = ae_set(flat_grad, grads);
  ae_tensor_release(values);
  ae_tensor_release(grads);
  return status;
}

static int get_parameters(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *flat = bind_new_tensor(L, m->type), *flat_grad = bind_new_tensor(L, m->type);
  BIND_RUN(L, flatten_to(m, flat, flat_grad));
  return 2;
}

static int parameter_count(lua_State *L) {
  ae_module *m = bind_self(L);
  lua_State *previous = bind_enter(L);
  int64_t n = ae_module_parameter_count(m);
  bind_leave(previous);
  if (n < 0) bind_check(L, AE_EHOST);
  lua_pushinteger(L, n);
  return 1;
}

static int reset(lua_State *L) {
  ae_module *m = bind_self(L);
  double stdv = luaL_optnumber(L, 2, 0);
  BIND_RUN(L, ae_module_reset(m, stdv, ae_default_generator()));
  return self(L);
}

/* ---- modes, types, copies ---- */

static int training(lua_State *L) {
  ae_module *m = bind_self(L);
  BIND_RUN(L, ae_module_set_training(m, true));
  return self(L);
}

static int evaluate(lua_State *L) {
  ae_module *m = bind_self(L);
  BIND_RUN(L, ae_module_set_training(m, false));
  return self(L);
}

/* Drops the tables that Lua gave to m, with its userdata on top; outputs and gradInputs that a
 * class has as tables of its own become empty ones. */
static void clear_own_tables(lua_State *L) {
  static const char *const slot[] = {"output", "gradInput"};
  lua_pushnil(L);
  lua_setiuservalue(L, -2, TABLES);
  lua_getiuservalue(L, -1, FIELDS);
  for (int i = 0; i < 2; i++) {
    lua_pushstring(L, slot[i]);
    if (lua_rawget(L, -2) == LUA_TTABLE) {
      lua_newtable(L);
      lua_setfield(L, -3, slot[i]);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Of m and what is inside, but for classes that clear themselves. */
static void clear_tables(lua_State *L, const ae_module *m) {
  luaL_checkstack(L, 8, "modules inside each other");
  if (bind_recall(L, m)) {
    clear_own_tables(L);
    lua_pop(L, 1);
  }
  for (int i = 0; i < m->nchildren; i++)
    if (!ae_module_overrides(m->child[i].module, AE_DO_CLEAR_STATE))
      clear_tables(L, m->child[i].module);
}

static int clear_state(lua_State *L) {
  ae_module *m = bind_self(L);
  BIND_RUN(L, ae_module_clear_state(m));
  clear_tables(L, m);
  return self(L);
}

/* Calls the function at index 3. */
static ae_status convert_fields(void *L) {
  lua_pushvalue(L, 3);
  if (lua_pcall(L, 0, 0, 0) == LUA_OK) return AE_OK;
  bind_save_error(L);
  return AE_EHOST;
}

/* setType(self, name[, f]): the engine's tensors; f() converts the fields. When it fails, or the
 * call of a class's own type, the module is as it was. */
static int set_type(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_type type = bind_check_type(L, 2);
  BIND_RUN(L, ae_module_set_type(m, type, lua_isnoneornil(L, 3) ? NULL : convert_fields, L));
  return self(L);
}

static int type_name(lua_State *L) {
  lua_pushfstring(L, "torch.%sTensor", ae_type_name(bind_self(L)->type));
  return 1;
}

/* copy(self): the engine's deep copy, of the same class but without fields, and so inside */
static int copy(lua_State *L) {
  ae_module *m = bind_self(L), *made;
  bind_push_class(L, m);
  bind_object *object = bind_push_instance(L);
  bind_check(L, ae_module_clone(&made, m));
  object->ptr = made;
  bind_remember(L, -1);
  return 1;
}

static int describe(lua_State *L) {
  char buffer[256];
  lua_pushstring(L, ae_module_describe(bind_self(L), buffer, sizeof buffer));
  return 1;
}

void bind_open_protocol(lua_State *L) {
  static const luaL_Reg methods[] = {{"forward", forward},
                                     {"backward", backward},
                                     {"updateOutput", update_output},
                                     {"updateGradInput", update_grad_input},
                                     {"accGradParameters", accumulate},
                                     {"accUpdateGradParameters", accumulate_update},
                                     {"zeroGradParameters", zero_grad},
                                     {"updateParameters", update_parameters},
                                     {"parameters", parameters},
                                     {"getParameters", get_parameters},
                                     {"parameterCount", parameter_count},
                                     {"reset", reset},
                                     {"training", training},
                                     {"evaluate", evaluate},
                                     {"clearState", clear_state},
                                     {"setType", set_type},
                                     {"typeName", type_name},
                                     {"copy", copy},
                                     {"describe", describe},
                                     {NULL, NULL}};
  luaL_setfuncs(L, methods, 0);
}
