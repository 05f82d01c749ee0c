/* confine.c - --sandbox: what the script may read and write, from the command line, before the
 * sandbox is closed around it. */
#include "bind/program.h"

#include <stdlib.h>
#include <string.h>

static bool allow(lua_State *L, const char *path, ae_file_use use) {
  if (ae_fence_allow(path, use) == AE_OK) return true;
  bind_say(lua_pushfstring(L, "--sandbox: %s", ae_error()));
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
  bool script_file = strcmp(script, "-") != 0 && !program_is_command(script);
  if (script_file && !allow(L, folder, AE_FILE_READ)) return false;
  for (int i = 1; i + 1 < c->script; i++)
    if (strcmp(c->argv[i], "--sandbox-read") == 0 && !allow(L, c->argv[i + 1], AE_FILE_READ))
      return false;
  return true;
}

int program_enter_sandbox(lua_State *L, const command *c) {
  const char *runs = argument(c, "--runs"), *resume = argument(c, "--resume");
  if (resume && *resume && !allow(L, resume, AE_FILE_WRITE)) return 1;
  if (!allow(L, runs ? runs : "runs", AE_FILE_WRITE) || !allow_reading(L, c)) return 1;
  bind_sandbox(L, c->megabytes, c->seconds);
  lua_settop(L, 0);
  return 0;
}
