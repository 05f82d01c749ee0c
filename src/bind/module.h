/* module.h - what the files that bind modules share.
 *
 * A module's userdata has four user values: its fields set from Lua, its class (a Lua table of
 * methods whose metatable leads to the parent class), the userdata of its children, which keep
 * their identity and fields while they are in it, and the tables of tensors it was given. It is
 * closed until the class's __init has made the engine's module.
 *
 * An output or gradInput that is a table is read as a new Lua table each time; but a class written
 * in Lua may set its own and change it, as Torch's do (self.gradInput[1] = ...). That one is among
 * the fields, where it is found first, until the engine writes the slot. */
#ifndef BIND_MODULE_H
#define BIND_MODULE_H

#include "bind/bind.h"

#define BIND_MODULE "nn.Module"
enum { FIELDS = 1, CLASS = 2, CHILDREN = 3, TABLES = 4, USERVALUES = 4 };

/* The module at index 1, for methods: raises when it is closed, naming __init. */
ae_module *bind_self(lua_State *L);
/* Pushes a closed userdata of the class on top of the stack, which is popped. [-1, +1] */
bind_object *bind_push_instance(lua_State *L);
/* Pushes a child's userdata and keeps it alive with its container's, at index `container`. [0, +1]
 */
void bind_push_child(lua_State *L, int container, ae_module *child);
/* Puts the module at index `child` in the place of the container's (at 1) i-th child. */
void bind_replace_child(lua_State *L, int i, int child);
/* Pushes the class of a module. [0, +1] */
void bind_push_class(lua_State *L, ae_module *m);
/* ---- methods in Lua (host.c, override.c) ---- */

/* Methods that a class written in Lua has, or that were set on one module, are called through
 * these. bind_override gives a module the one it needs, or none. The latter looks among the
 * module's fields at each call. */
extern const ae_host bind_host, bind_host_instance;
void bind_override(lua_State *L, ae_module *m);
/* Whether a field of this name may change which one it needs: a method's name, that of a trained
 * tensor. */
bool bind_is_method(const char *key);
bool bind_is_trained(const char *key);
/* classChanged(): a class got a method. */
int bind_class_changed(lua_State *L);
/* The class's version of a step; what it returns becomes output or gradInput. */
ae_status bind_update_output(ae_module *m, ae_tensor *x);
ae_status bind_update_grad_input(ae_module *m, ae_tensor *x, ae_tensor *gy);
ae_status bind_accumulate(ae_module *m, ae_tensor *x, ae_tensor *gy, double scale);
/* Torch's names of the ae_method, and of tensors that are trained when they are fields. */
extern const char *const bind_method_name[];
enum { BIND_NTRAINED = 2 };
extern const char *const bind_trained[BIND_NTRAINED][2];
/* Whether a method of this name is the class's own, or m's. */
bool bind_has_own(lua_State *L, const ae_module *m, const char *name);
/* Pushes the fields that Lua set on m, or nothing. [0, +(0|1)] */
bool bind_push_fields(lua_State *L, const ae_module *m);
/* Pushes a tensor of the fields on top of the stack, or nothing. [0, +(0|1)] */
ae_tensor *bind_push_field_tensor(lua_State *L, const char *name);
/* For the two hosts. */
bool bind_class_overrides(const ae_module *m, ae_method method);
bool bind_instance_overrides(const ae_module *m, ae_method method);
const char *bind_class_name(const ae_module *m);

/* The state that entered the engine last. */
lua_State *bind_current(void);
/* Runs an engine call with L as the state that host functions use. */
lua_State *bind_enter(lua_State *L);
void bind_leave(lua_State *previous);
/* Runs engine_call, which must not raise, for an object on L's stack: a host function may close it,
 * but it is there until the call ends (bind_retire). */
#define BIND_CALL(L, engine_call)             \
  do {                                        \
    lua_State *bind_previous = bind_enter(L); \
    ae_status bind_status = (engine_call);    \
    bind_leave(bind_previous);                \
    bind_check((L), bind_status);             \
  } while (0)
/* The same for the module at index 1; what follows would have none when it was closed: raises. */
#define BIND_RUN(L, engine_call) \
  do {                           \
    BIND_CALL(L, engine_call);   \
    bind_self(L);                \
  } while (0)
/* The layers of classes written in Lua from nn.Module and nn.Container: weight and bias of any
 * shape, or none. (host.c) */
extern const ae_layer bind_lua_layer, bind_lua_container;

/* The tensor, or table of tensors, at arg for the module at index 1, which keeps it under key. */
ae_tensor *bind_module_input(lua_State *L, int arg, const char *key);
/* Pushes the output or gradInput of the module at `index`. [0, +1] */
void bind_push_slot(lua_State *L, int index, const ae_module *m, const char *slot);
/* A Lua table at `value` becomes what is found under the slot's name in the module at `index`;
 * anything else: the engine's tensor is again. */
void bind_own_slot(lua_State *L, int index, const char *slot, int value);

/* Whether `name` is already a field or method of the module at 1. */
bool bind_is_taken(lua_State *L, const ae_module *m, const char *name);

void bind_open_protocol(lua_State *L);  /* forward, backward, ... into the table on top */
void bind_open_container(lua_State *L); /* add, insert, ... into the table on top */

#endif
