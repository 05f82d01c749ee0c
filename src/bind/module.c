/* module.c - modules as Lua values: userdata, fields, classes. The methods are in protocol.c and
 * container.c, and what needs no C in lua/modules.lua. */
#include "bind/module.h"

#include <string.h>

/* ---- userdata ---- */

ae_module *bind_test_module(lua_State *L, int index) {
  const bind_object *object = luaL_testudata(L, index, BIND_MODULE);
  return object ? object->ptr : NULL;
}

ae_module *bind_check_module(lua_State *L, int index) {
  const bind_object *object = luaL_testudata(L, index, BIND_MODULE);
  if (!object) luaL_typeerror(L, index, "module");
  if (object->owned) luaL_argerror(L, index, "the module is closed");
  if (!object->ptr) luaL_argerror(L, index, "the module's __init has not run");
  return object->ptr;
}

ae_module *bind_self(lua_State *L) { return bind_check_module(L, 1); }

static int release(lua_State *L) {
  ae_module_release(bind_retire(L));
  return 0;
}

bind_object *bind_push_instance(lua_State *L) {
  bind_account(L);
  bind_object *object = bind_push_closed(L, BIND_MODULE, USERVALUES);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, CLASS);
  lua_newtable(L);
  lua_setiuservalue(L, -2, FIELDS);
  lua_newtable(L);
  lua_setiuservalue(L, -2, CHILDREN);
  return object;
}

void bind_push_class(lua_State *L, ae_module *m) {
  if (bind_recall(L, m)) {
    lua_getiuservalue(L, -1, CLASS);
  } else {
    bind_push_library(L, "nn");
    lua_getfield(L, -1, m->layer->name);
  }
  lua_remove(L, -2);
}

void bind_push_module(lua_State *L, ae_module *m) {
  if (bind_recall(L, m)) return;
  bind_push_class(L, m);
  bind_object *object = bind_push_instance(L);
  object->ptr = ae_module_retain(m);
  bind_remember(L, -1);
}

void bind_push_child(lua_State *L, int container, ae_module *child) {
  container = lua_absindex(L, container);
  bind_push_module(L, child);
  lua_getiuservalue(L, container, CHILDREN);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, child);
  lua_pop(L, 1);
}

/* ---- instances, for lua/classes.lua and lua/modules.lua ---- */

/* instance(class) -> a closed module */
static int instance(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  bind_push_instance(L);
  return 1;
}

static bind_object *check_object(lua_State *L) {
  bind_object *object = luaL_checkudata(L, 1, BIND_MODULE);
  if (object->ptr || object->owned) luaL_argerror(L, 1, "the module has been made before");
  return object;
}

static int adopt(lua_State *L, bind_object *object, ae_module *m) {
  object->ptr = m;
  lua_pushvalue(L, 1);
  bind_remember(L, -1);
  return lua_settop(L, 1), 1;
}

/* A class written in Lua, or changed in Lua, from its first method call on; its own reset is what
 * initialises the parameters, as Torch's constructors call self:reset(). */
static void begin_overriding(lua_State *L, ae_module *m) {
  bind_override(L, m);
  if (!m->layer->reset || !ae_module_overrides(m, AE_DO_RESET)) return;
  lua_getfield(L, 1, "reset");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 0);
}

/* init(self, ..., layer as upvalue): makes the engine's module from the options. */
static int init_layer(lua_State *L) {
  const ae_layer *layer = lua_touserdata(L, lua_upvalueindex(1));
  ae_value value[AE_MAXOPTIONS];
  ae_module *m;
  const char *owner = lua_pushfstring(L, "nn.%s", layer->name);
  lua_insert(L, 2); /* below the options, where it stays alive */
  bind_check_options(L, 3, owner, layer->options, value, NULL);
  bind_object *object = check_object(L); /* now: nothing of the script's runs any more */
  ae_generator *g = ae_default_generator(), drawn = *g;
  bind_check(L, ae_module_new(&m, layer, value, bind_default_type(L), &drawn));
  adopt(L, object, m); /* may have no memory: only then have the parameters been drawn */
  *g = drawn;
  begin_overriding(L, m);
  return lua_settop(L, 1), 1;
}

