/* tensor_random.c - random numbers from the default generator: single ones, and tensors of them. */
#include "bind/tensor.h"

#include <stdio.h>
#include <time.h>

/* ---- the generator ---- */

static int manual_seed(lua_State *L) {
  ae_seed(ae_default_generator(), (uint64_t)luaL_checkinteger(L, 1));
  return 0;
}

/* torch.seed(): a seed nobody has chosen, from the system or else the clock; returns it. */
static int seed(lua_State *L) {
  uint32_t value = (uint32_t)time(NULL);
  FILE *source = fopen("/dev/urandom", "rb");
  if (source) {
    size_t got = fread(&value, sizeof value, 1, source);
    (void)got;
    fclose(source);
  }
  ae_seed(ae_default_generator(), value);
  lua_pushinteger(L, value);
  return 1;
}

static int initial_seed(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ae_default_generator()->seed);
  return 1;
}

/* The state is a LongTensor: seed, position. */
static int get_state(lua_State *L) {
  const ae_generator *g = ae_default_generator();
  const uint64_t part[2] = {g->seed, g->position};
  ae_tensor *t = bind_new_tensor(L, AE_LONG);
  bind_check(L, ae_resize(t, 1, (int64_t[]){2}));
  for (int64_t i = 0; i < 2; i++) bind_check(L, ae_put(t, &i, ae_from_int((int64_t)part[i])));
  return 1;
}

static int set_state(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  uint64_t part[2];
  luaL_argcheck(L, t->type == AE_LONG && t->ndim == 1 && t->size[0] == 2, 1,
                "not a state from torch.getRNGState");
  for (int64_t i = 0; i < 2; i++) {
    ae_number value;
    bind_check(L, ae_get(&value, t, &i));
    part[i] = (uint64_t)ae_to_int(value);
  }
  *ae_default_generator() = (ae_generator){.seed = part[0], .position = part[1]};
  return 0;
}

/* ---- distributions: torch.f(a, b) is a number, x:f(a, b) fills x ---- */

typedef ae_status fill(ae_tensor *t, ae_generator *g, double a, double b);
typedef double draw(ae_generator *g, double a, double b);

static int distribution(lua_State *L, fill *fill_with, draw *draw_one, double a, double b) {
  ae_tensor *t = bind_test_tensor(L, 1);
  ae_generator *g = ae_default_generator();
  int first = t ? 2 : 1;
  a = luaL_optnumber(L, first, a);
  b = luaL_optnumber(L, first + 1, b);
  bind_check_end(L, first + 1);
  if (!t) return lua_pushnumber(L, draw_one(g, a, b)), 1;
  bind_check(L, fill_with(t, g, a, b));
  return lua_settop(L, 1), 1;
}

static int uniform(lua_State *L) { return distribution(L, ae_uniform, ae_random_uniform, 0, 1); }

static int normal(lua_State *L) { return distribution(L, ae_normal, ae_random_normal, 0, 1); }

static int bernoulli(lua_State *L) {
  ae_tensor *t = bind_test_tensor(L, 1);
  ae_generator *g = ae_default_generator();
  int first = t ? 2 : 1;
  double p = luaL_optnumber(L, first, 0.5);
  bind_check_end(L, first);
  luaL_argcheck(L, p >= 0 && p <= 1, first, "a probability is 0 to 1");
  if (!t) return lua_pushinteger(L, ae_random_uniform(g, 0, 1) < p), 1;
  bind_check(L, ae_bernoulli(t, g, p));
  return lua_settop(L, 1), 1;
}

/* The range of x:random() without bounds: what the type holds exactly; 1..2^32 without a tensor. */
static int64_t last_random(const ae_tensor *t) {
  static const int64_t last[AE_NTYPES] = {
      [AE_FLOAT] = 1 << 24, [AE_DOUBLE] = 1LL << 53, [AE_LONG] = INT64_MAX, [AE_BYTE] = UINT8_MAX};
  return t ? last[t->type] : 1LL << 32;
}

/* random(), random(last), random(first, last): whole numbers, both ends included */
static int random_integer(lua_State *L) {
  ae_tensor *t = bind_test_tensor(L, 1);
  ae_generator *g = ae_default_generator();
  int arg = t ? 2 : 1, given = lua_gettop(L) - arg + 1;
  int64_t first = given >= 2 ? luaL_checkinteger(L, arg) : 1;
  int64_t last = given >= 1 ? luaL_checkinteger(L, given >= 2 ? arg + 1 : arg) : last_random(t);
  bind_check_end(L, arg + 1);
  luaL_argcheck(L, first <= last, arg, "the range is empty");
  if (!t) return lua_pushinteger(L, ae_random_int(g, first, last)), 1;
  bind_check(L, ae_randint(t, g, first, last));
  return lua_settop(L, 1), 1;
}

/* ---- tensors: torch.rand([res,] sizes) ---- */

static int filled(lua_State *L, fill *fill_with) {
  int64_t size[AE_MAXDIM];
  int first = bind_first(L, 0), ndim = bind_check_sizes(L, first, size, false);
  ae_tensor *t = bind_push_result(L, first, bind_default_type(L));
  bind_check(L, ae_resize(t, ndim, size));
  bind_check(L, fill_with(t, ae_default_generator(), 0, 1));
  return 1;
}

static int rand_tensor(lua_State *L) { return filled(L, ae_uniform); }
static int randn(lua_State *L) { return filled(L, ae_normal); }

/* torch.randperm([res,] n): the numbers 1..n in random order */
static int randperm(lua_State *L) {
  int first = bind_first(L, 0);
  int64_t n = luaL_checkinteger(L, first);
  bind_check_end(L, first);
  ae_tensor *t = bind_push_result(L, first, bind_default_type(L));
  bind_check(L, ae_randperm(t, ae_default_generator(), n));
  bind_index_to_lua(L, t);
  return 1;
}

void bind_open_tensor_random(lua_State *L) {
  static const luaL_Reg both[] = {{"uniform", uniform},
                                  {"normal", normal},
                                  {"bernoulli", bernoulli},
                                  {"random", random_integer},
                                  {NULL, NULL}};
  static const luaL_Reg torch[] = {{"manualSeed", manual_seed},
                                   {"seed", seed},
                                   {"initialSeed", initial_seed},
                                   {"getRNGState", get_state},
                                   {"setRNGState", set_state},
                                   {"rand", rand_tensor},
                                   {"randn", randn},
                                   {"randperm", randperm},
                                   {NULL, NULL}};
  bind_register(L, both);
  bind_push_library(L, "torch");
  luaL_setfuncs(L, torch, 0);
  lua_pop(L, 1);
}
