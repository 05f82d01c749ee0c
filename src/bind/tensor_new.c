/* tensor_new.c - making tensors: torch.Tensor and its kin, and those filled by a rule. */
#include "bind/tensor.h"

/* ---- from nested tables ---- */

/* Sizes of a nested table: the lengths along its first elements. Returns the rank. */
static int table_sizes(lua_State *L, int table, int64_t *size) {
  int n = 0, top = lua_gettop(L);
  luaL_checkstack(L, AE_MAXDIM + 2, NULL);
  lua_pushvalue(L, table);
  while (lua_istable(L, -1)) {
    if (n == AE_MAXDIM) luaL_error(L, "a tensor has at most %d dimensions", AE_MAXDIM);
    size[n++] = luaL_len(L, -1);
    lua_geti(L, -1, 1);
  }
  lua_settop(L, top);
  return n;
}

/* "[2][3]" for the place index[0..dim]. Pushes it. */
static const char *push_place(lua_State *L, const int64_t *index, int dim) {
  lua_pushliteral(L, "");
  for (int d = 0; d <= dim; d++) {
    lua_pushfstring(L, "%s[%I]", lua_tostring(L, -1), (LUAI_UACINT)(index[d] + 1));
    lua_remove(L, -2);
  }
  return lua_tostring(L, -1);
}

/* Raises unless the value on the stack's top is what index[0..dim] should hold. */
static void check_entry(lua_State *L, const int64_t *index, int dim, bool leaf) {
  int kind = lua_type(L, -1);
  if (kind == (leaf ? LUA_TNUMBER : LUA_TTABLE) || (leaf && kind == LUA_TBOOLEAN)) return;
  const char *got = lua_typename(L, kind);
  luaL_error(L, "element %s of the table is a %s, want a %s", push_place(L, index, dim), got,
             leaf ? "number" : "table");
}

/* Elements of the table on the stack's top, which is at index[0..dim) of the outermost. */
static void fill_level(lua_State *L, ae_tensor *t, int64_t *index, int dim) {
  int64_t n = luaL_len(L, -1);
  bool leaf = dim == t->ndim - 1;
  if (n != t->size[dim])
    luaL_error(L, "ragged table: element %s has %I elements, want %I",
               push_place(L, index, dim - 1), (LUAI_UACINT)n, (LUAI_UACINT)t->size[dim]);
  for (index[dim] = 0; index[dim] < n; index[dim]++) {
    lua_geti(L, -1, index[dim] + 1);
    check_entry(L, index, dim, leaf);
    if (leaf)
      bind_check(L, ae_put(t, index, bind_check_number(L, -1)));
    else
      fill_level(L, t, index, dim + 1);
    lua_pop(L, 1);
  }
}

void bind_fill_from_table(lua_State *L, ae_tensor *t, int table) {
  int64_t size[AE_MAXDIM], index[AE_MAXDIM];
  table = lua_absindex(L, table);
  int ndim = table_sizes(L, table, size);
  bind_check(L, ae_resize(t, ndim, size));
  if (ae_nelement(t) == 0) return;
  luaL_checkstack(L, AE_MAXDIM + 4, NULL);
  lua_pushvalue(L, table);
  fill_level(L, t, index, 0);
  lua_pop(L, 1);
}

/* ---- torch.Tensor(...) and x:set(...) ---- */

typedef struct geometry {
  ae_storage *storage;
  int64_t first;
  int ndim;
  int64_t size[AE_MAXDIM], stride[AE_MAXDIM];
  bool strided;
} geometry;

/* Sizes one by one, each followed by its stride unless there is one size alone. */
static void read_alternating(lua_State *L, int arg, geometry *g) {
  int top = lua_gettop(L);
  g->strided = top > arg;
  for (int at = arg; at <= top; at += 2) {
    luaL_argcheck(L, g->ndim < AE_MAXDIM, at, "too many dimensions");
    g->size[g->ndim] = luaL_checkinteger(L, at);
    if (g->strided) g->stride[g->ndim] = luaL_checkinteger(L, at + 1);
    g->ndim++;
  }
}

/* The arguments from `arg` on: storage [, first element [, sizes [, strides]]], with sizes and
 * strides as LongStorages or alternating, as Torch has it. */
static geometry read_geometry(lua_State *L, int arg) {
  geometry g = {.storage = bind_test_storage(L, arg)};
  int top = lua_gettop(L);
  if (top > arg) g.first = bind_check_index(L, arg + 1, INT64_MAX, "first element");
  if (top < arg + 2) {
    g.ndim = 1;
    g.size[0] = g.first < g.storage->size ? g.storage->size - g.first : 0;
  } else if (bind_test_storage(L, arg + 2)) {
    g.strided = top > arg + 2;
    const int strides = g.strided ? bind_check_sizes(L, arg + 3, g.stride, false) : 0;
    lua_settop(L, arg + 2);
    g.ndim = bind_check_sizes(L, arg + 2, g.size, false);
    if (g.strided && strides != g.ndim)
      luaL_error(L, "set: %d sizes and %d strides", g.ndim, strides);
  } else {
    read_alternating(L, arg + 2, &g);
  }
  return g;
}

static void set_geometry(lua_State *L, ae_tensor *t, const geometry *g) {
  const int64_t *stride = g->strided ? g->stride : NULL;
  bind_check(L, ae_set_storage(t, g->storage, g->first, g->ndim, g->size, stride));
}

