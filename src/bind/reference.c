/* reference.c - the descriptors of layers, losses and optimizers as plain Lua tables, for the
 * generated documentation and for programs that list what there is.
 *
 *     require 'aelua.reference'  ->  {layers = {...}, losses = {...}, optims = {...}}
 *     each: {name=, doc=, options = {option, ...}}
 *     option: {name=, kind=, doc=, required=, default=, min=, max=}; like = the name of the option
 *       whose value it takes, instead of a default
 *     layers also: container=, parameters = {{name=, grad=}, ...}, buffers = {name, ...}
 *     optims also: func= (the functional form's name), state = {name, ...}
 */
#include "bind/bind.h"

/* Sets a field of the table on top of the stack. */
static void set_string(lua_State *L, const char *field, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
}

static void set_number(lua_State *L, const char *field, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, field);
}

static void set_boolean(lua_State *L, const char *field, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, field);
}

/* Appends the table on top to the list below it. [-1, 0] */
static void append(lua_State *L) { lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1); }

/* ---- options ---- */

static const char *const kind_name[] = {[AE_BOOL] = "boolean",
                                        [AE_INT] = "integer",
                                        [AE_NUMBER] = "number",
                                        [AE_SIZES] = "sizes",
                                        [AE_TENSOR] = "tensor"};

static void push_option(lua_State *L, const ae_option *options, const ae_option *o) {
  bool required = o->fallback == AE_REQUIRED;
  bool numeric = o->kind == AE_INT || o->kind == AE_NUMBER;
  lua_newtable(L);
  set_string(L, "name", o->name);
  set_string(L, "kind", kind_name[o->kind]);
  set_string(L, "doc", o->doc);
  set_boolean(L, "required", required);
  if (numeric || o->kind == AE_SIZES) {
    set_number(L, "min", o->min);
    set_number(L, "max", o->max);
  }
  if (AE_IS_LIKE(o->fallback))
    set_string(L, "like", options[AE_LIKE_OF(o->fallback)].name);
  else if (numeric && !required)
    set_number(L, "default", o->fallback);
  if (o->kind == AE_BOOL && (o->fallback == 0 || o->fallback == 1))
    set_boolean(L, "default", o->fallback != 0); /* another value: the layer decides by its input */
}

/* What all descriptors have. [0, +1] */
static void push_entry(lua_State *L, const char *name, const char *doc, const ae_option *options) {
  lua_newtable(L);
  set_string(L, "name", name);
  set_string(L, "doc", doc);
  lua_newtable(L);
  for (const ae_option *o = options; o && o->name; o++) {
    push_option(L, options, o);
    append(L);
  }
  lua_setfield(L, -2, "options");
}

/* ---- the three lists ---- */

static void push_layer(lua_State *L, const ae_layer *layer) {
  push_entry(L, layer->name, layer->doc, layer->options);
  set_boolean(L, "container", layer->container);
  lua_newtable(L);
  for (const ae_parameter *p = layer->parameters; p && p->name; p++) {
    lua_newtable(L);
    set_string(L, "name", p->name);
    set_string(L, "grad", p->grad);
    append(L);
  }
  lua_setfield(L, -2, "parameters");
  lua_newtable(L);
  for (const ae_buffer *b = layer->buffers; b && b->name; b++) {
    if (!b->shape) continue; /* scratch is nobody's business */
    lua_pushstring(L, b->name);
    append(L);
  }
  lua_setfield(L, -2, "buffers");
}

static void push_optim(lua_State *L, const ae_optim *optim) {
  push_entry(L, optim->name, optim->doc, optim->options);
  set_string(L, "func", optim->function);
  lua_newtable(L);
  for (const char *const *name = optim->state; name && *name; name++) {
    lua_pushstring(L, *name);
    append(L);
  }
  lua_setfield(L, -2, "state");
}

void bind_open_reference(lua_State *L) {
  bind_push_library(L, "aelua.reference");
  lua_newtable(L);
  for (const ae_layer *const *layer = ae_layers; *layer; layer++) {
    push_layer(L, *layer);
    append(L);
  }
  lua_setfield(L, -2, "layers");
  lua_newtable(L);
  for (const ae_loss *const *loss = ae_losses; *loss; loss++) {
    push_entry(L, (*loss)->name, (*loss)->doc, (*loss)->options);
    append(L);
  }
  lua_setfield(L, -2, "losses");
  lua_newtable(L);
  for (const ae_optim *const *optim = ae_optims; *optim; optim++) {
    push_optim(L, *optim);
    append(L);
  }
  lua_setfield(L, -2, "optims");
  lua_pop(L, 1);
}
