/* bind.h - the binding's own header: how engine objects live in Lua. No arithmetic here; it calls
 * the engine.
 *
 * Every engine object in Lua is a userdata holding one pointer, "closed" while it is NULL. It is
 * pushed closed, with its metatable set, before the resource is made, so that an error in between
 * leaks nothing; __gc and __close are one function. What a script closes while C functions further
 * up have it in hand is released when the collector finds it unused (bind_retire). The same engine
 * object is always the same userdata: a registry table with weak values finds it by address, so
 * `linear.weight == linear.weight`. Fields that Lua sets on a module live in the userdata's user
 * value.
 *
 * Anything owned is in a userdata before the next Lua call that can raise.
 */
#ifndef BIND_H
#define BIND_H

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "ae.h"

/* ---- errors (error.c) ---- */

/* Raises the engine's last error, with the position of the Lua code that called; or the saved Lua
 * error for AE_EHOST. Does nothing for AE_OK. */
void bind_check(lua_State *L, ae_status status);
/* Pops an error value and keeps it for the bind_check that sees AE_EHOST. [-1, 0] */
void bind_save_error(lua_State *L);
/* Raises "owner has no what 'key'; did you mean 'near'?", near from the string keys of the table at
 * `words`. */
int bind_unknown(lua_State *L, int words, const char *owner, const char *what, const char *key);
/* For an object at 1 that has no field named by the value at 2: pushes nil, or raises for a name
 * that is nearly a method's. The table of its methods is on top. Returns 1. (class.c) */
int bind_missing(lua_State *L);
/* Lets Lua's collector run when the engine's memory grew by much since it last did. Called where
 * userdata is made, when everything alive is anchored. */
void bind_account(lua_State *L);

/* ---- running scripts (call.c) ---- */

/* ae_set_matmul_precision, telling on stderr where float32 stays; 0 when the name is wrong. */
int bind_set_matmul(lua_State *L, const char *name);

/* lua_pcall with a traceback in the message; Ctrl-C meanwhile raises "interrupted", and when the
 * reader of standard output is gone the script ends quietly. Any error value becomes a string. */
int bind_call(lua_State *L, int nargs, int nresults);
/* Message handler: adds a traceback to a string that has none yet, so that an error that crosses
 * the engine keeps that of the place where it arose. */
int bind_traceback(lua_State *L);
/* Why the last bind_call was stopped: SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGALRM when the time was
 * over, or 0; and the exit status for that. */
int bind_stopped(void);
int bind_exit_status(void);
/* The signal of these that a program sent to this one alone, once; 0: none. */
int bind_take_sent(void);
/* Writes "aelua: message" to stderr, behind what was printed. After a signal that ends the script,
 * what nobody reads is given up: a full pipe must not keep the program. */
void bind_say(const char *message);
/* Writes out what was printed; returns the exit status, which a failure turns from 0 into another
 * and is said. */
int bind_finish_output(int status);
/* lua_resume; signals meanwhile are told to the coroutine. For coroutine.c. */
int bind_resume(lua_State *L, lua_State *co, int nargs, int *nresults);
void bind_open_coroutine(lua_State *L);
/* After so many seconds every instruction fails; a second later the program ends. */
void bind_limit_time(double limit);
enum { BIND_TIME_OVER = 124 }; /* exit status, that of timeout(1) */
/* The message when the time is over, else NULL. */
const char *bind_time_over(void);
/* system.holdInterrupts(on): from now on the first Ctrl-C, SIGTERM or SIGHUP only sets what
 * system.interrupted() tells, with the exit status; the second ends the program. */
int bind_hold_interrupts(lua_State *L);
int bind_interrupted(lua_State *L);

/* ---- the sandbox (sandbox.c) ---- */

/* After luaL_openlibs, before bind_open_all: what follows starts no programs, loads no machine code
 * and no bytecode, and opens only files that the engine's fence allows. Lua and the engine take at
 * most so many megabytes, and all of it so many seconds. */
void bind_sandbox(lua_State *L, int64_t megabytes, double seconds);
bool bind_sandboxed(void);
/* Whether the fence allows it; else pushes nil and the message. [0, +(0|2)] */
bool bind_may(lua_State *L, const char *path, ae_file_use use);
/* In the table on top, the names become functions that raise "library.name: the sandbox " why. */
void bind_refuse(lua_State *L, const char *library, const char *const *names, const char *why);

