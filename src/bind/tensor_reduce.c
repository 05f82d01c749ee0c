/* tensor_reduce.c - sums and other reductions, over everything or along a dimension, which then
 * stays with size 1; sorting. */
#include "bind/tensor.h"

/* f(x) is a number; f([res,] x, dim) a tensor. `extra` is the place of the operation's parameter
 * counted from x: -1 none, 1 before dim (norm's p), 2 after it. */
static int reduce(lua_State *L, ae_reduce_op op, int extra, double parameter) {
  int x = bind_first(L, 1), dim_arg = extra == 1 ? x + 2 : x + 1;
  const ae_tensor *t = bind_check_tensor(L, x);
  if (extra > 0 && lua_isboolean(L, x + extra))
    parameter = lua_toboolean(L, x + extra);
  else if (extra > 0)
    parameter = luaL_optnumber(L, x + extra, parameter);
  bind_check_end(L, extra > 0 ? x + 2 : x + 1);
  if (lua_isnoneornil(L, dim_arg)) {
    ae_number value;
    bind_check(L, ae_reduce(&value, op, t, parameter));
    bind_push_number(L, value);
  } else {
    int dim = bind_check_dim(L, dim_arg, t);
    bind_check(L, ae_reduce_dim(op, bind_push_result(L, x, t->type), t, dim, parameter));
  }
  return 1;
}

static int sum(lua_State *L) { return reduce(L, AE_SUM, -1, 0); }
static int prod(lua_State *L) { return reduce(L, AE_PROD, -1, 0); }
static int mean(lua_State *L) { return reduce(L, AE_MEAN, -1, 0); }
/* x:var(dim, biased): divided by n - 1, by n when biased is true */
static int var(lua_State *L) { return reduce(L, AE_VAR, 2, 0); }
static int standard_deviation(lua_State *L) { return reduce(L, AE_STD, 2, 0); }
/* x:norm([p [, dim]]) */
static int norm(lua_State *L) { return reduce(L, AE_NORM, 1, 2); }

/* torch.dist(x, y [, p]) = norm(x - y, p) */
static int dist(lua_State *L) {
  const ae_tensor *x = bind_check_tensor(L, 1), *y = bind_check_tensor(L, 2);
  double p = luaL_optnumber(L, 3, 2);
  ae_tensor *difference = bind_new_tensor(L, x->type);
  ae_number value;
  bind_check(L, ae_map2(AE_ADD, difference, x, y, -1));
  bind_check(L, ae_reduce(&value, AE_NORM, difference, p));
  bind_push_number(L, value);
  return 1;
}

static int dot(lua_State *L) {
  ae_number value;
  bind_check(L, ae_dot(&value, bind_check_tensor(L, 1), bind_check_tensor(L, 2)));
  bind_push_number(L, value);
  return 1;
}

