/* container.c - modules inside modules: adding, removing, replacing, finding. */
#include "bind/module.h"

static ae_module *check_container(lua_State *L) {
  ae_module *m = bind_self(L);
  char name[128];
  if (!m->layer->container)
    luaL_error(L, "%s holds no other modules", ae_module_describe(m, name, sizeof name));
  return m;
}

/* Lua's place 1..n or a child's name -> 0-based. */
static int check_child(lua_State *L, int arg, const ae_module *m) {
  if (lua_type(L, arg) != LUA_TSTRING) return (int)bind_check_index(L, arg, m->nchildren, "child");
  const char *name = lua_tostring(L, arg);
  int i = ae_module_find_child(m, name);
  if (i >= 0) return i;
  lua_newtable(L);
  for (int k = 0; k < m->nchildren; k++) {
    if (!m->child[k].name) continue;
    lua_pushboolean(L, true);
    lua_setfield(L, -2, m->child[k].name);
  }
  return bind_unknown(L, -1, "the container", "child", name);
}

/* Lets go of the userdata of a module that is no child, or not any more. */
static void forget_child(lua_State *L, const ae_module *m, const ae_module *child) {
  for (int i = 0; i < m->nchildren; i++)
    if (m->child[i].module == child) return; /* it was in there twice */
  lua_getiuservalue(L, 1, CHILDREN);
  lua_pushnil(L);
  lua_rawsetp(L, -2, child);
  lua_pop(L, 1);
}

static int insert_at(lua_State *L, ae_module *m, int child_arg, const char *name, int index) {
  ae_module *child = bind_check_module(L, child_arg);
  char owner[128];
  if (name && bind_is_taken(L, m, name))
    luaL_error(L, "'%s' cannot name a child: %s has a field or method of that name", name,
               ae_module_describe(m, owner, sizeof owner));
  bind_push_child(L, 1, child); /* takes memory: before anything is changed */
  ae_status status = ae_module_insert(m, child, name, index);
  if (status != AE_OK) forget_child(L, m, child);
  bind_check(L, status);
  return lua_settop(L, 1), 1;
}

/* net:add(module[, name]) */
static int add(lua_State *L) {
  ae_module *m = check_container(L);
  return insert_at(L, m, 2, luaL_optstring(L, 3, NULL), m->nchildren);
}

/* net:insert(module, place[, name]) */
static int insert(lua_State *L) {
  ae_module *m = check_container(L);
  int index = m->nchildren;
  if (!lua_isnoneornil(L, 3)) {
    lua_Integer place = luaL_checkinteger(L, 3);
    luaL_argcheck(
        L, place >= 1 && place <= (lua_Integer)m->nchildren + 1, 3,
        lua_pushfstring(L, "place %I is not in 1..%d", (LUAI_UACINT)place, m->nchildren + 1));
    index = (int)place - 1;
  }
  return insert_at(L, m, 2, luaL_optstring(L, 4, NULL), index);
}

/* net:remove([place or name]) -> the removed module; default: the last */
static int remove_child(lua_State *L) {
  ae_module *m = check_container(L);
  if (m->nchildren == 0) luaL_error(L, "the container is empty: nothing to remove");
  int index = lua_isnoneornil(L, 2) ? m->nchildren - 1 : check_child(L, 2, m);
  ae_module *child = m->child[index].module;
  bind_push_child(L, 1, child);
  bind_check(L, ae_module_remove(m, index, NULL));
  forget_child(L, m, child);
  return 1;
}

/* net:get(place or name) */
static int get(lua_State *L) {
  ae_module *m = check_container(L);
  bind_push_child(L, 1, m->child[check_child(L, 2, m)].module);
  return 1;
}

void bind_replace_child(lua_State *L, int i, int child) {
  ae_module *m = bind_self(L), *old = m->child[i].module, *new = bind_check_module(L, child);
  bind_push_child(L, 1, old); /* keeps it while it is let go of */
  bind_push_child(L, 1, new);
  ae_status status = ae_module_replace(m, i, new);
  forget_child(L, m, status == AE_OK ? old : new);
  bind_check(L, status);
  lua_pop(L, 2);
}

/* net:replaceChild(place or name, module) */
static int replace_child(lua_State *L) {
  bind_replace_child(L, check_child(L, 2, check_container(L)), 3);
  return lua_settop(L, 1), 1;
}

static int size(lua_State *L) {
  lua_pushinteger(L, check_container(L)->nchildren);
  return 1;
}

/* net:names() -> a list with each child's name, false where it has none */
static int names(lua_State *L) {
  ae_module *m = check_container(L);
  lua_createtable(L, m->nchildren, 0);
  for (int i = 0; i < m->nchildren; i++) {
    if (m->child[i].name)
      lua_pushstring(L, m->child[i].name);
    else
      lua_pushboolean(L, false);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* children(self) -> list of modules; nil for a module that holds none */
static int children(lua_State *L) {
  const ae_module *m = bind_test_module(L, 1);
  if (!m || !m->layer->container) return lua_pushnil(L), 1;
  lua_createtable(L, m->nchildren, 0);
  for (int i = 0; i < m->nchildren; i++) {
    bind_push_child(L, 1, m->child[i].module);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

void bind_open_container(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"add", add},     {"insert", insert},     {"remove", remove_child},
      {"get", get},     {"size", size},         {"replaceChild", replace_child},
      {"names", names}, {"children", children}, {NULL, NULL}};
  luaL_setfuncs(L, methods, 0);
}
