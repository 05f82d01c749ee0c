/* tensor_random.c - random numbers: single ones, and tensors of them. Each function takes a
 * torch.Generator in front of its arguments, after the result. */
#include "bind/tensor.h"

/* ---- distributions: torch.f(a, b) is a number, x:f(a, b) fills x ---- */

typedef ae_status fill(ae_tensor *t, ae_generator *g, double a, double b);
typedef double draw(ae_generator *g, double a, double b);

static int distribution(lua_State *L, fill *fill_with, draw *draw_one, double a, double b) {
  ae_generator *g = bind_take_generator(L);
  ae_tensor *t = bind_test_tensor(L, 1);
  int first = t ? 2 : 1;
  a = luaL_optnumber(L, first, a);
  b = luaL_optnumber(L, first + 1, b);
  bind_check_end(L, first + 1);
  ae_tensor none = ae_tensor_local(AE_DOUBLE); /* to have the arguments checked */
  bind_check(L, fill_with(t ? t : &none, g, a, b));
  if (!t) return lua_pushnumber(L, draw_one(g, a, b)), 1;
  return lua_settop(L, 1), 1;
}

static int uniform(lua_State *L) { return distribution(L, ae_uniform, ae_random_uniform, 0, 1); }

static int normal(lua_State *L) { return distribution(L, ae_normal, ae_random_normal, 0, 1); }

/* f([generator,] parameter) when it is required; else f([generator,] [a [, b]]) with defaults. */
static int draw_from(lua_State *L, ae_distribution kind, bool required, double a, double b) {
  ae_generator *g = bind_take_generator(L);
  ae_tensor *t = bind_test_tensor(L, 1);
  int first = t ? 2 : 1, last = required ? first : first + 1;
  a = required ? luaL_checknumber(L, first) : luaL_optnumber(L, first, a);
  if (!required) b = luaL_optnumber(L, last, b);
  bind_check_end(L, last);
  if (t) {
    bind_check(L, ae_draw(t, g, kind, a, b));
    return lua_settop(L, 1), 1;
  }
  double value;
  bind_check(L, ae_draw_one(&value, g, kind, a, b));
  if (kind == AE_GEOMETRIC)
    lua_pushinteger(L, ae_to_int(ae_from_double(value)));
  else
    lua_pushnumber(L, value);
  return 1;
}

static int exponential(lua_State *L) { return draw_from(L, AE_EXPONENTIAL, true, 0, 0); }
static int geometric(lua_State *L) { return draw_from(L, AE_GEOMETRIC, true, 0, 0); }
static int cauchy(lua_State *L) { return draw_from(L, AE_CAUCHY, false, 0, 1); }
static int log_normal(lua_State *L) { return draw_from(L, AE_LOG_NORMAL, false, 1, 2); }

static int bernoulli(lua_State *L) {
  ae_generator *g = bind_take_generator(L);
  ae_tensor *t = bind_test_tensor(L, 1);
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
      [AE_FLOAT] = 1 << 24, [AE_DOUBLE] = 1LL << 53, [AE_LONG] = INT64_MAX, [AE_BYTE] = UINT8_MAX,
      [AE_CHAR] = INT8_MAX, [AE_SHORT] = INT16_MAX,  [AE_INT32] = INT32_MAX};
  return t ? last[t->type] : 1LL << 32;
}

/* random(), random(last), random(first, last): whole numbers, both ends included */
static int random_integer(lua_State *L) {
  ae_generator *g = bind_take_generator(L);
  ae_tensor *t = bind_test_tensor(L, 1);
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
  ae_generator *g = bind_take_generator(L);
  int first = bind_first(L, 0), ndim = bind_check_sizes(L, first, size, false);
  bind_keep_generator(L);
  ae_tensor *t = bind_push_result(L, first, bind_default_type(L));
  ae_tensor none = ae_tensor_local(t->type); /* to have the type checked */
  bind_check(L, fill_with(&none, g, 0, 1));
  bind_check(L, ae_resize(t, ndim, size));
  bind_check(L, fill_with(t, g, 0, 1));
  return 1;
}

static int rand_tensor(lua_State *L) { return filled(L, ae_uniform); }
static int randn(lua_State *L) { return filled(L, ae_normal); }

/* torch.randperm([res,] n): the numbers 1..n in random order */
static int randperm(lua_State *L) {
  ae_generator *g = bind_take_generator(L);
  int first = bind_first(L, 0);
  int64_t n = luaL_checkinteger(L, first);
  bind_check_end(L, first);
  bind_keep_generator(L);
  ae_tensor *t = bind_push_result(L, first, bind_default_type(L));
  bind_check(L, ae_randperm(t, g, n));
  bind_index_to_lua(L, t);
  return 1;
}

/* torch.multinomial([res,] [generator,] p, n [, replacement]), res a LongTensor */
static int multinomial(lua_State *L) {
  ae_generator *g = bind_take_generator(L);
  int p = bind_first(L, 1);
  const ae_tensor *weights = bind_check_tensor(L, p);
  int64_t n = luaL_checkinteger(L, p + 1);
  bool replacement = lua_toboolean(L, p + 2);
  bind_check_end(L, p + 2);
  bind_keep_generator(L);
  ae_tensor *index = bind_push_result(L, p, AE_LONG);
  bind_check(L, ae_multinomial(index, g, weights, n, replacement));
  bind_index_to_lua(L, index);
  return 1;
}

void bind_open_tensor_random(lua_State *L) {
  static const luaL_Reg both[] = {{"uniform", uniform},         {"normal", normal},
                                  {"bernoulli", bernoulli},     {"random", random_integer},
                                  {"exponential", exponential}, {"geometric", geometric},
                                  {"cauchy", cauchy},           {"logNormal", log_normal},
                                  {"multinomial", multinomial}, {NULL, NULL}};
  static const luaL_Reg torch[] = {
      {"rand", rand_tensor}, {"randn", randn}, {"randperm", randperm}, {NULL, NULL}};
  bind_register(L, both);
  bind_push_library(L, "torch");
  luaL_setfuncs(L, torch, 0);
  lua_pop(L, 1);
}
