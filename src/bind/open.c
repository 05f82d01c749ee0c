/* open.c - what `require` finds: the tables made in C, and the Lua library compiled into the
 * program.
 *
 * A name is searched for, in this order: preloaded (torch, nn, optim, aelua.*), beside the script
 * and along package.path, in the library. So a project's own data.lua wins over the library's,
 * which stays within reach as `require 'aelua.lua.data'`.
 *
 * Torch's packages become globals of their names, as in Torch. A table made in C and a file of the
 * library may have the same name, optim: then the file, which finds the table under its name, adds
 * to it. */
#include "bind/bind.h"
#include "bind/library.h"

#include <string.h>

static const char libraries; /* registry key: name -> table */

void bind_push_library(lua_State *L, const char *name) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &libraries) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &libraries);
  }
  luaL_getsubtable(L, -1, name);
  lua_remove(L, -2);
}

static const bind_library_file *find_file(const char *module) {
  for (const bind_library_file *file = bind_library; file->module; file++)
    if (strcmp(file->module, module) == 0) return file;
  return NULL;
}

/* require 'torch' also sets the global torch; 'aelua.system' sets none. When the file of the same
 * name fails, the next require tries again. */
static int preload(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  bind_push_library(L, name);
  if (strchr(name, '.')) return 1;
  lua_pushvalue(L, -1);
  lua_setglobal(L, name);
  if (!find_file(name)) return 1;
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getglobal(L, "require");
  lua_pushfstring(L, "aelua.lua.%s", name);
  lua_pushvalue(L, -4);
  lua_setfield(L, -4, name); /* for the file's own require */
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    lua_pushnil(L);
    lua_setfield(L, -3, name);
    return lua_error(L);
  }
  lua_pop(L, 1);
  return 1;
}

/* Loader of both names of a file: the long one runs it, the short one requires the long one, so
 * that it runs once. */
static int load_file(lua_State *L) {
  const bind_library_file *file = lua_touserdata(L, lua_upvalueindex(1));
  if (luaL_loadbufferx(L, file->text, file->size, file->chunk, "t") != LUA_OK) return lua_error(L);
  lua_pushvalue(L, 1);
  lua_pushstring(L, file->chunk);
  lua_call(L, 2, 1);
  return 1;
}

static int load_short_name(lua_State *L) {
  static const char *const torch_packages[] = {"gnuplot", "image", "paths", "sys",
                                               "unsup",   "xlua",  NULL};
  const char *name = luaL_checkstring(L, 1);
  lua_getglobal(L, "require");
  lua_pushfstring(L, "aelua.lua.%s", name);
  lua_call(L, 1, 1);
  for (int i = 0; torch_packages[i]; i++)
    if (strcmp(name, torch_packages[i]) == 0) {
      lua_pushvalue(L, -1);
      lua_setglobal(L, name);
    }
  return 1;
}

static int search_library(lua_State *L) {
  static const char prefix[] = "aelua.lua.";
  const char *name = luaL_checkstring(L, 1);
  bool full = strncmp(name, prefix, sizeof prefix - 1) == 0;
  const bind_library_file *file = find_file(full ? name + sizeof prefix - 1 : name);
  if (!file) return lua_pushfstring(L, "no module '%s' in aelua's library", name), 1;
  lua_pushlightuserdata(L, (void *)file);
  lua_pushcclosure(L, full ? load_file : load_short_name, 1);
  lua_pushstring(L, file->chunk);
  return 2;
}

static void add_searcher(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_pushcfunction(L, search_library);
  lua_seti(L, -2, luaL_len(L, -2) + 1);
  lua_pop(L, 2);
}

static void add_preloads(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &libraries);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lua_pushcfunction(L, preload);
    lua_setfield(L, -5, lua_tostring(L, -3));
  }
  lua_pop(L, 2);
}

const char *bind_command(int i, const char **line, size_t *length) {
  static const char folder[] = "commands.", comment[] = "--- ";
  for (const bind_library_file *file = bind_library; file->module; file++) {
    if (strncmp(file->module, folder, sizeof folder - 1) != 0 || i-- > 0) continue;
    *line = file->text + sizeof comment - 1;
    *length = strcspn(*line, "\n");
    return file->module + sizeof folder - 1;
  }
  return NULL;
}

void bind_open_all(lua_State *L) {
  static void (*const open[])(lua_State *) = {
      bind_open_error,   bind_open_tensor,    bind_open_storage,   bind_open_class,
      bind_open_module,  bind_open_criterion, bind_open_optimizer, bind_open_data,
      bind_open_image,   bind_open_system,    bind_open_reference, bind_open_file,
      bind_open_process, bind_open_stream,    bind_open_coroutine, bind_open_execute};
  for (size_t i = 0; i < sizeof open / sizeof *open; i++) open[i](L);
  add_preloads(L);
  add_searcher(L);
  lua_getglobal(L, "require"); /* torch is there from the start, as in Torch's own shell */
  lua_pushliteral(L, "torch");
  lua_call(L, 1, 0);
  lua_getglobal(L, "require"); /* classes: part of torch and nn */
  lua_pushliteral(L, "aelua.lua.modules");
  lua_call(L, 1, 0);
}
