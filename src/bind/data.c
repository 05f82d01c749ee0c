/* data.c - aelua.data: reading data files and tables, the built-in garments, and batches of images.
 */
#include "bind/bind.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* ---- files that become shorter while they are mapped ---- */

static void write_word(const char *word) {
  ssize_t written = write(STDERR_FILENO, word, strlen(word));
  (void)written;
}

/* There is no way on: the elements are gone. Says so and ends; what was saved is on the disk. */
static void on_bus_error(int signal_number, siginfo_t *about, void *context) {
  static atomic_flag told = ATOMIC_FLAG_INIT;
  const char *path = ae_mapped_file(about->si_addr);
  (void)context;
  if (!path) { /* not ours: it comes again at once, and ends the program as it should */
    signal(signal_number, SIG_DFL);
    return;
  }
  while (atomic_flag_test_and_set(&told)) pause(); /* another thread says it */
  write_word("aelua: ");
  write_word(path);
  write_word(": became shorter while it was in use\n");
  _exit(1);
}

static void watch_mapped_files(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = on_bus_error;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, NULL);
}

/* ---- functions ---- */

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

/* Pushes the list of texts that a Byte tensor holds, each ended by 0; nil when it is empty. */
static void push_texts(lua_State *L, const ae_tensor *t) {
  const char *text = ae_data(t), *end = text + ae_nelement(t);
  if (text == end) return lua_pushnil(L);
  lua_newtable(L);
  for (int i = 1; text < end; i++) {
    lua_pushstring(L, text);
    text += lua_rawlen(L, -1) + 1;
    lua_seti(L, -2, i);
  }
}

/* csv(path, separator, nil | label) -> x (N,D) Float, labels (N) Long from 1 on, list of classes,
 * list of the columns' names or nil; label is a name or a number. Raises for a defect. */
static int csv(lua_State *L) {
  const char *path = luaL_checkstring(L, 1), *separator = luaL_checkstring(L, 2);
  const bool number = lua_type(L, 3) == LUA_TNUMBER;
  const char *name = number ? NULL : luaL_optstring(L, 3, NULL);
  const int64_t column = number ? luaL_checkinteger(L, 3) : 0;
  luaL_argcheck(L, !number || column >= 1, 3, "columns are counted from 1");
  lua_settop(L, 3);
  ae_csv to = {.x = bind_new_tensor(L, AE_FLOAT), .labels = bind_new_tensor(L, AE_LONG)};
  to.classes = bind_new_tensor(L, AE_BYTE);
  to.names = bind_new_tensor(L, AE_BYTE);
  bind_check(L, ae_csv_read(&to, path, separator[0], name, column - 1));
  bind_check(L, ae_map1(AE_ADD_SCALAR, to.labels, to.labels, 1, 0));
  lua_pushvalue(L, 4);
  lua_pushvalue(L, 5);
  push_texts(L, to.classes);
  push_texts(L, to.names);
  return 4;
}

void bind_open_data(lua_State *L) {
  static const luaL_Reg functions[] = {{"idx", idx},
                                       {"garments", garments},
                                       {"batchImages", batch_images},
                                       {"csv", csv},
                                       {NULL, NULL}};
  watch_mapped_files();
  bind_push_library(L, "aelua.data");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
