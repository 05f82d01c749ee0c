/* library.h - the Lua library's files, compiled into the program by tools/library. */
#ifndef BIND_LIBRARY_H
#define BIND_LIBRARY_H

#include <stddef.h>

typedef struct bind_library_file {
  const char *module; /* "plot"; the table ends with NULL */
  const char *chunk;  /* "@lua/plot.lua", for tracebacks */
  const char *text;
  size_t size;
} bind_library_file;

extern const bind_library_file bind_library[];

#endif
