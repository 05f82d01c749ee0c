/* tensor_index.c - x[i], x[{...}], x[mask] and x.name, read and assigned.
 *
 *     x[3]                  the third slice, or element of a vector (x[-1]: the last)
 *     x[{2, {}, {1, 5}}]    one entry a dimension: number selects, {a,b} narrows, {a} keeps one,
 *                           {} keeps all
 *     x[mask]               elements where the ByteTensor is not 0
 */
#include "bind/tensor.h"

/* Narrows dimension dim of view to the one index at `arg`; the dimension stays. */
static void keep_one(lua_State *L, ae_tensor *view, int dim, int arg) {
  int64_t i = bind_check_index(L, arg, view->size[dim], "index");
  bind_check(L, ae_narrow(view, view, dim, i, 1));
}

/* Applies the range table on the stack's top ({}, {a} or {a,b}) to a dimension and pops it. */
static void keep_range(lua_State *L, ae_tensor *view, int dim) {
  int range = lua_gettop(L);
  int64_t n = luaL_len(L, range);
  if (n > 2)
    luaL_error(L, "a range is {}, {first} or {first, last}, not %I numbers", (LUAI_UACINT)n);
  if (n > 0) {
    lua_geti(L, range, 1);
    lua_geti(L, range, n);
    int64_t first = bind_check_index(L, range + 1, view->size[dim], "index");
    int64_t last = bind_check_index(L, range + 2, view->size[dim], "index");
    if (last < first)
      luaL_error(L, "empty range {%I,%I}", (LUAI_UACINT)lua_tointeger(L, range + 1),
                 (LUAI_UACINT)lua_tointeger(L, range + 2));
    bind_check(L, ae_narrow(view, view, dim, first, last - first + 1));
  }
  lua_settop(L, range - 1);
}

/* Applies the list of numbers and ranges at index `key` to view. Selected dimensions go, but for
 * the last one of a single element. */
static void apply_list(lua_State *L, ae_tensor *view, int key) {
  int64_t n = luaL_len(L, key);
  int dim = 0;
  if (n > view->ndim)
    luaL_error(L, "%I indices for a tensor with %d dimensions", (LUAI_UACINT)n, view->ndim);
  for (int64_t i = 1; i <= n; i++) {
    int kind = lua_geti(L, key, i);
    if (kind == LUA_TTABLE) {
      keep_range(L, view, dim++);
      continue;
    }
    keep_one(L, view, dim, lua_gettop(L));
    lua_pop(L, 1);
    if (view->ndim > 1) bind_check(L, ae_select(view, view, dim, 0));
  }
}

/* Pushes the view that key selects. [0, +1] */
static void push_slice(lua_State *L, const ae_tensor *t, int key, ae_tensor **view) {
  *view = bind_new_view(L, t);
  bind_check(L, ae_set(*view, t));
  if (lua_istable(L, key)) {
    apply_list(L, *view, key);
    return;
  }
  if (t->ndim == 0) luaL_error(L, "index %s of an empty tensor", luaL_tolstring(L, key, NULL));
  keep_one(L, *view, 0, key);
  if (t->ndim > 1) bind_check(L, ae_select(*view, *view, 0, 0));
}

/* Whether key reaches one element of t, by a number or a list of numbers; index [out] is its place.
 * The quick way for loops over elements: no view is made. */
static bool find_element(lua_State *L, const ae_tensor *t, int key, int64_t *index) {
  if (!lua_istable(L, key)) {
    if (t->ndim != 1) return false;
    index[0] = bind_check_index(L, key, t->size[0], "index");
    return true;
  }
  if (t->ndim == 0 || luaL_len(L, key) != t->ndim) return false;
  for (int d = 0; d < t->ndim; d++) {
    bool number = lua_geti(L, key, d + 1) == LUA_TNUMBER;
    if (number) index[d] = bind_check_index(L, lua_gettop(L), t->size[d], "index");
    lua_pop(L, 1);
    if (!number) return false;
  }
  return true;
}

/* x[LongStorage]: the element at this place, as a list of numbers. Replaces the key. */
static void storage_to_list(lua_State *L, int key) {
  if (!bind_test_storage(L, key)) return;
  lua_getfield(L, key, "totable");
  lua_pushvalue(L, key);
  lua_call(L, 1, 1);
  lua_replace(L, key);
}

/* x.new constructs tensors of x's type. Upvalue 1: the type. */
static int construct(lua_State *L) {
  return bind_construct(L, (ae_type)lua_tointeger(L, lua_upvalueindex(1)));
}

static int index_name(lua_State *L, const ae_tensor *t) {
  size_t length;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const char *name = lua_tolstring(L, 2, &length);
  if (name[0] == 'n' && name[1] == 'e' && name[2] == 'w' && length == 3) {
    lua_pushinteger(L, t->type);
    lua_pushcclosure(L, construct, 1);
    return 1;
  }
  const char *owner = lua_pushfstring(L, "torch.%sTensor", ae_type_name(t->type));
  return bind_unknown(L, lua_upvalueindex(1), owner, "method", name);
}

static int index_mask(lua_State *L, const ae_tensor *t) {
  const ae_tensor *mask = bind_check_tensor(L, 2);
  bind_check(L, ae_masked_select(bind_new_tensor(L, t->type), t, mask));
  return 1;
}

/* x[key], x.name. Upvalue 1: the metatable, which has the methods. */
static int index_tensor(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  int64_t index[AE_MAXDIM];
  ae_tensor *view;
  ae_number value;
  if (lua_type(L, 2) == LUA_TSTRING) return index_name(L, t);
  if (bind_test_tensor(L, 2)) return index_mask(L, t);
  storage_to_list(L, 2);
  if (find_element(L, t, 2, index)) {
    bind_check(L, ae_get(&value, t, index));
    bind_push_number(L, value);
  } else {
    push_slice(L, t, 2, &view);
  }
  return 1;
}

/* x[mask] = number or tensor */
static void assign_mask(lua_State *L, ae_tensor *t) {
  const ae_tensor *mask = bind_check_tensor(L, 2), *source = bind_test_tensor(L, 3);
  if (source)
    bind_check(L, ae_masked_copy(t, mask, source));
  else
    bind_check(L, ae_masked_fill(t, mask, bind_check_number(L, 3)));
}

static void assign_slice(lua_State *L, const ae_tensor *t) {
  ae_tensor *view;
  const ae_tensor *source = bind_test_tensor(L, 3);
  push_slice(L, t, 2, &view);
  if (source)
    bind_check(L, ae_copy(view, source));
  else
    bind_check(L, ae_fill(view, bind_check_number(L, 3)));
}

static int assign(lua_State *L) {
  ae_tensor *t = bind_check_tensor(L, 1);
  int64_t index[AE_MAXDIM];
  if (lua_type(L, 2) == LUA_TSTRING)
    return luaL_error(L, "a tensor has no field '%s' to assign", lua_tostring(L, 2));
  if (bind_test_tensor(L, 2)) return assign_mask(L, t), 0;
  storage_to_list(L, 2);
  if (!bind_test_tensor(L, 3) && find_element(L, t, 2, index))
    bind_check(L, ae_put(t, index, bind_check_number(L, 3)));
  else
    assign_slice(L, t);
  return 0;
}

void bind_open_tensor_index(lua_State *L) {
  luaL_getmetatable(L, BIND_TENSOR);
  lua_pushcfunction(L, assign);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, index_tensor, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