/* initLua(self, container): a module whose methods are all Lua's. */
static int init_lua(lua_State *L) {
  bind_object *object = check_object(L);
  const ae_layer *layer = lua_toboolean(L, 2) ? &bind_lua_container : &bind_lua_layer;
  ae_module *m;
  bind_check(L, ae_module_new(&m, layer, NULL, bind_default_type(L), ae_default_generator()));
  return adopt(L, object, m);
}

/* override(self): its class or its fields have changed. */
static int override(lua_State *L) {
  bind_override(L, bind_self(L));
  return 0;
}

/* fields(self), class(self[, new]) */
static int fields(lua_State *L) {
  luaL_checkudata(L, 1, BIND_MODULE);
  lua_getiuservalue(L, 1, FIELDS);
  return 1;
}

static int class_of(lua_State *L) {
  luaL_checkudata(L, 1, BIND_MODULE);
  if (lua_istable(L, 2)) {
    lua_settop(L, 2);
    lua_setiuservalue(L, 1, CLASS);
  }
  lua_getiuservalue(L, 1, CLASS);
  return 1;
}

/* options(self) -> {name = value} as at construction */
static int options(lua_State *L) {
  const ae_module *m = bind_self(L);
  lua_newtable(L);
  for (int i = 0; m->layer->options && m->layer->options[i].name; i++) {
    bind_push_option(L, &m->layer->options[i], &m->option[i]);
    lua_setfield(L, -2, m->layer->options[i].name);
  }
  return 1;
}

/* made(self): whether the engine's module is there */
static int made(lua_State *L) {
  lua_pushboolean(L, bind_test_module(L, 1) != NULL);
  return 1;
}

/* tensor(self, name) -> the tensor the engine or a field has under the name, or nil */
static int tensor(lua_State *L) {
  const ae_module *m = bind_self(L);
  ae_tensor *t = ae_module_tensor(m, luaL_checkstring(L, 2), NULL);
  if (t && t->nparts > 0) return lua_pushnil(L), 1;
  if (!t) {
    lua_getiuservalue(L, 1, FIELDS);
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    t = bind_test_tensor(L, -1);
  }
  bind_push_tensor(L, t);
  return 1;
}

/* Into the table on top. */
static void note_tensor(lua_State *L, const ae_module *m, const char *name) {
  ae_tensor *t = ae_module_tensor(m, name, NULL);
  if (!t || t->nparts > 0) return;
  bind_push_tensor(L, t);
  lua_setfield(L, -2, name);
}

/* tensors(self) -> {name = tensor} of all its slots but those that are tables */
static int tensors(lua_State *L) {
  const ae_module *m = bind_self(L);
  const ae_layer *l = m->layer;
  lua_newtable(L);
  note_tensor(L, m, "output");
  note_tensor(L, m, "gradInput");
  for (const ae_parameter *p = l->parameters; p && p->name; p++) {
    note_tensor(L, m, p->name);
    note_tensor(L, m, p->grad);
  }
  for (const ae_buffer *b = l->buffers; b && b->name; b++) note_tensor(L, m, b->name);
  return 1;
}

/* typeNamed(name) -> "torch.DoubleTensor" */
static int type_named(lua_State *L) {
  lua_pushfstring(L, "torch.%sTensor", ae_type_name(bind_check_type(L, 1)));
  return 1;
}

/* ---- fields ---- */

/* Pushes what lua/modules.lua has under the name, called with the module at 1. [0, +1] */
static void call_library(lua_State *L, const char *name, int nargs, int nresults) {
  bind_push_library(L, "aelua.modules");
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
  lua_pushvalue(L, 1);
  if (nargs == 2) lua_pushvalue(L, 3);
  lua_call(L, nargs, nresults);
}

/* Pushes the value of an engine field and returns true, or pushes nothing. */
static bool push_engine_field(lua_State *L, ae_module *m, const char *key) {
  bool known;
  ae_tensor *t = ae_module_tensor(m, key, &known);
  if (known) return bind_push_tensors(L, t), true;
  if (strcmp(key, "train") == 0) return lua_pushboolean(L, m->training), true;
  if (strcmp(key, "_type") == 0)
    return lua_pushfstring(L, "torch.%sTensor", ae_type_name(m->type)), true;
  int i = ae_option_find(m->layer->options, key);
  if (i >= 0) return bind_push_option(L, &m->layer->options[i], &m->option[i]), true;
  if (!m->layer->container || strcmp(key, "modules") != 0) return false;
  return call_library(L, "list", 1, 1), true;
}