/* [res,] x [, dim] */
static int cumulate(lua_State *L, ae_reduce_op op) {
  int x = bind_first(L, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  int dim = bind_opt_dim(L, x + 1, t, 0);
  bind_check_end(L, x + 1);
  bind_check(L, ae_cumulate(op, bind_push_result(L, x, t->type), t, dim));
  return 1;
}

static int cumsum(lua_State *L) { return cumulate(L, AE_SUM); }
static int cumprod(lua_State *L) { return cumulate(L, AE_PROD); }

/* x:nonFinite(): how many elements are NaN or infinite, and the first one's indices as a list */
static int nonfinite(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  int64_t first;
  bind_check_end(L, 1);
  const int64_t count = ae_nonfinite(&first, t);
  lua_pushinteger(L, count);
  if (count == 0) return 1;
  lua_createtable(L, t->ndim, 0);
  for (int d = t->ndim - 1; d >= 0; d--, first /= t->size[d + 1]) {
    lua_pushinteger(L, first % t->size[d] + 1);
    lua_rawseti(L, -2, d + 1);
  }
  return 2;
}

/* [res,] x [, bins [, low, high]] */
static int count_bins(lua_State *L,
                      ae_status (*f)(ae_tensor *, const ae_tensor *, int64_t, double, double)) {
  int x = bind_first(L, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  int64_t bins = luaL_optinteger(L, x + 1, 100);
  double low = luaL_optnumber(L, x + 2, 0), high = luaL_optnumber(L, x + 3, 0);
  bind_check_end(L, x + 3);
  bind_check(L, f(bind_push_result(L, x, t->type), t, bins, low, high));
  return 1;
}

static int histc(lua_State *L) { return count_bins(L, ae_histc); }
static int bhistc(lua_State *L) { return count_bins(L, ae_bhistc); }

/* torch.renorm([res,] x, p, dim, limit), x:renorm(p, dim, limit) in place */
static int renorm(lua_State *L) {
  bool in_place = lua_toboolean(L, lua_upvalueindex(1));
  int x = bind_first(L, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  double p = luaL_checknumber(L, x + 1), limit = luaL_checknumber(L, x + 3);
  int dim = bind_check_dim(L, x + 2, t);
  bind_check_end(L, x + 3);
  bind_check(L, ae_renorm(bind_push_result(L, in_place ? 2 : x, t->type), t, p, dim, limit));
  return 1;
}

/* ---- functions with two results: values and 1-based indices ---- */

typedef struct pair {
  ae_tensor *value, *index;
} pair;

/* Place of x: 3 when values and indices are given before it. */
static int first_of_pair(lua_State *L) { return bind_count_tensors(L) >= 3 ? 3 : 1; }

/* Pushes both results. [0, +2] */
static pair push_pair(lua_State *L, int x, ae_type type) {
  pair p;
  if (x == 1) {
    p.value = bind_new_tensor(L, type);
    p.index = bind_new_tensor(L, AE_LONG);
  } else {
    p.value = bind_check_tensor(L, 1);
    p.index = bind_check_tensor(L, 2);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
  }
  return p;
}

static int finish_pair(lua_State *L, const pair *p, ae_status status) {
  bind_check(L, status);
  bind_index_to_lua(L, p->index);
  return 2;
}

/* x:max() is a number; values, indices = x:max(dim); torch.max(values, indices, x, dim) */
static int extreme(lua_State *L, ae_reduce_op op) {
  int x = first_of_pair(L);
  const ae_tensor *t = bind_check_tensor(L, x);
  bind_check_end(L, x + 1);
  if (lua_isnoneornil(L, x + 1)) return reduce(L, op, -1, 0);
  int dim = bind_check_dim(L, x + 1, t);
  pair p = push_pair(L, x, t->type);
  return finish_pair(L, &p, ae_extreme_dim(op, p.value, p.index, t, dim));
}

static int min(lua_State *L) { return extreme(L, AE_MIN); }
static int max(lua_State *L) { return extreme(L, AE_MAX); }

/* [values, indices,] x [, dim] [, descending] */
static int sort(lua_State *L) {
  int x = first_of_pair(L);
  const ae_tensor *t = bind_check_tensor(L, x);
  bool no_dim = lua_isboolean(L, x + 1);
  int dim = no_dim ? t->ndim - 1 : bind_opt_dim(L, x + 1, t, t->ndim - 1);
  bool descending = lua_toboolean(L, no_dim ? x + 1 : x + 2);
  pair p = push_pair(L, x, t->type);
  return finish_pair(L, &p, ae_sort(p.value, p.index, t, dim, descending));
}

/* [values, indices,] x, k [, dim] [, largest]; always in order, whatever Torch's `sorted` says */
static int topk(lua_State *L) {
  int x = first_of_pair(L);
  const ae_tensor *t = bind_check_tensor(L, x);
  int64_t k = luaL_optinteger(L, x + 1, 1);
  bool no_dim = lua_isboolean(L, x + 2);
  int dim = no_dim ? t->ndim - 1 : bind_opt_dim(L, x + 2, t, t->ndim - 1);
  bool largest = lua_toboolean(L, no_dim ? x + 2 : x + 3);
  pair p = push_pair(L, x, t->type);
  return finish_pair(L, &p, ae_topk(p.value, p.index, t, k, dim, largest));
}

/* [values, indices,] x, k [, dim]: the k-th smallest */
static int kthvalue(lua_State *L) {
  int x = first_of_pair(L);
  const ae_tensor *t = bind_check_tensor(L, x);
  int64_t k = luaL_checkinteger(L, x + 1);
  int dim = bind_opt_dim(L, x + 2, t, t->ndim - 1);
  bind_check_end(L, x + 2);
  pair p = push_pair(L, x, t->type);
  return finish_pair(L, &p, ae_kth(p.value, p.index, t, k, dim));
}

/* [values, indices,] x [, dim] */
static int of_lines(lua_State *L,
                    ae_status (*f)(ae_tensor *, ae_tensor *, const ae_tensor *, int)) {
  int x = first_of_pair(L);
  const ae_tensor *t = bind_check_tensor(L, x);
  int dim = bind_opt_dim(L, x + 1, t, t->ndim - 1);
  bind_check_end(L, x + 1);
  pair p = push_pair(L, x, t->type);
  return finish_pair(L, &p, f(p.value, p.index, t, dim));
}

static int median(lua_State *L) { return of_lines(L, ae_median); }
static int mode(lua_State *L) { return of_lines(L, ae_mode); }

void bind_open_tensor_reduce(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"sum", sum},         {"prod", prod},   {"mean", mean},         {"var", var},
      {"norm", norm},       {"dist", dist},   {"dot", dot},           {"std", standard_deviation},
      {"cumsum", cumsum},   {"min", min},     {"max", max},           {"sort", sort},
      {"cumprod", cumprod}, {"topk", topk},   {"kthvalue", kthvalue}, {"median", median},
      {"mode", mode},       {"histc", histc}, {"bhistc", bhistc},     {NULL, NULL}};
  bind_register(L, functions);
  bind_register_methods(L, (const luaL_Reg[]){{"nonFinite", nonfinite}, {NULL, NULL}});
  bind_register_form(L, "renorm", renorm, 0);
}
