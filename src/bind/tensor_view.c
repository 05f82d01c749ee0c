/* tensor_view.c - other views of the same elements: nothing here copies one. */
#include "bind/tensor.h"

/* x:narrow(dim, first, count) */
static int narrow(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  int dim = bind_check_dim(L, 2, t);
  int64_t first = bind_check_index(L, 3, t->size[dim], "narrow: first index");
  int64_t count = luaL_checkinteger(L, 4);
  bind_check_end(L, 4);
  bind_check(L, ae_narrow(bind_new_view(L, t), t, dim, first, count));
  return 1;
}

/* x:select(dim, index); of a vector: the element. */
static int select(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  int dim = bind_check_dim(L, 2, t);
  int64_t index = bind_check_index(L, 3, t->size[dim], "select: index");
  if (t->ndim == 1) {
    ae_number value;
    bind_check(L, ae_get(&value, t, &index));
    bind_push_number(L, value);
  } else {
    bind_check(L, ae_select(bind_new_view(L, t), t, dim, index));
  }
  return 1;
}

/* x:sub(first1, last1 [, first2, last2 ...]); negative ones count from the end. */
static int sub(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  int top = lua_gettop(L);
  luaL_argcheck(L, top >= 3 && top % 2 == 1, top, "first and last of each dimension expected");
  luaL_argcheck(L, (top - 1) / 2 <= t->ndim, top, "more ranges than dimensions");
  ae_tensor *view = bind_new_view(L, t);
  bind_check(L, ae_set(view, t));
  for (int dim = 0; 3 + 2 * dim <= top; dim++) {
    int64_t first = bind_check_index(L, 2 + 2 * dim, t->size[dim], "sub: index");
    int64_t last = bind_check_index(L, 3 + 2 * dim, t->size[dim], "sub: index");
    bind_check(L, ae_narrow(view, view, dim, first, last - first + 1));
  }
  return 1;
}

static int transpose(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  int dim1 = bind_check_dim(L, 2, t), dim2 = bind_check_dim(L, 3, t);
  bind_check_end(L, 3);
  bind_check(L, ae_transpose(bind_new_view(L, t), t, dim1, dim2));
  return 1;
}

/* x:t() of a matrix */
static int t(lua_State *L) {
  const ae_tensor *matrix = bind_check_tensor(L, 1);
  if (matrix->ndim != 2)
    return luaL_error(L, "t: a matrix expected, got %d dimensions", matrix->ndim);
  bind_check(L, ae_transpose(bind_new_view(L, matrix), matrix, 0, 1));
  return 1;
}

/* x:permute(dim1, dim2, ...): dimension i of the result is dimension dim_i of x. Built from
 * transpositions: at[i] is the dimension of x that place i of the view shows so far. */
static int permute(lua_State *L) {
  const ae_tensor *x = bind_check_tensor(L, 1);
  const int n = x->ndim;
  int at[AE_MAXDIM], want[AE_MAXDIM];
  luaL_argcheck(L, lua_gettop(L) == n + 1, 2, "one number for each dimension expected");
  for (int d = 0; d < n; d++) {
    at[d] = d;
    want[d] = bind_check_dim(L, d + 2, x);
    for (int e = 0; e < d; e++)
      luaL_argcheck(L, want[e] != want[d], d + 2, "a dimension is given twice");
  }
  ae_tensor *view = bind_new_view(L, x);
  bind_check(L, ae_set(view, x));
  for (int d = 0; d < n; d++) {
    int from = d;
    while (from < n - 1 && at[from] != want[d]) from++;
    at[from] = at[d];
    at[d] = want[d];
    bind_check(L, ae_transpose(view, view, d, from));
  }
  return 1;
}

/* x:view(sizes) is a new view; res:view(x, sizes) makes res one. */
static int view(lua_State *L) {
  int64_t size[AE_MAXDIM];
  int first = bind_first(L, 1), ndim = bind_check_sizes(L, first + 1, size, true);
  const ae_tensor *x = bind_check_tensor(L, first);
  bind_check(L, ae_view(bind_push_result(L, first, x->type), x, ndim, size));
  return 1;
}

/* x:viewAs(y), res:viewAs(x, y) */
static int view_as(lua_State *L) {
  int first = bind_first(L, 2);
  const ae_tensor *x = bind_check_tensor(L, first), *y = bind_check_tensor(L, first + 1);
  bind_check(L, ae_view(bind_push_result(L, first, x->type), x, y->ndim, y->size));
  return 1;
}

