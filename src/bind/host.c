/* host.c - modules whose methods are written in Lua, called from the engine's containers.
 *
 * The engine calls back while a Lua function is active below it; the state to use is the one that
 * entered the engine last. Errors travel as AE_EHOST with the error value saved for bind_check, so
 * that the engine unwinds in between. */
#include "bind/module.h"

#include <string.h>

static lua_State *current;

lua_State *bind_current(void) { return current; }

lua_State *bind_enter(lua_State *L) {
  lua_State *previous = current;
  current = L;
  return previous;
}

void bind_leave(lua_State *previous) { current = previous; }

/* ---- calling a method ---- */

typedef struct call {
  ae_module *module;
  const char *method;
  ae_tensor *x, *gy;        /* NULL: not an argument */
  bool numbered;            /* number is an argument */
  double number;            /* behind the tensors */
  const char *text;         /* NULL: not an argument */
  const char *slot;         /* which its result becomes; NULL: that is nobody's business */
  ae_tensor *result;        /* [out] tensor or table of tensors that it returned, retained */
  ae_status status;         /* [out] of the engine, by what runs it */
  const struct call *outer; /* the call under way when this one began */
} call;

static const call *under_way;

/* Pushes m's method and m. [0, +2] */
static void push_method(lua_State *L, ae_module *m, const char *name) {
  bind_push_module(L, m);
  if (m->host == &bind_host_instance) {
    lua_getiuservalue(L, -1, FIELDS);
    lua_pushstring(L, name);
    if (lua_rawget(L, -2) != LUA_TNIL) {
      lua_replace(L, -2);
      lua_insert(L, -2);
      return;
    }
    lua_pop(L, 2);
  }
  lua_getiuservalue(L, -1, CLASS);
  lua_getfield(L, -1, name);
  lua_replace(L, -2);
  lua_insert(L, -2);
}

static void wrong_result(lua_State *L, const call *c) {
  char name[128];
  luaL_error(L, "%s:%s returned a %s, it should return a tensor or a table of them",
             ae_module_describe(c->module, name, sizeof name), c->method, luaL_typename(L, -1));
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
  push_method(L, c->module, c->method);
  if (c->x) bind_push_tensors(L, c->x);
  if (c->gy) bind_push_tensors(L, c->gy);
  if (c->numbered) lua_pushnumber(L, c->number);
  if (c->text) lua_pushstring(L, c->text);
  lua_call(L, lua_gettop(L) - 3, c->slot != NULL);
  if (c->slot) take_result(L, c);
  return 0;
}

/* Message handler: a line that names the layer and its method, before the traceback. */
static int locate(lua_State *L) {
  bind_traceback(L);
  const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  const char *trace = message ? strstr(message, "\nstack traceback:\n") : NULL;
  if (!trace) return 1;
  char name[128];
  lua_pushlstring(L, message, (size_t)(trace - message));
  lua_pushfstring(L, "\nin %s of %s%s", under_way->method,
                  ae_module_describe(under_way->module, name, sizeof name), trace);
  lua_concat(L, 2);
  return 1;
}

static ae_status run_as(call *c, lua_CFunction function) {
  lua_State *L = current;
  if (!lua_checkstack(L, 8)) return AE_EMEM;
  c->outer = under_way;
  under_way = c;
  lua_pushcfunction(L, locate);
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, c);
  int status = lua_pcall(L, 1, 0, -3);
  if (status != LUA_OK) bind_save_error(L);
  lua_pop(L, 1);
  under_way = c->outer;
  return status == LUA_OK ? c->status : AE_EHOST;
}

static ae_status run(call *c) { return run_as(c, call_method); }

/* What a method returns becomes the slot's tensor, as Torch's containers use the returned value.
 * The method may let go of the module. */
static ae_status run_into(call *c, const char *slot) {
  ae_module *m = ae_module_retain(c->module);
  c->slot = slot;
  ae_status status = run(c);
  const ae_tensor *held = slot[0] == 'o' ? m->output : m->grad_input;
  if (status == AE_OK && c->result && c->result != held)
    status = ae_module_set_tensor(m, slot, c->result);
  ae_tensor_release(c->result);
  ae_module_release(m);
  return status;
}

/* ---- steps ---- */

ae_status bind_update_output(ae_module *m, ae_tensor *x) {
  return run_into(&(call){.module = m, .method = "updateOutput", .x = x}, "output");
}

static ae_status forward(ae_module *m, ae_tensor *x) {
  if (!ae_module_overrides(m, AE_DO_FORWARD)) return bind_update_output(m, x);
  return run_into(&(call){.module = m, .method = "forward", .x = x}, "output");
}

ae_status bind_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy) {
  return run_into(&(call){.module = m, .method = "updateGradInput", .x = x, .gy = gy}, "gradInput");
}

ae_status bind_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale) {
  return run(&(call){.module = m,
                     .method = bind_method_name[AE_DO_ACCUMULATE],
                     .x = x,
                     .gy = gy,
                     .number = scale,
                     .numbered = true});
}

static ae_status step(ae_module *m, ae_method method, ae_tensor *x, ae_tensor *gy, double scale) {
  call c = {.module = m,
            .method = bind_method_name[method],
            .x = x,
            .gy = gy,
            .number = scale,
            .numbered = true};
  return method == AE_DO_BACKWARD ? run_into(&c, "gradInput") : run(&c);
}

/* ---- the other methods ---- */

