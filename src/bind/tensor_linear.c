/* tensor_linear.c - parts of matrices, and vectors in space.
 *
 *     torch.tril([res,] x [, k]), triu, diag      torch.trace(x)      torch.cross([res,] a, b [,
 * dim])
 */
#include "bind/tensor.h"

/* [res,] x [, k] */
static int part(lua_State *L, ae_status (*f)(ae_tensor *, const ae_tensor *, int64_t)) {
  int x = bind_first(L, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  int64_t k = luaL_optinteger(L, x + 1, 0);
  bind_check_end(L, x + 1);
  bind_check(L, f(bind_push_result(L, x, t->type), t, k));
  return 1;
}

static int tril(lua_State *L) { return part(L, ae_tril); }
static int triu(lua_State *L) { return part(L, ae_triu); }
static int diag(lua_State *L) { return part(L, ae_diag); }

static int trace(lua_State *L) {
  ae_number value;
  bind_check_end(L, 1);
  bind_check(L, ae_trace(&value, bind_check_tensor(L, 1)));
  bind_push_number(L, value);
  return 1;
}

/* [res,] a, b [, dim]; without it the first dimension of size 3 */
static int cross(lua_State *L) {
  int first = bind_first(L, 2);
  const ae_tensor *a = bind_check_tensor(L, first), *b = bind_check_tensor(L, first + 1);
  int dim = lua_isnoneornil(L, first + 2) ? -1 : bind_check_dim(L, first + 2, a);
  bind_check_end(L, first + 2);
  bind_check(L, ae_cross(bind_push_result(L, first, a->type), a, b, dim));
  return 1;
}

void bind_open_tensor_linear(lua_State *L) {
  static const luaL_Reg functions[] = {{"tril", tril},   {"triu", triu},   {"diag", diag},
                                       {"trace", trace}, {"cross", cross}, {NULL, NULL}};
  bind_register(L, functions);
}
