/* tensor_operator.c - arithmetic operators, as Torch has them: a matrix times a matrix or a vector
 * is their product, a vector times a vector their dot product; the rest is element-wise. Always a
 * new tensor. */
#include "bind/tensor.h"

/* Result of f(x; number), where the tensor is argument `x` and the number the other one. */
static int with_number(lua_State *L, ae_map1_op op, int x) {
  const ae_tensor *t = bind_check_tensor(L, x);
  ae_number number = bind_check_number(L, x == 1 ? 2 : 1);
  bind_check(L, ae_map1_number(op, bind_new_tensor(L, t->type), t, number, ae_from_int(0)));
  return 1;
}

static int with_tensor(lua_State *L, ae_map2_op op, double factor) {
  const ae_tensor *x = bind_check_tensor(L, 1), *y = bind_check_tensor(L, 2);
  bind_check(L, ae_map2(op, bind_new_tensor(L, x->type), x, y, factor));
  return 1;
}

static bool is_number(lua_State *L, int arg) { return lua_type(L, arg) == LUA_TNUMBER; }

static int add(lua_State *L) {
  if (is_number(L, 1)) return with_number(L, AE_ADD_SCALAR, 2);
  if (is_number(L, 2)) return with_number(L, AE_ADD_SCALAR, 1);
  return with_tensor(L, AE_ADD, 1);
}

static int subtract(lua_State *L) {
  if (is_number(L, 1)) return with_number(L, AE_RSUB_SCALAR, 2);
  if (is_number(L, 2)) return with_number(L, AE_SUB_SCALAR, 1);
  return with_tensor(L, AE_ADD, -1);
}

static int divide(lua_State *L) {
  if (is_number(L, 1)) return with_number(L, AE_RDIV_SCALAR, 2);
  if (is_number(L, 2)) return with_number(L, AE_DIV_SCALAR, 1);
  return with_tensor(L, AE_DIV, 0);
}

static int negate(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  bind_check(L, ae_map1(AE_NEG, bind_new_tensor(L, t->type), t, 0, 0));
  return 1;
}

static int product(lua_State *L) {
  const ae_tensor *a = bind_check_tensor(L, 1), *b = bind_check_tensor(L, 2);
  if (a->ndim == 1 && b->ndim == 1) {
    ae_number value;
    bind_check(L, ae_dot(&value, a, b));
    bind_push_number(L, value);
  } else if (a->ndim == 2 && b->ndim == 1) {
    bind_check(L, ae_addmv(bind_new_tensor(L, a->type), 0, NULL, 1, a, b));
  } else if (a->ndim == 2 && b->ndim == 2) {
    bind_check(L, ae_addmm(bind_new_tensor(L, a->type), 0, NULL, 1, a, b));
  } else {
    return luaL_error(L, "a * b: a matrix or a vector each, not %d and %d dimensions; see cmul",
                      a->ndim, b->ndim);
  }
  return 1;
}

static int multiply(lua_State *L) {
  if (is_number(L, 1)) return with_number(L, AE_MUL_SCALAR, 2);
  if (is_number(L, 2)) return with_number(L, AE_MUL_SCALAR, 1);
  return product(L);
}

void bind_open_tensor_operator(lua_State *L) {
  static const luaL_Reg methods[] = {{"__add", add},    {"__sub", subtract}, {"__mul", multiply},
                                     {"__div", divide}, {"__unm", negate},   {NULL, NULL}};
  bind_register_methods(L, methods);
}
