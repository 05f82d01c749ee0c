/* criterion.c - losses as Lua values: one binding for every descriptor. */
#include "bind/bind.h"

#include <string.h>

#define CRITERION "nn.Criterion"
enum { FIELDS = 1, CLASS = 2, TABLES = 3, USERVALUES = 3 };

/* The userdata is closed until the class's __init has made the engine's criterion. */

static ae_criterion *check_criterion(lua_State *L, int index) {
  bind_object *object = luaL_checkudata(L, index, CRITERION);
  if (object->owned) luaL_argerror(L, index, "the criterion is closed");
  if (!object->ptr) luaL_argerror(L, index, "the criterion's __init has not run");
  return object->ptr;
}

static int release(lua_State *L) {
  ae_criterion_release(bind_retire(L));
  return 0;
}

/* Pushes a closed criterion of the class on top of the stack, which is popped. [-1, +1] */
static bind_object *push_instance(lua_State *L) {
  bind_account(L);
  bind_object *object = bind_push_closed(L, CRITERION, USERVALUES);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, CLASS);
  lua_newtable(L);
  lua_setiuservalue(L, -2, FIELDS);
  return object;
}

/* lossInstance(class) -> a closed criterion */
static int instance(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  push_instance(L);
  return 1;
}

/* init(self, ...), upvalue the loss: makes the engine's criterion from the options. */
static int init(lua_State *L) {
  const ae_loss *loss = lua_touserdata(L, lua_upvalueindex(1));
  bind_object *object = luaL_checkudata(L, 1, CRITERION);
  ae_value value[AE_MAXOPTIONS];
  ae_criterion *c;
  const char *owner = lua_pushfstring(L, "nn.%s", loss->name);
  lua_insert(L, 2);
  bind_check_options(L, 3, owner, loss->options, value, NULL);
  if (object->ptr || object->owned) luaL_argerror(L, 1, "the criterion has been made before");
  bind_check(L, ae_criterion_new(&c, loss, value, bind_default_type(L)));
  c->label_base = 1;
  object->ptr = c;
  lua_settop(L, 1);
  bind_remember(L, 1);
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

static int update_output(lua_State *L) {
  ae_criterion *c = check_criterion(L, 1);
  const ae_tensor *x = check_input(L);
  double loss;
  bind_check(L, ae_criterion_forward(c, x, check_target(L, c, x), &loss));
  lua_pushnumber(L, loss);
  return 1;
}

static int update_grad_input(lua_State *L) {
  ae_criterion *c = check_criterion(L, 1);
  const ae_tensor *x = check_input(L);
  bind_check(L, ae_criterion_backward(c, x, check_target(L, c, x)));
  bind_push_tensors(L, c->grad_input);
  return 1;
}

/* Calls what the class has under the name, with all arguments, when that is not `native`; true when
 * it did: the results are what is on the stack. */
static bool call_own(lua_State *L, const char *name, lua_CFunction native) {
  lua_getiuservalue(L, 1, CLASS);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
  if (lua_tocfunction(L, -1) == native) return lua_pop(L, 1), false;
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return true;
}

static int forward(lua_State *L) {
  check_criterion(L, 1);
  return call_own(L, "updateOutput", update_output) ? lua_gettop(L) : update_output(L);
}

static int backward(lua_State *L) {
  check_criterion(L, 1);
  return call_own(L, "updateGradInput", update_grad_input) ? lua_gettop(L) : update_grad_input(L);
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
  lua_getiuservalue(L, 1, CLASS);
  bind_object *object = push_instance(L);
  bind_check(L, ae_criterion_new(&copy, c->loss, value, c->type));
  copy->label_base = c->label_base;
  object->ptr = copy;
  bind_remember(L, -1);
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

static ae_criterion *test_criterion(lua_State *L) {
  bind_object *object = luaL_checkudata(L, 1, CRITERION);
  return object->ptr;
}

/* A field set from Lua, the engine's, a method. */
static int index_criterion(lua_State *L) {
  ae_criterion *c = test_criterion(L);
  lua_settop(L, 2);
  lua_getiuservalue(L, 1, FIELDS);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  if (lua_type(L, 2) != LUA_TSTRING) return 1;
  const char *key = lua_tostring(L, 2);
  if (c && push_engine_field(L, c, key)) return 1;
  lua_getiuservalue(L, 1, CLASS);
  if (lua_getfield(L, -1, key) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  return bind_missing(L);
}

/* Whether the class is one written in Lua. */
static bool is_lua_class(lua_State *L) {
  lua_getiuservalue(L, 1, CLASS);
  lua_getfield(L, -1, "__lua");
  bool found = lua_toboolean(L, -1);
  lua_pop(L, 2);
  return found;
}

/* Sets an engine field from the value at 3; false when there is none of that name. */
static bool set_engine_field(lua_State *L, ae_criterion *c, const char *key) {
  if (strcmp(key, "output") == 0) return c->output = luaL_checknumber(L, 3), true;
  if (strcmp(key, "gradInput") == 0) {
    if (is_lua_class(L)) return false;
    luaL_error(L, "nn.%s makes its own gradInput", c->loss->name);
  }
  int i = ae_option_find(c->loss->options, key);
  if (i < 0) return false;
  ae_value value;
  const char *owner = lua_pushfstring(L, "nn.%s", c->loss->name);
  bind_read_option(L, 3, owner, &c->loss->options[i], &value);
  bind_check(L, ae_criterion_set_option(c, i, &value));
  return true;
}

static int assign(lua_State *L) {
  ae_criterion *c = test_criterion(L);
  lua_settop(L, 3);
  if (c && lua_type(L, 2) == LUA_TSTRING && set_engine_field(L, c, lua_tostring(L, 2))) return 0;
  lua_getiuservalue(L, 1, FIELDS);
  lua_insert(L, 2);
  lua_rawset(L, 2);
  return 0;
}

/* lossFields(self): what scripts keep in it */
static int fields(lua_State *L) {
  luaL_checkudata(L, 1, CRITERION);
  lua_getiuservalue(L, 1, FIELDS);
  return 1;
}

/* lossClass(self[, new]) */
static int class_of(lua_State *L) {
  luaL_checkudata(L, 1, CRITERION);
  if (lua_istable(L, 2)) {
    lua_settop(L, 2);
    lua_setiuservalue(L, 1, CLASS);
  }
  lua_getiuservalue(L, 1, CLASS);
  return 1;
}

/* lossMade(self): whether the engine's criterion is there */
static int made(lua_State *L) {
  lua_pushboolean(L, test_criterion(L) != NULL);
  return 1;
}

/* Any other metamethod is the class's method of that name: __call, __tostring. */
static int call_method(lua_State *L) {
  luaL_checkudata(L, 1, CRITERION);
  lua_getiuservalue(L, 1, CLASS);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_gettable(L, -2);
  lua_insert(L, 1);
  lua_pop(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static void forward_metamethod(lua_State *L, const char *event, const char *method) {
  lua_pushstring(L, method);
  lua_pushcclosure(L, call_method, 1);
  lua_setfield(L, -2, event);
}

/* Puts each loss's constructor into the table `lossInit` of aelua.modules, on top. */
static void open_losses(lua_State *L) {
  lua_newtable(L);
  for (const ae_loss *const *loss = ae_losses; *loss; loss++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)*loss);
    lua_pushcclosure(L, init, 1);
    lua_setfield(L, -2, (*loss)->name);
  }
  lua_setfield(L, -2, "lossInit");
}

void bind_open_criterion(lua_State *L) {
  static const luaL_Reg methods[] = {{"forward", forward},
                                     {"backward", backward},
                                     {"updateOutput", update_output},
                                     {"updateGradInput", update_grad_input},
                                     {"type", type},
                                     {"clone", clone},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__index", index_criterion}, {"__newindex", assign}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"lossInstance", instance},
                                       {"lossFields", fields},
                                       {"lossClass", class_of},
                                       {"lossMade", made},
                                       {NULL, NULL}};
  bind_class(L, CRITERION, metamethods, release);
  forward_metamethod(L, "__call", "__call__");
  forward_metamethod(L, "__tostring", "__tostring__");
  lua_pop(L, 1);
  bind_push_library(L, "aelua.modules");
  luaL_setfuncs(L, functions, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "lossMethods");
  open_losses(L);
  lua_pop(L, 1);
}
