/* analyze.h - what `make analyze` includes first in every file: facts that an analyzer which reads
 * one file at a time cannot see. They change no code. */
#include <lauxlib.h>

#include "core/core.h"

/* By Lua's manual these never return. */
int lua_error(lua_State *L) __attribute__((noreturn));
int luaL_error(lua_State *L, const char *format, ...) __attribute__((noreturn));
int luaL_argerror(lua_State *L, int arg, const char *message) __attribute__((noreturn));
int luaL_typeerror(lua_State *L, int arg, const char *name) __attribute__((noreturn));

/* What fails returns the code it was given, which is never AE_OK. core/error.c, where they are
 * defined, names itself AEI_ERROR_C. */
#ifndef AEI_ERROR_C
#define aei_fail(code, ...)   (aei_fail(code, __VA_ARGS__), (code))
#define aei_prefix(code, ...) (aei_prefix(code, __VA_ARGS__), (code))
#endif
