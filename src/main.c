/* main.c - the program: options, one script, command or the prompt, and how they end.
 *
 * Exit status: 0; 1 after an error; 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP; 141 when
 * the reader of the output is gone; 124 when the sandbox's time is over; or what the script gives
 * to os.exit. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef AELUA_READLINE
#include <readline/readline.h>
#include <readline/history.h>
#endif

#include "bind/bind.h"

static const char usage[] =
    "aelua [options] [script.lua [arguments]]\n"
    "aelua [options] COMMAND [arguments]\n"
    "\n"
    "  -e CODE         run the code\n"
    "  -l MODULE       require the module and make it a global\n"
    "  -i              the prompt, after the script\n"
    "  -               the script is standard input\n"
    "  --threads N     worker threads (AELUA_THREADS; default: every CPU it may use)\n"
    "  --kernels NAME  portable, avx2 or avx512 (AELUA_KERNELS; default: the fastest)\n"
    "  --matmul NAME   matrix products in float32 (default) or bf16\n"
    "  --sandbox       the script starts no programs, loads no machine code, reads and writes "
    "files\n"
    "                  below its run folder only (--runs, runs/), and reads those beside it, the\n"
    "                  data and the following\n"
    "  --sandbox-read PATH       a file or folder that it may read, too\n"
    "  --sandbox-memory MB       at most so much memory (4096)\n"
    "  --sandbox-time SECONDS    at most so long\n"
    "  --version       version and machine\n"
    "  --help          this text\n"
    "\n"
    "Without a script: the prompt on a terminal, else the script is standard input.\n"
    "\n"
    "Commands (aelua COMMAND --help tells more):\n";

/* ---- messages ---- */

static void say(const char *message) {
  fflush(stdout);
  fprintf(stderr, "aelua: %s\n", message);
}

/* Says the message on the stack's top and pops it, unless the output's reader left: then there is
 * nobody to tell. Returns the exit status. */
static int report(lua_State *L) {
  const char *message = bind_time_over() ? bind_time_over() : lua_tostring(L, -1);
  if (bind_memory_refused() && strstr(message, "memory"))
    message = lua_pushfstring(L, "%s\nthe sandbox's memory is used up (--sandbox-memory)", message);
  if (bind_stopped() != SIGPIPE) say(message);
  lua_settop(L, 0);
  return bind_stopped() ? bind_exit_status() : 1;
}

/* ---- command line ---- */

typedef struct command {
  int argc;
  char **argv;
  int script; /* its place in argv; argc: none */
  bool interactive, code;
  bool done; /* --help and --version */
  bool sandbox;
  const char *limited; /* an option that means nothing without --sandbox */
  int64_t megabytes;   /* of the sandbox */
  double seconds;      /* of the sandbox; 0: any time */
} command;

static const char *const option_words[] = {"-e",
                                           "-l",
                                           "--threads",
                                           "--kernels",
                                           "--matmul",
                                           "--sandbox-read",
                                           "--sandbox-memory",
                                           "--sandbox-time",
                                           "-i",
                                           "--sandbox",
                                           "--version",
                                           "--help",
                                           NULL};
enum { WITH_VALUE = 8 }; /* the first of them */

static bool wants_value(const char *word) {
  int i = 0;
  while (i < WITH_VALUE && strcmp(word, option_words[i]) != 0) i++;
  return i < WITH_VALUE;
}

static int unknown_option(lua_State *L, const char *word) {
  const char *near = ae_nearest_word(word, option_words);
  say(near ? lua_pushfstring(L, "unknown option '%s'; did you mean '%s'?", word, near)
           : lua_pushfstring(L, "unknown option '%s'; see aelua --help", word));
  return 1;
}

static int set_threads(lua_State *L, const char *text) {
  char *end;
  long n = strtol(text, &end, 10);
  if (end == text || *end || n < 1 || n > 4096) {
    say(lua_pushfstring(L, "--threads: '%s' is not a number of threads", text));
    return 1;
  }
  if (ae_set_threads((int)n) == AE_OK) return 0;
  say(lua_pushfstring(L, "--threads: %s", ae_error()));
  return 1;
}

static int set_kernels(lua_State *L, const char *name) {
  if (ae_set_kernels(name) == AE_OK) return 0;
  say(lua_pushfstring(L, "--kernels: %s", ae_error()));
  return 1;
}