/* x:set(), x:set(tensor), x:set(storage, ...) */
static int set(lua_State *L) {
  ae_tensor *t = bind_check_tensor(L, 1);
  if (lua_gettop(L) == 1) {
    ae_tensor_clear(t);
  } else if (bind_test_storage(L, 2)) {
    geometry g = read_geometry(L, 2);
    set_geometry(L, t, &g);
  } else {
    bind_check_end(L, 2);
    bind_check(L, ae_set(t, bind_check_tensor(L, 2)));
  }
  return lua_settop(L, 1), 1;
}

/* A LongStorage alone gives sizes; any other storage is the memory to use. */
static bool is_memory(lua_State *L) {
  const ae_storage *s = bind_test_storage(L, 1);
  return s && (s->type != AE_LONG || lua_gettop(L) > 1);
}

int bind_construct(lua_State *L, ae_type type) {
  const ae_tensor *other = bind_test_tensor(L, 1);
  if (other) {
    bind_check_end(L, 1);
    bind_check(L, ae_set(bind_new_tensor(L, type), other));
  } else if (lua_istable(L, 1)) {
    bind_check_end(L, 1);
    bind_fill_from_table(L, bind_new_tensor(L, type), 1);
  } else if (is_memory(L)) {
    geometry g = read_geometry(L, 1);
    set_geometry(L, bind_new_tensor(L, type), &g);
  } else {
    int64_t size[AE_MAXDIM];
    int ndim = bind_check_sizes(L, 1, size, false);
    bind_check(L, ae_resize(bind_new_tensor(L, type), ndim, size));
  }
  return 1;
}

/* Upvalue 1: the type, AE_NTYPES for the default. Argument 1: the class itself, which was called.
 */
static int call_class(lua_State *L) {
  lua_Integer type = lua_tointeger(L, lua_upvalueindex(1));
  luaL_checkany(L, 1);
  lua_remove(L, 1);
  return bind_construct(L, type == AE_NTYPES ? bind_default_type(L) : (ae_type)type);
}

/* Puts torch.<name>, a callable that shows the methods and takes new ones, into the table on the
 * stack's top. */
static void add_class(lua_State *L, const char *name, int type) {
  lua_newtable(L);
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, type);
  lua_pushcclosure(L, call_class, 1);
  lua_setfield(L, -2, "__call");
  luaL_getmetatable(L, BIND_TENSOR);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__index");
  lua_setfield(L, -2, "__newindex");
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, name);
}

/* ---- filled by a rule; each takes a result as an optional first argument ---- */

static int filled(lua_State *L, int64_t value) {
  int64_t size[AE_MAXDIM];
  int first = bind_first(L, 0), ndim = bind_check_sizes(L, first, size, false);
  ae_tensor *t = bind_push_result(L, first, bind_default_type(L));
  bind_check(L, ae_resize(t, ndim, size));
  bind_check(L, ae_fill(t, ae_from_int(value)));
  return 1;
}

static int zeros(lua_State *L) { return filled(L, 0); }
static int ones(lua_State *L) { return filled(L, 1); }

static int range(lua_State *L) {
  int first = bind_first(L, 0);
  luaL_checknumber(L, first);
  luaL_checknumber(L, first + 1);
  ae_number from = bind_check_number(L, first), to = bind_check_number(L, first + 1);
  bool given = !lua_isnoneornil(L, first + 2);
  ae_number step = given ? bind_check_number(L, first + 2) : ae_from_int(1);
  bind_check_end(L, first + 2);
  bind_check(L, ae_range_number(bind_push_result(L, first, bind_default_type(L)), from, to, step));
  return 1;
}

typedef ae_status spread(ae_tensor *t, double first, double last, int64_t n);

/* [res,] first, last [, n] */
static int points(lua_State *L, spread *f) {
  int first = bind_first(L, 0);
  double from = luaL_checknumber(L, first), to = luaL_checknumber(L, first + 1);
  int64_t n = luaL_optinteger(L, first + 2, 100);
  bind_check_end(L, first + 2);
  bind_check(L, f(bind_push_result(L, first, bind_default_type(L)), from, to, n));
  return 1;
}

static int linspace(lua_State *L) { return points(L, ae_linspace); }
static int logspace(lua_State *L) { return points(L, ae_logspace); }

static int eye(lua_State *L) {
  int first = bind_first(L, 0);
  int64_t rows = luaL_checkinteger(L, first), columns = luaL_optinteger(L, first + 1, rows);
  bind_check_end(L, first + 1);
  bind_check(L, ae_eye(bind_push_result(L, first, bind_default_type(L)), rows, columns));
  return 1;
}

void bind_open_tensor_new(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"zeros", zeros},       {"ones", ones}, {"range", range}, {"linspace", linspace},
      {"logspace", logspace}, {"eye", eye},   {NULL, NULL}};
  static const luaL_Reg methods[] = {{"set", set}, {NULL, NULL}};
  static const char *const class[AE_NTYPES + 1] = {
#define CLASS_NAME(id, ctype, name, real) [id] = #name "Tensor",
      AE_TYPES(CLASS_NAME)
#undef CLASS_NAME
          [AE_NTYPES] = "Tensor"};
  bind_register(L, functions);
  bind_register_methods(L, methods);
  bind_push_library(L, "torch");
  for (int type = 0; type <= AE_NTYPES; type++) add_class(L, class[type], type);
  lua_pop(L, 1);
}
