/* tensor_linear.c - parts of matrices, vectors in space, convolutions.
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

/* [res,] x, k [, 'V' | 'F'] */
static int convolve(lua_State *L, int space, bool flip) {
  static const char *const modes[] = {"V", "F", "v", "f", NULL};
  int x = bind_first(L, 2);
  const ae_tensor *image = bind_check_tensor(L, x), *kernel = bind_check_tensor(L, x + 1);
  int mode = luaL_checkoption(L, x + 2, "V", modes);
  bind_check_end(L, x + 2);
  ae_tensor *result = bind_push_result(L, x, image->type);
  bind_check(L, ae_convolve(result, image, kernel, space, flip, mode % 2 == 1));
  return 1;
}

static int conv2(lua_State *L) { return convolve(L, 2, true); }
static int conv3(lua_State *L) { return convolve(L, 3, true); }
static int xcorr2(lua_State *L) { return convolve(L, 2, false); }
static int xcorr3(lua_State *L) { return convolve(L, 3, false); }

void bind_open_tensor_linear(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"tril", tril},   {"triu", triu},     {"diag", diag},   {"trace", trace},   {"cross", cross},
      {"conv2", conv2}, {"xcorr2", xcorr2}, {"conv3", conv3}, {"xcorr3", xcorr3}, {NULL, NULL}};
  bind_register(L, functions);
}