static int set_matmul(lua_State *L, const char *name) {
  if (bind_set_matmul(L, name)) return 0;
  say(lua_pushfstring(L, "--matmul: %s", ae_error()));
  return 1;
}

static void print_usage(void) {
  const char *line;
  size_t length;
  fputs(usage, stdout);
  for (int i = 0; bind_command(i, &line, &length); i++) printf("  %.*s\n", (int)length, line);
}

static void print_version(void) {
  printf("aelua %s, %s; %s, %d thread%s, %s kernels\n", AE_VERSION, LUA_RELEASE, ae_cpu_name(),
         ae_threads(), ae_threads() == 1 ? "" : "s", ae_kernels());
}

/* --sandbox-memory and --sandbox-time: a number in [least, 1e9]. Returns 0 or the exit status. */
static int set_limit(lua_State *L, const char *word, const char *text, double least, double *out) {
  char *end;
  *out = strtod(text, &end);
  if (end != text && !*end && *out >= least && *out <= 1e9) return 0;
  say(lua_pushfstring(L, "%s: '%s' is not a number from %f", word, text, least));
  return 1;
}

/* Returns 0 or the exit status. */
static int apply_sandbox(lua_State *L, command *c, const char *word, const char *value) {
  double number = 0;
  int status = 0;
  if (strcmp(word, "--sandbox") == 0) return c->sandbox = true, 0;
  c->limited = word;
  if (strcmp(word, "--sandbox-memory") == 0) {
    status = set_limit(L, word, value, 16, &number);
    c->megabytes = (int64_t)number;
  }
  if (strcmp(word, "--sandbox-time") == 0) status = set_limit(L, word, value, 0.01, &c->seconds);
  return status;
}

/* Applies one option; value is NULL for those without. Returns 0 or the exit status. */
static int apply_option(lua_State *L, command *c, const char *word, const char *value) {
  if (strcmp(word, "--threads") == 0) return set_threads(L, value);
  if (strcmp(word, "--kernels") == 0) return set_kernels(L, value);
  if (strcmp(word, "--matmul") == 0) return set_matmul(L, value);
  if (strncmp(word, "--sandbox", 9) == 0) return apply_sandbox(L, c, word, value);
  c->interactive |= strcmp(word, "-i") == 0;
  c->code |= strcmp(word, "-e") == 0;
  if (strcmp(word, "--help") == 0) print_usage();
  if (strcmp(word, "--version") == 0) print_version();
  c->done |= strcmp(word, "--help") == 0 || strcmp(word, "--version") == 0;
  return 0;
}

/* Reads options up to the script. Returns 0 or the exit status after a mistake. */
static int read_options(lua_State *L, command *c) {
  int i = 1, status = 0;
  for (; i < c->argc && c->argv[i][0] == '-' && c->argv[i][1] && status == 0; i++) {
    const char *word = c->argv[i], *value = NULL;
    int known = 0;
    while (option_words[known] && strcmp(option_words[known], word) != 0) known++;
    if (!option_words[known]) return unknown_option(L, word);
    if (wants_value(word)) value = c->argv[++i];
    if (wants_value(word) && !value) {
      say(lua_pushfstring(L, "%s wants a value", word));
      return 1;
    }
    status = apply_option(L, c, word, value);
  }
  c->script = i;
  if (status != 0 || !c->limited || c->sandbox) return status;
  say(lua_pushfstring(L, "%s means nothing without --sandbox", c->limited));
  return 1;
}

/* Global arg: the script is arg[0], its arguments follow, what stood before has negative places. */
static void set_arg(lua_State *L, const command *c) {
  int zero = c->script < c->argc ? c->script : 0;
  lua_newtable(L);
  for (int i = 0; i < c->argc; i++) {
    lua_pushstring(L, c->argv[i]);
    lua_rawseti(L, -2, i - zero);
  }
  lua_setglobal(L, "arg");
}

/* ---- names of commands ---- */

#define MAX_COMMANDS 32

/* The names of all commands, NULL after the last. */
static const char *const *command_names(void) {
  static const char *names[MAX_COMMANDS + 1];
  const char *line;
  size_t length;
  int n = 0;
  while (n < MAX_COMMANDS && (names[n] = bind_command(n, &line, &length))) n++;
  return names;
}

static bool is_command(const char *word) {
  const char *const *name = command_names();
  while (*name && strcmp(*name, word) != 0) name++;
  return *name != NULL;
}

/* ---- sandbox ---- */

