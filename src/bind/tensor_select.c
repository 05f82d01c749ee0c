/* tensor_select.c - choosing, joining and rearranging elements. Index tensors are 1-based and of
 * any type. */
#include "bind/tensor.h"

/* ---- joining ---- */

/* Tensors of the list at `arg`, or those at arg and arg + 1, in an array pushed on the stack behind
 * a table that keeps them alive: the script's list may change. [0, +2] */
static const ae_tensor **push_parts(lua_State *L, int arg, int *n) {
  bool list = lua_istable(L, arg);
  lua_Unsigned count = list ? lua_rawlen(L, arg) : 2;
  luaL_argcheck(L, count >= 1 && count <= INT32_MAX, arg, "the list is empty");
  lua_createtable(L, (int)count, 0);
  const ae_tensor **part = lua_newuserdatauv(L, (size_t)count * sizeof *part, 0);
  for (int i = 0; i < (int)count; i++) {
    if (list)
      lua_rawgeti(L, arg, i + 1);
    else
      lua_pushvalue(L, arg + i);
    part[i] = bind_test_tensor(L, -1);
    if (!part[i]) luaL_argerror(L, list ? arg : arg + i, "tensors or one list of tensors expected");
    lua_rawseti(L, -3, i + 1);
  }
  *n = (int)count;
  return part;
}

static const ae_tensor *highest_rank(const ae_tensor *const *part, int n) {
  const ae_tensor *best = part[0];
  for (int i = 1; i < n; i++)
    if (part[i]->ndim > best->ndim) best = part[i];
  return best;
}

/* torch.cat([res,] a, b [, dim]), torch.cat([res,] {a, b, ...} [, dim]); dim: the last one */
static int cat(lua_State *L) {
  int n, first = !lua_istable(L, 1) && (lua_istable(L, 2) || bind_count_tensors(L) > 2) ? 2 : 1;
  int dim_arg = lua_istable(L, first) ? first + 1 : first + 2;
  bind_check_end(L, dim_arg);
  lua_settop(L, dim_arg);
  const ae_tensor **part = push_parts(L, first, &n), *like = highest_rank(part, n);
  int dim = bind_opt_dim(L, dim_arg, like, like->ndim - 1);
  bind_check(L, ae_cat(bind_push_result(L, first, like->type), n, part, dim));
  return 1;
}

/* x:repeatTensor(sizes), torch.repeatTensor([res,] x, sizes) */
static int repeat(lua_State *L) {
  int64_t times[AE_MAXDIM];
  int x = bind_first(L, 1), n = bind_check_sizes(L, x + 1, times, false);
  const ae_tensor *t = bind_check_tensor(L, x);
  bind_check(L, ae_repeat(bind_push_result(L, x, t->type), t, n, times));
  return 1;
}

/* ---- slices by number ---- */

/* x:index(dim, index), res:index(x, dim, index) */
static int index_select(lua_State *L) {
  int x = bind_first(L, 2);
  const ae_tensor *t = bind_check_tensor(L, x);
  int dim = bind_check_dim(L, x + 1, t);
  bind_check_end(L, x + 2);
  const ae_tensor *index = bind_index_to_engine(L, x + 2);
  bind_check(L, ae_index_select(bind_push_result(L, x, t->type), t, dim, index));
  return 1;
}

/* x:f(dim, index, source) */
static int with_slices(lua_State *L,
                       ae_status (*f)(ae_tensor *, int, const ae_tensor *, const ae_tensor *)) {
  ae_tensor *x = bind_check_tensor(L, 1);
  int dim = bind_check_dim(L, 2, x);
  const ae_tensor *source = bind_check_tensor(L, 4);
  bind_check(L, f(x, dim, bind_index_to_engine(L, 3), source));
  return lua_settop(L, 1), 1;
}

static int index_copy(lua_State *L) { return with_slices(L, ae_index_copy); }
static int index_add(lua_State *L) { return with_slices(L, ae_index_add); }

static int index_fill(lua_State *L) {
  ae_tensor *x = bind_check_tensor(L, 1);
  int dim = bind_check_dim(L, 2, x);
  ae_number value = bind_check_number(L, 4);
  bind_check(L, ae_index_fill(x, dim, bind_index_to_engine(L, 3), value));
  return lua_settop(L, 1), 1;
}

/* ---- elements by number ---- */

/* x:gather(dim, index), torch.gather([res,] x, dim, index) */
static int gather(lua_State *L) {
  int x = bind_first(L, 2);
  const ae_tensor *t = bind_check_tensor(L, x);
  int dim = bind_check_dim(L, x + 1, t);
  bind_check_end(L, x + 2);
  const ae_tensor *index = bind_index_to_engine(L, x + 2);
  bind_check(L, ae_gather(bind_push_result(L, x, t->type), t, dim, index));
  return 1;
}

/* x:scatter(dim, index, source or number) */
static int scatter(lua_State *L) {
  ae_tensor *x = bind_check_tensor(L, 1);
  int dim = bind_check_dim(L, 2, x);
  const ae_tensor *source = bind_test_tensor(L, 4);
  ae_number value = source ? ae_from_int(0) : bind_check_number(L, 4);
  const ae_tensor *index = bind_index_to_engine(L, 3);
  bind_check(L, source ? ae_scatter(x, dim, index, source) : ae_scatter_fill(x, dim, index, value));
  return lua_settop(L, 1), 1;
}

/* ---- masks ---- */

static int masked_fill(lua_State *L) {
  ae_tensor *x = bind_check_tensor(L, 1);
  bind_check(L, ae_masked_fill(x, bind_check_tensor(L, 2), bind_check_number(L, 3)));
  return lua_settop(L, 1), 1;
}

static int masked_copy(lua_State *L) {
  ae_tensor *x = bind_check_tensor(L, 1);
  bind_check(L, ae_masked_copy(x, bind_check_tensor(L, 2), bind_check_tensor(L, 3)));
  return lua_settop(L, 1), 1;
}

/* x:maskedSelect(mask), torch.maskedSelect([res,] x, mask) */
static int masked_select(lua_State *L) {
  int x = bind_first(L, 2);
  const ae_tensor *t = bind_check_tensor(L, x), *mask = bind_check_tensor(L, x + 1);
  bind_check(L, ae_masked_select(bind_push_result(L, x, t->type), t, mask));
  return 1;
}

/* torch.nonzero([res,] x): one row of indices for each element that is not 0 */
static int nonzero(lua_State *L) {
  int x = bind_first(L, 1);
  const ae_tensor *t = bind_check_tensor(L, x);
  ae_tensor *index = bind_push_result(L, x, AE_LONG);
  bind_check(L, ae_nonzero(index, t));
  bind_index_to_lua(L, index);
  return 1;
}

void bind_open_tensor_select(lua_State *L) {
  static const luaL_Reg functions[] = {{"cat", cat},
                                       {"repeatTensor", repeat},
                                       {"index", index_select},
                                       {"indexCopy", index_copy},
                                       {"indexAdd", index_add},
                                       {"indexFill", index_fill},
                                       {"gather", gather},
                                       {"scatter", scatter},
                                       {"maskedFill", masked_fill},
                                       {"maskedCopy", masked_copy},
                                       {"maskedSelect", masked_select},
                                       {"nonzero", nonzero},
                                       {NULL, NULL}};
  bind_register(L, functions);
}
