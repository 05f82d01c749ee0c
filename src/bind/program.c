/* program.c - the program's command line: options, commands' names, and what it says.
 */
#include "bind/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    "  --sandbox-memory MB       at most so much memory, and in each file (4096)\n"
    "  --sandbox-time SECONDS    at most so long (3600)\n"
    "  --version       version and machine\n"
    "  --help          this text\n"
    "\n"
    "Without a script: the prompt on a terminal, else the script is standard input.\n"
    "\n"
    "Commands (aelua COMMAND --help tells more):\n";

/* ---- messages ---- */

int program_report(lua_State *L) {
  const char *message = bind_time_over() ? bind_time_over() : lua_tostring(L, -1);
  if (ae_memory_limit_met() && strstr(message, "memory"))
    message = lua_pushfstring(L, "%s\nthe sandbox's memory is used up (--sandbox-memory)", message);
  if (bind_sandboxed() && strstr(message, strerror(EFBIG)))
    message = lua_pushfstring(
        L, "%s\nthe sandbox lets no file grow beyond its memory (--sandbox-memory)", message);
  if (bind_stopped() != SIGPIPE) bind_say(message);
  lua_settop(L, 0);
  return bind_stopped() ? bind_exit_status() : 1;
}

/* ---- names of commands ---- */

#define MAX_COMMANDS 32

const char *const *program_command_names(void) {
  static const char *names[MAX_COMMANDS + 1];
  const char *line;
  size_t length;
  int n = 0;
  while (n < MAX_COMMANDS && (names[n] = bind_command(n, &line, &length))) n++;
  return names;
}

bool program_is_command(const char *word) {
  const char *const *name = program_command_names();
  while (*name && strcmp(*name, word) != 0) name++;
  return *name != NULL;
}

/* ---- options ---- */

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

bool program_wants_value(const char *word) {
  int i = 0;
  while (i < WITH_VALUE && strcmp(word, option_words[i]) != 0) i++;
  return i < WITH_VALUE;
}

static int unknown_option(lua_State *L, const char *word) {
  const char *near = ae_nearest_word(word, option_words);
  bind_say(near ? lua_pushfstring(L, "unknown option '%s'; did you mean '%s'?", word, near)
                : lua_pushfstring(L, "unknown option '%s'; see aelua --help", word));
  return 1;
}

/* origin: the option or the variable. */
static int set_threads(lua_State *L, const char *origin, const char *text) {
  char *end;
  long n = strtol(text, &end, 10);
  if (end == text || *end || n < 1 || n > 4096) {
    bind_say(lua_pushfstring(L, "%s: '%s' is not a number of threads", origin, text));
    return 1;
  }
  if (ae_set_threads((int)n) == AE_OK) return 0;
  bind_say(lua_pushfstring(L, "%s: %s", origin, ae_error()));
  return 1;
}

static int set_kernels(lua_State *L, const char *name) {
  if (ae_set_kernels(name) == AE_OK) return 0;
  bind_say(lua_pushfstring(L, "--kernels: %s", ae_error()));
  return 1;
}

/* What the variables ask for, where no option does. Returns 0 or the exit status. */
static int apply_variables(lua_State *L, const command *c) {
  const char *threads = getenv("AELUA_THREADS");
  if (!c->threads && threads && *threads && set_threads(L, "AELUA_THREADS", threads) != 0) return 1;
  if (c->kernels || ae_set_kernels(NULL) == AE_OK) return 0;
  bind_say(ae_error());
  return 1;
}

static int set_matmul(lua_State *L, const char *name) {
  if (bind_set_matmul(L, name)) return 0;
  bind_say(lua_pushfstring(L, "--matmul: %s", ae_error()));
  return 1;
}

static void print_usage(void) {
  const char *line;
  size_t length;
  fputs(usage, stdout);
  for (int i = 0; bind_command(i, &line, &length); i++) printf("  %.*s\n", (int)length, line);
}

void program_print_version(void) {
  printf("aelua %s, %s; %s, %d thread%s, %s kernels\n", AE_VERSION, LUA_RELEASE, ae_cpu_name(),
         ae_threads(), ae_threads() == 1 ? "" : "s", ae_kernels());
}

/* --sandbox-memory and --sandbox-time: a number in [least, 1e9]. Returns 0 or the exit status. */
static int set_limit(lua_State *L, const char *word, const char *text, double least, double *out) {
  char *end;
  *out = strtod(text, &end);
  if (end != text && !*end && *out >= least && *out <= 1e9) return 0;
  bind_say(lua_pushfstring(L, "%s: '%s' is not a number from %f", word, text, least));
  return 1;
}

/* Returns 0 or the exit status. */
static int limit_sandbox(lua_State *L, command *c, const char *word, const char *value) {
  double number = 0;
  int status = 0;
  c->limited = word;
  if (strcmp(word, "--sandbox-memory") == 0) {
    status = set_limit(L, word, value, 16, &number);
    c->megabytes = (int64_t)number;
  }
  if (strcmp(word, "--sandbox-time") == 0) status = set_limit(L, word, value, 0.01, &c->seconds);
  return status;
}

/* Applies an option with a value. Returns 0 or the exit status. */
static int apply_value(lua_State *L, command *c, const char *word, const char *value) {
  c->threads |= strcmp(word, "--threads") == 0;
  c->kernels |= strcmp(word, "--kernels") == 0;
  if (strcmp(word, "--threads") == 0) return set_threads(L, word, value);
  if (strcmp(word, "--kernels") == 0) return set_kernels(L, value);
  if (strcmp(word, "--matmul") == 0) return set_matmul(L, value);
  if (strncmp(word, "--sandbox", 9) == 0) return limit_sandbox(L, c, word, value);
  c->code |= strcmp(word, "-e") == 0;
  return 0;
}

static void apply_flag(command *c, const char *word) {
  c->sandbox |= strcmp(word, "--sandbox") == 0;
  c->interactive |= strcmp(word, "-i") == 0;
  if (strcmp(word, "--help") == 0) print_usage();
  if (strcmp(word, "--version") == 0) program_print_version();
  c->done |= strcmp(word, "--help") == 0 || strcmp(word, "--version") == 0;
}

int program_read_options(lua_State *L, command *c) {
  int i = 1, status = 0;
  for (; i < c->argc && c->argv[i][0] == '-' && c->argv[i][1] && status == 0; i++) {
    const char *word = c->argv[i], *value = NULL;
    int known = 0;
    while (option_words[known] && strcmp(option_words[known], word) != 0) known++;
    if (!option_words[known]) return unknown_option(L, word);
    if (!program_wants_value(word)) {
      apply_flag(c, word);
      continue;
    }
    value = c->argv[++i];
    if (!value) {
      bind_say(lua_pushfstring(L, "%s wants a value", word));
      return 1;
    }
    status = apply_value(L, c, word, value);
  }
  c->script = i;
  if (status == 0) status = apply_variables(L, c);
  if (status != 0 || !c->limited || c->sandbox) return status;
  bind_say(lua_pushfstring(L, "%s means nothing without --sandbox", c->limited));
  return 1;
}