static bool push_named_child(lua_State *L, const ae_module *m, const char *key) {
  int i = m->layer->container ? ae_module_find_child(m, key) : -1;
  if (i >= 0) bind_push_child(L, 1, m->child[i].module);
  return i >= 0;
}

/* A field set from Lua, the engine's, a method, a child. */
static int index_module(lua_State *L) {
  ae_module *m = bind_test_module(L, 1);
  if (!m) luaL_checkudata(L, 1, BIND_MODULE);
  lua_settop(L, 2);
  lua_getiuservalue(L, 1, FIELDS);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL || lua_type(L, 2) != LUA_TSTRING) return 1;
  const char *key = lua_tostring(L, 2);
  if (m && push_engine_field(L, m, key)) return 1;
  lua_getiuservalue(L, 1, CLASS);
  if (lua_getfield(L, -1, key) != LUA_TNIL) return 1;
  if (m && push_named_child(L, m, key)) return 1;
  lua_pop(L, 1);
  return bind_missing(L);
}

bool bind_is_taken(lua_State *L, const ae_module *m, const char *name) {
  bool known;
  int top = lua_gettop(L);
  ae_module_tensor(m, name, &known);
  if (!known) known = strcmp(name, "train") == 0 || strcmp(name, "modules") == 0;
  if (!known) known = ae_option_find(m->layer->options, name) >= 0;
  for (int i = FIELDS; !known && i <= CLASS; i++) {
    lua_getiuservalue(L, 1, i);
    known = lua_getfield(L, -1, name) != LUA_TNIL;
  }
  lua_settop(L, top);
  return known;
}

/* ---- outputs and gradInputs that may be tables ---- */

static bool is_slot(const char *key) {
  return strcmp(key, "output") == 0 || strcmp(key, "gradInput") == 0;
}

ae_tensor *bind_module_input(lua_State *L, int arg, const char *key) {
  return bind_check_tensors(L, arg, 1, TABLES, key);
}

void bind_push_slot(lua_State *L, int index, const ae_module *m, const char *slot) {
  lua_getiuservalue(L, index, FIELDS);
  bool owned = lua_getfield(L, -1, slot) == LUA_TTABLE;
  lua_remove(L, -2);
  if (owned) return;
  lua_pop(L, 1);
  bind_push_tensors(L, ae_module_tensor(m, slot, NULL));
}

void bind_own_slot(lua_State *L, int index, const char *slot, int value) {
  lua_pushvalue(L, value);
  if (!lua_istable(L, -1)) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  lua_getiuservalue(L, index, FIELDS);
  lua_insert(L, -2);
  lua_setfield(L, -2, slot);
  lua_pop(L, 1);
}

/* Whether the class of the module at 1 is written in Lua. */
static bool is_lua_class(lua_State *L) {
  lua_getiuservalue(L, 1, CLASS);
  bool is = lua_getfield(L, -1, "__lua") == LUA_TBOOLEAN;
  lua_pop(L, 2);
  return is;
}

/* Sets the slot from the value at 3: a tensor, a table of tensors, nil for gradInput. */
static void set_slot(lua_State *L, ae_module *m, const char *slot) {
  bool table = lua_istable(L, 3), own = table && is_lua_class(L);
  ae_tensor *t = bind_test_tensor(L, 3);
  if (!table) {
    bind_check(L, ae_module_set_tensor(m, slot, t));
  } else if (lua_rawlen(L, 3) > 0) {
    bind_check(L, ae_module_set_tensor(m, slot, bind_module_input(L, 3, slot)));
  } else {
    bind_check(L, ae_module_set_tensor(m, slot, bind_new_tensor(L, m->type)));
    lua_pop(L, 1);
  }
  if (!own) lua_pushnil(L);
  bind_own_slot(L, 1, slot, own ? 3 : -1);
}

