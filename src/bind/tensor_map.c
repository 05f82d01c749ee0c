/* tensor_map.c - element-wise functions: every operation of AE_MAP1_LIST and AE_MAP2_LIST that has
 * a name, bound by one function from those tables, and comparisons.
 *
 *     torch.f([res,] x, numbers...)          x:f(numbers...)          y = f(x; a, b)
 *     torch.f([res,] x1, [factor,] x2)       x:f([x1,] [factor,] x2)  y = f(x1, x2; factor)
 *
 * `add` and the like are both: x:add(1), x:add(y), x:add(2, y).
 */
#include "bind/tensor.h"

#include <string.h>

enum { NONE = -1 };

static const struct {
  const char *name;
  int numbers;
} map1[AE_NMAP1] = {
#define MAP1_ROW(op, name, numbers, formula, types) [AE_##op] = {name, numbers},
    AE_MAP1_LIST(MAP1_ROW)
#undef MAP1_ROW
};

static const struct {
  const char *name;
  int numbers;
} map2[AE_NMAP2] = {
#define MAP2_ROW(op, name, numbers, formula, types) [AE_##op] = {name, numbers},
    AE_MAP2_LIST(MAP2_ROW)
#undef MAP2_ROW
};

/* One call: the operation with numbers and the one with a tensor under this name (or NONE), and
 * whether it was called as a method, which then works in place. */
typedef struct call {
  int op1, op2;
  bool method;
} call;

static call this_call(lua_State *L) {
  return (call){.method = lua_toboolean(L, lua_upvalueindex(1)),
                .op1 = (int)lua_tointeger(L, lua_upvalueindex(2)),
                .op2 = (int)lua_tointeger(L, lua_upvalueindex(3))};
}

/* Pushes the result of a function of n tensors; *x [out] is the place of the first of them. */
static ae_tensor *push_target(lua_State *L, const call *c, int n, int *x) {
  bool given = bind_count_tensors(L) > n;
  *x = given ? 2 : 1;
  return bind_push_result(L, given || c->method ? 2 : 1, bind_check_tensor(L, *x)->type);
}

/* f(x; a, b) */
static int with_numbers(lua_State *L, const call *c) {
  int x = bind_first(L, 1), count = map1[c->op1].numbers;
  ae_number number[2] = {ae_from_int(0), ae_from_int(0)};
  bind_check_tensor(L, x);
  for (int i = 0; i < count; i++) {
    luaL_checknumber(L, x + 1 + i);
    number[i] = bind_check_number(L, x + 1 + i);
  }
  bind_check_end(L, x + count);
  ae_tensor *target = push_target(L, c, 1, &x);
  bind_check(
      L, ae_map1_number((ae_map1_op)c->op1, target, bind_check_tensor(L, x), number[0], number[1]));
  return 1;
}

/* torch.pow([res,] a, x) = a ^ x */
static int power_of_number(lua_State *L, const call *c) {
  int top = lua_gettop(L);
  double a = luaL_checknumber(L, top - 1);
  const ae_tensor *x = bind_check_tensor(L, top);
  bind_check_end(L, bind_test_tensor(L, 1) ? 3 : 2);
  ae_tensor *target = bind_push_result(L, c->method || top == 3 ? 2 : 1, x->type);
  bind_check(L, ae_map1(AE_RPOW_SCALAR, target, x, a, 0));
  return 1;
}

/* The number at *arg, past which *arg moves; 1 when there is none. */
static ae_number take_factor(lua_State *L, int *arg) {
  return lua_type(L, *arg) == LUA_TNUMBER ? bind_check_number(L, (*arg)++) : ae_from_int(1);
}

static ae_number negated(ae_number v) {
  return v.integral ? ae_from_int((int64_t)(0 - (uint64_t)v.as.i)) : ae_from_double(-v.as.d);
}

/* f(x1, x2; factor); csub is an addition with the factor negated. */
static int with_tensor(lua_State *L, const call *c) {
  int x = bind_first(L, 2), y = x + 1;
  ae_number factor = ae_from_int(1);
  bind_check_tensor(L, x);
  if (map2[c->op2].numbers) factor = take_factor(L, &y);
  if (c->op1 == AE_SUB_SCALAR) factor = negated(factor);
  const ae_tensor *x2 = bind_check_tensor(L, y);
  bind_check_end(L, y);
  ae_tensor *target = push_target(L, c, 2, &x);
  bind_check(L, ae_map2_number((ae_map2_op)c->op2, target, bind_check_tensor(L, x), x2, factor));
  return 1;
}

static int map(lua_State *L) {
  call c = this_call(L);
  int top = lua_gettop(L);
  bool tensor_last = bind_test_tensor(L, top) && top > 1;
  if (c.op1 == AE_POW_SCALAR && tensor_last && lua_type(L, top - 1) == LUA_TNUMBER)
    return power_of_number(L, &c);
  if (c.op1 == NONE || (c.op2 != NONE && tensor_last)) return with_tensor(L, &c);
  return with_numbers(L, &c);
}

/* ---- x + factor * x1 * x2 and x + factor * x1 / x2 ---- */

/* [res,] x, [factor,] x1, x2 */
static int add_product(lua_State *L, ae_status (*f)(ae_tensor *, const ae_tensor *, ae_number,
                                                    const ae_tensor *, const ae_tensor *)) {
  call c = this_call(L);
  int x = bind_first(L, 3), x1 = x + 1;
  ae_number factor = take_factor(L, &x1);
  const ae_tensor *a = bind_check_tensor(L, x1), *b = bind_check_tensor(L, x1 + 1);
  bind_check_end(L, x1 + 1);
  ae_tensor *target = push_target(L, &c, 3, &x);
  bind_check(L, f(target, bind_check_tensor(L, x), factor, a, b));
  return 1;
}

