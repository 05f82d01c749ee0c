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

static ae_tensor *grad_output(lua_State *L) { return bind_module_input(L, 3, "gradOutput"); }

static int forward(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = bind_module_input(L, 2, "input");
  lua_State *previous = bind_enter(L);
  ae_status status = ae_module_forward(m, x);
  bind_leave(previous);
  bind_check(L, status);
  return push_slot(L, m, "output");
}

static int backward(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = bind_module_input(L, 2, "input"), *gy = grad_output(L);
  double scale = luaL_optnumber(L, 4, 1);
  lua_State *previous = bind_enter(L);
  ae_status status = ae_module_backward(m, x, gy, scale);
  bind_leave(previous);
  bind_check(L, status);
  return push_slot(L, m, "gradInput");
}

/* The layer's own function, for a class that overrides it and calls parent.updateOutput(self, x).
 */
static const ae_host *without_host(ae_module *m) {
  const ae_host *host = m->host;
  if (host) m->host = &bind_host_bare;
  return host;
}

static int update_output(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = bind_module_input(L, 2, "input");
  const ae_host *host = without_host(m);
  lua_State *previous = bind_enter(L);
  ae_status status = ae_module_forward(m, x);
  bind_leave(previous);
  m->host = host;
  bind_check(L, status);
  return push_written(L, m, "output");
}

static int update_grad_input(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = bind_module_input(L, 2, "input"), *gy = grad_output(L);
  const ae_host *host = without_host(m);
  lua_State *previous = bind_enter(L);
  ae_status status = ae_module_update_grad_input(m, x, gy);
  bind_leave(previous);
  m->host = host;
  bind_check(L, status);
  return push_written(L, m, "gradInput");
}

static int accumulate(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *x = bind_module_input(L, 2, "input"), *gy = grad_output(L);
  double scale = luaL_optnumber(L, 4, 1);
  const ae_host *host = without_host(m);
  lua_State *previous = bind_enter(L);
  ae_status status = ae_module_accumulate(m, x, gy, scale);
  bind_leave(previous);
  m->host = host;
  bind_check(L, status);
  return 0;
}

/* ---- parameters ---- */

static int self(lua_State *L) { return lua_settop(L, 1), 1; }

static int zero_grad(lua_State *L) {
  bind_check(L, ae_module_zero_grad(bind_self(L)));
  return self(L);
}

static int update_parameters(lua_State *L) {
  bind_check(L, ae_module_update(bind_self(L), luaL_checknumber(L, 2)));
  return self(L);
}

/* Collects into the tables at 2 (values), 3 (gradients) and 4 (paths). */
static ae_status collect(void *user, const char *path, ae_tensor *value, ae_tensor *grad) {
  lua_State *L = user;
  lua_Integer n = (lua_Integer)lua_rawlen(L, 2) + 1;
  bind_push_tensor(L, value);
  lua_rawseti(L, 2, n);
  bind_push_tensor(L, grad);
  lua_rawseti(L, 3, n);
  lua_pushstring(L, path);
  lua_rawseti(L, 4, n);
  return AE_OK;
}

/* net:parameters() -> {weights}, {gradients}, {paths} */
static int parameters(lua_State *L) {
  ae_module *m = bind_self(L);
  lua_settop(L, 1);
  for (int i = 0; i < 3; i++) lua_newtable(L);
  bind_check(L, ae_module_visit_parameters(m, collect, L));
  return 3;
}

static int get_parameters(lua_State *L) {
  ae_module *m = bind_self(L);
  ae_tensor *flat = bind_new_tensor(L, m->type), *flat_grad = bind_new_tensor(L, m->type);
  ae_tensor *values, *grads;
  bind_check(L, ae_module_flatten(m, &values, &grads));
  ae_status status = ae_set(flat, values);
  if (status == AE_OK) status = ae_set(flat_grad, grads);
  ae_tensor_release(values);
  ae_tensor_release(grads);
  bind_check(L, status);
  return 2;
}

static int parameter_count(lua_State *L) {
  lua_pushinteger(L, ae_module_parameter_count(bind_self(L)));
  return 1;
}

static int reset(lua_State *L) {
  ae_module_reset(bind_self(L), luaL_optnumber(L, 2, 0), ae_default_generator());
  return self(L);
}

/* ---- modes, types, copies ---- */

static int training(lua_State *L) {
  ae_module_set_training(bind_self(L), true);
  return self(L);
}

static int evaluate(lua_State *L) {
  ae_module_set_training(bind_self(L), false);
  return self(L);
}

static int clear_state(lua_State *L) {
  ae_module_clear_state(bind_self(L));
  lua_pushnil(L);
  lua_setiuservalue(L, 1, TABLES);
  return self(L);
}

/* setType(self, name): the engine's tensors only; lua/modules.lua adds the fields */
static int set_type(lua_State *L) {
  bind_check(L, ae_module_set_type(bind_self(L), bind_check_type(L, 2)));
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