/* As Torch has it, -1 keeps a dimension's size. */
static int expand(lua_State *L) {
  int64_t size[AE_MAXDIM];
  int first = bind_first(L, 1), ndim = bind_check_sizes(L, first + 1, size, true);
  const ae_tensor *x = bind_check_tensor(L, first);
  for (int d = 0; d < ndim; d++) {
    int own = d - (ndim - x->ndim);
    if (size[d] == -1 && own >= 0 && own < x->ndim) size[d] = x->size[own];
  }
  bind_check(L, ae_expand(bind_push_result(L, first, x->type), x, ndim, size));
  return 1;
}

static int expand_as(lua_State *L) {
  int first = bind_first(L, 2);
  const ae_tensor *x = bind_check_tensor(L, first), *y = bind_check_tensor(L, first + 1);
  bind_check(L, ae_expand(bind_push_result(L, first, x->type), x, y->ndim, y->size));
  return 1;
}

/* x:squeeze() drops every dimension of size 1, x:squeeze(dim) that one. A single element that is
 * left is returned as a number, as in Torch. */
static int squeeze(lua_State *L) {
  int first = bind_first(L, 1);
  const ae_tensor *x = bind_check_tensor(L, first);
  int dim = lua_isnoneornil(L, first + 1) ? -1 : bind_check_dim(L, first + 1, x);
  ae_tensor *view = bind_push_result(L, first, x->type);
  bind_check(L, ae_squeeze(view, x, dim));
  if (dim == -1 && first == 1 && view->ndim == 1 && view->size[0] == 1) {
    ae_number value;
    bind_check(L, ae_get(&value, view, (int64_t[AE_MAXDIM]){0}));
    bind_push_number(L, value);
  }
  return 1;
}

/* x:unsqueeze(dim): a new dimension of size 1 in front of dim. */
static int unsqueeze(lua_State *L) {
  int first = bind_first(L, 1);
  const ae_tensor *x = bind_check_tensor(L, first);
  int dim = bind_check_place(L, first + 1, x);
  bind_check(L, ae_unsqueeze(bind_push_result(L, first, x->type), x, dim));
  return 1;
}

static int unfold(lua_State *L) {
  const ae_tensor *x = bind_check_tensor(L, 1);
  int dim = bind_check_dim(L, 2, x);
  int64_t count = luaL_checkinteger(L, 3), step = luaL_checkinteger(L, 4);
  bind_check(L, ae_unfold(bind_new_view(L, x), x, dim, count, step));
  return 1;
}

/* Pushes a list of the slices of `count` along dim, the last one smaller if need be. */
static int push_slices(lua_State *L, const ae_tensor *x, int64_t count, int dim) {
  lua_newtable(L);
  for (int64_t first = 0, n = 0; first < x->size[dim]; first += count) {
    int64_t rest = x->size[dim] - first;
    bind_check(L, ae_narrow(bind_new_view(L, x), x, dim, first, count < rest ? count : rest));
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

/* x:split(size [, dim]) -> list */
static int split(lua_State *L) {
  const ae_tensor *x = bind_check_tensor(L, 1);
  int64_t count = luaL_checkinteger(L, 2);
  luaL_argcheck(L, count > 0, 2, "the size of a part is at least 1");
  return push_slices(L, x, count, bind_opt_dim(L, 3, x, 0));
}

/* x:chunk(n [, dim]) -> list of n parts or fewer, all but the last of one size */
static int chunk(lua_State *L) {
  const ae_tensor *x = bind_check_tensor(L, 1);
  int64_t n = luaL_checkinteger(L, 2);
  luaL_argcheck(L, n > 0, 2, "the number of parts is at least 1");
  int dim = bind_opt_dim(L, 3, x, 0);
  int64_t count = x->size[dim] / n + (x->size[dim] % n != 0);
  return push_slices(L, x, count > 0 ? count : 1, dim);
}

void bind_open_tensor_view(lua_State *L) {
  static const luaL_Reg functions[] = {{"narrow", narrow},
                                       {"select", select},
                                       {"transpose", transpose},
                                       {"t", t},
                                       {"permute", permute},
                                       {"view", view},
                                       {"viewAs", view_as},
                                       {"expand", expand},
                                       {"expandAs", expand_as},
                                       {"squeeze", squeeze},
                                       {"unsqueeze", unsqueeze},
                                       {"unfold", unfold},
                                       {"split", split},
                                       {"chunk", chunk},
                                       {NULL, NULL}};
  static const luaL_Reg methods[] = {{"sub", sub}, {NULL, NULL}};
  bind_register(L, functions);
  bind_register_methods(L, methods);
}