/* float or double, where the class has that, or type. */
static void choose_conversion(call *c, ae_type type) {
  c->method = type == AE_FLOAT ? "float" : "double";
  if (bind_has_own(current, c->module, c->method)) return;
  c->method = "type";
  c->text = type == AE_FLOAT ? "torch.FloatTensor" : "torch.DoubleTensor";
}

static ae_status call_other(ae_module *m, ae_method method, double number) {
  call c = {.module = m, .method = bind_method_name[method], .number = number};
  c.numbered = method == AE_DO_UPDATE || (method == AE_DO_RESET && number > 0);
  if (method == AE_DO_SET_TYPE) {
    if (!lua_checkstack(current, 8)) return AE_EMEM;
    choose_conversion(&c, (ae_type)number);
  }
  return run(&c);
}

/* ---- parameters ---- */

/* The name of a parameter that `parameters` returned: the third list's, that of the field which
 * holds it, its place. The list at 4, the fields at 5. [0, +1] */
static const char *push_parameter_name(lua_State *L, const ae_module *m, int i,
                                       const ae_tensor *value) {
  if (lua_istable(L, 4) && lua_rawgeti(L, 4, i + 1) == LUA_TSTRING) return lua_tostring(L, -1);
  for (int k = 0; m->layer->parameters && m->layer->parameters[k].name; k++)
    if (m->param[k] == value) return lua_pushstring(L, m->layer->parameters[k].name);
  for (lua_pushnil(L); lua_next(L, 5); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || bind_test_tensor(L, -1) != value) continue;
    lua_pop(L, 1);
    return lua_tostring(L, -1);
  }
  return lua_pushfstring(L, "%d", i + 1);
}

/* The i-th tensor of the list at an index. It stays in the list. */
static ae_tensor *tensor_of(lua_State *L, int list, int i, const char *what) {
  lua_rawgeti(L, list, i + 1);
  ae_tensor *t = bind_test_tensor(L, -1);
  if (!t) luaL_error(L, "parameters() returned a %s among the %s", luaL_typename(L, -1), what);
  lua_pop(L, 1);
  return t;
}

static lua_Integer length_of(lua_State *L, int list) {
  if (lua_isnil(L, list)) return 0;
  if (!lua_istable(L, list))
    luaL_error(L, "parameters() returned a %s, want tables", luaL_typename(L, list));
  return (lua_Integer)lua_rawlen(L, list);
}

/* Runs protected. 1: the call; 2, 3, 4: what the class's parameters() returned; 5: the fields. */
static int list_returned(lua_State *L) {
  call *c = lua_touserdata(L, 1);
  ae_module *m = c->module;
  push_method(L, m, "parameters");
  lua_pushvalue(L, -1);
  lua_insert(L, 2);
  lua_call(L, 1, 3);
  lua_pushvalue(L, 2);
  lua_remove(L, 2);
  lua_getiuservalue(L, -1, FIELDS);
  lua_replace(L, -2);
  lua_Integer n = length_of(L, 2);
  if (length_of(L, 3) != n)
    luaL_error(L, "parameters() returned %I tensors and %I gradients", (LUAI_UACINT)n,
               (LUAI_UACINT)length_of(L, 3));
  ae_own *own = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *own, 0);
  luaL_checkstack(L, 3 * (int)n + 8, "too many parameters");
  for (int i = 0; i < (int)n; i++) {
    own[i].value = tensor_of(L, 2, i, "parameters");
    own[i].grad = tensor_of(L, 3, i, "gradients");
    bool known = i < m->nown && m->own[i].value == own[i].value;
    own[i].name =
        known ? m->own[i].name : (char *)(uintptr_t)push_parameter_name(L, m, i, own[i].value);
  }
  c->status = ae_module_set_own(m, (int)n, own, true);
  return 0;
}

/* Runs protected: trained tensors that are fields, for the layer has no place for them. */
static int list_fields(lua_State *L) {
  call *c = lua_touserdata(L, 1);
  ae_own own[BIND_NTRAINED];
  int n = 0;
  if (!bind_push_fields(L, c->module)) return 0;
  for (int i = 0; i < BIND_NTRAINED; i++) {
    int top = lua_gettop(L);
    ae_tensor *value = bind_push_field_tensor(L, bind_trained[i][0]);
    lua_settop(L, top);
    ae_tensor *grad = bind_push_field_tensor(L, bind_trained[i][1]);
    lua_settop(L, top);
    if (value && grad) own[n++] = (ae_own){(char *)(uintptr_t)bind_trained[i][0], value, grad};
  }
  c->status = ae_module_set_own(c->module, n, own, false);
  return 0;
}

static ae_status parameters(ae_module *m) {
  call c = {.module = m, .method = "parameters"};
  if (!lua_checkstack(current, 8)) return AE_EMEM;
  return run_as(&c, bind_has_own(current, m, c.method) ? list_returned : list_fields);
}

/* ---- the interface ---- */

#define HOST                                                                             \
  .forward = forward, .backward = bind_update_grad_input, .accumulate = bind_accumulate, \
  .name = bind_class_name, .step = step, .call = call_other, .parameters = parameters

const ae_host bind_host = {HOST, .overrides = bind_class_overrides};
const ae_host bind_host_instance = {HOST, .overrides = bind_instance_overrides};

static const ae_parameter any_parameters[] = {
    {"weight", "gradWeight", NULL}, {"bias", "gradBias", NULL}, {0}};

const ae_layer bind_lua_layer = {
    .name = "Module", .doc = "a class written in Lua", .parameters = any_parameters};

const ae_layer bind_lua_container = {.name = "Container",
                                     .doc = "a container written in Lua",
                                     .parameters = any_parameters,
                                     .container = true};