/* ---- objects (object.c) ---- */

typedef struct bind_object {
  void *ptr;         /* NULL: closed */
  const char *class; /* the name it was pushed with, for bind_test_object */
  void *owned;       /* closed by the script: what the collector will release */
} bind_object;

/* Creates metatable `name` (luaL_newmetatable), puts the methods into it, and release as __gc and
 * __close; the caller adds __index. Leaves it on the stack. release finds the object with
 * bind_close or bind_retire. [0, +1] */
void bind_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction release);
/* Pushes a closed userdata of the class with `uservalues` user values. [0, +1] */
bind_object *bind_push_closed(lua_State *L, const char *name, int uservalues);
/* The object at index if it was pushed with this very name (the address counts), else NULL: what
 * luaL_testudata finds, several times as fast. */
bind_object *bind_test_object(lua_State *L, int index, const char *class);
/* For __gc and __close: the pointer of the userdata at index 1, which is closed and forgotten by
 * this; NULL when it was closed before. */
void *bind_close(lua_State *L);
/* The same for what functions hold while a script runs inside them (a metamethod, a callback, a
 * finalizer): when a script closes it, it is closed at once, but only the collector, which finds it
 * on no stack, gets the pointer to release. NULL: nothing to release now. */
void *bind_retire(lua_State *L);
/* Remembers the userdata at index under its pointer (after ptr was set). */
void bind_remember(lua_State *L, int index);
/* Pushes the userdata remembered for ptr and returns true, or pushes nothing. [0, +(0|1)] */
bool bind_recall(lua_State *L, const void *ptr);

/* ---- tensors (tensor.c) ---- */

#define BIND_TENSOR  bind_tensor_class /* metatable of tensors of every type, methods included */
#define BIND_STORAGE bind_storage_class
extern const char bind_tensor_class[], bind_storage_class[];

/* The tensor at index, or NULL when the value is none. */
ae_tensor *bind_test_tensor(lua_State *L, int index);
/* The same, raising "bad argument #i to 'f' (tensor expected, got nil)". */
ae_tensor *bind_check_tensor(lua_State *L, int index);
/* Pushes the userdata of t, taking a reference of its own. NULL pushes nil. [0, +1] */
void bind_push_tensor(lua_State *L, ae_tensor *t);
/* Pushes a new empty tensor and returns it (owned by its userdata). [0, +1] */
ae_tensor *bind_new_tensor(lua_State *L, ae_type type);
/* The type of torch.Tensor: float unless torch.setdefaulttensortype says otherwise. */
ae_type bind_default_type(lua_State *L);
/* "torch.FloatTensor" and the like, or short forms "float", "FloatTensor" -> type; raises for an
 * unknown name. */
ae_type bind_check_type(lua_State *L, int index);
/* Sizes from numbers at first..top, one LongStorage or one table; raises naming the function's
 * argument. Returns the rank. minus_one: whether -1 is allowed. */
int bind_check_sizes(lua_State *L, int first, int64_t *size, bool minus_one);

/* ---- tables of tensors (table.c) ---- */

/* Pushes t as bind_push_tensor; one that is a table as a new Lua table of its parts. [0, +1] */
void bind_push_tensors(lua_State *L, ae_tensor *t);
/* Whether the value at index is a tensor or a table of tensors. */
bool bind_test_tensors(lua_State *L, int index);
/* The tensor at arg, or the table of tensors there as one of the engine's: that is kept under `key`
 * in a user value of the userdata at `owner`, and filled anew the next time. Raises for anything
 * else. */
ae_tensor *bind_check_tensors(lua_State *L, int arg, int owner, int uservalue, const char *key);

/* ---- storages (storage.c) ---- */

ae_storage *bind_test_storage(lua_State *L, int index);
/* Pushes the userdata of s, taking a reference of its own. [0, +1] */
void bind_push_storage(lua_State *L, ae_storage *s);
/* Of a table or a storage at index: how many elements it has, -1 for anything else; and pushes
 * element i, counted from 0, which is there. No metamethod is asked: it might take away what the
 * caller has in hand. [0, 0], [0, +1] */
int64_t bind_list_length(lua_State *L, int index);
void bind_push_element(lua_State *L, int index, int64_t i);
/* Pushes a LongStorage of n values. [0, +1] */
void bind_push_sizes(lua_State *L, int n, const int64_t *size);