static void set_tensor(lua_State *L, ae_module *m, const char *key) {
  ae_tensor *t = bind_test_tensor(L, 3);
  bool table = lua_istable(L, 3) && is_slot(key);
  if (!lua_isnil(L, 3) && !t && !table)
    luaL_error(L, "%s: tensor expected, got %s", key, luaL_typename(L, 3));
  if (is_slot(key))
    set_slot(L, m, key);
  else if (t != ae_module_tensor(m, key, NULL))
    bind_check(L, ae_module_set_tensor(m, key, t));
}

/* Sets an engine field from the value at 3; false when there is none of that name. */
static bool set_engine_field(lua_State *L, ae_module *m, const char *key) {
  bool known;
  ae_module_tensor(m, key, &known);
  if (known) return set_tensor(L, m, key), true;
  if (strcmp(key, "train") == 0) return m->training = lua_toboolean(L, 3), true;
  int i = ae_option_find(m->layer->options, key);
  if (i < 0) return false;
  ae_value value;
  char owner[128];
  bind_read_option(L, 3, ae_module_describe(m, owner, sizeof owner), &m->layer->options[i], &value);
  bind_check(L, ae_module_set_option(m, i, &value));
  return true;
}

/* net.encoder = module puts it in the child's place; net.modules = {...} changes them all. */
static bool set_children(lua_State *L, const ae_module *m, const char *key) {
  int i = m->layer->container ? ae_module_find_child(m, key) : -1;
  if (i >= 0) return bind_replace_child(L, i, 3), true;
  if (strcmp(key, "modules") != 0) return false;
  char name[128];
  if (!m->layer->container)
    luaL_error(L, "%s holds no other modules; make its class one from nn.Container",
               ae_module_describe(m, name, sizeof name));
  luaL_checktype(L, 3, LUA_TTABLE);
  return call_library(L, "assignList", 2, 0), true;
}

static int assign(lua_State *L) {
  ae_module *m = bind_test_module(L, 1);
  if (!m) luaL_checkudata(L, 1, BIND_MODULE);
  lua_settop(L, 3);
  const char *key = m && lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
  if (key && (set_engine_field(L, m, key) || set_children(L, m, key))) return 0;
  bool matters = key && (bind_is_method(key) || bind_is_trained(key));
  lua_getiuservalue(L, 1, FIELDS);
  lua_insert(L, 2);
  lua_rawset(L, 2);
  if (matters) bind_override(L, m);
  return 0;
}

/* Any other metamethod is the class's method of that name: __call, __tostring. */
static int call_method(lua_State *L) {
  luaL_checkudata(L, 1, BIND_MODULE);
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

/* Puts each layer's constructor into the table `init` of aelua.modules. */
static void open_layers(lua_State *L) {
  lua_newtable(L);
  for (const ae_layer *const *layer = ae_layers; *layer; layer++) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)*layer);
    lua_pushcclosure(L, init_layer, 1);
    lua_setfield(L, -2, (*layer)->name);
  }
  lua_setfield(L, -2, "init");
}

void bind_open_module(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__index", index_module}, {"__newindex", assign}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"instance", instance},
                                       {"initLua", init_lua},
                                       {"override", override},
                                       {"fields", fields},
                                       {"class", class_of},
                                       {"made", made},
                                       {"options", options},
                                       {"tensor", tensor},
                                       {"tensors", tensors},
                                       {"typeNamed", type_named},
                                       {"classChanged", bind_class_changed},
                                       {NULL, NULL}};
  bind_enter(L); /* until a call says which */
  bind_class(L, BIND_MODULE, metamethods, release);
  forward_metamethod(L, "__call", "__call__");
  forward_metamethod(L, "__tostring", "__tostring__");
  forward_metamethod(L, "__len", "size");
  lua_pop(L, 1);
  bind_push_library(L, "aelua.modules");
  bind_push_library(L, "nn");
  lua_setfield(L, -2, "nn");
  luaL_setfuncs(L, functions, 0);
  lua_newtable(L);
  bind_open_protocol(L);
  bind_open_container(L);
  lua_setfield(L, -2, "methods");
  open_layers(L);
  lua_pop(L, 1);
}
