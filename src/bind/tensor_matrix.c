/* tensor_matrix.c - matrix products.
 *
 *     torch.mm([res,] a, b)                               res = a b
 *     torch.addmm([res,] [beta,] c, [alpha,] a, b)        res = beta c + alpha a b
 *     c:addmm([beta, alpha,] a, b)   c:addmm([alpha,] a, b)          in place
 *     res:addmm([beta,] c, [alpha,] a, b)
 *
 * and likewise mv, addmv with a vector b, ger, addr with the outer product of two vectors, bmm,
 * baddbmm with batches of matrices, addbmm with the sum of a batch's products.
 */
#include "bind/tensor.h"

typedef ae_status product(ae_tensor *y, double beta, const ae_tensor *c, double alpha,
                          const ae_tensor *a, const ae_tensor *b);

/* [res,] a, b */
static int multiply(lua_State *L, product *f) {
  int first = bind_first(L, 2);
  const ae_tensor *a = bind_check_tensor(L, first), *b = bind_check_tensor(L, first + 1);
  bind_check_end(L, first + 1);
  bind_check(L, f(bind_push_result(L, first, a->type), 0, NULL, 1, a, b));
  return 1;
}

/* Numbers at *arg and after it; advances *arg. Returns how many, at most two. */
static int take_numbers(lua_State *L, int *arg, double *number) {
  int n = 0;
  while (n < 2 && lua_type(L, *arg) == LUA_TNUMBER) number[n++] = lua_tonumber(L, (*arg)++);
  return n;
}

/* Upvalue 1: called as a method, where three tensors mean that c is the result. A number before c
 * is beta, one after it alpha; two after c are beta and alpha. */
static int multiply_add(lua_State *L, product *f) {
  bool given = bind_count_tensors(L) > 3, method = lua_toboolean(L, lua_upvalueindex(1));
  int arg = given ? 2 : 1;
  double before[2], after[2], beta = 1, alpha = 1;
  int nbefore = take_numbers(L, &arg, before);
  const ae_tensor *c = bind_check_tensor(L, arg++);
  int nafter = take_numbers(L, &arg, after);
  if (nbefore + nafter > 2) luaL_argerror(L, arg, "at most two numbers: beta and alpha");
  if (nbefore > 0) beta = before[nbefore - 1];
  if (nafter > 0) alpha = after[nafter - 1];
  if (nafter == 2) beta = after[0];
  const ae_tensor *a = bind_check_tensor(L, arg), *b = bind_check_tensor(L, arg + 1);
  bind_check_end(L, arg + 1);
  ae_tensor *result = bind_push_result(L, given || method ? 2 : 1, a->type);
  bind_check(L, f(result, beta, c, alpha, a, b));
  return 1;
}

static int mm(lua_State *L) { return multiply(L, ae_addmm); }
static int mv(lua_State *L) { return multiply(L, ae_addmv); }
static int ger(lua_State *L) { return multiply(L, ae_addr); }
static int addmm(lua_State *L) { return multiply_add(L, ae_addmm); }
static int addmv(lua_State *L) { return multiply_add(L, ae_addmv); }
static int bmm(lua_State *L) { return multiply(L, ae_baddbmm); }
static int baddbmm(lua_State *L) { return multiply_add(L, ae_baddbmm); }
static int addbmm(lua_State *L) { return multiply_add(L, ae_addbmm); }
static int addr(lua_State *L) { return multiply_add(L, ae_addr); }

void bind_open_tensor_matrix(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"mm", mm}, {"mv", mv}, {"ger", ger}, {"bmm", bmm}, {NULL, NULL}};
  bind_register(L, functions);
  bind_register_form(L, "addmm", addmm, 0);
  bind_register_form(L, "addmv", addmv, 0);
  bind_register_form(L, "addr", addr, 0);
  bind_register_form(L, "baddbmm", baddbmm, 0);
  bind_register_form(L, "addbmm", addbmm, 0);
}