/* ---- converting between Lua's 1-based and the engine's 0-based world (convert.c) ---- */

/* Lua index 1..n (negative: from the end, as Torch) -> 0..n-1; raises "index 11 is out of
 * range 1..10 ...". */
int64_t bind_check_index(lua_State *L, int arg, int64_t n, const char *what);
/* A 0-based place as Lua counts it. [0, +1] */
void bind_push_index(lua_State *L, int64_t index);
/* Lua dimension 1..t->ndim -> 0-based. */
int bind_check_dim(lua_State *L, int arg, const ae_tensor *t);
/* The same, `fallback` (0-based) when the argument is absent; t must have elements. */
int bind_opt_dim(lua_State *L, int arg, const ae_tensor *t, int fallback);
/* Place for a new dimension, 1..t->ndim+1 -> 0-based. */
int bind_check_place(lua_State *L, int arg, const ae_tensor *t);
void bind_push_number(lua_State *L, ae_number v);
ae_number bind_check_number(lua_State *L, int arg);
/* Pushes a LongTensor holding index - 1 / adds 1 to a LongTensor of 0-based indices in place. */
ae_tensor *bind_index_to_engine(lua_State *L, int arg);
void bind_index_to_lua(lua_State *L, ae_tensor *index);

/* ---- constructor options (options.c) ---- */

/* Reads option values from the stack: positional arguments from `first` to the top, or one table of
 * names. value[] gets the defaults first. given [optional]: which were set. Raises for a missing,
 * surplus, unknown (naming the nearest) or ill-typed one; owner is "nn.Linear". Tensors in value[]
 * are borrowed from the stack. */
void bind_check_options(lua_State *L, int first, const char *owner, const ae_option *options,
                        ae_value *value, bool *given);
/* The value at index as that of one option; raises as above. */
void bind_read_option(lua_State *L, int index, const char *owner, const ae_option *option,
                      ae_value *value);
void bind_push_option(lua_State *L, const ae_option *option, const ae_value *value);

/* ---- modules, criterions, optimizers (module.c, criterion.c, optimizer.c) ---- */

ae_module *bind_test_module(lua_State *L, int index);
ae_module *bind_check_module(lua_State *L, int index);
void bind_push_module(lua_State *L, ae_module *m);

/* ---- opening (each file's part of the tables torch, nn, optim, aelua.core) ---- */

void bind_open_error(lua_State *L);     /* the place of bind_save_error, emptied */
void bind_open_tensor(lua_State *L);    /* global table torch: constructors, functions, methods */
void bind_open_class(lua_State *L);     /* aelua.modules: what lua/modules.lua builds on */
void bind_open_module(lua_State *L);    /* nn: layers, containers */
void bind_open_criterion(lua_State *L); /* nn: losses */
void bind_open_optimizer(lua_State *L); /* optim */
void bind_open_storage(lua_State *L);   /* torch: the storages */
void bind_open_data(lua_State *L);      /* aelua.data: idx, garments, batch */
void bind_open_file(lua_State *L);      /* aelua.file: atomic writing, safetensors, events */
void bind_open_stream(lua_State *L);    /* aelua.stream: files piece by piece, elements as bytes */
void bind_open_image(lua_State *L);     /* aelua.image: PNG, drawing */
void bind_open_process(lua_State *L);   /* aelua.process: other programs, started and waited for */
void bind_open_execute(lua_State *L);   /* os.execute and os.exit */
void bind_open_reference(lua_State *L); /* aelua.reference: the descriptors as tables */
void bind_open_system(
    lua_State *L); /* aelua.system: threads, kernels, cpu, clock, memory, version, terminal */
void bind_open_timer(lua_State *L); /* torch.Timer, tic, toc; called by bind_open_system */
/* Pushes the table that `require name` returns, made at the first call: "torch", "nn", "optim",
 * "aelua.system". Every bind_open_* puts its functions into one of these. [0, +1] */
void bind_push_library(lua_State *L, const char *name);
/* The commands, library files commands/NAME.lua: the name of the i-th (0-based) and the first line
 * of its head comment, which --help shows [out]; NULL past the last. */
const char *bind_command(int i, const char **line, size_t *length);
/* Everything above, and the searcher for the compiled-in Lua library; called once by main.c. */
void bind_open_all(lua_State *L);

#endif
