/* prompt.c - the prompt: chunks are read line by line, and what they give is printed. */
#include "bind/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef AELUA_READLINE
#include <readline/readline.h>
#include <readline/history.h>
#endif

/* Pushes a line without its newline, or returns false at the end of input. */
static bool read_line(lua_State *L, const char *prompt) {
#ifdef AELUA_READLINE
  char *line = readline(prompt);
  if (!line) return false;
  if (*line) add_history(line);
  lua_pushstring(L, line);
  free(line);
  return true;
#else
  char line[4096];
  fputs(prompt, stdout);
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin)) return false;
  lua_pushlstring(L, line, strcspn(line, "\n"));
  return true;
#endif
}

/* Loads the text on the stack's top: as an expression whose values are printed, else as statements.
 * Leaves the function or the message in its place. */
static int load_text(lua_State *L) {
  size_t size;
  lua_pushfstring(L, "return %s", lua_tostring(L, -1));
  const char *text = lua_tolstring(L, -1, &size);
  int status = luaL_loadbuffer(L, text, size, "=stdin");
  if (status != LUA_OK) {
    text = lua_tolstring(L, -3, &size);
    lua_settop(L, -3);
    status = luaL_loadbuffer(L, text, size, "=stdin");
  } else {
    lua_remove(L, -2);
  }
  lua_remove(L, -2);
  return status;
}

/* Whether the message on the stack's top says that the text ended too early. */
static bool is_incomplete(lua_State *L, int status) {
  size_t size;
  const char *message = lua_tolstring(L, -1, &size);
  return status == LUA_ERRSYNTAX && size >= 5 && strcmp(message + size - 5, "<eof>") == 0;
}

/* Reads a whole chunk, over several lines if need be, and loads it. false: end of input. */
static bool read_chunk(lua_State *L, int *status) {
  lua_settop(L, 0);
  if (!read_line(L, "> ")) return false;
  for (;;) {
    lua_pushvalue(L, 1);
    *status = load_text(L);
    if (!is_incomplete(L, *status) || !(lua_settop(L, 1), read_line(L, ">> "))) break;
    lua_pushliteral(L, "\n");
    lua_insert(L, 2);
    lua_concat(L, 3);
  }
  if (lua_gettop(L) < 2) return false;
  lua_remove(L, 1);
  return true;
}

static void print_results(lua_State *L) {
  int n = lua_gettop(L);
  if (n == 0) return;
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  if (bind_call(L, n, 0) != LUA_OK) program_report(L);
}

int program_prompt(lua_State *L) {
  int status;
  program_print_version();
  while (read_chunk(L, &status)) {
    if (status == LUA_OK) status = bind_call(L, 0, LUA_MULTRET);
    if (status == LUA_OK)
      print_results(L);
    else
      program_report(L);
  }
  putchar('\n');
  return 0;
}