static bool allow(lua_State *L, const char *path, ae_file_use use) {
  if (ae_fence_allow(path, use) == AE_OK) return true;
  say(lua_pushfstring(L, "--sandbox: %s", ae_error()));
  return false;
}

/* The last value that the script's arguments give to an option, as options.lua reads them; NULL:
 * none. */
static const char *argument(const command *c, const char *word) {
  const char *value = NULL;
  size_t n = strlen(word);
  for (int i = c->script + 1; i < c->argc; i++) {
    if (strncmp(c->argv[i], word, n) != 0) continue;
    if (c->argv[i][n] == '=') value = c->argv[i] + n + 1;
    if (!c->argv[i][n] && i + 1 < c->argc) value = c->argv[i + 1];
  }
  return value;
}

/* What the script may read: its own folder, the data, and the paths of --sandbox-read. */
static bool allow_reading(lua_State *L, const command *c) {
  const char *data = getenv("AELUA_DATA");
  const char *script = c->script < c->argc ? c->argv[c->script] : "-";
  if (!allow(L, data && *data ? data : "data/fashion-mnist", AE_FILE_READ)) return false;
  const char *slash = strrchr(script, '/');
  if (slash) lua_pushlstring(L, script, (size_t)(slash - script) + 1);
  const char *folder = slash ? lua_tostring(L, -1) : ".";
  bool script_file = strcmp(script, "-") != 0 && !is_command(script);
  if (script_file && !allow(L, folder, AE_FILE_READ)) return false;
  for (int i = 1; i + 1 < c->script; i++)
    if (strcmp(c->argv[i], "--sandbox-read") == 0 && !allow(L, c->argv[i + 1], AE_FILE_READ))
      return false;
  return true;
}

/* Returns 0 or the exit status. */
static int enter_sandbox(lua_State *L, const command *c) {
  const char *runs = argument(c, "--runs"), *resume = argument(c, "--resume");
  if (resume && *resume && !allow(L, resume, AE_FILE_WRITE)) return 1;
  if (!allow(L, runs ? runs : "runs", AE_FILE_WRITE) || !allow_reading(L, c)) return 1;
  bind_sandbox(L, c->megabytes, c->seconds);
  lua_settop(L, 0);
  return 0;
}

/* ---- running ---- */

static int run_chunk(lua_State *L, int load_status, int nargs) {
  if (load_status != LUA_OK) {
    say(lua_tostring(L, -1));
    return lua_settop(L, 0), 1;
  }
  lua_insert(L, -1 - nargs);
  return bind_call(L, nargs, 0) == LUA_OK ? 0 : report(L);
}

static int run_code(lua_State *L, const char *code) {
  return run_chunk(L, luaL_loadbuffer(L, code, strlen(code), "=(command line)"), 0);
}

static int run_module(lua_State *L, const char *name) {
  lua_getglobal(L, "require");
  lua_pushstring(L, name);
  if (bind_call(L, 1, 1) != LUA_OK) return report(L);
  lua_setglobal(L, name);
  return 0;
}

/* -e and -l, in their order. */
static int run_options(lua_State *L, const command *c) {
  int status = 0;
  for (int i = 1; i < c->script && status == 0; i++) {
    const char *word = c->argv[i];
    if (!wants_value(word)) continue;
    const char *value = c->argv[++i];
    if (strcmp(word, "-e") == 0) status = run_code(L, value);
    if (strcmp(word, "-l") == 0) status = run_module(L, value);
  }
  return status;
}

/* Modules beside the script come first. */
static void add_script_folder(lua_State *L, const char *script) {
  const char *slash = strrchr(script, '/');
  lua_pushlstring(L, script, slash ? (size_t)(slash - script) : 0);
  const char *folder = slash ? lua_tostring(L, -1) : ".";
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "path");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", folder, folder, lua_tostring(L, -1));
  lua_setfield(L, -3, "path");
  lua_pop(L, 3);
}

/* ---- commands ---- */

/* A command is made of the library alone: modules in the current folder do not get in its way. */
static int run_command(lua_State *L, const char *name) {
  lua_getglobal(L, "package");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "cpath");
  lua_getglobal(L, "require");
  lua_pushfstring(L, "aelua.lua.commands.%s", name);
  return bind_call(L, 1, 0) == LUA_OK ? 0 : report(L);
}

