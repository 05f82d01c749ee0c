/* host.c - modules whose methods are written in Lua, called from the engine's containers.
 *
 * The engine calls back while a Lua function is active below it; the state to use is the one that
 * entered the engine last. Errors travel as AE_EHOST with the error value saved for bind_check, so
 * that the engine unwinds in between. */
#include "bind/module.h"

static lua_State *current;

lua_State *bind_enter(lua_State *L) {
  lua_State *previous = current;
  current = L;
  return previous;
}

void bind_leave(lua_State *previous) { current = previous; }

typedef struct call {
  ae_module *module;
  const char *method, *slot; /* slot NULL: what the method returns is nobody's business */
  ae_tensor *x, *gy;         /* gy NULL: not an argument */
  double scale;
  bool scaled;
  ae_tensor *result; /* [out] tensor or table of tensors that the method returned, retained */
} call;

static void wrong_result(lua_State *L, const call *c) {
  bind_push_class(L, c->module);
  lua_getfield(L, -1, "__typename");
  luaL_error(L, "%s:%s returned a %s, it should return a tensor or a table of them",
             lua_tostring(L, -1), c->method, luaL_typename(L, -3));
}

/* The value on top is what the method of the module below it returned; nil: it has set the slot. */
static void take_result(lua_State *L, call *c) {
  int module = lua_gettop(L) - 1;
  if (lua_isnil(L, -1)) {
    bind_push_slot(L, module, c->module, c->slot);
    if (lua_isnil(L, -1)) return;
  }
  if (!bind_test_tensors(L, -1)) wrong_result(L, c);
  bind_own_slot(L, module, c->slot, -1);
  c->result = ae_tensor_retain(bind_check_tensors(L, -1, module, TABLES, c->slot));
}

/* Runs protected: everything that can raise. */
static int call_method(lua_State *L) {
  call *c = lua_touserdata(L, 1);
  bind_push_module(L, c->module);
  lua_getfield(L, -1, c->method);
  lua_pushvalue(L, -2);
  bind_push_tensors(L, c->x);
  if (c->gy) bind_push_tensors(L, c->gy);
  if (c->scaled) lua_pushnumber(L, c->scale);
  lua_call(L, 2 + (c->gy != NULL) + c->scaled, 1);
  if (c->slot) take_result(L, c);
  return 0;
}

static ae_status run(call *c) {
  lua_State *L = current;
  if (!lua_checkstack(L, 8)) return AE_EMEM;
  lua_pushcfunction(L, bind_traceback);
  lua_pushcfunction(L, call_method);
  lua_pushlightuserdata(L, c);
  int status = lua_pcall(L, 1, 0, -3);
  if (status != LUA_OK) bind_save_error(L);
  lua_pop(L, 1);
  return status == LUA_OK ? AE_OK : AE_EHOST;
}

/* What a method returns becomes the slot's tensor, as Torch's containers use the returned value. */
static ae_status keep(ae_module *m, const char *slot, ae_tensor *result) {
  ae_status status = AE_OK;
  if (result && result != ae_module_tensor(m, slot, NULL))
    status = ae_module_set_tensor(m, slot, result);
  ae_tensor_release(result);
  return status;
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  call c = {.module = m, .method = "updateOutput", .slot = "output", .x = x};
  ae_status status = run(&c);
  return status == AE_OK ? keep(m, "output", c.result) : status;
}

static ae_status backward(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  call c = {.module = m, .method = "updateGradInput", .slot = "gradInput", .x = x, .gy = gy};
  ae_status status = run(&c);
  return status == AE_OK ? keep(m, "gradInput", c.result) : status;
}

static ae_status accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  call c = {
      .module = m, .method = "accGradParameters", .x = x, .gy = gy, .scale = scale, .scaled = true};
  return run(&c);
}

static const char *name(const ae_module *m) { return m->host_data; }

const ae_host bind_host = {
    .forward = forward, .backward = backward, .accumulate = accumulate, .name = name};
const ae_host bind_host_bare = {.name = name};

void bind_override(lua_State *L, ae_module *m) {
  bind_push_class(L, m);
  bind_push_library(L, "aelua.modules");
  luaL_getsubtable(L, -1, "names"); /* keeps the name for as long as the engine may use it */
  lua_getfield(L, -3, "__typename");
  const char *class_name = luaL_checkstring(L, -1);
  lua_pushboolean(L, true);
  lua_rawset(L, -3);
  lua_pop(L, 3);
  m->host_data = (void *)(uintptr_t)class_name;
  m->host = &bind_host;
}

static const ae_parameter any_parameters[] = {
    {"weight", "gradWeight", NULL}, {"bias", "gradBias", NULL}, {0}};

const ae_layer bind_lua_layer = {
    .name = "Module", .doc = "a class written in Lua", .parameters = any_parameters};

const ae_layer bind_lua_container = {.name = "Container",
                                     .doc = "a container written in Lua",
                                     .parameters = any_parameters,
                                     .container = true};
