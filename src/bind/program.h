/* program.h - what main.c and the files beside it share: the command line, messages, the prompt. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "bind/bind.h"

typedef struct command {
  int argc;
  char **argv;
  int script; /* its place in argv; argc: none */
  bool interactive, code;
  bool threads, kernels; /* an option says them */
  bool done;             /* --help and --version */
  bool sandbox;
  const char *limited; /* an option that means nothing without --sandbox */
  int64_t megabytes;   /* of the sandbox */
  double seconds;      /* of the sandbox */
} command;

/* ---- messages (program.c) ---- */

/* Says the message on the stack's top and pops it, unless the output's reader left: then there is
 * nobody to tell. Returns the exit status. */
int program_report(lua_State *L);
/* The names of all commands, NULL after the last; and whether the word is one. */
const char *const *program_command_names(void);
bool program_is_command(const char *word);

/* ---- the command line (program.c) ---- */

/* Whether the option is followed by a value. */
bool program_wants_value(const char *word);
/* Reads and applies the options up to the script. Returns 0 or the exit status after a mistake. */
int program_read_options(lua_State *L, command *c);
void program_print_version(void);

/* ---- the rest ---- */

/* Names the folders of --sandbox and closes it. Returns 0 or the exit status. (confine.c) */
int program_enter_sandbox(lua_State *L, const command *c);
/* Reads and runs chunks until the end of input. (prompt.c) */
int program_prompt(lua_State *L);

#endif