/* Says why a script cannot be read; a word that is nearly a command was likely meant to be one. */
static void say_unreadable(lua_State *L, const char *path, int error) {
  const char *near = error == ENOENT ? ae_nearest_word(path, command_names()) : NULL;
  lua_pushfstring(L, "cannot open '%s': %s", path, strerror(error));
  say(near ? lua_pushfstring(L, "%s; did you mean the command '%s'?", lua_tostring(L, -1), near)
           : lua_tostring(L, -1));
}

/* Whether there is a file to read; says why not. Lua's own message would hide the reason. */
static bool is_readable(lua_State *L, const char *path) {
  struct stat info;
  FILE *file = fopen(path, "r");
  int error = errno;
  if (file && fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) error = EISDIR;
  bool readable = file && error != EISDIR;
  if (file) fclose(file);
  if (!readable) say_unreadable(L, path, error);
  return readable;
}

static int run_script(lua_State *L, const command *c) {
  const char *path = c->argv[c->script];
  if (strcmp(path, "-") == 0) path = NULL;
  if (path && !is_readable(L, path)) return 1;
  if (path) add_script_folder(L, path);
  int nargs = c->argc - c->script - 1;
  luaL_checkstack(L, nargs + 3, "too many arguments");
  for (int i = c->script + 1; i < c->argc; i++) lua_pushstring(L, c->argv[i]);
  return run_chunk(L, luaL_loadfilex(L, path, c->sandbox ? "t" : NULL), nargs);
}

/* ---- prompt ---- */

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
    if (!is_incomplete(L, *status) || !read_line(L, ">> ")) break;
    lua_remove(L, 2);
    lua_pushliteral(L, "\n");
    lua_insert(L, 2);
    lua_concat(L, 3);
  }
  lua_remove(L, 1);
  return true;
}

static void print_results(lua_State *L) {
  int n = lua_gettop(L);
  if (n == 0) return;
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  if (bind_call(L, n, 0) != LUA_OK) report(L);
}

static int run_prompt(lua_State *L) {
  int status;
  print_version();
  while (read_chunk(L, &status)) {
    if (status == LUA_OK) status = bind_call(L, 0, LUA_MULTRET);
    if (status == LUA_OK)
      print_results(L);
    else
      report(L);
  }
  putchar('\n');
  return 0;
}

/* ---- main ---- */

static int run(lua_State *L, command *c) {
  bool script = c->script < c->argc;
  set_arg(L, c);
  int status = run_options(L, c);
  if (status == 0 && script)
    status = is_command(c->argv[c->script]) ? run_command(L, c->argv[c->script]) : run_script(L, c);
  if (c->interactive && status <= 1) return run_prompt(L);
  if (status != 0 || script || c->code) return status;
  return isatty(STDIN_FILENO) ? run_prompt(L)
                              : run_chunk(L, luaL_loadfilex(L, NULL, c->sandbox ? "t" : NULL), 0);
}

/* Everything that may raise runs in here, protected. Arguments: the command; returns the status. */
static int start(lua_State *L) {
  command *c = lua_touserdata(L, 1);
  lua_settop(L, 0);
  int status = read_options(L, c);
  if (status == 0 && !c->done) {
    luaL_openlibs(L);
    if (c->sandbox) status = enter_sandbox(L, c);
    if (status == 0) bind_open_all(L);
    lua_settop(L, 0);
    if (status == 0) status = run(L, c);
  }
  lua_pushinteger(L, status);
  return 1;
}

/* What was printed must have arrived: a full disk is an error like any other. */
static int finish_output(int status) {
  bool failed = fflush(stdout) != 0 || ferror(stdout);
  if (!failed || status != 0) return status;
  if (errno == EPIPE || bind_stopped() == SIGPIPE) return 128 + SIGPIPE;
  say("the output could not be written");
  return 1;
}

int main(int argc, char **argv) {
  command c = {.argc = argc, .argv = argv, .megabytes = 4096};
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* progress lines reach a pipe as they are written */
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a file that is too large is an error of its write */
  lua_State *L = luaL_newstate();
  if (!L) return say("out of memory"), 1;
  lua_pushcfunction(L, start);
  lua_pushlightuserdata(L, &c);
  int status = 1;
  if (lua_pcall(L, 1, 1, 0) == LUA_OK)
    status = (int)lua_tointeger(L, -1);
  else
    say(luaL_tolstring(L, -1, NULL));
  status = finish_output(status);
  lua_close(L);
  return status;
}
