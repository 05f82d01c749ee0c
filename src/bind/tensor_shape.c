/* tensor_shape.c - what a tensor is and holds: sizes, copies, resizing. */
#include "bind/tensor.h"

/* x:size() as a LongStorage, x:size(dim) */
static int size(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  if (lua_isnoneornil(L, 2))
    bind_push_sizes(L, t->ndim, t->size);
  else
    lua_pushinteger(L, t->size[bind_check_dim(L, 2, t)]);
  return 1;
}

/* #x; Lua passes the operand twice. */
static int length(lua_State *L) {
  lua_settop(L, 1);
  return size(L);
}

static int stride(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  if (lua_isnoneornil(L, 2))
    bind_push_sizes(L, t->ndim, t->stride);
  else
    lua_pushinteger(L, t->stride[bind_check_dim(L, 2, t)]);
  return 1;
}

static int dim(lua_State *L) {
  lua_pushinteger(L, bind_check_tensor(L, 1)->ndim);
  return 1;
}

static int nelement(lua_State *L) {
  lua_pushinteger(L, ae_nelement(bind_check_tensor(L, 1)));
  return 1;
}

static int is_contiguous(lua_State *L) {
  lua_pushboolean(L, ae_is_contiguous(bind_check_tensor(L, 1)));
  return 1;
}

/* x:isSameSizeAs(y) */
static int is_same_size_as(lua_State *L) {
  lua_pushboolean(L, ae_same_size(bind_check_tensor(L, 1), bind_check_tensor(L, 2)));
  return 1;
}

/* x:isSize(LongStorage) */
static int is_size(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  int64_t wanted[AE_MAXDIM];
  bool same = bind_check_sizes(L, 2, wanted, false) == t->ndim;
  for (int d = 0; same && d < t->ndim; d++) same = t->size[d] == wanted[d];
  lua_pushboolean(L, same);
  return 1;
}

/* Whether two tensors are the same view of the same storage. */
static int is_set_to(lua_State *L) {
  const ae_tensor *a = bind_check_tensor(L, 1), *b = bind_check_tensor(L, 2);
  bool same = a->storage == b->storage && a->offset == b->offset && ae_same_size(a, b);
  for (int d = 0; same && d < a->ndim; d++) same = a->stride[d] == b->stride[d];
  lua_pushboolean(L, same);
  return 1;
}

/* An empty tensor has no storage until it is asked for. */
static int storage(lua_State *L) {
  ae_tensor *t = bind_check_tensor(L, 1);
  if (!t->storage) bind_check(L, ae_storage_new(&t->storage, t->type, 0));
  bind_push_storage(L, t->storage);
  return 1;
}

static int storage_offset(lua_State *L) {
  bind_push_index(L, bind_check_tensor(L, 1)->offset);
  return 1;
}

/* ---- copies ---- */

static int clone(lua_State *L) {
  const ae_tensor *t = bind_check_tensor(L, 1);
  bind_check(L, ae_convert(bind_new_tensor(L, t->type), t));
  return 1;
}

/* x itself when it is contiguous already. */
static int contiguous(lua_State *L) {
  if (!ae_is_contiguous(bind_check_tensor(L, 1))) return clone(L);
  return lua_settop(L, 1), 1;
}

static int copy(lua_State *L) {
  ae_tensor *t = bind_check_tensor(L, 1);
  bind_check(L, ae_copy(t, bind_check_tensor(L, 2)));
  return lua_settop(L, 1), 1;
}

static int fill(lua_State *L) {
  ae_tensor *t = bind_check_tensor(L, 1);
  bind_check(L, ae_fill(t, bind_check_number(L, 2)));
  return lua_settop(L, 1), 1;
}

static int zero(lua_State *L) {
  bind_check(L, ae_fill(bind_check_tensor(L, 1), ae_from_int(0)));
  return lua_settop(L, 1), 1;
}

static int resize(lua_State *L) {
  ae_tensor *t = bind_check_tensor(L, 1);
  int64_t sizes[AE_MAXDIM];
  int ndim = bind_check_sizes(L, 2, sizes, false);
  bind_check(L, ae_resize(t, ndim, sizes));
  return lua_settop(L, 1), 1;
}

static int resize_as(lua_State *L) {
  ae_tensor *t = bind_check_tensor(L, 1);
  bind_check(L, ae_resize_as(t, bind_check_tensor(L, 2)));
  return lua_settop(L, 1), 1;
}

/* [res,] x, sizes: always a copy, contiguous; one size may be -1. */
static int reshape(lua_State *L) {
  int64_t sizes[AE_MAXDIM];
  int first = bind_first(L, 1), ndim = bind_check_sizes(L, first + 1, sizes, true);
  const ae_tensor *t = bind_check_tensor(L, first);
  ae_tensor *whole = bind_new_tensor(L, t->type), *result;
  bind_check(L, ae_convert(whole, t));
  bind_check(L, ae_view(whole, whole, ndim, sizes));
  if (first == 1) return 1;
  result = bind_push_result(L, first, t->type);
  bind_check(L, ae_convert(result, whole));
  return 1;
}

void bind_open_tensor_shape(lua_State *L) {
  static const luaL_Reg methods[] = {{"size", size},
                                     {"__len", length},
                                     {"stride", stride},
                                     {"dim", dim},
                                     {"nDimension", dim},
                                     {"nElement", nelement},
                                     {"numel", nelement},
                                     {"isContiguous", is_contiguous},
                                     {"isSameSizeAs", is_same_size_as},
                                     {"isSize", is_size},
                                     {"isSetTo", is_set_to},
                                     {"storage", storage},
                                     {"storageOffset", storage_offset},
                                     {"clone", clone},
                                     {"contiguous", contiguous},
                                     {"copy", copy},
                                     {"resize", resize},
                                     {"resizeAs", resize_as},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"fill", fill}, {"zero", zero}, {"reshape", reshape}, {"numel", nelement}, {NULL, NULL}};
  bind_register_methods(L, methods);
  bind_register(L, functions);
}
