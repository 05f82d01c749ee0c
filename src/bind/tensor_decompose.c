/* tensor_decompose.c - eigenvalues, singular values, equations.
 *
 *     e, v = torch.symeig([e, v,] x [, 'N' | 'V'] [, 'U' | 'L'])
 *     u, s, v = torch.svd([u, s, v,] x [, 'S' | 'A'])
 *     x, lu = torch.gesv([x, lu,] b, a)       y = torch.inverse([y,] x)
 *     y = torch.potrf([y,] x [, 'U' | 'L'])
 */
#include "bind/tensor.h"

/* The places of the results: n given tensors before the `count` arguments proper that are tensors,
 * or n new ones, pushed. Returns the first argument proper. */
static int first_after(lua_State *L, int n, int count) {
  return bind_count_tensors(L) >= n + count ? n + 1 : 1;
}

/* Result i: argument i when results were given. [0, +1] */
static ae_tensor *push_result(lua_State *L, int first, int i, ae_type type) {
  if (first == 1) return bind_push_result(L, 1, type);
  lua_pushvalue(L, i);
  return bind_check_tensor(L, i);
}

static bool option(lua_State *L, int arg, const char *fallback, const char *const *words) {
  return luaL_checkoption(L, arg, fallback, words) % 2 == 0;
}

static const char *const triangles[] = {"U", "L", "u", "l", NULL};

static int symeig(lua_State *L) {
  static const char *const jobs[] = {"V", "N", "v", "n", NULL};
  const int x = first_after(L, 2, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  const bool vectors = option(L, x + 1, "N", jobs), upper = option(L, x + 2, "U", triangles);
  bind_check_end(L, x + 2);
  ae_tensor *values = push_result(L, x, 1, t->type), *v = push_result(L, x, 2, t->type);
  bind_check(L, ae_symeig(values, vectors ? v : NULL, t, upper));
  return 2;
}

static int svd(lua_State *L) {
  static const char *const jobs[] = {"A", "S", "a", "s", NULL};
  const int x = first_after(L, 3, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  const bool all = option(L, x + 1, "S", jobs);
  bind_check_end(L, x + 1);
  ae_tensor *u = push_result(L, x, 1, t->type), *s = push_result(L, x, 2, t->type);
  ae_tensor *v = push_result(L, x, 3, t->type);
  bind_check(L, ae_svd(u, s, v, t, all));
  return 3;
}

static int gesv(lua_State *L) {
  const int b = first_after(L, 2, 2);
  const ae_tensor *right = bind_check_tensor(L, b), *a = bind_check_tensor(L, b + 1);
  bind_check_end(L, b + 1);
  ae_tensor *x = push_result(L, b, 1, a->type), *lu = push_result(L, b, 2, a->type);
  bind_check(L, ae_gesv(x, lu, right, a));
  return 2;
}

static int inverse(lua_State *L) {
  const int x = bind_first(L, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  bind_check_end(L, x);
  bind_check(L, ae_inverse(bind_push_result(L, x, t->type), t));
  return 1;
}

static int potrf(lua_State *L) {
  const int x = bind_first(L, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  const bool upper = option(L, x + 1, "U", triangles);
  bind_check_end(L, x + 1);
  bind_check(L, ae_potrf(bind_push_result(L, x, t->type), t, upper));
  return 1;
}

void bind_open_tensor_decompose(lua_State *L) {
  static const luaL_Reg functions[] = {{"symeig", symeig},   {"svd", svd},     {"gesv", gesv},
                                       {"inverse", inverse}, {"potrf", potrf}, {NULL, NULL}};
  bind_register(L, functions);
}
