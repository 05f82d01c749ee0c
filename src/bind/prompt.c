/* prompt.c - the prompt: lines read, chunks completed over several, values printed. Ctrl-C gives up
 * what is being typed, and what runs, but not the session. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef AELUA_READLINE
#include <readline/readline.h>
#include <readline/history.h>
#endif

#include "bind/program.h"

/* ---- lines ---- */

typedef enum line_end { LINE, GIVEN_UP, NO_MORE } line_end;

static volatile sig_atomic_t given_up;

static void on_interrupt(int signal_number) {
  (void)signal_number;
  given_up = 1;
}

#if defined AELUA_READLINE && RL_READLINE_VERSION >= 0x0800
#define READLINE_SIGNALS

/* A key, or EOF after Ctrl-C, which readline itself would go on reading after. */
static int read_key(FILE *file) {
  unsigned char c;
  for (;;) {
    ssize_t n = read(fileno(file), &c, 1);
    if (n == 1) return c;
    if (n == 0 || errno != EINTR) return EOF;
    rl_check_signals();
    if (given_up) return EOF;
  }
}
#endif

#ifdef AELUA_READLINE
/* Pushes the line [0, +1] or returns false. */
static bool take_line(lua_State *L, const char *prompt) {
#ifdef READLINE_SIGNALS
  rl_getc_function = read_key;
#endif
  char *line = readline(prompt);
  if (!line) return false;
  if (*line && !given_up) add_history(line);
  lua_pushstring(L, line);
  free(line);
  return true;
}
#else
static bool take_line(lua_State *L, const char *prompt) {
  char line[4096];
  fputs(prompt, stdout);
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin)) return clearerr(stdin), false;
  lua_pushlstring(L, line, strcspn(line, "\n"));
  return true;
}
#endif

/* Pushes a line without its newline, or says why there is none. */
static line_end read_line(lua_State *L, const char *prompt) {
  struct sigaction action = {.sa_handler = on_interrupt}, old;
  sigemptyset(&action.sa_mask);
  given_up = 0;
  sigaction(SIGINT, &action, &old);
  bool taken = take_line(L, prompt);
  sigaction(SIGINT, &old, NULL);
  if (!given_up) return taken ? LINE : NO_MORE;
  if (taken) lua_pop(L, 1);
  putchar('\n');
  return GIVEN_UP;
}

/* ---- chunks ---- */

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

/* Reads a whole chunk, over several lines if need be, and loads it: LINE. */
static line_end read_chunk(lua_State *L, int *status) {
  lua_settop(L, 0);
  line_end end = read_line(L, "> ");
  while (end == LINE) {
    lua_pushvalue(L, 1);
    *status = load_text(L);
    if (!is_incomplete(L, *status)) break;
    end = read_line(L, ">> ");
    if (end == GIVEN_UP) return end;
    if (end == NO_MORE) break; /* what is incomplete is an error */
    lua_remove(L, 2);
    lua_pushliteral(L, "\n");
    lua_insert(L, 2);
    lua_concat(L, 3);
  }
  if (lua_gettop(L) < 2) return end;
  lua_remove(L, 1);
  return LINE;
}

static void print_results(lua_State *L) {
  int n = lua_gettop(L);
  if (n == 0) return;
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  if (bind_call(L, n, 0) != LUA_OK) program_report(L);
}

int program_prompt(lua_State *L) {
  int status = LUA_OK;
  line_end end;
  program_print_version();
  while ((end = read_chunk(L, &status)) != NO_MORE) {
    if (end == GIVEN_UP) continue;
    if (status == LUA_OK) status = bind_call(L, 0, LUA_MULTRET);
    if (status == LUA_OK)
      print_results(L);
    else
      program_report(L);
  }
  putchar('\n');
  return 0;
}
