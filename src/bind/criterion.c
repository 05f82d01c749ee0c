/* criterion.c - losses as Lua values: one binding for every descriptor. */
#include "bind/bind.h"

#include <string.h>

#define CRITERION "nn.Criterion"
enum { FIELDS = 1, TABLES = 2 };

static ae_criterion *check_criterion(lua_State *L, int index) {
  bind_object *object = luaL_checkudata(L, index, CRITERION);
  if (!object->ptr) luaL_argerror(L, index, "the criterion is closed");
  return object->ptr;
}

static int release(lua_State *L) {
  ae_criterion_release(bind_close(L));
  return 0;
}

/* Pushes a closed criterion. [0, +1] */
static bind_object *push_instance(lua_State *L) {
  bind_account(L);
  bind_object *object = bind_push_closed(L, CRITERION, 2);
  lua_newtable(L);
  lua_setiuservalue(L, -2, FIELDS);
  return object;
}

/* nn.MSECriterion(...); upvalue: the loss */
static int construct(lua_State *L) {
  const ae_loss *loss = lua_touserdata(L, lua_upvalueindex(1));
  ae_value value[AE_MAXOPTIONS];
  ae_criterion *c;
  const char *owner = lua_pushfstring(L, "nn.%s", loss->name);
  lua_insert(L, 1);
  bind_check_options(L, 2, owner, loss->options, value, NULL);
  bind_object *object = push_instance(L);
  bind_check(L, ae_criterion_new(&c, loss, value, bind_default_type(L)));
  c->label_base = 1;
  object->ptr = c;
  bind_remember(L, -1);
  return 1;
}

static ae_tensor *check_input(lua_State *L) { return bind_check_tensors(L, 2, 1, TABLES, "input"); }

/* The target: tensors, or one number as a tensor of the input's type. */
static ae_tensor *check_target(lua_State *L, const ae_criterion *c, const ae_tensor *x) {
  if (lua_type(L, 3) != LUA_TNUMBER) return bind_check_tensors(L, 3, 1, TABLES, "target");
  ae_tensor *t = bind_new_tensor(L, x->nparts > 0 ? c->type : x->type);
  bind_check(L, ae_resize(t, 1, (int64_t[]){1}));
  bind_check(L, ae_fill(t, bind_check_number(L, 3)));
  return t;
}

static int forward(lua_State *L) {
  ae_criterion *c = check_criterion(L, 1);
  const ae_tensor *x = check_input(L);
  double loss;
  bind_check(L, ae_criterion_forward(c, x, check_target(L, c, x), &loss));
  lua_pushnumber(L, loss);
  return 1;
}

static int backward(lua_State *L) {
  ae_criterion *c = check_criterion(L, 1);
  const ae_tensor *x = check_input(L);
  bind_check(L, ae_criterion_backward(c, x, check_target(L, c, x)));
  bind_push_tensors(L, c->grad_input);
  return 1;
}

/* ---- types and copies ---- */

/* type(self[, name]): the engine's tensors only; lua/modules.lua adds the fields */
static int type(lua_State *L) {
  ae_criterion *c = check_criterion(L, 1);
  if (lua_isnoneornil(L, 2)) {
    lua_pushfstring(L, "torch.%sTensor", ae_type_name(c->type));
    return 1;
  }
  bind_check(L, ae_criterion_set_type(c, bind_check_type(L, 2)));
  return lua_settop(L, 1), 1;
}

/* The value with a tensor of its own, pushed. [0, +(0|1)] */
static ae_value copy_option(lua_State *L, const ae_value *value) {
  ae_value copy = *value;
  if (!value->tensor) return copy;
  copy.tensor = bind_new_tensor(L, value->tensor->type);
  bind_check(L, ae_convert(copy.tensor, value->tensor));
  return copy;
}