static int addcmul(lua_State *L) { return add_product(L, ae_addcmul_number); }
static int addcdiv(lua_State *L) { return add_product(L, ae_addcdiv_number); }

/* torch.lerp([res,] a, b, weight), x:lerp([a,] b, weight): a + weight * (b - a); of numbers too. */
static int lerp(lua_State *L) {
  call c = this_call(L);
  int x = bind_first(L, 2);
  double weight = luaL_checknumber(L, x + 2);
  bind_check_end(L, x + 2);
  if (lua_type(L, 1) == LUA_TNUMBER) {
    double a = lua_tonumber(L, 1), b = luaL_checknumber(L, 2);
    return lua_pushnumber(L, a + weight * (b - a)), 1;
  }
  const ae_tensor *b = bind_check_tensor(L, x + 1);
  ae_tensor *target = push_target(L, &c, 2, &x);
  bind_check(L, ae_lerp(target, bind_check_tensor(L, x), b, weight));
  return 1;
}

/* ---- comparisons: a ByteTensor of 0 and 1 ---- */

/* [res,] x, number or tensor. Upvalue 1: the operation. */
static int compare(lua_State *L) {
  ae_compare_op op = (ae_compare_op)lua_tointeger(L, lua_upvalueindex(2));
  int top = lua_gettop(L), first = top > 2 ? 2 : 1;
  const ae_tensor *x = bind_check_tensor(L, first), *y = bind_test_tensor(L, first + 1);
  ae_number number = y ? ae_from_int(0) : bind_check_number(L, first + 1);
  bind_check_end(L, first + 1);
  ae_tensor *result = bind_push_result(L, first, AE_BYTE);
  bind_check(L, y ? ae_compare(op, result, x, y) : ae_compare_scalar(op, result, x, number));
  return 1;
}

static int equal(lua_State *L) {
  lua_pushboolean(L, ae_equal(bind_check_tensor(L, 1), bind_check_tensor(L, 2)));
  return 1;
}

/* x:allclose(y [, relative [, absolute]]): |x - y| <= absolute + relative * |y| everywhere */
static int allclose(lua_State *L) {
  const ae_tensor *a = bind_check_tensor(L, 1), *b = bind_check_tensor(L, 2);
  double relative = luaL_optnumber(L, 3, 1e-5), absolute = luaL_optnumber(L, 4, 1e-8);
  bind_check_end(L, 4);
  lua_pushboolean(L, ae_all_close(a, b, relative, absolute));
  return 1;
}

/* x:all(), x:any() of a ByteTensor: whether no element, or not every element, is 0. */
static int all_or_any(lua_State *L, ae_reduce_op op, bool of_none) {
  const ae_tensor *x = bind_check_tensor(L, 1);
  ae_number value;
  luaL_argcheck(L, x->type == AE_BYTE, 1, "a ByteTensor expected");
  if (ae_nelement(x) == 0) return lua_pushboolean(L, of_none), 1;
  bind_check(L, ae_reduce(&value, op, x, 0));
  lua_pushboolean(L, ae_to_int(value) != 0);
  return 1;
}

static int all(lua_State *L) { return all_or_any(L, AE_MIN, true); }
static int any(lua_State *L) { return all_or_any(L, AE_MAX, false); }

/* ---- registration ---- */

/* The operation on two tensors that shares a name with one on a number, or does its work. */
static int partner(int op1) {
  if (op1 == AE_SUB_SCALAR) return AE_ADD;
  if (op1 == AE_MUL_SCALAR) return AE_MUL;
  if (op1 == AE_DIV_SCALAR) return AE_DIV;
  for (int op2 = 0; op2 < AE_NMAP2; op2++)
    if (map2[op2].name && strcmp(map1[op1].name, map2[op2].name) == 0) return op2;
  return NONE;
}

static bool has_partner(int op2) {
  for (int op1 = 0; op1 < AE_NMAP1; op1++)
    if (strcmp(map1[op1].name, map2[op2].name) == 0) return true;
  return false;
}

static void register_map(lua_State *L, const char *name, int op1, int op2) {
  lua_pushinteger(L, op1);
  lua_pushinteger(L, op2);
  bind_register_form(L, name, map, 2);
}

void bind_open_tensor_map(lua_State *L) {
  static const char *const comparison[AE_NCOMPARE] = {
      [AE_LT] = "lt", [AE_LE] = "le", [AE_GT] = "gt",
      [AE_GE] = "ge", [AE_EQ] = "eq", [AE_NE] = "ne"};
  static const luaL_Reg functions[] = {
      {"equal", equal}, {"allclose", allclose}, {"all", all}, {"any", any}, {NULL, NULL}};
  for (int op = 0; op < AE_NMAP1; op++) register_map(L, map1[op].name, op, partner(op));
  for (int op = 0; op < AE_NMAP2; op++)
    if (map2[op].name && !has_partner(op)) register_map(L, map2[op].name, NONE, op);
  for (int op = 0; op < AE_NCOMPARE; op++) {
    lua_pushinteger(L, op);
    bind_register_form(L, comparison[op], compare, 1);
  }
  bind_register_form(L, "addcmul", addcmul, 0);
  bind_register_form(L, "addcdiv", addcdiv, 0);
  bind_register_form(L, "lerp", lerp, 0);
  bind_register(L, functions);
}
