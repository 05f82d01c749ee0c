/* generator.c - torch.Generator(), a random stream of one's own, and the seeds of streams.
 *
 * Every function that draws random numbers takes a generator before its other arguments, after the
 * result; without one it uses the default, which torch.manualSeed(n) seeds. */
#include "bind/tensor.h"

#include <stdio.h>
#include <time.h>

#define GENERATOR "torch.Generator"

/* Or a script could write an object's address and class into a generator's state. */
_Static_assert(sizeof(ae_generator) != sizeof(bind_object), "a generator looks like an object");

static const char taken; /* registry key of the generator that was taken last */

ae_generator *bind_take_generator(lua_State *L) {
  for (int arg = 1; arg <= 2; arg++) {
    ae_generator *g = luaL_testudata(L, arg, GENERATOR);
    if (!g) continue;
    lua_pushvalue(L, arg);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &taken);
    lua_remove(L, arg);
    return g;
  }
  return ae_default_generator();
}

void bind_keep_generator(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &taken); }

/* A number from the system, or else the clock. */
static uint32_t system_seed(void) {
  uint32_t value = (uint32_t)time(NULL);
  FILE *source = fopen("/dev/urandom", "rb");
  if (source) {
    size_t got = fread(&value, sizeof value, 1, source);
    (void)got;
    fclose(source);
  }
  return value;
}

/* torch.Generator(): seeded with a number nobody has chosen */
static int new_generator(lua_State *L) {
  bind_check_end(L, 0);
  ae_generator *g = lua_newuserdatauv(L, sizeof *g, 0);
  ae_seed(g, system_seed());
  luaL_setmetatable(L, GENERATOR);
  return 1;
}

static int tostring(lua_State *L) {
  const ae_generator *g = luaL_checkudata(L, 1, GENERATOR);
  lua_pushfstring(L, GENERATOR " (seed %I)", (LUAI_UACINT)g->seed);
  return 1;
}

/* torch.manualSeed([generator,] seed) */
static int manual_seed(lua_State *L) {
  ae_generator *g = bind_take_generator(L);
  ae_seed(g, (uint64_t)luaL_checkinteger(L, 1));
  return 0;
}

/* torch.seed([generator]): a seed nobody has chosen; returns it. */
static int seed(lua_State *L) {
  uint32_t value = system_seed();
  ae_seed(bind_take_generator(L), value);
  lua_pushinteger(L, value);
  return 1;
}

static int initial_seed(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)bind_take_generator(L)->seed);
  return 1;
}

/* torch.getRNGState([generator]): a LongTensor: seed, position */
static int get_state(lua_State *L) {
  const ae_generator *g = bind_take_generator(L);
  const uint64_t part[2] = {g->seed, g->position};
  ae_tensor *t = bind_new_tensor(L, AE_LONG);
  bind_check(L, ae_resize(t, 1, (int64_t[]){2}));
  for (int64_t i = 0; i < 2; i++) bind_check(L, ae_put(t, &i, ae_from_int((int64_t)part[i])));
  return 1;
}

/* torch.setRNGState([generator,] state) */
static int set_state(lua_State *L) {
  ae_generator *g = bind_take_generator(L);
  const ae_tensor *t = bind_check_tensor(L, 1);
  uint64_t part[2];
  luaL_argcheck(L, t->type == AE_LONG && t->ndim == 1 && t->size[0] == 2, 1,
                "not a state from torch.getRNGState");
  for (int64_t i = 0; i < 2; i++) {
    ae_number value;
    bind_check(L, ae_get(&value, t, &i));
    part[i] = (uint64_t)ae_to_int(value);
  }
  *g = (ae_generator){.seed = part[0], .position = part[1]};
  return 0;
}

void bind_open_generator(lua_State *L) {
  static const luaL_Reg torch[] = {{"Generator", new_generator},
                                   {"manualSeed", manual_seed},
                                   {"seed", seed},
                                   {"initialSeed", initial_seed},
                                   {"getRNGState", get_state},
                                   {"setRNGState", set_state},
                                   {NULL, NULL}};
  luaL_newmetatable(L, GENERATOR);
  lua_pushcfunction(L, tostring);
  lua_setfield(L, -2, "__tostring");
  bind_push_library(L, "torch");
  luaL_setfuncs(L, torch, 0);
  lua_pop(L, 2);
}