/* clone(self): the engine's part; lua/modules.lua adds the fields */
static int clone(lua_State *L) {
  const ae_criterion *c = check_criterion(L, 1);
  ae_criterion *copy;
  ae_value value[AE_MAXOPTIONS] = {0};
  for (int i = 0; c->loss->options && c->loss->options[i].name; i++)
    value[i] = copy_option(L, &c->option[i]);
  bind_object *object = push_instance(L);
  bind_check(L, ae_criterion_new(&copy, c->loss, value, c->type));
  copy->label_base = c->label_base;
  object->ptr = copy;
  bind_remember(L, -1);
  return 1;
}

static int tostring(lua_State *L) {
  lua_pushfstring(L, "nn.%s", check_criterion(L, 1)->loss->name);
  return 1;
}

/* ---- fields ---- */

static bool push_engine_field(lua_State *L, ae_criterion *c, const char *key) {
  if (strcmp(key, "output") == 0) return lua_pushnumber(L, c->output), true;
  if (strcmp(key, "gradInput") == 0) return bind_push_tensors(L, c->grad_input), true;
  int i = ae_option_find(c->loss->options, key);
  if (i < 0) return false;
  bind_push_option(L, &c->loss->options[i], &c->option[i]);
  return true;
}

static int index_criterion(lua_State *L) {
  ae_criterion *c = check_criterion(L, 1);
  lua_getiuservalue(L, 1, FIELDS);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  if (lua_type(L, 2) != LUA_TSTRING) return 1;
  const char *key = lua_tostring(L, 2);
  if (push_engine_field(L, c, key)) return 1;
  if (lua_getfield(L, lua_upvalueindex(1), key) != LUA_TNIL) return 1;
  lua_pushvalue(L, lua_upvalueindex(1));
  return bind_missing(L);
}

/* Sets an engine field from the value at 3; false when there is none of that name. */
static bool set_engine_field(lua_State *L, ae_criterion *c, const char *key) {
  if (strcmp(key, "output") == 0) return c->output = luaL_checknumber(L, 3), true;
  if (strcmp(key, "gradInput") == 0) luaL_error(L, "nn.%s makes its own gradInput", c->loss->name);
  int i = ae_option_find(c->loss->options, key);
  if (i < 0) return false;
  ae_value value;
  const char *owner = lua_pushfstring(L, "nn.%s", c->loss->name);
  bind_read_option(L, 3, owner, &c->loss->options[i], &value);
  bind_check(L, ae_criterion_set_option(c, i, &value));
  return true;
}

static int assign(lua_State *L) {
  ae_criterion *c = check_criterion(L, 1);
  if (lua_type(L, 2) == LUA_TSTRING && set_engine_field(L, c, lua_tostring(L, 2))) return 0;
  lua_getiuservalue(L, 1, FIELDS);
  lua_insert(L, 2);
  lua_rawset(L, 2);
  return 0;
}

/* lossFields(self): what scripts keep in it */
static int fields(lua_State *L) {
  check_criterion(L, 1);
  lua_getiuservalue(L, 1, FIELDS);
  return 1;
}

void bind_open_criterion(lua_State *L) {
  static const luaL_Reg methods[] = {{"forward", forward},
                                     {"backward", backward},
                                     {"updateOutput", forward},
                                     {"updateGradInput", backward},
                                     {"type", type},
                                     {"clone", clone},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__newindex", assign}, {"__call", forward}, {"__tostring", tostring}, {NULL, NULL}};
  bind_class(L, CRITERION, metamethods, release);
  luaL_newlib(L, methods);
  bind_push_library(L, "aelua.modules");
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "lossMethods");
  lua_pushcfunction(L, fields);
  lua_setfield(L, -2, "lossFields");
  lua_pop(L, 1);
  lua_pushcclosure(L, index_criterion, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  bind_push_library(L, "nn");
  for (const ae_loss *const *loss = ae_losses; *loss; loss++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)*loss);
    lua_pushcclosure(L, construct, 1);
    lua_setfield(L, -2, (*loss)->name);
  }
  lua_pop(L, 1);
}
