/* override.c - which methods of the protocol a module has from a class written in Lua, or by
 * itself.
 *
 * A class's methods are looked up once and kept as bits, until a class gets another method. A
 * module that has methods, or trained tensors, among its own fields is looked at anew each time. */
#include "bind/module.h"

#include <string.h>

/* ---- classes ---- */

const char *const bind_method_name[] = {
#define METHOD_NAME(id, name) name,
    AE_METHODS(METHOD_NAME)
#undef METHOD_NAME
};

/* Of a class, for as long as the program runs. */
typedef struct record {
  const char *name; /* "nn.Mine" */
  unsigned methods; /* bits of ae_method, as of `version` */
  unsigned version;
} record;

static unsigned version = 1; /* of all classes together: goes up when one gets a method */

int bind_class_changed(lua_State *L) {
  (void)L;
  version++;
  return 0;
}

/* Whether the table on top has a function of its own under the name. */
static bool has_function(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  bool found = lua_rawget(L, -2) == LUA_TFUNCTION;
  lua_pop(L, 1);
  return found;
}

static bool has_method(lua_State *L, int method) {
  if (has_function(L, bind_method_name[method])) return true;
  return method == AE_DO_SET_TYPE && (has_function(L, "float") || has_function(L, "double"));
}

static unsigned methods_in(lua_State *L) {
  unsigned methods = 0;
  for (int i = 0; i < AE_NMETHODS; i++)
    if (has_method(L, i)) methods |= 1u << i;
  return methods;
}

/* Whether there is a class on top that is none of the library's roots; if not, it is popped. From
 * AE_MAXNESTING parents on there is none: a script can make a class its own parent. */
static bool is_derived(lua_State *L, int parents) {
  bool found = lua_istable(L, -1) && parents < AE_MAXNESTING;
  if (found) {
    lua_pushliteral(L, "__root");
    found = lua_rawget(L, -2) == LUA_TNIL;
    lua_pop(L, 1);
  }
  if (!found) lua_pop(L, 1);
  return found;
}

static void to_parent(lua_State *L) {
  lua_pushliteral(L, "__parent");
  lua_rawget(L, -2);
  lua_replace(L, -2);
}

/* Of the class on top, which is popped, and of its parents up to a root. [-1, 0] */
static unsigned methods_of_class(lua_State *L) {
  unsigned methods = 0;
  for (int i = 0; is_derived(L, i); i++, to_parent(L)) methods |= methods_in(L);
  return methods;
}

static void refresh(lua_State *L, record *r) {
  if (!lua_checkstack(L, 8)) return;
  lua_rawgetp(L, LUA_REGISTRYINDEX, r);
  r->methods = methods_of_class(L);
  r->version = version;
}

bool bind_class_overrides(const ae_module *m, ae_method method) {
  record *r = m->host_data;
  if (r->version != version) refresh(bind_current(), r);
  return r->methods >> method & 1;
}

const char *bind_class_name(const ae_module *m) { return ((const record *)m->host_data)->name; }

/* ---- fields ---- */

/* Pushes the fields that Lua set on m, or nothing. [0, +(0|1)] */
bool bind_push_fields(lua_State *L, const ae_module *m) {
  if (!bind_recall(L, m)) return false;
  lua_getiuservalue(L, -1, FIELDS);
  lua_remove(L, -2);
  return true;
}

/* The trained tensors that Lua may keep in fields. */
const char *const bind_trained[BIND_NTRAINED][2] = {{"weight", "gradWeight"}, {"bias", "gradBias"}};

/* Pushes a tensor of the fields on top of the stack, or nothing. */
ae_tensor *bind_push_field_tensor(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  lua_rawget(L, -2);
  ae_tensor *t = bind_test_tensor(L, -1);
  if (!t) lua_pop(L, 1);
  return t;
}

static bool has_trained(lua_State *L) {
  for (int i = 0; i < BIND_NTRAINED; i++) {
    if (!bind_push_field_tensor(L, bind_trained[i][0])) continue;
    lua_pop(L, 1);
    return true;
  }
  return false;
}

/* Of a module with methods, or trained tensors, among its fields. */
bool bind_instance_overrides(const ae_module *m, ae_method method) {
  lua_State *L = bind_current();
  if (bind_class_overrides(m, method)) return true;
  if (!lua_checkstack(L, 8) || !bind_push_fields(L, m)) return false;
  bool found = has_method(L, (int)method) || (method == AE_DO_PARAMETERS && has_trained(L));
  lua_pop(L, 1);
  return found;
}

bool bind_has_own(lua_State *L, const ae_module *m, const char *name) {
  bool found = false;
  if (bind_push_fields(L, m)) {
    found = has_function(L, name);
    lua_pop(L, 1);
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, m->host_data);
  for (int i = 0; is_derived(L, i); i++, to_parent(L)) found = found || has_function(L, name);
  return found;
}

/* ---- giving a module its host ---- */

static const char records; /* registry key: {[class] = record}; no script may put others there */

/* The record of the class on top, which is popped. It and the class stay. [-1, 0] */
static record *record_of(lua_State *L) {
  bind_push_library(L, "aelua.modules");
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &records) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &records);
  }
  lua_pushvalue(L, -3);
  lua_rawget(L, -2);
  record *r = lua_touserdata(L, -1);
  if (!r) {
    if (lua_getfield(L, -4, "__typename") != LUA_TSTRING) luaL_error(L, "a class without a name");
    r = lua_newuserdatauv(L, sizeof *r, 1);
    *r = (record){.name = lua_tostring(L, -2)};
    lua_pushvalue(L, -2);
    lua_setiuservalue(L, -2, 1); /* the name */
    lua_pushvalue(L, -6);
    lua_pushvalue(L, -2);
    lua_rawset(L, -6);
    lua_pushvalue(L, -6);
    lua_rawsetp(L, LUA_REGISTRYINDEX, r);
    lua_pop(L, 2);
  }
  lua_pop(L, 4);
  return r;
}

/* Whether m has methods, or trained tensors, of its own among its fields. */
static bool has_own_fields(lua_State *L, const ae_module *m) {
  if (!bind_push_fields(L, m)) return false;
  bool found = methods_in(L) != 0 || has_trained(L);
  lua_pop(L, 1);
  return found;
}

void bind_override(lua_State *L, ae_module *m) {
  bind_push_class(L, m);
  lua_getfield(L, -1, "__lua");
  bool in_lua = lua_toboolean(L, -1);
  lua_pop(L, 1);
  record *r = record_of(L);
  refresh(L, r);
  bool instance = has_own_fields(L, m);
  m->host_data = r;
  m->host = instance ? &bind_host_instance : in_lua || r->methods != 0 ? &bind_host : NULL;
}

bool bind_is_method(const char *key) {
  for (int i = 0; i < AE_NMETHODS; i++)
    if (strcmp(key, bind_method_name[i]) == 0) return true;
  return strcmp(key, "float") == 0 || strcmp(key, "double") == 0;
}

bool bind_is_trained(const char *key) {
  for (int i = 0; i < BIND_NTRAINED; i++)
    if (strcmp(key, bind_trained[i][0]) == 0 || strcmp(key, bind_trained[i][1]) == 0) return true;
  return false;
}
