/* data.c - aelua.data: reading data files, the built-in garments, and batches of images. */
#include "bind/bind.h"

/* idx(path [, maxBytes]) -> tensor; raises when the file is missing or not what it should be. */
static int idx(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  int64_t limit = luaL_optinteger(L, 2, 0);
  ae_tensor *t = bind_new_tensor(L, AE_BYTE);
  bind_check(L, ae_idx_read(t, path, limit));
  return 1;
}

/* garments(n, seed, stream) -> images (n,28,28), labels (n) 0..9, both Byte */
static int garments(lua_State *L) {
  int64_t n = luaL_checkinteger(L, 1), seed = luaL_checkinteger(L, 2);
  int64_t stream = luaL_optinteger(L, 3, 0);
  luaL_argcheck(L, stream >= 0 && stream <= INT32_MAX, 3, "0 (training set) or 1 (test set)");
  ae_tensor *images = bind_new_tensor(L, AE_BYTE), *labels = bind_new_tensor(L, AE_BYTE);
  bind_check(L, ae_garments(images, labels, n, (uint64_t)seed, (int)stream));
  return 2;
}

/* batchImages(x, images, index, nil, nil, divisor) or (x, images, nil, first, count, divisor) -> x,
 * (B, features): the images with these numbers, or `count` from `first` on. */
static int batch_images(lua_State *L) {
  ae_tensor *x = bind_check_tensor(L, 1);
  const ae_tensor *images = bind_check_tensor(L, 2), *index = NULL;
  int64_t first = 0, count = 0;
  double divisor = luaL_optnumber(L, 6, 255);
  if (lua_isnoneornil(L, 3)) {
    first = bind_check_index(L, 4, images->ndim > 0 ? images->size[0] : 0, "first image");
    count = luaL_checkinteger(L, 5);
  } else {
    index = bind_index_to_engine(L, 3);
  }
  bind_check(L, ae_batch_images(x, images, index, first, count, divisor));
  return lua_settop(L, 1), 1;
}

void bind_open_data(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"idx", idx}, {"garments", garments}, {"batchImages", batch_images}, {NULL, NULL}};
  bind_push_library(L, "aelua.data");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
