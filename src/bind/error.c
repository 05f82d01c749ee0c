/* error.c - engine failures become Lua errors, and engine memory becomes the collector's business.
 */
#include "bind/bind.h"

#include <string.h>

static const char saved_error; /* its address is the registry key */

/* The place is there from the start and is never nil: keeping an error allocates nothing, so that
 * it cannot raise another one across the engine. */
void bind_save_error(lua_State *L) { lua_rawsetp(L, LUA_REGISTRYINDEX, &saved_error); }

void bind_open_error(lua_State *L) {
  lua_pushboolean(L, false);
  bind_save_error(L);
}

void bind_check(lua_State *L, ae_status status) {
  if (status == AE_OK) return;
  if (status == AE_EHOST) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &saved_error);
    bind_open_error(L);
    lua_error(L);
  }
  luaL_error(L, "%s", ae_error());
}

/* Engine memory is invisible to Lua's collector, so it would let millions of tensors pile up behind
 * their small userdata. A full collection runs whenever the engine grew by `allowance` since the
 * last one; the allowance is large against what was alive and against Lua's own heap, so that the
 * collector's work stays a small, constant share of the work of filling that memory.
 *
 * It also runs after so many new objects: a loop that makes views of one tensor fills no memory to
 * speak of, but a pile of them larger than the cache makes every one several times as slow. Their
 * number grows with Lua's heap, on which the time of a collection depends. */
enum { SMALLEST_ALLOWANCE = 16 << 20, FEWEST_OBJECTS = 4096, OBJECTS_PER_KILOBYTE = 4 };

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

void bind_account(lua_State *L) {
  static size_t limit = SMALLEST_ALLOWANCE, made, most = FEWEST_OBJECTS;
  if (++made < most && ae_memory_in_use() < limit) return;
  lua_gc(L, LUA_GCCOLLECT);
  size_t alive = ae_memory_in_use(), lua_heap = (size_t)lua_gc(L, LUA_GCCOUNT);
  limit = alive + larger(SMALLEST_ALLOWANCE, larger(alive / 4, 2 * lua_heap * 1024));
  most = larger(FEWEST_OBJECTS, OBJECTS_PER_KILOBYTE * lua_heap);
  made = 0;
}

/* Pushes the string keys of the table at `words` that are no metamethods, as a NULL-ended array;
 * the strings belong to the table. [0, +1] */
static const char *const *push_words(lua_State *L, int words) {
  size_t n = 0, i = 0;
  for (lua_pushnil(L); lua_next(L, words); lua_pop(L, 1)) n++;
  const char **list = lua_newuserdatauv(L, (n + 1) * sizeof *list, 0); /* a finalizer may add one */
  for (lua_pushnil(L); lua_next(L, words); lua_pop(L, 1)) {
    const char *word = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
    if (word && strncmp(word, "__", 2) != 0 && i < n) list[i++] = word;
  }
  list[i] = NULL;
  return list;
}

int bind_unknown(lua_State *L, int words, const char *owner, const char *what, const char *key) {
  const char *near = ae_nearest_word(key, push_words(L, lua_absindex(L, words)));
  if (near) return luaL_error(L, "%s has no %s '%s'; did you mean '%s'?", owner, what, key, near);
  return luaL_error(L, "%s has no %s '%s'", owner, what, key);
}
