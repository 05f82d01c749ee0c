/* tensor.h - what the files of the torch table share.
 *
 * Torch gives a function several forms, told apart by how many tensors are among its arguments:
 *
 *     torch.f(x)      a new tensor             x:f()      x itself, or a new tensor (sum, max, ...)
 *     torch.f(r, x)   r, which is overwritten  x:f(y)     x, which is overwritten
 *
 * Arguments are read before a result is pushed: it would take the place of an absent argument.
 */
#ifndef BIND_TENSOR_H
#define BIND_TENSOR_H

#include "bind/bind.h"

/* Tensors among the arguments. */
int bind_count_tensors(lua_State *L);
/* Index of the first argument proper of a function that takes n tensors: 2 when there are more, the
 * first then being the result; else 1. */
int bind_first(lua_State *L, int n);
/* Pushes the result: argument 1 when first is 2, else a new tensor. [0, +1] */
ae_tensor *bind_push_result(lua_State *L, int first, ae_type type);
/* Raises for an argument after `last`. */
void bind_check_end(lua_State *L, int last);
/* A new tensor of t's type, for a view. [0, +1] */
ae_tensor *bind_new_view(lua_State *L, const ae_tensor *t);
/* Puts functions into torch and, as methods, into the tensors' metatable. */
void bind_register(lua_State *L, const luaL_Reg *functions);
/* Puts functions into the metatable alone. */
void bind_register_methods(lua_State *L, const luaL_Reg *methods);
/* Registers f under a name in torch with upvalue 1 = false, as a method with upvalue 1 = true, and
 * the `n` values on the stack's top as further upvalues. [-n, 0] */
void bind_register_form(lua_State *L, const char *name, lua_CFunction f, int n);

/* The torch.Generator that is argument 1 or 2, which is taken out of the arguments; the default one
 * when there is none. It stays alive until Lua runs or allocates anything. (generator.c)
 * [-(0|1), 0] */
ae_generator *bind_take_generator(lua_State *L);
/* Keeps the generator just taken on the stack. [0, +1] */
void bind_keep_generator(lua_State *L);

/* torch.Tensor(...) and x.new(...): pushes the tensor the arguments from index 1 on describe. */
int bind_construct(lua_State *L, ae_type type);
/* Fills in the elements of a nested table; makes the tensor's sizes from it. */
void bind_fill_from_table(lua_State *L, ae_tensor *t, int table);

/* Each file's part. */
void bind_open_tensor_new(lua_State *L);
void bind_open_tensor_index(lua_State *L);
void bind_open_tensor_shape(lua_State *L);
void bind_open_tensor_view(lua_State *L);
void bind_open_tensor_map(lua_State *L);
void bind_open_tensor_operator(lua_State *L);
void bind_open_tensor_reduce(lua_State *L);
void bind_open_tensor_matrix(lua_State *L);
void bind_open_tensor_select(lua_State *L);
void bind_open_tensor_element(lua_State *L);
void bind_open_tensor_random(lua_State *L);
void bind_open_tensor_linear(lua_State *L);
void bind_open_tensor_decompose(lua_State *L);
void bind_open_generator(lua_State *L);

#endif
